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
from training.model.model_selection import compare_losses, compute_log_losses, compute_row_weights

__all__ = ["Calibrator", "choose_calibrator"]

_MIN_ROWS_PER_CLASS = 60
"""Rows of each class that the newest fold must have for any correction. With fewer the correction is chance: trained on
150 leads of the synthetic practice, the shift it chose was worse than none in the mean of eight trials (by 0.016 of log
loss; by 0.12 in the worst)."""


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
            silence = np.maximum(1 - p * share, 1e-12)
            gap = p - target - (1 - target) * p * (1 - share) / silence
            value = -(target * -np.logaddexp(0, -z) + (1 - target) * np.log(silence)).sum() + 2.0 * x[0] ** 2
            return value, np.array([slope * (gap * raw).sum() + 4.0 * x[0], gap.sum()])

        solution = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-3, 3), (-10, 10)])
        return cls(float(np.exp(solution.x[0])), float(solution.x[1]))


def choose_calibrator(raws: Sequence[FloatArray], labels: Sequence[FloatArray]) -> Calibrator:
    """Choose the calibration that would have helped: none, a shift of the level, or a line, fitted to the newest fold.

    Each is evaluated on every fold as fitted to the fold before it; later folds count more. The simplest within one
    standard error of the best is taken: a correction that the last fold did not call for does more harm than good.

    Parameters
    ----------
    raws, labels : sequences of float arrays, one for each fold, in the order of time
    """
    if len(raws) and min(labels[-1].sum(), (1 - labels[-1]).sum()) < _MIN_ROWS_PER_CLASS:
        return Calibrator()
    fits = (lambda raw, label: Calibrator(), Calibrator.fit_shift, Calibrator.fit)
    if len(raws) < 2:
        return Calibrator() if not len(raws) else Calibrator.fit_shift(raws[-1], labels[-1])
    pairs = list(zip(range(len(raws) - 1), range(1, len(raws)), strict=True))
    row_weights = compute_row_weights(len(raws[later]) for _, later in pairs)
    losses = []
    for fit in fits:
        log_odds = [fit(raws[earlier], labels[earlier]).calibrate(raws[later]) for earlier, later in pairs]
        fold_losses = [compute_log_losses(z, labels[later]) for z, (_, later) in zip(log_odds, pairs, strict=True)]
        losses.append(np.concatenate(fold_losses))
    best = losses[int(np.argmin([loss @ row_weights for loss in losses]))]
    simplest = next(
        fit for fit, loss in zip(fits, losses, strict=True) if compare_losses(loss, best, row_weights).within_error
    )
    return simplest(raws[-1], labels[-1])
