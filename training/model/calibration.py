"""What probability does a raw score mean? Calibration on predictions for later leads.

Lives here: a straight line in log-odds (Platt 1999), which keeps the score a sum of parts; whether it is needed at all.
Does not live here: measuring calibration (``training.evaluation.metrics``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit

from features.array_types import FloatArray
from training.model.block_offsets import Estimate, fit_offset, shrink_mean

__all__ = ["Calibrator", "choose_calibrator"]

_MIN_ROWS_PER_CLASS = 60
"""Rows of each class that the newest fold must have for any correction. With fewer the correction is chance: trained on
150 leads of the synthetic practice, the shift it chose was worse than none in the mean of eight trials (by 0.016 of log
loss; by 0.12 in the worst)."""

_SLOPE_ERRORS_REQUIRED = 2.0
"""Standard errors by which a slope must differ from 1: the models of the first folds saw few leads and are less sure of
themselves than the model that is signed, which the slopes of a few folds easily show as a rule."""


@dataclass(frozen=True)
class Calibrator:
    """log-odds = intercept + slope x raw score. A line keeps additivity: each part is multiplied by the slope.

    >>> Calibrator(slope=1.0, intercept=0.0).calibrate(np.array([0.3])).tolist()
    [0.3]
    """

    slope: float = 1.0
    intercept: float = 0.0

    def calibrate(self, raw: FloatArray) -> FloatArray:
        """Return the calibrated log-odds of raw scores, shape as given."""
        return self.intercept + self.slope * np.asarray(raw, np.float64)

    @classmethod
    def fit_shift(cls, raw: FloatArray, label: FloatArray) -> "Calibrator":
        """Fit the intercept at which the mean probability equals the conversion rate; the slope stays 1.

        The rate is smoothed by one conversion and one lead without.
        """
        rate = (float(label.sum()) + 1) / (len(label) + 2)
        shift = brentq(lambda intercept: float(expit(raw + intercept).mean()) - rate, -30, 30)
        return cls(1.0, float(shift))

    @classmethod
    def fit(cls, raw: FloatArray, label: FloatArray, share_known: FloatArray | None = None) -> "Calibrator":
        """Fit the line of least log loss to out-of-sample raw scores, shape (n,), with Platt's smoothed targets.

        The slope is positive, and is pulled weakly towards 1, so that a handful of leads cannot reverse the scores.
        Where only a share of the bookings to come is known yet (``share_known`` below 1), a label 0 means "not yet":
        the chance of seeing it is 1 - p x share."""
        positives, negatives = float(label.sum()), float(len(label) - label.sum())
        target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
        share = np.ones(len(label)) if share_known is None else share_known

        def loss(x: FloatArray) -> tuple[float, FloatArray]:
            # x[0] is the logarithm of the slope, so that the slope stays positive without a constraint.
            slope = np.exp(x[0])
            z = x[1] + slope * raw
            p = expit(z)
            # No booking so far: the lead books, but not yet (p (1 - share)), or never (1 - p). Together 1 - p share.
            silence = np.maximum(1 - p * share, 1e-12)
            gap = p - target - (1 - target) * p * (1 - share) / silence
            value = -(target * -np.logaddexp(0, -z) + (1 - target) * np.log(silence)).sum() + 2.0 * x[0] ** 2
            return value, np.array([slope * (gap * raw).sum() + 4.0 * x[0], gap.sum()])

        solution = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-3, 3), (-10, 10)])
        return cls(float(np.exp(solution.x[0])), float(solution.x[1]))


def choose_calibrator(raws: Sequence[FloatArray], labels: Sequence[FloatArray]) -> Calibrator:
    """Choose the calibration that forward folds called for again and again: a level, a slope, both or neither.

    The model that is signed has learned from the newest fold as well, so what that fold's own model missed in it does
    not carry over. What may carry over is a miss that repeats from fold to fold: the mean over the folds, shrunken by
    how much the folds disagree (see ``shrink_mean``). A fold alone cannot repeat anything and corrects nothing.

    Parameters
    ----------
    raws, labels : sequences of float arrays, one for each fold, in the order of time
    """
    if len(raws) < 2 or min(labels[-1].sum(), (1 - labels[-1]).sum()) < _MIN_ROWS_PER_CLASS:
        return Calibrator()
    blocks = [
        (raw, label)
        for raw, label in zip(raws, labels, strict=True)
        if min(label.sum(), (1 - label).sum()) >= _MIN_ROWS_PER_CLASS
    ]
    log_slopes = [_estimate_log_slope(raw, label) for raw, label in blocks]
    slope = float(np.exp(shrink_mean(log_slopes, _SLOPE_ERRORS_REQUIRED)))
    return Calibrator(slope, shrink_mean([fit_offset(slope * raw, label) for raw, label in blocks]))


def _estimate_log_slope(raw: FloatArray, label: FloatArray) -> Estimate:
    """Estimate the logarithm of the slope that one block calls for, with its standard error."""
    line = Calibrator.fit(raw, label)
    log_odds = line.calibrate(raw)
    probability = expit(log_odds)
    weight = probability * (1 - probability)
    spread = float(weight @ (log_odds - np.average(log_odds, weights=weight + 1e-12)) ** 2)
    # fit() adds 2 log(slope)^2, the prior of a quarter in variance.
    return Estimate(float(np.log(line.slope)), (spread + 4.0) ** -0.5)
