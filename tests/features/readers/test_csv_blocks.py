"""Does a text file that is read in blocks give what it gives when it is read whole, and is a fault found first?"""

import pandas as pd
import pytest

from features.errors import DataError
from features.readers import csv_blocks as module
from features.readers.csv_blocks import TextSource
from features.readers.raw_files import read_frame

ROWS = 60_000
"""Several blocks of 8 MB."""


@pytest.fixture(autouse=True)
def everything_in_blocks(monkeypatch):
    monkeypatch.setattr(module, "WHOLE_BYTES", 0)


def write_rows(path, rows=ROWS, last=""):
    lines = [f'L{i};"He said ""no"", then\nleft {"x" * 300}";{i % 7}' for i in range(rows)]
    path.write_text("\n".join(["id; note ;visits", *lines]) + "\n" + last, encoding="utf-8")
    return path


def test_blocks_give_what_the_whole_file_gives(tmp_path):
    path = write_rows(tmp_path / "leads.csv")
    expected = read_frame(path)

    source = TextSource.of((path,))
    slices = list(source.iter_slices(7_000))

    assert source.layouts[0] is not None and source.rows == (ROWS,) and len(slices) >= 9
    pd.testing.assert_frame_equal(source.concat_slices(slices).frame, expected.frame)
    assert source.concat_slices(slices).rows.tolist() == expected.rows.tolist()


@pytest.mark.parametrize(
    ("last", "fault"),
    [
        ("L9;too few\n", "a line has too many or too few fields"),
        ("Total;;180000\n", "some rows look like totals, titles or second headers"),
        ('L9;"=""00123""";2\n', "some texts are written as formulas"),
    ],
)
def test_a_fault_is_found_before_any_row_is_used_and_the_file_is_read_whole(tmp_path, last, fault):
    path = write_rows(tmp_path / "leads.csv", 300, last)
    expected = read_frame(path)

    source = TextSource.of((path,))

    assert source.layouts == (None,) and any(fault in note for note in source.notes)
    assert len(source.concat_slices(list(source.iter_slices(100))).frame) == len(expected.frame)
    assert source.ragged == tuple((0, row) for row, _ in expected.ragged)


def test_rows_after_a_ragged_line_keep_their_number(tmp_path):
    path = tmp_path / "leads.csv"
    path.write_text("id,note,n\nL1,a,1\nb,c,d,e\nL3,d,3\n")

    source = TextSource.of((path,))

    assert source.concat_slices(list(source.iter_slices(10))).rows.tolist() == [1, 3]


def test_a_spreadsheet_is_refused_in_words(tmp_path):
    (tmp_path / "leads.xlsx").write_bytes(b"")

    with pytest.raises(DataError, match="Save the export as CSV or Parquet"):
        TextSource.of((tmp_path / "leads.xlsx",))
