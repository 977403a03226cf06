"""Does the population stability index equal known values?"""

import numpy as np
import pytest
from scipy import stats

from training.monitoring.population_stability_index import (
    index_by_chance,
    limit_multiplier,
    stability_index,
)


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(3)


def test_the_index_of_known_shares_is_that_of_the_formula():
    old, new = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])

    index, cells = stability_index(old * 1e6, new * 1e6)

    assert index == pytest.approx(2 * 0.3 * np.log(2.5), rel=1e-4)
    assert cells == 3


def test_the_index_without_change_is_as_chance_says(random):
    shares = random.dirichlet(np.full(10, 5.0))
    drawn = [
        stability_index(random.multinomial(20_000, shares), random.multinomial(400, shares))[0] for _ in range(2000)
    ]

    mean = index_by_chance(np.array(10), np.array(20_000), np.array(400))

    assert np.mean(drawn) == pytest.approx(mean, rel=0.06)
    assert np.mean(np.array(drawn) > stats.chi2.ppf(0.95, 9) / 9 * mean) == pytest.approx(0.05, abs=0.02)


def test_a_new_month_lies_as_far_as_stated_only_as_often_as_stated(random):
    movement = random.normal(size=(40_000, 17)) ** 2

    beyond = movement[:, -1] > limit_multiplier(16, 0.02) * movement[:, :-1].max(axis=1)

    assert beyond.mean() == pytest.approx(0.02, abs=0.003)
