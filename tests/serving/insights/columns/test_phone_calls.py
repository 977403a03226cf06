"""Are calls read with their time in the practice's zone, and who was on them?"""

import numpy as np
import pandas as pd

from serving.insights.columns.phone_calls import PhoneCalls, read_calls


def read(**columns):
    frame = pd.DataFrame(columns)
    frame["occurred_at"] = pd.to_datetime(frame["occurred_at"], utc=True)
    return read_calls(frame, np.arange(len(frame)), "America/New_York")


def test_times_are_those_of_the_practice():
    calls = read(
        kind=["inbound_call", "page_view", "missed_call"], occurred_at=["2026-03-05T14:45"] * 2 + ["2026-03-06T03:10"]
    )

    assert calls.half_hour.tolist() == [19, 44] and calls.lead.tolist() == [0, 2]
    assert (calls.day == (np.array(["2026-03-05"] * 2, "M8[D]")).astype(int)).all()


def test_who_answered_and_how_long_is_read():
    calls = read(
        kind=["inbound_call", "inbound_call", "missed_call", "outbound_call", "outbound_call"],
        occurred_at=["2026-03-05T14:45"] * 5,
        reached=pd.array([True, False, None, True, None], "boolean"),
        staff_id=["S1", None, None, "S2", "S1"],
        duration_s=[120.0, np.nan, np.nan, 60.0, 30.0],
    )

    assert calls.came_in.tolist() == [True, True, True, False, False]
    assert calls.answered.tolist() == [True, False, False, True, False]
    assert calls.person.tolist() == [0, -1, -1, 1, 0] and calls.minutes[[0, 3]].tolist() == [2.0, 1.0]


def test_an_inbound_call_that_says_nothing_was_answered():
    calls = read(kind=["inbound_call"], occurred_at=["2026-03-05T14:45"])

    assert calls.answered.tolist() == [True] and calls.person.tolist() == [-1] and np.isnan(calls.minutes).all()


def test_lengths_that_no_call_has_are_unknown():
    calls = read(kind=["inbound_call"] * 4, occurred_at=["2026-03-05T14:45"] * 4, duration_s=[0.0, 90.0, 14_400.0, 9e9])

    assert np.isnan(calls.minutes[[0, 3]]).all() and calls.minutes[[1, 2]].tolist() == [1.5, 240.0]


def test_without_calls_there_are_none():
    assert len(read(kind=["page_view"], occurred_at=["2026-03-05T14:45"]).day) == len(PhoneCalls.empty().day) == 0
