"""Is performance estimated from scores alone close to the performance that outcomes show later?"""

import numpy as np
import pytest

from training.monitoring.estimated_performance import estimate_performance, expected_performance, realized_performance


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(3)


def test_expected_performance_is_the_mean_over_all_outcomes_weighted_by_their_chance():
    p = np.array([0.1, 0.4, 0.4, 0.8])
    every = [np.array([float(digit) for digit in f"{outcome:04b}"]) for outcome in range(16)]
    chance = [np.prod(np.where(item == 1, p, 1 - p)) for item in every]

    results = expected_performance(p)

    for name in ("log_loss", "brier"):
        assert results[name] == pytest.approx(
            sum(weight * realized_performance(item, p)[name] for weight, item in zip(chance, every, strict=True))
        )
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    right = sum(p[i] * (1 - p[j]) * ((p[i] > p[j]) + 0.5 * (p[i] == p[j])) for i, j in pairs)
    assert results["auc"] == pytest.approx(right / sum(p[i] * (1 - p[j]) for i, j in pairs))


def test_performance_is_estimated_before_outcomes_come_when_probabilities_hold(random):
    p = 1 / (1 + np.exp(-random.normal(-1, 1.2, 4000)))
    label = (random.random(4000) < p).astype(float)

    estimated, realized = estimate_performance(p), realized_performance(label, p)

    assert all(estimated[name].low <= realized[name] <= estimated[name].high for name in realized)
