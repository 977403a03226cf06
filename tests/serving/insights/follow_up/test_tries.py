"""Is what each try brought counted as it was planted, and is it said when trying again is worth it?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.columns.categories import Categories
from serving.insights.follow_up.tries import (
    GAINS_MORE,
    TRY_NAMES,
    find_given_up,
    select_tried,
    tabulate_further_tries,
    tabulate_tries,
)
from tests.support.simulated.insight_coverage import to_tried
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
