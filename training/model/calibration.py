"""What probability does a raw score mean? Calibration on predictions for later leads.

Lives here: a straight line in log-odds (Platt 1999), which keeps the score a sum of parts; whether it is needed at all.
Does not live here: measuring calibration (``evaluate``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit

from features.array_types import FloatArray
from training.model.model_selection import compute_log_losses, compare_losses, compute_row_weights

__all__ = ["Calibrator", "choose_calibrator"]

_FEWEST_OF_A_KIND = 60
"""Rows of either kind that the newest fold must hold to correct anything. With fewer the correction is chance: trained
on 150 leads of the invented practice, the level it set was worse than none in the mean of eight trials (by 0.016 of log
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
        """Calibrated log-odds of raw scores, shape as given."""
        return self.intercept + self.slope * np.asarray(raw, np.float64)

    @classmethod
    def fit_shift(cls, raw: FloatArray, label: FloatArray) -> "Calibrator":
        """The same slope, and the intercept with which as much is said as happened (one conversion more and one fewer
        are thought of besides).
        """
        wanted = (float(label.sum()) + 1) / (len(label) + 2)
        found = brentq(lambda by: float(expit(raw + by).mean()) - wanted, -30, 30)
        return cls(1.0, float(found))

    @classmethod
    def fit(cls, raw: FloatArray, label: FloatArray, share_known: FloatArray | None = None) -> "Calibrator":
        """The line of least log loss on out-of-sample raw scores, shape (n,), with Platt's smoothed targets; the slope
        stays positive.

        The slope is pulled weakly towards 1, so that a handful of leads cannot turn the scores around. Where only a
        share of the bookings to come is known yet (``share_known`` below 1), a label 0 means "not yet": the chance of
        seeing it is 1 - p x share."""
        positives, negatives = float(label.sum()), float(len(label) - label.sum())
        target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
        known = np.ones(len(label)) if share_known is None else share_known

        def loss(x: FloatArray) -> tuple[float, FloatArray]:
            slope = np.exp(x[0])
            z = x[1] + slope * raw
            p = expit(z)
            silence = np.maximum(1 - p * known, 1e-12)
            gap = p - target - (1 - target) * p * (1 - known) / silence
            value = -(target * -np.logaddexp(0, -z) + (1 - target) * np.log(silence)).sum() + 2.0 * x[0] ** 2
            return value, np.array([slope * (gap * raw).sum() + 4.0 * x[0], gap.sum()])

        found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-3, 3), (-10, 10)])
        return cls(float(np.exp(found.x[0])), float(found.x[1]))


def choose_calibrator(raws: Sequence[FloatArray], labels: Sequence[FloatArray]) -> Calibrator:
    """The calibration that would have helped: nothing, a shift of the level, or a line, fitted to the newest fold.

    Each is judged on every fold by what it would have made of it, had it been fitted to the fold before; later folds
    count more. The simplest within one standard error of the best is taken: a correction that last month did not ask
    for does more harm than good.

    Parameters
    ----------
    raws, labels : sequences of float arrays, one for each fold, in the order of time
    """
    if len(raws) and min(labels[-1].sum(), (1 - labels[-1]).sum()) < _FEWEST_OF_A_KIND:
        return Calibrator()
    kinds = (lambda raw, label: Calibrator(), Calibrator.fit_shift, Calibrator.fit)
    if len(raws) < 2:
        return Calibrator() if not len(raws) else Calibrator.fit_shift(raws[-1], labels[-1])
    pairs = list(zip(range(len(raws) - 1), range(1, len(raws)), strict=True))
    share = compute_row_weights(len(raws[at]) for _, at in pairs)
    losses = []
    for kind in kinds:
        said = [kind(raws[before], labels[before]).calibrate(raws[at]) for before, at in pairs]
        losses.append(np.concatenate([compute_log_losses(z, labels[at]) for z, (_, at) in zip(said, pairs, strict=True)]))
    best = losses[int(np.argmin([loss @ share for loss in losses]))]
    enough = next(kind for kind, loss in zip(kinds, losses, strict=True) if compare_losses(loss, best, share).within_error)
    return enough(raws[-1], labels[-1])
