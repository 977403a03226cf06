"""Is a file written whole, or is the old one left?"""

import pandas as pd
import pytest

from features.errors import DataError
from features.readers.frame_writer import write_frame
from features.readers.raw_files import read_frame


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.parquet"])
def test_what_is_written_is_read_back(tmp_path, name):
    frame = pd.DataFrame({"id": ["a", "b"], "text": ["x, y", 'he said "now"']})

    write_frame(frame, tmp_path / name)

    assert read_frame(tmp_path / name).frame.to_dict("list") == frame.to_dict("list")
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "out.parquet"
    path.write_text("old")
    unwritable = pd.DataFrame({"mixed": pd.Series([object(), 1], dtype=object)})

    with pytest.raises(Exception, match="object"):
        write_frame(unwritable, path)

    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.parquet"]


def test_writing_elsewhere_is_refused_in_words(tmp_path):
    frame = pd.DataFrame({"a": [1]})

    with pytest.raises(DataError, match="expected .csv, .csv.gz or .parquet"):
        write_frame(frame, tmp_path / "out.xlsx")
    with pytest.raises(DataError, match="there is no folder"):
        write_frame(frame, tmp_path / "absent" / "out.csv")
