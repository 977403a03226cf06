"""Is what each try brought counted as it was planted, and is it said when trying again is worth it?"""

from dataclasses import replace

import numpy as np
import pytest

from features.practice.practice import Practice
from serving.insights.columns.categories import Categories
from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.follow_up.tries import (
    GAINS_MORE,
    TRY_NAMES,
    find_given_up,
    find_won_by,
    select_tried,
    tabulate_further_tries,
    tabulate_tries,
)
from tests.support.simulated.insight_coverage import to_tried
from tests.support.simulated.manager_stories import invent_practice
from tests.support.simulated.simulated_waits import simulate_tries


def test_tries_and_bookings_are_those_of_the_leads(columns):
    tries = simulate_tries(1)
    table = tabulate_tries(to_tried(columns, tries), np.arange(len(tries.month)))

    for number, name in enumerate(TRY_NAMES):
        tried = ~np.isnan(tries.days[:, number])
        later = tries.days[:, number + 1] if number < 5 else np.full(len(tried), np.nan)
        booked = tried & (tries.booked_days >= tries.days[:, number]) & ~(later <= tries.booked_days)
        assert table.get(name, "leads") == tried.sum() and table.get(name, "booked") == booked.sum()
        assert table.get(name, "given_up") == (tried & np.isnan(later) & np.isnan(tries.booked_days)).sum()


def test_intervals_hold_the_planted_chance_of_each_try(columns):
    hits = []
    for seed in range(40):
        tries = simulate_tries(seed)
        table = tabulate_tries(to_tried(columns, tries), np.arange(len(tries.month)))
        cells = [(table.get(name, "rate"), tries.rates[i]) for i, name in enumerate(TRY_NAMES) if i < len(table.rows)]
        hits += [cell.low <= truth <= cell.high for cell, truth in cells if cell.is_known]

    assert 0.84 <= np.mean(hits) <= 0.97


def test_who_was_lost_for_good_or_answered_at_once_was_not_tried(columns):
    tries = simulate_tries(2)
    tried = to_tried(columns, tries)
    gone = replace(tried, lost_days=np.zeros(len(tries.month)), lost_reason=np.full(len(tries.month), "price", object))
    silent = replace(gone, lost_reason=np.full(len(tries.month), "no_response", object))
    rows = np.arange(len(tries.month))

    assert len(select_tried(gone, rows, 0)) == 0 < len(select_tried(silent, rows, 0))
    assert len(select_tried(replace(tried, answered_live=np.ones(len(rows), bool)), rows, 0)) == 0
    assert not find_given_up(replace(tried, do_not_contact=np.ones(len(rows), bool)), 0).any()


def test_the_channel_that_gains_from_another_try_is_named_and_no_other(columns):
    tries, rng = simulate_tries(3), np.random.default_rng(3)
    n = len(tries.month)
    slow = rng.random(n) < 0.3
    later = slow & ~np.isnan(tries.days[:, 1]) & (rng.random(n) < 0.4)
    tries.booked_days[later] = tries.days[later, 1] + 0.02
    group = Categories(np.where(slow, 0, rng.integers(1, 4, n)), ("referral", "call", "form", "chat"))

    table = tabulate_further_tries(
        replace(to_tried(columns, tries), categories={"channel": group}), np.arange(n), "channel"
    )

    assert table.get("referral", "verdict") == GAINS_MORE
    assert GAINS_MORE not in {table.get(name, "verdict") for name in ("call", "form", "chat")}
    assert table.rows[0][1] == sum(row[1] for row in table.rows[1:])


@pytest.mark.parametrize("tabulate", [tabulate_tries, lambda *args: tabulate_further_tries(*args, "channel")])
def test_without_tries_the_table_says_so(columns, tabulate):
    table = tabulate(columns, np.arange(len(columns)))

    assert table.rows == () and table.notes[0].startswith("No ")


def test_bookings_with_a_day_and_no_time_follow_the_tries_of_their_day():
    tables, practice = invent_practice(4, leads=1_500), Practice(name="Prairie Oak", timezone="UTC")
    days_only = tables.outcomes.assign(
        **{name: tables.outcomes[name].dt.floor("D") for name in ("occurred_at", "recorded_at")}
    )

    timed, dated = (
        tabulate_tries(columns, np.flatnonzero(columns.age_days > 31))
        for columns in (read_lead_columns(each, practice) for each in (tables, replace(tables, outcomes=days_only)))
    )

    assert timed.rows[0][2] > 50 and [row[:3] for row in timed.rows] == [row[:3] for row in dated.rows]


def test_what_comes_after_the_days_that_count_is_neither_a_booking_nor_given_up(columns):
    tries = to_tried(columns, simulate_tries(5))
    rows = np.arange(len(tries))
    late = replace(tries, first_booked_days=tries.first_booked_days + 40)
    late = replace(late, known_days={"booked": np.full(len(rows), np.nan)})
    booked = ~np.isnan(late.first_booked_days)

    assert booked.sum() > 100 and not find_won_by(late, 0).any() and not (find_given_up(late, 0) & booked).any()
    assert not len(select_tried(replace(tries, try_days=tries.try_days + 31), rows, 0))


def test_a_label_without_a_date_does_not_say_which_try_brought_a_booking(columns):
    tried = replace(to_tried(columns, simulate_tries(1)), categories={"channel": columns.categories["channel"]})
    tables = [
        tabulate(replace(tried, label_decided=np.ones(len(tried), bool)), np.arange(10))
        for tabulate in (tabulate_tries, lambda *args: tabulate_further_tries(*args, "channel"))
    ]

    assert all(table.rows == () and "who booked and not when" in table.notes[0] for table in tables)
