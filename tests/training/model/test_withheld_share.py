"""Do copies of leads count only as much as they need, unless later leads gain by more than chance?"""

import numpy as np
import pytest
from scipy.special import expit

from training.dataset.time_splits import Fold
from training.model.withheld_share import can_larger_share_gain, choose_fold_shares, choose_share

NOTHING = np.empty(0, np.intp)


@pytest.fixture
def world():
    """Labels of 4,000 leads in two folds, the true log-odds, and noise that spoils them."""
    random = np.random.default_rng(5)
    truth = random.normal(0, 1, 4_000)
    label = (random.random(4_000) < expit(truth)).astype(float)
    folds = [Fold(NOTHING, rows) for rows in np.split(np.arange(4_000), 2)]
    return truth, label, folds, random.normal(0, 1, 4_000)


def test_the_smallest_share_is_taken_where_another_is_no_better(world):
    truth, label, folds, noise = world

    assert choose_share(truth, [truth, truth.copy()], label, folds, forward=True) == 0
    assert choose_share(truth, [truth, truth + noise], label, folds, forward=True) == 0


def test_a_larger_share_is_taken_where_later_leads_gain_from_it(world):
    truth, label, _, noise = world
    folds = [Fold(NOTHING, rows) for rows in np.split(np.arange(4_000), 8)]

    assert choose_share(truth, [truth + 2 * noise, truth], label, folds, forward=True) == 1


def test_a_fold_never_chooses_by_its_own_labels(world):
    truth, label, folds, noise = world
    trees = [truth + 2 * noise, truth]

    # Forward, the first fold has none before it; at random, the other one chooses.
    assert choose_fold_shares(truth, trees, label, folds, forward=True) == [0, 1]
    assert choose_fold_shares(truth, trees, label, folds, forward=False) == [1, 1]
    assert choose_share(truth, trees, label, [], forward=True) == 0


def test_a_larger_share_is_given_up_once_half_of_the_folds_are_no_better_with_it(world):
    truth, label, _, noise = world
    folds = [Fold(NOTHING, rows) for rows in np.split(np.arange(4_000), 4)]

    behind = [can_larger_share_gain(truth, [truth, truth + noise], label, folds, done) for done in range(4)]
    ahead = [can_larger_share_gain(truth, [truth + noise, truth], label, folds, done) for done in range(4)]

    assert behind == [True, True, False, False] and ahead == [True] * 4
