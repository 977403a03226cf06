"""What would this recipe have predicted for later leads, had it been fitted as of a past date?

Lives here: that one fit, made on the date on which the model in use was fitted.
Does not live here: folds (``training.dataset.time_splits``), keeping the scores (``training.bundle.holdout_scores``),
the comparison (``training.checks.non_inferiority``)."""

import numpy as np
from scipy.special import expit

from features.array_types import DAY, FloatArray, IntArray, TimeArray
from training.dataset.labels import LearningSet
from training.dataset.training_data import TrainingData
from training.evaluation.fold_calibration import fit_calibrator
from training.model.blending import choose_linear_weight
from training.model.gradient_boosting import fit_booster
from training.model.linear.linear_fit import fit_linear_part
from training.model.linear.linear_model import blend_scores

__all__ = ["count_folds_over", "refit_as_of"]

_MIN_LEADS_PER_CLASS = 20
"""Rows of each class whose outcome must have been known then."""


def count_folds_over(data: TrainingData, since: np.datetime64, horizon_days: int) -> int:
    """Return how many folds were over by a date: the first ones, where folds go forward in time; 0 without dates.

    A fold is over once all of its labels are known, not when its last lead has arrived: what it chooses and corrects
    rests on its labels.
    """
    if not data.splits.forward or np.isnat(data.learning.moments.cutoff).any():
        return 0
    known_at = _find_known_at(data.learning, horizon_days)
    over = [bool(known_at[fold.test].max() <= since) for fold in data.splits.folds]
    return over.index(False) if False in over else len(over)


def refit_as_of(
    since: np.datetime64,
    data: TrainingData,
    linear_raw: FloatArray,
    trees_raw: FloatArray,
    horizon_days: int,
) -> tuple[IntArray, FloatArray]:
    """Score the leads that arrived after ``since`` with a model fitted to what was known then.

    Parameters
    ----------
    since : datetime64[us], UTC
    data : TrainingData
        As the folds that were over by then chose it.
    linear_raw, trees_raw : float arrays of shape (n,)
        Out-of-fold scores; the folds that were over by then choose weight and calibration.

    Returns
    -------
    moments : int array of shape (k,)
        Rows of the learning set, at arrival, whose outcome is known by now; empty without dates, or where too little
        was known then or no lead has come since.
    probability : float array of shape (k,)
    """
    rows, learning, splits, settings = data.rows, data.learning, data.splits, data.settings
    nothing = np.empty(0, np.intp), np.empty(0)
    cutoff = learning.moments.cutoff
    if not splits.forward or np.isnat(cutoff).any():
        return nothing
    train = np.flatnonzero(_find_known_at(learning, horizon_days) <= since)
    later = np.flatnonzero(learning.arrival & (cutoff > since))
    if not len(later) or min(learning.label[train].sum(), (1 - learning.label[train]).sum()) < _MIN_LEADS_PER_CLASS:
        return nothing
    # Only folds that were over by then: a later one would tell the model about its own test leads.
    folds = splits.folds[: count_folds_over(data, since, horizon_days)]
    weight = choose_linear_weight(linear_raw, trees_raw, learning.label, folds, True)
    calibrator = fit_calibrator(blend_scores(linear_raw, trees_raw, weight), learning, folds, True)
    booster = fit_booster(data, train)
    linear = fit_linear_part(data, train)
    later_rows = rows[later].astype(np.float64)
    later_trees = np.asarray(booster.predict(later_rows, raw_score=True, num_threads=settings.threads))
    raw = blend_scores(linear.predict_raw(later_rows), later_trees, weight)
    return later, expit(calibrator.calibrate(raw))


def _find_known_at(learning: LearningSet, horizon_days: int) -> TimeArray:
    """Return when the practice could first know each label: at the end of the horizon where nothing else is said."""
    return learning.moments.cutoff + horizon_days * DAY if learning.known_at is None else learning.known_at
