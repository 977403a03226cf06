"""Are the three numbers of a date taken as they stand, and read in the order of their column?"""

import pytest

from features.parsing.dates.written_dates import WrittenDate, resolve_date, split_date, split_eight_digits


@pytest.mark.parametrize(
    ("text", "numbers", "layout"),
    [
        ("2026-03-04", (2026, 3, 4), "fixed"),
        ("4/3/2026", (4, 3, 2026), "year_last"),
        ("04.03.26", (4, 3, 26), "short"),
        ("march 4, 2026", (2026, 3, 4), "fixed"),
        ("4 mar 26", (4, 3, 26), "short_named"),
        ("20260304", (2026, 3, 4), "fixed"),
        ("4032026", (4, 3, 2026), "year_last"),
    ],
)
def test_a_date_is_three_numbers(text, numbers, layout):
    date = split_date(text)

    assert (date.numbers, date.layout) == (numbers, layout)


@pytest.mark.parametrize("text", ["march 4 5", "2026", "4/3", "not a date", "1234567890", "13 2026 march april"])
def test_what_is_no_date_is_none(text):
    assert split_date(text) is None


def test_the_order_decides_only_where_the_numbers_leave_it_open():
    date = split_eight_digits("04032026")

    assert (resolve_date(date, "day_first"), resolve_date(date, "month_first")) == ((2026, 3, 4), (2026, 4, 3))
    assert resolve_date(WrittenDate((25, 1, 2026), "year_last", "/"), "month_first", strict=False) == (2026, 1, 25)
    assert resolve_date(WrittenDate((2026, 3, 4), "fixed"), "day_first") == (2026, 3, 4)
