"""Is the separator the character that explains the lines, whatever else stands in them?"""

from pathlib import Path

import pytest

from features.errors import DataError
from features.readers.csv_separator import iter_records, resolve_separator

FILE = Path("leads.csv")


@pytest.mark.parametrize(
    ("sample", "separator"),
    [
        ("Id;Budget\n7;321,50\n8;400,00\n", ";"),
        ("Id\tName, first\n7\tAnn\n8\tBen\n", "\t"),
        ('Id,Note\n7,"a;b;c"\n8,"d;e;f"\n', ","),
        ("Leads, as of today\nId|Won\n7|Yes\n8|No\n", "|"),
    ],
)
def test_the_separator_that_splits_header_and_lines_is_found(sample, separator):
    assert resolve_separator(FILE, sample, None, []) == separator


def test_a_separator_that_was_asked_for_is_taken_unless_another_is_clearly_right():
    assert resolve_separator(FILE, "Id;Won\n7;Yes\n", ";", []) == ";"
    with pytest.raises(DataError, match=r"only one column when split at ','.*';' \(semicolon\) looks right"):
        resolve_separator(FILE, "Id;Won\n7;Yes\n8;No\n", ",", [])
    with pytest.raises(DataError, match="has 2 characters, expected one"):
        resolve_separator(FILE, "Id;Won\n", ";;", [])


def test_one_column_is_read_and_said():
    notes = []

    assert resolve_separator(FILE, "Id\n7\n8\n", None, notes) == "," and "only one column" in notes[0]


def test_blank_lines_are_no_records():
    assert list(iter_records("a,b\n\n\nc,d\ne,f\n", ",", limit=3, skip=1)) == [["c", "d"], ["e", "f"]]
