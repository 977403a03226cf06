"""Is a difference of like inquiries the one that was planted, and none where the way they came explains it?"""

import numpy as np
import pytest

from serving.insights.columns.categories import Categories
from serving.insights.practice_checks.like_with_like import compare_within, cross_strata
from tests.support.simulated.simulated_waits import simulate_waits

LEADS = 4_000


def draw(seed, effect=0.0):
    """People of the first group come by a slow channel; within a channel the effect is all that differs."""
    rng = np.random.default_rng(seed)
    channel = rng.integers(0, 4, LEADS)
    first = rng.random(LEADS) < np.array([0.1, 0.2, 0.4, 0.6])[channel]
    has = rng.random(LEADS) < np.array([0.9, 0.7, 0.5, 0.2])[channel] + effect * first
    return Categories(np.where(first, 0, 1), ("first", "others")), channel, has


def test_what_the_channel_explains_is_no_difference():
    group, channel, has = draw(1)
    raw = compare_within(group, np.zeros(LEADS, int), has, np.arange(LEADS))["first"]
    alike = compare_within(group, channel, has, np.arange(LEADS))["first"]

    assert raw.high < -10 and alike.low < 0 < alike.high


def test_the_two_sides_of_a_comparison_are_one_difference():
    group, channel, has = draw(2, effect=0.08)
    alike = compare_within(group, channel, has, np.arange(LEADS))

    assert alike["first"].low < 8 < alike["first"].high and alike["first"].low > 0
    assert alike["others"].value == pytest.approx(-alike["first"].value)
    assert alike["others"].low == pytest.approx(-alike["first"].high)


def test_a_group_without_anybody_to_compare_with_cannot_be_told():
    group = Categories(np.array([0, 0, 1, 1]), ("a", "b"))

    alike = compare_within(group, np.array([0, 0, 1, 1]), np.ones(4, bool), np.arange(4))

    assert not alike["a"].is_known and "nobody else" in alike["a"].reason


def test_strata_are_told_apart_by_every_column():
    strata = cross_strata([np.array([0, 0, 1, 1]), np.array([5, 9, 5, 9]), np.array([2, 2, 2, 2])])

    assert len(set(strata.tolist())) == 4


def test_intervals_hold_the_planted_difference_in_nine_of_ten_cases():
    hits = []
    for seed in range(120):
        waits = simulate_waits(seed)
        group = Categories(waits.group, ("a", "b", "c"))
        alike = compare_within(group, waits.stratum, waits.soon, np.arange(len(waits.group)))["a"]
        hits.append(alike.low <= 100 * waits.difference <= alike.high)

    assert 0.82 <= np.mean(hits) <= 0.97


@pytest.mark.parametrize(
    ("own", "others", "reason"), [(1, 10, "too few"), (9, 2_000, "too few"), (40, 40, "all or none")]
)
def test_a_few_pairs_or_no_difference_at_all_give_no_interval_without_width(own, others, reason):
    group = Categories(np.repeat([0, 1], [own, others]), ("a", "b"))
    has = np.zeros(own + others, bool) if reason == "all or none" else group.codes == 1

    alike = compare_within(group, np.zeros(own + others, int), has, np.arange(own + others))["a"]

    assert not alike.is_known and reason in alike.reason
