"""Are first scores matched to their leads, and not those that came too late?"""

import numpy as np

from features.array_types import DAY
from serving.insights.columns.given_scores import GivenScore, align_scores

NOON = np.datetime64("2026-03-05T12:00", "us")


def align(**given):
    return align_scores(given, np.array(["L1", "L2"], object), np.array([NOON, NOON]))


def test_a_score_within_a_day_counts_and_a_later_one_does_not():
    log_odds, order = align(L1=GivenScore(0.5, NOON + DAY, False), L2=GivenScore(0.7, NOON + 2 * DAY, True))

    np.testing.assert_array_equal(log_odds, [0.5, np.nan])
    np.testing.assert_array_equal(order, [0.0, np.nan])


def test_a_lead_that_neither_places_has_a_score_and_no_order():
    log_odds, order = align(L1=GivenScore(0.5, NOON, None))

    assert log_odds[0] == 0.5 and np.isnan(order).all()


def test_a_lead_that_is_not_known_here_changes_nothing():
    log_odds, order = align(L9=GivenScore(0.5, NOON, True))

    assert np.isnan(log_odds).all() and np.isnan(order).all()
