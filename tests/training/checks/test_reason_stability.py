"""Do the compared models have as many trees as the registered one, and does a lead drawn twice count twice?"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from features.point_in_time.scoring_moments import Moments
from features.registry import CATALOGUE
from training.checks.reason_stability import _repeat_rows, check_reasons
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits
from training.dataset.training_data import LabeledRows, TrainingData
from training.evaluation.cross_validation import NewestParts
from training.model.binned_folds import BinnedFolds
from training.model.gradient_boosting import bin_rows, fit_trees
from training.model.linear.linear_fit import fit_linear_part
from training.settings import Settings

LEADS = 400


@pytest.fixture(scope="module")
def data():
    """Leads in order of arrival with one plain signal, in one fold."""
    random, every = np.random.default_rng(5), np.arange(LEADS)
    rows = random.normal(size=(LEADS, 2)).astype(np.float32)
    label = (random.random(LEADS) < 1 / (1 + np.exp(-2 * rows[:, 0]))).astype(float)
    cutoff = np.datetime64("2026-01-01", "us") + every * np.timedelta64(1, "h")
    learning = LearningSet(Moments(every, cutoff), label, every.astype(float), np.ones(LEADS, bool), {})
    splits, people = Splits((Fold(every[:300], every[300:]),), True), np.zeros(LEADS, np.uint64)
    signals = [CATALOGUE["hours_open"], CATALOGUE["channel_booking_rate"]]
    return TrainingData(rows, learning, splits, people, signals, Settings(threads=1))


@pytest.mark.parametrize(("newest", "registered", "compared"), [(12, 9, 9), (12, 14, 12), (12, 30, 30)])
def test_the_models_have_about_as_many_trees_as_the_registered_one(data, monkeypatch, newest, registered, compared):
    train = data.splits.folds[-1].train
    booster = fit_trees(data.select(train), data.signals, data.tree_settings, newest)
    parts = NewestParts(booster, fit_linear_part(data, train))
    validation = SimpleNamespace(trees=registered, tree_steps=1.0, newest=parts, linear_weight=0.5, bins=BinnedFolds())
    models = []

    def remember(signals, model, refitted, *rest):
        models.extend([model, *refitted])
        return SimpleNamespace(run=lambda: None)

    monkeypatch.setattr("training.checks.reason_stability.ReasonFaithfulness", remember)
    check_reasons(data, validation)

    assert [model.explainer.booster.num_trees() for model in models] == [compared] * 4


def test_a_lead_drawn_twice_weighs_as_two_equal_leads(data):
    settings = replace(data.settings, leads_per_leaf=1)
    train = data.select()
    times = np.random.default_rng(3).poisson(1.0, LEADS)
    repeated = np.repeat(np.arange(LEADS), times)
    drawn = _repeat_rows(train._replace(bins=bin_rows(train, data.signals, settings)), times)
    alone = LabeledRows(train.rows[repeated], train.label[repeated])

    weighted, equal = (fit_trees(rows, data.signals, settings, 1).predict(train.rows) for rows in (drawn, alone))

    assert drawn.bins.num_data() == len(drawn.rows) == (times > 0).sum() and drawn.weight.sum() == times.sum()
    assert np.corrcoef(weighted, equal)[0, 1] > 0.95
