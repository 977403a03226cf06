"""Is the hour unknown where an export has the day of arrival only?"""

import numpy as np
import pytest

from features.registry import CATALOGUE
from features.testing import one_lead, value_of

DAY_ONLY = "2026-03-02T05:00Z"
"""Midnight in New York, which is how a date without a time of day is kept."""
TIMED = "2026-03-02T15:30Z"
CALL = [("2026-03-02T16:00Z", "outbound_call"), ("2026-03-01T12:00Z", "page_view")]
NEEDS_THE_HOUR = (
    "arrival_hour",
    "arrived_while_open",
    "opening_hours_waited",
    "minutes_to_first_attempt",
    "pages_before_enquiry",
)


def get_signal(name):
    """Return the signal of this name."""
    return CATALOGUE[name]


@pytest.mark.parametrize("name", NEEDS_THE_HOUR)
def test_a_signal_that_needs_the_hour_is_unknown_without_it(name):
    values = [
        value_of(get_signal(name), one_lead(created_at=created_at, events=CALL, cutoff="2026-03-04T15:00Z"))
        for created_at in (DAY_ONLY, TIMED)
    ]

    assert np.isnan(values).tolist() == [True, False]


@pytest.mark.parametrize("name", ["arrival_weekday", "arrival_month", "arrived_on_day_off"])
def test_what_the_day_tells_is_the_same_with_and_without_the_hour(name):
    assert value_of(get_signal(name), one_lead(created_at=DAY_ONLY)) == value_of(
        get_signal(name), one_lead(created_at=TIMED)
    )


@pytest.mark.parametrize("name", ["open_now", "within_contact_hours"])
def test_a_moment_counted_from_an_arrival_without_an_hour_has_none(name):
    lead = {"created_at": DAY_ONLY, "postal_code": "02139"}

    counted, read = (
        value_of(get_signal(name), one_lead(**lead, cutoff=cutoff))
        for cutoff in ("2026-03-02T06:00Z", "2026-03-02T15:30:12Z")
    )

    assert np.isnan(counted)
    assert read == 1.0


def test_an_arrival_without_an_hour_has_been_open_for_whole_days():
    hours = [
        value_of(get_signal("hours_open"), one_lead(created_at=DAY_ONLY, cutoff=cutoff))
        for cutoff in ("2026-03-02T22:00Z", "2026-03-04T04:59Z", "2026-03-04T05:01Z")
    ]

    assert hours == [0.0, 24.0, 48.0]


def test_minutes_between_events_need_their_times_of_day():
    day_ends = [("2026-03-03T05:00Z", "chat"), ("2026-03-04T05:00Z", "sms_out")]

    assert np.isnan(value_of(get_signal("minutes_to_answer"), one_lead(events=day_ends, cutoff="2026-03-05T15:00Z")))
