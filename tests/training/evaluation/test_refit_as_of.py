"""Does a refit as of a past date know nothing that became known later, and everything that was known then?"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from features.array_types import DAY
from features.point_in_time.scoring_moments import Moments
from features.registry import CATALOGUE
from training.dataset.labels import LearningSet
from training.dataset.time_splits import make_splits
from training.dataset.training_data import TrainingData
from training.evaluation import cross_validation
from training.evaluation.cross_validation import cross_validate
from training.evaluation.refit_as_of import count_folds_over, refit_as_of
from training.settings import Settings

LEADS, HORIZON_DAYS = 1_500, 10
START = np.datetime64("2026-01-01", "us")
EVERY = np.arange(LEADS)


@pytest.fixture(scope="module")
def data():
    """A lead every hour with one plain signal, in four blocks of 375 hours; each label known after ten days."""
    random = np.random.default_rng(5)
    rows = random.normal(size=(LEADS, 2)).astype(np.float32)
    label = (random.random(LEADS) < 1 / (1 + np.exp(-2 * rows[:, 0]))).astype(float)
    cutoff = START + EVERY * np.timedelta64(1, "h")
    position = cutoff.astype(np.int64).astype(float)
    known_at = cutoff + HORIZON_DAYS * DAY
    learning = LearningSet(Moments(EVERY, cutoff), label, position, np.ones(LEADS, bool), {}, known_at)
    splits = make_splits(learning, 4, HORIZON_DAYS, seed=1)
    settings = Settings(threads=1, most_trees=20)
    return TrainingData(rows, learning, splits, np.zeros(LEADS, np.uint64), [CATALOGUE["hours_open"]] * 2, settings)


def predict_later_leads(data, since, monkeypatch):
    """The refit's probabilities within a cross-validation, whose metrics are of no interest."""
    monkeypatch.setattr(cross_validation, "evaluate_model", lambda *arguments: None)
    moments, probability = cross_validate(data, SimpleNamespace(can_rank=False), HORIZON_DAYS, since).since_champion
    assert len(moments)
    return probability


def turn_labels(data, rows):
    """The same data with other labels for some rows."""
    label = data.learning.label.copy()
    label[rows] = 1 - label[rows]
    return replace(data, learning=replace(data.learning, label=label))


@pytest.mark.parametrize("hours", [0, 100, 240])
def test_no_label_that_became_known_later_moves_a_score(data, monkeypatch, hours):
    """At the end of the second block, at which the labels of its last ten days were still open, and soon after."""
    since = data.learning.moments.cutoff[data.splits.folds[1].test].max() + hours * np.timedelta64(1, "h")
    later = np.flatnonzero(data.learning.known_at > since)

    told, turned = (predict_later_leads(version, since, monkeypatch) for version in (data, turn_labels(data, later)))

    np.testing.assert_array_equal(told, turned)


def test_what_was_known_then_moves_scores(data, monkeypatch):
    since = data.learning.known_at[data.splits.folds[1].test].max()
    known = np.flatnonzero(data.learning.known_at <= since)[-300:]

    told, turned = (predict_later_leads(version, since, monkeypatch) for version in (data, turn_labels(data, known)))

    assert np.abs(told - turned).max() > 0.05


def test_a_fold_is_over_once_the_last_of_its_labels_is_known(data):
    fold = data.splits.folds[0]
    known = data.learning.known_at[fold.test].max()

    assert [count_folds_over(data, since, HORIZON_DAYS) for since in (known - 1, known)] == [0, 1]
    unsaid = replace(data, learning=replace(data.learning, known_at=None))
    assert [count_folds_over(unsaid, since, HORIZON_DAYS) for since in (known - 1, known)] == [0, 1]


def test_without_dates_or_with_too_few_labels_nothing_is_scored(data):
    raw = np.zeros(LEADS)
    undated = Moments(EVERY, np.full(LEADS, np.datetime64("NaT", "us")))

    dateless = replace(data, learning=replace(data.learning, moments=undated))
    assert not len(refit_as_of(START + 40 * DAY, dateless, raw, raw, HORIZON_DAYS)[0])
    assert count_folds_over(dateless, START + 400 * DAY, HORIZON_DAYS) == 0
    assert not len(refit_as_of(START + 11 * DAY, data, raw, raw, HORIZON_DAYS)[0])
