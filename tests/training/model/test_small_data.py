"""Is a model of few leads no worse than the base rate on later leads, and is too few a refusal?"""

from dataclasses import replace

import numpy as np
import pytest

from features.array_types import FloatArray
from training.dataset.labels import MIN_LEADS_PER_CLASS, build_learning_set, require_enough_leads
from training.dataset.time_splits import make_splits
from training.dataset.training_data import TrainingData
from training.errors import TrainingError
from training.evaluation.fold_scores import score_folds, score_linear_folds, try_all
from training.model.binned_folds import BinnedFolds
from training.model.blending import choose_linear_weight
from training.model.calibration import Calibrator, choose_calibrator
from training.model.gradient_boosting import fit_booster
from training.model.linear.linear_fit import Penalty, fit_linear
from training.model.linear.linear_model import blend_scores
from training.pipeline import prepare

LEADS = 200


@pytest.fixture(scope="module")
def data(demo_tables, demo_practice, quick_settings):
    """The synthetic practice, one moment a lead."""
    return prepare(demo_tables, demo_practice, replace(quick_settings, moments_hours=(0.0,))).data


def select(learning, rows):
    """The learning set of some of its rows."""
    arrays = {name: getattr(learning, name)[rows] for name in ("label", "position", "arrival", "known_at")}
    return replace(learning, moments=learning.moments.take(rows), **arrays)


def compute_losses(log_odds: FloatArray | float, label: FloatArray) -> FloatArray:
    """Log loss of each lead."""
    return np.logaddexp(0, log_odds) - label * log_odds


@pytest.mark.parametrize("draw", [1, 2, 3])
def test_two_hundred_leads_do_no_worse_than_the_base_rate_on_later_leads(data, quick_settings, draw):
    order = np.argsort(data.learning.position, kind="stable")
    earlier, later = order[: len(order) // 2], order[len(order) // 2 :]
    rows = np.sort(np.random.default_rng(draw).choice(earlier, LEADS, replace=False))
    learning = select(data.learning, rows)
    splits = make_splits(learning, 4, 30, seed=1)
    small = TrainingData(data.rows[rows], learning, splits, data.people[rows], data.signals, quick_settings)
    linear_raw = score_linear_folds([small], try_all)[0].whole
    trees_raw = score_folds(small, BinnedFolds()).whole
    weight = choose_linear_weight(linear_raw, trees_raw, learning.label, splits.folds, splits.forward)
    booster = fit_booster(small)
    linear = fit_linear(small.rows, learning.label, small.signals, Penalty(quick_settings.line_penalty, by_signal=True))

    trees = booster.predict(data.rows[later], raw_score=True)
    log_odds = blend_scores(linear.predict_raw(data.rows[later].astype(float)), trees, weight)

    share, label = learning.label.mean(), data.learning.label[later]
    worse = compute_losses(log_odds, label) - compute_losses(np.log(share / (1 - share)), label)
    assert worse.mean() <= 1.64 * worse.std() / np.sqrt(len(worse))


def test_a_fold_of_few_corrects_nothing():
    random = np.random.default_rng(1)
    raws = [random.normal(size=200) for _ in range(3)]
    too_few = [np.where(np.arange(200) < 59, 1.0, 0.0)] * 3
    enough = [np.where(np.arange(200) < 120, 1.0, 0.0)] * 3

    assert choose_calibrator(raws, too_few) == Calibrator()
    assert choose_calibrator([raw - 3 for raw in raws], enough) != Calibrator()


def test_too_little_data_is_refused_with_what_to_do(demo_tables, demo_practice):
    learning = build_learning_set(demo_tables, demo_practice, "booked", (0.0,))
    converted = np.flatnonzero(learning.label == 1)[: MIN_LEADS_PER_CLASS - 1]
    rows = np.sort(np.concatenate([converted, np.flatnonzero(learning.label == 0)[:300]]))

    with pytest.raises(
        TrainingError, match=r"too little data: 19 leads of the rarer kind, among 319 .* use the rules until then"
    ):
        require_enough_leads(select(learning, rows))
