"""Is each fold scored by models of earlier leads alone, in every version that still has a chance?"""

from dataclasses import replace

import numpy as np
import pytest

from features.point_in_time.scoring_moments import Moments
from features.registry import CATALOGUE
from tests.support.unpickling_workers import UnpicklingWorkers
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits
from training.dataset.training_data import TrainingData
from training.evaluation.fold_scores import (
    score_folds,
    score_folds_by_version,
    score_in_suited_steps,
    score_linear_folds,
    try_all,
)
from training.model.binned_folds import BinnedFolds
from training.settings import Settings
from training.workers.fit_workers import open_fit_workers

LEADS, ENDS, STEP = 800, (200, 400, 600), 200


@pytest.fixture(scope="module")
def data():
    """Leads in order of arrival with one plain signal, in three folds."""
    random = np.random.default_rng(5)
    rows = random.normal(size=(LEADS, 2)).astype(np.float32)
    label = (random.random(LEADS) < 1 / (1 + np.exp(-2 * rows[:, 0]))).astype(float)
    position, every = np.arange(float(LEADS)), np.arange(LEADS)
    cutoff = np.datetime64("2026-01-01", "us") + every * np.timedelta64(1, "h")
    learning = LearningSet(Moments(every, cutoff), label, position, np.ones(LEADS, bool), {})
    folds = tuple(Fold(every[:end], every[end : end + STEP]) for end in ENDS)
    settings = Settings(threads=1, most_trees=20)
    return TrainingData(
        rows, learning, Splits(folds, True), np.zeros(LEADS, np.uint64), [CATALOGUE["hours_open"]] * 2, settings
    )


@pytest.mark.parametrize(
    "predict",
    [
        lambda data: score_folds(data, BinnedFolds()).whole,
        lambda data: score_linear_folds([data], try_all)[0].whole,
    ],
    ids=["trees", "linear"],
)
def test_labels_of_later_leads_change_no_score_of_earlier_ones(data, predict):
    label = data.learning.label.copy()
    label[ENDS[2] :] = 1 - label[ENDS[2] :]
    turned = replace(data, learning=replace(data.learning, label=label))

    before, after = predict(data), predict(turned)

    np.testing.assert_array_equal(before, after)
    assert np.isnan(before[: ENDS[0]]).all() and np.isfinite(before[ENDS[0] :]).all()


def test_a_version_that_is_given_up_has_the_scores_of_the_first_from_there_on(data):
    other = replace(data, settings=replace(data.settings, learning_rate=0.5))
    first, given_up = score_folds_by_version([data, other], BinnedFolds(), lambda scores, done: done < 2)
    _, kept = score_folds_by_version([data, other], BinnedFolds(), try_all)

    assert (first.tried, given_up.tried, kept.tried) == (3, 2, 3)
    tried, copied = slice(ENDS[0], ENDS[2]), slice(ENDS[2], None)
    np.testing.assert_array_equal(given_up.whole[tried], kept.whole[tried])
    np.testing.assert_array_equal(given_up.whole[copied], first.whole[copied])
    assert given_up.trees is None and (kept.whole[copied] != first.whole[copied]).any()


def test_linear_versions_race_alike(data):
    other = replace(data, penalty_by_signal=not data.penalty_by_signal)
    first, given_up = score_linear_folds([data, other], lambda scores, done: done < 2)

    np.testing.assert_array_equal(given_up.whole[ENDS[2] :], first.whole[ENDS[2] :])
    assert given_up.linear is None and first.linear is not None


@pytest.mark.parametrize("keep_trying", [try_all, lambda scores, done: done < 2], ids=["all", "given up"])
def test_folds_that_workers_fit_have_the_same_scores_to_the_bit(data, tmp_path, keep_trying):
    trees = [data, replace(data, settings=replace(data.settings, learning_rate=0.5))]
    linear = [data, replace(data, penalty_by_signal=not data.penalty_by_signal)]
    here = score_folds_by_version(trees, BinnedFolds(), keep_trying), score_linear_folds(linear, keep_trying)

    with open_fit_workers(UnpicklingWorkers(), tmp_path) as workers:
        spread = (
            score_folds_by_version(trees, BinnedFolds(workers), keep_trying),
            score_linear_folds(linear, keep_trying, workers=workers),
        )

    for own, other in zip((*here[0], *here[1]), (*spread[0], *spread[1]), strict=True):
        np.testing.assert_array_equal(own.whole, other.whole)
        assert (own.trees_of_all, own.tried, own.linear) == (other.trees_of_all, other.tried, other.linear)
        assert get_text(own.trees) == get_text(other.trees)


def get_text(trees):
    """The text of the trees, where there are any."""
    return None if trees is None else trees.model_to_string()


def test_where_few_trees_suit_folds_take_the_settings_own_steps(data, monkeypatch):
    monkeypatch.setattr("training.model.gradient_boosting.FEW_LEADS", LEADS - 1)
    own = score_folds(data, BinnedFolds()).whole
    larger = score_folds(replace(data, tree_steps=2.0), BinnedFolds()).whole

    for most, steps, expected in ((10_000, 1.0, own), (0, 2.0, larger)):
        monkeypatch.setattr("training.evaluation.fold_scores._FEW_TREES", most)
        (scores,), chosen = score_in_suited_steps([data], BinnedFolds(), try_all)
        assert chosen == steps
        np.testing.assert_array_equal(scores.whole, expected)


def test_labels_of_the_newest_fold_do_not_decide_its_steps(data, monkeypatch):
    monkeypatch.setattr("training.model.gradient_boosting.FEW_LEADS", LEADS - 1)
    label = data.learning.label.copy()
    label[ENDS[2] :] = np.random.default_rng(2).integers(0, 2, LEADS - ENDS[2])
    turned = replace(data, learning=replace(data.learning, label=label))

    for most in range(10, 32, 4):
        monkeypatch.setattr("training.evaluation.fold_scores._FEW_TREES", most)
        chosen = [score_in_suited_steps([each], BinnedFolds(), try_all)[1] for each in (data, turned)]
        assert chosen[0] == chosen[1]
