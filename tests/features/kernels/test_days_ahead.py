"""Are days counted as a calendar counts them?"""

from datetime import date, timedelta

import numpy as np
import pytest

from features.kernels import days_ahead
from features.kernels.jit import compile_cached

WEDNESDAY = date(2026, 3, 4)


@compile_cached
def count(form, values, written):
    """Count the days to one date, as the loop over a message does."""
    return days_ahead.count_days(form, values, written)


def ahead(form, *values, written=WEDNESDAY):
    row = np.zeros(8)
    row[: len(values)] = values
    return count(getattr(days_ahead, form), row, np.int64((written - date(1970, 1, 1)).days))


@pytest.mark.parametrize("shift", [0, 1, 400, 59 + 365 * 2, 10_000])
def test_a_date_of_the_year_is_as_far_ahead_as_the_calendar_says(shift):
    written = WEDNESDAY + timedelta(days=shift)
    then = written + timedelta(days=90)

    # 0: month, 2: day, 3: year
    assert ahead("DATED", then.month, 0, then.day, written=written) == 90


def test_a_weekday_is_the_next_one_and_never_today():
    friday, wednesday = 4, 2

    assert ahead("WEEKDAY", 0, friday) == 2 and ahead("WEEKDAY", 0, wednesday) == 7
    assert ahead("WEEKDAY", 1, friday) == 9
    assert ahead("WEEK_FROM", 1, friday) == 9


def test_the_last_day_of_a_month_is_its_own():
    assert ahead("MONTH_END", written=date(2026, 2, 3)) == 25 and ahead("MONTH_END") == 27


def test_a_leap_day_is_a_day_of_its_year():
    # 0: month, 2: day, 3: year
    assert ahead("DATED", 2, 0, 29, written=date(2028, 2, 28)) == 1
    assert ahead("DATED", 2, 0, 29, written=date(2028, 2, 29)) == 0
    assert ahead("DATED", 2, 0, 29, 2028, written=date(2028, 1, 1)) == 59
    assert ahead("DATED", 2, 0, 29, written=date(2027, 2, 1)) == 27
    assert ahead("MONTH_END", written=date(2028, 2, 3)) == 26


def test_a_month_or_season_of_a_stated_year_is_that_years():
    # 2: month, 4: year
    assert ahead("MONTH", 1, 0, 4) == 28 and ahead("MONTH", 1, 0, 4, 0, 2025) < 0
    assert ahead("SEASON", 1, 0, 9, 0, 2026) == 200 and ahead("SEASON", 1, 0, 9, 0, 2023) < 0
    # Behind its weekday, a season's fifth value is another pattern's.
    assert ahead("ON_SEASON", 0, 1, 0, 9, 0, 2023) == 200


def test_without_the_day_of_writing_only_a_guess_is_left():
    row = np.zeros(8)

    assert count(days_ahead.WEEKDAY, row, np.int64(days_ahead.UNKNOWN_DAY)) == 4.0
    assert count(days_ahead.DATED, row, np.int64(days_ahead.UNKNOWN_DAY)) == -1.0
    assert ahead("HABIT") == -1.0
