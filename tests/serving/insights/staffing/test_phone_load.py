"""Are calls, people on duty and their time counted as they were?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.columns.phone_calls import PhoneCalls
from serving.insights.staffing.phone_load import count_load

MONDAY = 4
"""January 5, 1970."""


def make_calls(lines):
    """Calls of (day, half hour, came in, answered, minutes, person)."""
    day, slot, came_in, answered, minutes, person = map(np.array, zip(*lines, strict=True))
    lead = np.arange(len(day))
    return PhoneCalls(lead, day, slot, came_in, answered, minutes.astype(float), person)


@pytest.fixture
def calls():
    """Four weeks: Ann from 9 to 11, Ben from 10 on; every day four calls at 10, one of which is missed."""
    lines = []
    for week in range(4):
        for weekday in range(7):
            day = MONDAY + 7 * week + weekday
            lines += [(day, 18, False, True, 15.0, 0), (day, 21, False, True, 3.0, 0), (day, 22, True, True, 5.0, 1)]
            lines += [(day, 20, True, True, 4.0, 0), (day, 20, True, True, 6.0, 1), (day, 20, True, True, 5.0, 1)]
            lines += [(day, 20, True, False, np.nan, -1)]
    return make_calls(lines)


def test_people_are_on_duty_from_their_first_call_to_their_last(calls):
    load = count_load(calls, MONDAY, MONDAY + 28)

    assert load.half_hour.tolist() == [20]
    assert load.people.tolist() == [2.0] and load.free.tolist() == [1.0] and load.talk_minutes == 5.0
    assert load.calls.tolist() == [[20.0]] * 4 and load.missed.tolist() == [[5.0]] * 4
    assert load.compute_rate(load.calls).tolist() == [20 / 150]


def test_time_on_outgoing_calls_is_not_free(calls):
    busy = replace(calls, half_hour=np.where(calls.half_hour == 18, 20, calls.half_hour))

    load = count_load(busy, MONDAY, MONDAY + 28)

    assert load.free.tolist() == [1 - 15 / 60]


def test_half_hours_without_anybody_are_left_out(calls):
    at_night = replace(calls, half_hour=np.where(calls.person < 0, 4, calls.half_hour))

    assert 4 not in count_load(at_night, MONDAY, MONDAY + 28).half_hour


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"person": -1}, "events.staff_id"),
        ({"minutes": np.nan}, "events.duration_s"),
        ({"came_in": False}, "no call from Monday to Friday"),
        ({"day": MONDAY + 5}, "no call from Monday to Friday"),
    ],
)
def test_what_is_missing_is_said(calls, changed, reason):
    (name, value), size = next(iter(changed.items())), len(calls.day)

    assert reason in count_load(replace(calls, **{name: np.full(size, value)}), MONDAY, MONDAY + 28)


def test_few_calls_are_said_to_be_few(calls):
    assert "has 30 calls" in count_load(calls, MONDAY, MONDAY + 7)


def test_who_usually_begins_at_nine_is_there_on_days_whose_first_call_comes_later():
    rng, lines = np.random.default_rng(3), []
    for week in range(12):
        for weekday in range(5):
            day = MONDAY + 7 * week + weekday
            # From nine to five, a call in half of the half hours; the first one often comes late.
            lines += [(day, slot, True, True, 4.0, 0) for slot in range(18, 34) if rng.random() < 0.5]

    load = count_load(make_calls(lines), MONDAY, MONDAY + 84)

    assert load.half_hour[0] == 18 and load.people.min() >= 0.98
