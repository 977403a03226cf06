"""How much weight does the linear half get?"""

import numpy as np
import pytest

from training.dataset.time_splits import Fold
from training.model.blending import choose_linear_weight


def folds(rows: int, count: int = 4) -> list[Fold]:
    """Folds forward in time over so many rows, the first part only learned from."""
    parts = np.array_split(np.arange(rows), count + 1)
    return [Fold(np.concatenate(parts[:at]), parts[at]) for at in range(1, count + 1)]


@pytest.fixture
def truth() -> tuple[np.ndarray, np.ndarray]:
    """Log-odds and labels drawn from them."""
    random = np.random.default_rng(11)
    log_odds = random.normal(-1, 1.2, 5000)
    return log_odds, (random.random(5000) < 1 / (1 + np.exp(-log_odds))).astype(float)


def test_the_better_of_two_is_taken_where_the_folds_speak_clearly(truth):
    log_odds, label = truth
    noise = np.random.default_rng(1).normal(0, 2.0, 5000)

    assert choose_linear_weight(log_odds, noise, label, folds(5000), True) > 0.8
    assert choose_linear_weight(noise, log_odds, label, folds(5000), True) < 0.2


def test_half_and_half_where_they_do_not(truth):
    log_odds, label = truth
    first, second = (log_odds + np.random.default_rng(seed).normal(0, 0.6, 5000) for seed in (1, 2))

    assert choose_linear_weight(first, second, label, folds(5000), True) == 0.5
    assert choose_linear_weight(first, second, label, [], True) == 0.5


def test_later_folds_count_more(truth):
    log_odds, label = truth
    early = np.arange(5000) < 2000
    noise = np.random.default_rng(3).normal(0, 2.0, 5000)
    once_right, now_right = np.where(early, log_odds, noise), np.where(early, noise, log_odds)

    assert choose_linear_weight(now_right, once_right, label, folds(5000), True) > 0.5


def test_what_suited_the_newest_fold_alone_is_not_proven(truth):
    log_odds, label = truth
    newest = np.arange(5000) >= 4000
    noise = np.random.default_rng(3).normal(0, 0.8, 5000)
    now_right, once_right = np.where(newest, log_odds, log_odds + noise), np.where(newest, log_odds + noise, log_odds)

    assert choose_linear_weight(now_right, once_right, label, folds(5000), True) == 0.5
