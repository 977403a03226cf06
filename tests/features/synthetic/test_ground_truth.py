"""Does the invented world know its own answer?"""

import numpy as np
from scipy.special import expit

from features.synthetic import (
    ground_truth,
)


def test_the_formula_agrees_with_playing_it_a_hundred_thousand_times():
    n = 100_000
    lead = ground_truth.LeadParameters(
        *(np.full(n, value) for value in (0.4, 0.3, 0.3, -1.0, 0.5)),
        at_once=np.zeros(n, bool),
        max_attempts=np.full(n, 3),
        prefers=np.zeros(n, int),
    )
    rng, plan, period = np.random.default_rng(0), np.array([0.2, 5.0, 30.0]), np.array([0, 1, 2])
    alone = np.where(
        rng.random(n) < expit(-1.0 + ground_truth.EFFECT_ON_RETURN * 0.5),
        ground_truth.RETURN_MEDIAN_HOURS * np.exp(ground_truth.RETURN_SPREAD * rng.standard_normal(n)),
        np.inf,
    )
    booked, open_ = np.zeros(n, bool), np.ones(n, bool)
    for k, delay in enumerate(plan):
        booked |= open_ & (alone < delay)
        open_ &= alone >= delay
        spoke = open_ & (rng.random(n) < expit(ground_truth.reach_log_odds(0.4, ground_truth.TIME_FIT[0, k], delay, k)))
        decides = rng.random(n) < expit(
            ground_truth.book_log_odds(0.3 + ground_truth.EFFECT_ON_BOOKING * 0.5, 0.3, delay)
        )
        booked |= spoke & decides & (rng.random(n) < ground_truth.probability_booked_within((720 - delay) / 24))
        open_ &= ~spoke
    booked |= open_ & (alone < 720)

    probability = ground_truth.compute_booking_probabilities(lead, np.tile(plan, (n, 1)), np.tile(period, (n, 1)))[
        "p_booked_30d"
    ][0]

    assert abs(booked.mean() - probability) < 4 * np.sqrt(probability * (1 - probability) / n)


def test_a_lead_that_is_called_later_has_a_smaller_chance():
    lead = ground_truth.LeadParameters(
        *(np.full(4, value) for value in (0.4, 0.3, 0.3, -3.0, 0.0)),
        at_once=np.zeros(4, bool),
        max_attempts=np.full(4, 1),
        prefers=np.zeros(4, int),
    )

    chances = ground_truth.compute_booking_probabilities(
        lead, np.array([[0.1], [2.0], [48.0], [np.inf]]), np.zeros((4, 1), int)
    )["p_booked_30d"]

    assert (np.diff(chances) < 0).all()
    assert chances[-1] > 0
