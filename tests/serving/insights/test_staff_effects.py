"""Are people compared on like leads?"""

import numpy as np

from serving.insights.estimates import Estimate
from serving.insights.staff_effects import compare_staff, shrink_effects, tabulate_staff
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate


def test_a_large_difference_of_many_leads_stays():
    estimates = shrink_effects(np.array([0.2, -0.1, -0.1]), np.full(3, 1e-5), np.random.default_rng(0))

    assert estimates[0].value > 0.15 and estimates[0].low > 0.1


def test_differences_that_chance_explains_are_drawn_to_the_mean():
    estimates = shrink_effects(np.array([0.05, -0.05, 0.0]), np.full(3, 0.01), np.random.default_rng(0))

    assert all(abs(estimate.value) < 0.03 for estimate in estimates)


def test_nobody_with_few_leads_is_judged(columns):
    table = tabulate_staff(columns, np.arange(100), np.random.default_rng(0))

    assert len(table.rows) and all(row[2] is None and str(row[-1]).startswith("too few") for row in table.rows)
    assert table.managers_only


def test_hard_leads_are_not_held_against_anybody():
    judged = []
    for seed in range(6):
        world = simulate(seed, staff_spread=0.0, leads_a_month=500)
        compared = compare_staff(to_columns(world), np.arange(len(world.arrived)), np.random.default_rng(0))
        judged += [effect for *_, effect in compared]

    # Nobody differs in these worlds: one in ten may seem to.
    wrong = sum(effect.low > 0 or effect.high < 0 for effect in judged)
    assert all(isinstance(effect, Estimate) for effect in judged) and wrong <= 4
