"""How much weight does the linear half get?"""

from dataclasses import replace

import numpy as np

from tests.training.model.conftest import folds
from training.model.blending import blend_out_of_fold, choose_fold_weights, choose_linear_weight
from training.model.linear.linear_model import blend_scores


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


def test_no_fold_is_blended_with_a_weight_it_chose(truth):
    log_odds, label = truth
    noise = np.random.default_rng(1).normal(0, 2.0, 5000)
    cut = folds(5000)
    other = label.copy()
    other[cut[-1].test] = 1 - other[cut[-1].test]

    original, flipped = (blend_out_of_fold(log_odds, noise, labels, cut, True) for labels in (label, other))

    np.testing.assert_array_equal(original[cut[-1].test], flipped[cut[-1].test])
    np.testing.assert_array_equal(original[cut[0].test], blend_scores(log_odds, noise, 0.5)[cut[0].test])


def test_labels_that_were_still_open_when_a_fold_began_do_not_weigh_its_parts(truth):
    log_odds, label = truth
    noise = np.random.default_rng(1).normal(0, 2.0, 5000)
    cut = folds(5000)
    unripe = cut[-2].test[500:]
    cut[-1] = replace(cut[-1], unripe=unripe)
    unknown = label.copy()
    unknown[unripe] = 1 - unknown[unripe]

    weights, flipped = (choose_fold_weights(log_odds, noise, labels, cut, True) for labels in (label, unknown))

    assert weights[-1] == flipped[-1] > 0.5
    assert choose_linear_weight(log_odds, noise, label, cut, True) != choose_linear_weight(
        log_odds, noise, unknown, cut, True
    )
