"""Is the practice open, and for how long was it, to the minute?"""

import holidays
import numpy as np
import pytest

import features.signals  # noqa: F401
from features.calendar.business_time import BusinessTime, LocalTimes, federal_holidays
from features.registry import CATALOGUE
from features.testing import one_lead, value_of


def times(*texts: str) -> LocalTimes:
    """Times on the clock at the practice."""
    return LocalTimes.of(np.array(texts, "datetime64[us]"))


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (
            2026,
            [
                "01-01",
                "01-19",
                "02-16",
                "05-25",
                "06-19",
                "07-03",
                "07-04",
                "09-07",
                "10-12",
                "11-11",
                "11-26",
                "12-25",
            ],
        ),
        (
            2023,
            [
                "01-01",
                "01-02",
                "01-16",
                "02-20",
                "05-29",
                "06-19",
                "07-04",
                "09-04",
                "10-09",
                "11-10",
                "11-11",
                "11-23",
                "12-25",
            ],
        ),
    ],
)
def test_holidays_are_those_of_the_federal_calendar_and_the_days_they_are_observed_on(year, days):
    days_off = federal_holidays()[federal_holidays().astype("datetime64[Y]") == np.datetime64(str(year))]

    assert days_off.astype(str).tolist() == [f"{year}-{day}" for day in days]


def test_holidays_from_2021_to_2040_are_those_of_the_holidays_package():
    published = holidays.country_holidays("US", years=range(2021, 2041), observed=True)

    ours = {day for day in federal_holidays().tolist() if 2021 <= day.year <= 2040}

    # New Year 2022 was observed on 31 December 2021, as the package lists it too.
    assert ours == {day for day in published if 2021 <= day.year <= 2040}
    assert len(ours) == 253


def test_before_2021_ours_differ_by_juneteenth_alone():
    """It counts in every year, as it did when models of today were trained; law made it a holiday in 2021."""
    published = holidays.country_holidays("US", years=range(2000, 2021), observed=True)

    ours = {day for day in federal_holidays().tolist() if 2000 <= day.year <= 2020}

    assert {day for day in published if 2000 <= day.year <= 2020} < ours
    extra = ours - set(published)
    assert len(extra) == 26 and all(day.month == 6 and 18 <= day.day <= 20 for day in extra)


@pytest.mark.parametrize(
    ("first", "last", "minutes"),
    [
        ("2026-11-19T07:00", "2026-11-19T07:59", 0),
        ("2026-11-19T07:00", "2026-11-19T09:00", 60),
        ("2026-11-19T09:00", "2026-11-20T09:00", 540),
        ("2026-11-20T16:00", "2026-11-23T09:00", 120),  # a weekend between
        ("2026-11-25T16:00", "2026-11-27T09:00", 120),  # Thanksgiving between
        ("2026-11-19T09:00", "2026-11-19T08:30", -30),
        ("2026-11-16T00:00", "2026-11-23T00:00", 5 * 540),
    ],
)
def test_minutes_of_opening_between_two_times(first, last, minutes):
    np.testing.assert_array_equal(BusinessTime.of().minutes_between(times(first), times(last)), [minutes])


def test_minutes_of_opening_are_those_counted_one_by_one():
    rng = np.random.default_rng(3)
    week = (((480, 720), (780, 1020)), ((480, 1020),), (), ((0, 60), (1380, 1440)), ((480, 1020),), ((540, 720),), ())
    first = np.datetime64("2026-10-01T00:00", "m") + rng.integers(0, 90 * 1440, 30)
    last = first + rng.integers(0, 12 * 1440, 30)

    every_minute = [LocalTimes.of(np.arange(a, b).astype("datetime64[us]")) for a, b in zip(first, last, strict=True)]
    counted = [np.nansum(BusinessTime.of(week).is_open(minutes)) for minutes in every_minute]

    between = BusinessTime.of(week).minutes_between(
        LocalTimes.of(first.astype("datetime64[us]")), LocalTimes.of(last.astype("datetime64[us]"))
    )
    np.testing.assert_allclose(between, counted)


def test_a_time_that_is_not_known_is_neither_open_nor_closed():
    unknown, hours = times("NaT"), BusinessTime.of()

    assert np.isnan(
        [hours.is_open(unknown), hours.is_day_off(unknown), hours.minutes_between(unknown, times("2026-11-19"))]
    ).all()


def test_a_week_is_described_as_people_write_it():
    week = (((480, 720), (780, 1020)), *(((480, 1020),),) * 4, ((540, 720),), ())

    assert BusinessTime.of(week).describe() == "Mon 08:00-12:00, 13:00-17:00; Tue-Fri 08:00-17:00; Sat 09:00-12:00"


@pytest.mark.parametrize(
    ("utc", "usable"), [("02T17:59Z", 0.0), ("02T18:00Z", 1.0), ("03T06:59Z", 1.0), ("03T07:00Z", 0.0)]
)
def test_contact_hours_are_those_of_the_clock_where_the_lead_lives(utc, usable):
    in_honolulu = one_lead(postal_code="96813", cutoff=f"2026-03-{utc}")

    assert value_of(CATALOGUE["within_contact_hours"], in_honolulu) == usable


def test_without_a_place_nobody_knows_the_time_there():
    assert np.isnan(value_of(CATALOGUE["within_contact_hours"], one_lead(postal_code="00000")))
