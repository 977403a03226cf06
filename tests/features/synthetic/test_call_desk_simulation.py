"""Whom does the invented call desk call next, and when does it give up?"""

import numpy as np

from features.synthetic import call_desk_simulation


def test_the_desk_takes_fresh_leads_first_then_the_newest_and_a_shadow_takes_no_slot():
    hour = 3600.0
    lead = {
        "created": np.array([0.0, 100.0, 200.0]),
        "returns_at": np.array([np.inf, np.inf, 5.0]),
        "priority": np.array([1, 1, 0]),
        "max_attempts": np.array([2, 1, 1]),
        "reach": np.full(3, -99.0),
        "prefers": np.zeros(3, int),
    }

    plan = call_desk_simulation.simulate_desk(
        lead, np.array([1, 2, 9]) * hour, np.zeros(3, int), np.random.default_rng(0)
    )

    assert list(plan.called_at[:, 0] / hour) == [2.0, 1.0, 1.0]
    assert list(plan.attempts_made) == [2, 1, 0]
    assert plan.called_at[0, 1] == 9 * hour


def test_the_desk_gives_up_on_a_lead_after_two_weeks():
    lead = {
        "created": np.zeros(1),
        "returns_at": np.array([np.inf]),
        "priority": np.zeros(1, int),
        "max_attempts": np.array([6]),
        "reach": np.zeros(1),
        "prefers": np.zeros(1, int),
    }

    plan = call_desk_simulation.simulate_desk(
        lead, np.array([14 * 86400.0]), np.zeros(1, int), np.random.default_rng(0)
    )

    assert plan.attempts_made[0] == 0
