"""Do the shares of groups hold the truth, and is a difference named only where there is one?"""

import numpy as np

from serving.insights.columns.categories import Categories
from serving.insights.practice_checks.group_rates import STANDS_OUT, compare_groups

NAMES = tuple("abcdefgh")


def draw_practice(seed, truth=0.3, months=12, spread=0.25):
    """Leads of eight alike groups over a year whose months differ; group "a" may be another one."""
    rng = np.random.default_rng(seed)
    group, month = rng.integers(0, len(NAMES), 2_400), rng.integers(0, months, 2_400)
    shares = np.full(len(NAMES), 0.3)
    shares[0] = truth
    moved = np.log(shares / (1 - shares))[:, None] + rng.normal(0, spread, (len(NAMES), months))
    has = rng.random(2_400) < 1 / (1 + np.exp(-moved[group, month]))
    long_run = np.array(
        [np.mean(1 / (1 + np.exp(-(np.log(p / (1 - p)) + rng.normal(0, spread, 4_000))))) for p in shares]
    )
    return Categories(group, NAMES), month, has, long_run


def test_intervals_hold_the_truth_in_85_to_95_of_100_practices():
    held = []
    for seed in range(100):
        group, month, has, truth = draw_practice(seed)
        found = compare_groups(group, month, has, np.arange(len(has)))
        held += [each.rate.low <= truth[NAMES.index(each.name)] <= each.rate.high for each in found]

    assert 0.85 <= np.mean(held) <= 0.95


def test_a_difference_is_named_where_it_is_and_seldom_where_there_is_none():
    def count_named(truth):
        return [
            sum(abs(each.distance) >= STANDS_OUT for each in compare_groups(group, month, has, np.arange(len(has))))
            for group, month, has, _ in (draw_practice(seed, truth) for seed in range(60))
        ]

    assert sum(count > 0 for count in count_named(0.3)) <= 3
    assert sum(count > 0 for count in count_named(0.55)) >= 57


def test_one_group_alone_stands_apart_from_nobody():
    (alone,) = compare_groups(
        Categories(np.zeros(50, int), ("x",)), np.zeros(50, int), np.ones(50, bool), np.arange(50)
    )

    assert (alone.leads, alone.count, alone.distance) == (50, 50, 0.0) and np.isnan(alone.others)
