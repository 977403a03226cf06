"""May the comparison be looked at every day, and does it compare only forms that ran side by side?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.columns.categories import Categories
from serving.insights.comparisons.form_test import Arm, _describe, compare_shares, count_needed, tabulate_forms
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import Hidden
from serving.insights.sharing.small_cells import hide_small_cells
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate


def look_daily(rate, other_rate, seed, days=120, a_day=6):
    """The comparison of two forms at the end of each day."""
    rng = np.random.default_rng(seed)
    leads = rng.poisson(a_day, (2, days))
    booked = np.cumsum(rng.binomial(leads, np.array([[rate], [other_rate]])), axis=1)
    leads = np.cumsum(leads, axis=1)
    arms = [[Arm(int(leads[side, day]), int(booked[side, day])) for side in (0, 1)] for day in range(days)]
    return [compare_shares(*pair) for pair in arms]


def test_without_a_difference_ninety_in_a_hundred_tests_never_find_one_at_any_look():
    found = [any(look.low > 0 or look.high < 0 for look in look_daily(0.3, 0.3, seed)) for seed in range(200)]

    assert sum(found) <= 20


def test_a_fixed_interval_looked_at_daily_would_find_one_far_more_often():
    def is_found(seed):
        rng = np.random.default_rng(seed)
        booked = np.cumsum(rng.binomial(6, 0.3, (2, 120)), axis=1)
        leads = 6 * np.arange(1, 121)
        rates = booked / leads
        error = np.sqrt((rates * (1 - rates)).sum(axis=0) / leads)
        return (np.abs(rates[0] - rates[1])[9:] > 1.645 * error[9:]).any()

    assert sum(is_found(seed) for seed in range(200)) > 60


def test_eight_points_are_found_within_some_hundred_inquiries():
    looks = [look_daily(0.38, 0.30, seed, days=200) for seed in range(40)]

    assert sum(any(look.low > 0 for look in of_test) for of_test in looks) >= 30
    assert not any(look.high < 0 for of_test in looks for look in of_test)


def test_more_are_needed_for_a_smaller_difference_and_then_eight_in_ten_find_it():
    few, many = Arm(100, 30), Arm(1_000, 300)

    assert count_needed(few, few, 0.02) > count_needed(few, few, 0.05) > count_needed(many, many, 0.05) > 0
    enough = 1_000 + count_needed(many, many)
    found = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        arms = [Arm(enough, int(rng.binomial(enough, rate))) for rate in (0.35, 0.30)]
        found += compare_shares(*arms).low > 0
    assert found >= 42


def test_few_inquiries_tell_nothing():
    assert not compare_shares(Arm(49, 40), Arm(500, 10)).is_known


@pytest.fixture(scope="module")
def columns():
    return to_columns(simulate(4, leads_a_month=300))


def with_forms(columns, codes, names):
    return replace(columns, categories=columns.categories | {"form": Categories(codes, names)})


def test_forms_that_ran_one_after_the_other_are_not_compared(columns):
    after = with_forms(columns, (columns.day > np.median(columns.day)).astype(int), ("old", "new"))

    table = tabulate_forms(after, 45.0, 0)

    assert table.rows == () and table.notes[0].startswith("No two forms have 50 inquiries each")


def test_only_the_days_of_both_count_and_only_inquiries_old_enough(columns):
    rng = np.random.default_rng(2)
    middle = int(np.median(columns.day))
    codes = np.where(columns.day <= middle, 0, rng.integers(0, 2, len(columns)))

    ((pair, leads, other, booked, other_booked, difference, *_),) = tabulate_forms(
        with_forms(columns, codes, ("old", "new")), 45.0, 0
    ).rows

    old_enough = columns.age_days >= 45
    first = columns.day[old_enough & (codes == 1)].min()
    both = old_enough & (columns.day >= first) & (columns.day <= columns.day[old_enough & (codes == 0)].max())
    assert pair == "old against new"
    assert (leads, other) == ((both & (codes == 0)).sum(), (both & (codes == 1)).sum())
    assert difference.value == pytest.approx(100 * (booked / leads - other_booked / other))
    assert difference.low < 0 < difference.high


def test_a_form_that_brings_more_is_named(columns):
    booked = columns.has("booked")
    rng = np.random.default_rng(2)
    codes = np.where(rng.random(len(columns)) < 0.3, booked, rng.integers(0, 2, len(columns))).astype(int)

    ((pair, *_, verdict),) = tabulate_forms(with_forms(columns, codes, ("long", "short")), 45.0, 0).rows

    expected = "The first has more bookings." if pair == "short against long" else "The second has more bookings."
    assert verdict == expected


def test_without_forms_there_is_the_reason(columns):
    assert tabulate_forms(columns, 45.0, 0).rows == ()


@pytest.mark.parametrize(("booked", "hidden"), [((90, 90), False), ((4, 90), True), ((90, 392), True)])
def test_outside_of_the_house_few_who_booked_or_did_not_cannot_be_computed(columns, booked, hidden):
    table = tabulate_forms(columns, 45.0, 0)
    # Two forms shown by chance have nearly as many inquiries: that alone tells nothing of anybody.
    row = ("long against short", 405, 400, *booked, Estimate(1.0, -5.0, 7.0), 800, "Open: go on.")

    (shared,) = hide_small_cells([replace(table, rows=(row,))])

    assert shared.rows[0][1:3] == (405, 400)
    assert [isinstance(cell, Hidden) for cell in shared.rows[0][5:7]] == [hidden, hidden]


def test_a_difference_is_not_ruled_out_before_the_interval_does():
    estimate = Estimate(0.04, -0.005, 0.085)

    assert _describe(estimate, 0).startswith("Open: a difference of 5 points would probably show by now")
    assert _describe(Estimate(0.01, -0.02, 0.04), 0) == "No difference that matters."
