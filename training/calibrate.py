"""What probability does a raw score mean? Calibration on predictions for later leads.

Lives here: a straight line in log-odds (Platt 1999), which keeps the score a sum of parts.
Does not live here: measuring calibration (``evaluate``).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from features.types import FloatArray

__all__ = ["Calibrator"]


@dataclass(frozen=True)
class Calibrator:
    """log-odds = intercept + slope x raw score. A line keeps additivity: each part is multiplied by the slope.

    >>> Calibrator(slope=1.0, intercept=0.0).log_odds(np.array([0.3])).tolist()
    [0.3]
    """

    slope: float = 1.0
    intercept: float = 0.0

    def log_odds(self, raw: FloatArray) -> FloatArray:
        """Calibrated log-odds of raw scores, shape as given."""
        return self.intercept + self.slope * np.asarray(raw, np.float64)

    @classmethod
    def fit(cls, raw: FloatArray, label: FloatArray, share_known: FloatArray | None = None) -> "Calibrator":
        """The line of least log loss on out-of-sample raw scores, shape (n,), with Platt's smoothed targets; the slope stays positive.

        The slope is pulled weakly towards 1, so that a handful of leads cannot turn the scores around. Where only a share of the bookings
        to come is known yet (``share_known`` below 1), a label 0 means "not yet": the chance of seeing it is 1 - p x share.
        """
        positives, negatives = float(label.sum()), float(len(label) - label.sum())
        target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
        known = np.ones(len(label)) if share_known is None else share_known

        def loss(x: FloatArray) -> tuple[float, FloatArray]:
            slope = np.exp(x[0])
            z = x[1] + slope * raw
            p = 1 / (1 + np.exp(-z))
            silence = np.maximum(1 - p * known, 1e-12)
            gap = p - target - (1 - target) * p * (1 - known) / silence
            value = -(target * -np.logaddexp(0, -z) + (1 - target) * np.log(silence)).sum() + 2.0 * x[0] ** 2
            return value, np.array([slope * (gap * raw).sum() + 4.0 * x[0], gap.sum()])

        found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-3, 3), (-10, 10)])
        return cls(float(np.exp(found.x[0])), float(found.x[1]))
