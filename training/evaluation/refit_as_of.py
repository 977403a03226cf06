"""What would this recipe have said of the leads that came after a moment, had it been fitted then? As the model in use
was.

Lives here: that one fit. Does not live here: folds (``splits``), keeping what was said (``unseen_scores``), the
comparison (``checks.not_worse``)."""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from features.array_types import DAY, FloatArray, IntArray
from features.registry import Signal
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Splits
from training.evaluation.out_of_fold import fit_calibrator
from training.model.blending import linear_weight
from training.model.gradient_boosting import fit_booster
from training.model.linear_model import blended, fit_linear
from training.settings import Settings

__all__ = ["refit_as_of"]

_MIN_LEADS_PER_CLASS = 20
"""Rows of either kind that must have been known."""


def refit_as_of(
    since: np.datetime64,
    rows: np.ndarray,
    learning: LearningSet,
    line: FloatArray,
    trees: FloatArray,
    splits: Splits,
    signals: Sequence[Signal],
    settings: Settings,
    horizon_days: int,
) -> tuple[IntArray, FloatArray]:
    """What this recipe says at arrival of the ripe leads that arrived after ``since``, fitted to what was known then:
    as the model in use was.

    Parameters
    ----------
    since : datetime64[us], UTC
    line, trees : float arrays of shape (n,)
        Predictions of the folds, of which those that were over by then choose weight and calibration.

    Returns
    -------
    moments : int array of shape (k,), rows of the learning set; empty without dates, or where too little was known or
    too few leads came
    probability : float array of shape (k,)
    """
    nothing = np.empty(0, np.intp), np.empty(0)
    cutoff = learning.moments.cutoff
    if not splits.forward or np.isnat(cutoff).any():
        return nothing
    known_at = cutoff + horizon_days * DAY if learning.known_at is None else learning.known_at
    told, later = np.flatnonzero(known_at <= since), np.flatnonzero(learning.arrival & (cutoff > since))
    if not len(later) or min(learning.label[told].sum(), (1 - learning.label[told]).sum()) < _MIN_LEADS_PER_CLASS:
        return nothing
    folds = [fold for fold in splits.folds if cutoff[fold.test].max() <= since]
    weight = linear_weight(line, trees, learning.label, folds, True)
    calibrator = fit_calibrator(blended(line, trees, weight), learning, folds, True)
    signals = list(signals)
    booster = fit_booster(
        rows[told], learning.label[told], learning.position[told], learning.moments.of_lead[told], signals, settings
    )
    linear = fit_linear(rows[told], learning.label[told], signals, settings.line_penalty)
    asked = rows[later].astype(np.float64)
    raw = blended(
        linear.raw(asked), np.asarray(booster.predict(asked, raw_score=True, num_threads=settings.threads)), weight
    )
    return later, expit(calibrator.log_odds(raw))
