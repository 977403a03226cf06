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
    def fit(cls, raw: FloatArray, label: FloatArray) -> "Calibrator":
        """The line of least log loss on out-of-sample raw scores, shape (n,), with Platt's smoothed targets; the slope stays positive.

        The slope is pulled weakly towards 1, so that a handful of leads cannot turn the scores around.
        """
        positives, negatives = float(label.sum()), float(len(label) - label.sum())
        target = np.where(label == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))

        def loss(x: FloatArray) -> tuple[float, FloatArray]:
            slope = np.exp(x[0])
            z = x[1] + slope * raw
            gap = 1 / (1 + np.exp(-z)) - target
            value = np.logaddexp(0, z).sum() - (target * z).sum() + 2.0 * x[0] ** 2
            return value, np.array([slope * (gap * raw).sum() + 4.0 * x[0], gap.sum()])

        found = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-3, 3), (-10, 10)])
        return cls(float(np.exp(found.x[0])), float(found.x[1]))
