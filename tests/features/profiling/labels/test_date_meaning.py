"""Are bookings and planned visits told apart by when they lie, and is a doubt a question?"""

import numpy as np
import pytest

from features.array_types import DAY
from features.profiling.labels.date_meaning import judge_meaning

ARRIVALS = np.datetime64("2026-03-01T09:00", "us") + np.arange(200) * DAY // 4
MINUTE = np.timedelta64(60_000_000, "us")


def judge(header, times):
    """Judge dates beside these arrivals."""
    return judge_meaning(header, times.astype("datetime64[us]"), ARRIVALS)


def booked_at():
    """Times of bookings: at any minute, none after the newest lead."""
    times = ARRIVALS + np.arange(200) % 5 * DAY + np.arange(200) % 53 * MINUTE
    return np.minimum(times, ARRIVALS.max())


@pytest.mark.parametrize("header", ["Date booked", "Converted Date", "closedate", "Appointment", "Termin gebucht am"])
def test_what_comes_at_any_minute_and_never_ahead_is_the_booking(header):
    meaning = judge(header, booked_at())

    assert meaning.is_booking and not meaning.question and "at any minute" in meaning.reason


def test_visits_lie_ahead_of_the_newest_lead():
    meaning = judge("Appointment date", (ARRIVALS + 12 * DAY).astype("datetime64[D]"))

    assert meaning.is_visit and not meaning.is_booking and "lie after the newest lead" in meaning.question


def test_visits_begin_on_the_quarter_of_an_hour():
    times = np.minimum(ARRIVALS + 3 * DAY, ARRIVALS.max()).astype("datetime64[D]") + 15 * (np.arange(200) % 30) * MINUTE

    assert judge("appt", times - DAY).is_visit


def test_days_that_show_neither_are_a_question():
    meaning = judge("Appointment", booked_at().astype("datetime64[D]"))

    assert not meaning.is_booking and not meaning.is_visit and "or the day of the visit itself" in meaning.question


def test_a_booking_by_its_header_that_lies_ahead_is_a_question():
    meaning = judge("Date booked", ARRIVALS + 12 * DAY)

    assert not meaning.is_booking and "lie after the newest lead" in meaning.question
