"""Is the half hour in which most calls are missed named, without knowing who was on duty?"""

from dataclasses import replace

import numpy as np
import pytest

from features.practice.display_formats import LocalFormats
from serving.insights.columns.phone_calls import PhoneCalls
from serving.insights.staffing.missed_by_half_hour import (
    MISSED_MORE,
    NOBODY_THERE,
    select_missed,
    tabulate_missed_by_half_hour,
)
from serving.insights.staffing.staffing_table import ALL_HALF_HOURS

SLOTS = 6


def call_in(columns, seed, busy_share=0.15):
    """A log that says which calls were missed and nothing else: no person, no length. At night nobody answers."""
    rng, n = np.random.default_rng(seed), len(columns)
    slot = rng.integers(18, 18 + SLOTS, n)
    share = np.where(slot == 19, busy_share, np.where(slot == 18 + SLOTS - 1, 1.0, 0.15))
    missed = rng.random(n) < share
    calls = PhoneCalls(np.arange(n), columns.day, slot, np.ones(n, bool), ~missed, np.full(n, np.nan), np.full(n, -1))
    return replace(columns, calls=calls)


def tabulate(columns):
    return tabulate_missed_by_half_hour(columns, 12, LocalFormats())


def test_the_busy_half_hour_is_named_and_the_night_is_not_compared(columns):
    table = tabulate(call_in(columns, 1, 0.4))

    assert table.get("9:30 AM to 10 AM", "verdict") == MISSED_MORE
    assert table.rows[-1][4] == NOBODY_THERE
    assert all(row[4] not in (MISSED_MORE, NOBODY_THERE) for row in table.rows[3:-1])


def test_no_half_hour_is_invented(columns):
    verdicts = [{row[4] for row in tabulate(call_in(columns, seed)).rows[1:-1]} for seed in range(30)]

    assert sum(words != {"No difference beyond chance."} for words in verdicts) <= 2


def test_half_hours_add_up_and_list_as_many_callers_as_they_count(columns):
    called = call_in(columns, 2)
    table = tabulate(called)

    for position, column in ((1, "leads"), (2, "missed")):
        assert table.rows[0][position] == sum(row[position] for row in table.rows[1:])
        for row in table.rows:
            assert len(select_missed(called, 12, LocalFormats(), row[0], column)) == row[position]
    with pytest.raises(KeyError):
        select_missed(called, 12, LocalFormats(), "midnight", "leads")
    assert table.rows[0][0] == ALL_HALF_HOURS


def test_a_log_without_missed_calls_says_what_is_missing(columns):
    assert "missed_call" in tabulate(columns).notes[0]


def test_of_one_missed_call_nothing_is_said(columns):
    called = call_in(columns, 4)
    on_workdays = np.flatnonzero(((called.calls.day + 3) % 7 < 5) & (called.calls.day < columns.as_of_day))
    half_hour = np.minimum(called.calls.half_hour, 18 + SLOTS - 2)
    last = on_workdays[called.calls.day[on_workdays].argmax()]
    half_hour[last] = 18 + SLOTS - 1
    answered = called.calls.answered & (np.arange(len(columns)) != last)

    table = tabulate(replace(called, calls=replace(called.calls, half_hour=half_hour, answered=answered)))

    assert table.rows[-1][1:3] == (1, 1) and table.rows[-1][4].startswith("Too few calls")
