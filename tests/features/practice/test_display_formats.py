"""Are times, distances, money and phone numbers written as the practice's country writes them?"""

from datetime import date, datetime

import pytest

from features.practice.display_formats import LocalFormats
from features.practice.practice import Practice

US, GB = LocalFormats("en-US"), LocalFormats("en-GB")
TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("hour", "minute", "us", "gb"),
    [(0, 0, "12 AM", "00:00"), (9, 5, "9:05 AM", "09:05"), (12, 0, "12 PM", "12:00"), (23, 59, "11:59 PM", "23:59")],
)
def test_a_time_of_day_is_written_by_the_locale(hour, minute, us, gb):
    moment = datetime(2026, 11, 30, hour, minute)

    assert (US.format_time(moment), GB.format_time(moment)) == (us, gb)


@pytest.mark.parametrize(
    ("day", "us", "gb"),
    [
        (date(2026, 11, 30), "today", "today"),
        (date(2026, 11, 29), "yesterday", "yesterday"),
        (date(2026, 12, 1), "tomorrow", "tomorrow"),
        (date(2026, 12, 4), "Fri, Dec 4", "Fri 4 Dec"),
        (date(2027, 11, 30), "Nov 30, 2027", "30 Nov 2027"),
    ],
)
def test_a_day_is_near_or_named_and_far_ones_have_a_year(day, us, gb):
    assert (US.format_day(day, TODAY), GB.format_day(day, TODAY)) == (us, gb)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("2145553799", "(214) 555-3799"),
        ("+1 214-555-3799", "(214) 555-3799"),
        ("682 555 2212 (cell)", "(682) 555-2212 (cell)"),
        ("214 555 3799 x12", "214 555 3799 x12"),
        ("555-3799", "555-3799"),
        ("withheld", "withheld"),
        ("", ""),
    ],
)
def test_us_phone_numbers_have_one_shape_and_others_stay_as_given(number, shown):
    assert US.format_phone(number) == shown and GB.format_phone(number) == number


def test_distances_money_and_shares():
    assert (US.format_distance(100), GB.format_distance(100), US.format_distance(0.5)) == (
        "62 miles",
        "100 km",
        "less than a mile",
    )
    assert (US.format_money(14_200), GB.format_money(90), US.format_percent(0.005)) == ("$14,200", "£90", "1%")


def test_the_practice_says_which_and_american_is_the_default():
    assert Practice().formats == US and Practice(locale="en-GB").formats == GB
