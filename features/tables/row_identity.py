"""Which rows of a chunk are of one lead, and which were in an earlier file already? Hashes of ids, copies of rows.

Lives here: both, for tables that are never whole in memory. Does not live here: cutting into chunks
(``chunks.chunked_tables``).
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.mapping.column_mapping import Mapping
from features.parsing.column_values import to_text
from features.parsing.record_ids import canonicalize_id
from features.readers.partitioned_files import find_rows_of_earlier_parts, make_hashable
from features.readers.raw_files import RawFrame, arrow_to_frame

__all__ = ["find_copies", "has_point_zeros", "hash_ids", "select_rows"]


def hash_ids(ids: pa.ChunkedArray, mapping: Mapping, keeps_zeros: bool = False) -> np.ndarray:
    """Return a hash of each id in its one form, 0 for a missing one. Shape (n,).

    Parameters
    ----------
    keeps_zeros : bool
        Whether "1001" and "1001.0" are different ids in the table; see ``record_ids``.
    """
    is_text = pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type)
    encoded = ids.combine_chunks().dictionary_encode() if is_text else None
    raw = arrow_to_frame(pa.table({"id": ids if encoded is None else encoded.dictionary}))["id"]
    given = to_text(raw, mapping.missing_texts)[0].tolist()
    texts = np.array([None if text is None else canonicalize_id(text, keeps_zeros) for text in given], object)
    present = ~pd.isna(texts)
    # One entry more than there are texts: the hash 0 of rows without an id. "| 1" keeps 0 for these alone.
    hashes = np.zeros(len(texts) + 1, np.uint64)
    hashes[:-1][present] = pd.util.hash_array(texts[present].astype(object), categorize=False) | np.uint64(1)
    if encoded is None:
        return hashes[:-1]
    return hashes[encoded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)]


def has_point_zeros(ids: pa.ChunkedArray) -> bool:
    """Return whether any id is a text that ends in ".0"."""
    is_text = pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type)
    return is_text and bool(pc.any(pc.ends_with(ids, ".0")).as_py())


def find_copies(raw: RawFrame) -> np.ndarray:
    """Find the rows that are in an earlier file too, with the same value in every cell. Mask of shape (n,)."""
    if raw.file_of is None or not len(raw.frame):
        return np.zeros(len(raw.frame), bool)
    return find_rows_of_earlier_parts(make_hashable(raw.frame), raw.file_of)


def select_rows(raw: RawFrame, selected: np.ndarray) -> RawFrame:
    """Return the rows of a mask."""
    file_of = None if raw.file_of is None else raw.file_of[selected]
    return replace(raw, frame=raw.frame[selected].reset_index(drop=True), rows=raw.rows[selected], file_of=file_of)
