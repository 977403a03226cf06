"""Is a second way of fitting taken only where later folds prove that it is better?"""

import numpy as np
import pytest
from scipy.special import expit

from tests.training.model.conftest import column, folds
from training.dataset.time_splits import Fold
from training.model.linear.linear_fit import Penalty, fit_linear
from training.model.paired_gain_test import PENALTY_ERRORS, can_gain, is_gain_proven, prove_for_each_fold


@pytest.fixture
def world():
    """Labels of 4,000 leads in eight folds, the true log-odds, and noise that spoils them."""
    random = np.random.default_rng(5)
    truth = random.normal(0, 1, 4_000)
    label = (random.random(4_000) < expit(truth)).astype(float)
    parts = [Fold(np.empty(0, np.intp), rows) for rows in np.split(np.arange(4_000), 8)]
    return truth, label, parts, random.normal(0, 1, 4_000)


def test_a_gain_is_proven_where_the_second_is_clearly_better_and_not_where_it_is_worse_or_the_same(world):
    truth, label, parts, noise = world

    assert is_gain_proven(truth + noise, truth, label, parts, True, PENALTY_ERRORS)
    assert not is_gain_proven(truth, truth + noise, label, parts, True, PENALTY_ERRORS)
    assert not is_gain_proven(truth, truth.copy(), label, parts, True, PENALTY_ERRORS)
    assert not is_gain_proven(truth + 0.05 * noise, truth, label, parts, True, PENALTY_ERRORS)


def test_one_fold_proves_nothing_however_large_the_gain(world):
    truth, label, parts, noise = world
    spoiled = np.where(np.arange(4_000) < 500, truth + 4 * noise, truth)

    assert not is_gain_proven(truth + noise, truth, label, parts[:1], True, PENALTY_ERRORS)
    assert not is_gain_proven(spoiled, truth, label, parts, True, PENALTY_ERRORS)


def test_a_fold_never_chooses_by_its_own_labels(world):
    truth, label, parts, noise = world

    assert prove_for_each_fold(truth + noise, truth, label, parts[:4], True, PENALTY_ERRORS)[:2] == [False, False]
    assert prove_for_each_fold(truth + noise, truth, label, parts, False, PENALTY_ERRORS) == [True] * 8


def test_levels_of_their_own_worth_are_found_where_the_shared_penalty_of_many_terms_holds_them_down():
    random = np.random.default_rng(7)
    worth, code = random.normal(0, 0.9, 200), random.integers(0, 200, 8_000)
    label = (random.random(8_000) < expit(-0.5 + worth[code])).astype(float)
    matrix, signals = code[:, None].astype(np.float32), [column(is_category=True)]
    train, later = folds(8_000)[-1].train, folds(8_000)[-1].test

    shared, own = (
        fit_linear(matrix[train], label[train], signals, Penalty(5.0, by_signal)).predict_raw(
            matrix[later].astype(float)
        )
        for by_signal in (False, True)
    )

    def miss(raw: np.ndarray) -> float:
        return float(np.abs(raw - (-0.5 + worth[code[later]])).mean())

    assert miss(own) < 0.6 * miss(shared)


def test_what_is_behind_after_half_of_the_folds_is_tried_no_further_and_what_is_ahead_is(world):
    truth, label, parts, noise = world

    behind = [can_gain(truth, truth + noise, label, parts, done, True) for done in range(8)]
    ahead = [can_gain(truth + noise, truth, label, parts, done, True) for done in range(8)]

    assert behind == [True] * 4 + [False] * 4 and ahead == [True] * 8
    assert [can_gain(truth, truth + noise, label, parts[:2], done, True) for done in range(2)] == [True, True]


def test_random_folds_are_all_tried(world):
    truth, label, parts, noise = world

    assert all(can_gain(truth, truth + noise, label, parts, done, False) for done in range(8))
