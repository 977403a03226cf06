"""Are digits read as the clock that they mean, and all else left alone?"""

import pytest

from features.parsing.dates.clock_digits import write_clock_digits


@pytest.mark.parametrize(
    ("text", "clock"),
    [("0815", "08:15"), ("815", "08:15"), ("2359", "23:59"), ("0", "00:00"), ("815.0", "08:15"), ("1200", "12:00")],
)
def test_hours_and_minutes_are_set_apart(text, clock):
    assert write_clock_digits(text) == clock


@pytest.mark.parametrize("text", ["2400", "0860", "8:15", "8 am", "12345", "", "0.34", "noon"])
def test_what_no_clock_shows_stays_as_it_is(text):
    assert write_clock_digits(text) == text
