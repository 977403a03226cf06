"""Has one id one hash however it is written, and is a row of an earlier file found again?"""

import numpy as np
import pandas as pd
import pyarrow as pa

from features.mapping.column_mapping import Mapping
from features.readers.raw_files import RawFrame
from features.tables.row_identity import find_copies, hash_ids, select_rows


def test_an_id_has_one_hash_as_text_and_as_a_number_and_a_missing_one_has_none():
    mapping = Mapping.identity()
    texts = hash_ids(pa.chunked_array([["7", None, "8", "7"]]), mapping)
    numbers = hash_ids(pa.chunked_array([[7, None, 8, 7]]), mapping)

    assert texts[0] == texts[3] != texts[2] and texts[1] == 0 and (texts[[0, 2]] & 1 == 1).all()
    np.testing.assert_array_equal(texts, numbers)


def test_a_copy_is_a_row_of_an_earlier_file_and_not_of_the_same_one():
    frame = pd.DataFrame({"id": ["1", "1", "1", "2"]})
    raw = RawFrame(frame, "", "", (), np.array([1, 2, 1, 2]), files=("a", "b"), file_of=np.array([0, 0, 1, 1]))
    copies = find_copies(raw)
    kept = select_rows(raw, ~copies)

    assert copies.tolist() == [False, False, True, False]
    assert kept.frame["id"].tolist() == ["1", "1", "2"] and kept.file_of.tolist() == [0, 0, 1]
    assert not find_copies(RawFrame(frame, "", "", (), np.arange(1, 5))).any()
