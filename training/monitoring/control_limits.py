"""Does a new month fit the earlier ones? A figure of each month, and the interval in which the next one is expected.

Lives here: calibration as a shift and a slope, the prediction interval from months that differ by themselves.
Does not live here: which leads make a month (``reference_profile``, ``monitor``).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import t

from features.array_types import FloatArray

__all__ = [
    "Figure",
    "ControlPoint",
    "measure_calibration",
    "compare_with_months",
    "log_odds_of_rate",
    "wilson_interval",
]

_MIN_LEADS_PER_CLASS = 10
_MIN_MONTHS = 3


@dataclass(frozen=True)
class Figure:
    """One figure of one month and its sampling variance; NaN where there are too few leads."""

    value: float
    variance: float

    @property
    def ends(self) -> tuple[float, float]:
        """The 95% interval."""
        half = 1.96 * np.sqrt(self.variance)
        return self.value - half, self.value + half


@dataclass(frozen=True)
class ControlPoint:
    """A new month compared with the earlier ones.

    Parameters
    ----------
    observed, expected, low, high : float
        ``low`` to ``high`` holds 95% of new months of this size.
    p : float
        Chance of a month as far out; 1 where there are too few months to show what is usual.
    """

    observed: float
    expected: float
    low: float
    high: float
    p: float


def log_odds_of_rate(converted: float, leads: float) -> Figure:
    """Return the log-odds of a rate, after half a lead is added on either side.

    >>> round(log_odds_of_rate(25, 100).value, 3)
    -1.085
    """
    yes, no = converted + 0.5, leads - converted + 0.5
    return Figure(float(np.log(yes / no)), float(1 / yes + 1 / no))


def measure_calibration(log_odds: FloatArray, label: FloatArray) -> tuple[Figure, Figure]:
    """Measure calibration: the shift of the log-odds and the slope that would have made the scores right.

    A shift of 0 and a slope of 1 mean that they were right. The shift is calibration in the large (slope fixed at 1),
    the slope that of Cox (1958) with a free shift. NaN with fewer than ten leads of either outcome.

    Parameters
    ----------
    log_odds, label : float arrays of shape (n,)

    >>> log_odds = np.repeat([-1.0, 1.0], 500)
    >>> label = (np.arange(1000) % 500 < np.repeat([134, 366], 500)).astype(float)  # 1 / (1 + e) of 500 is 134.5
    >>> shift, slope = measure_calibration(log_odds, label)
    >>> round(abs(shift.value), 2), round(slope.value, 2)
    (0.0, 1.0)
    """
    if min(label.sum(), len(label) - label.sum()) < _MIN_LEADS_PER_CLASS:
        return Figure(np.nan, np.nan), Figure(np.nan, np.nan)
    ones = np.ones((len(label), 1))
    weights, covariance = _fit_logistic(ones, label, log_odds)
    shift = Figure(float(weights[0]), float(covariance[0, 0]))
    if np.ptp(log_odds) < 1e-9:
        return shift, Figure(np.nan, np.nan)
    weights, covariance = _fit_logistic(np.column_stack([ones, log_odds]), label, np.zeros(len(label)))
    return shift, Figure(float(weights[1]), float(covariance[1, 1]))


def compare_with_months(past: list[Figure], new: Figure) -> ControlPoint:
    """Compare the new month with the interval that earlier ones predict for it.

    Months differ by more than chance. By how much is estimated (DerSimonian and Laird 1986); the interval for one more
    month is that of Higgins, Thompson and Spiegelhalter (2009), by Student's t with two fewer degrees of freedom than
    months.

    >>> point = compare_with_months([Figure(value, 0.01) for value in (-0.1, 0.1, 0.0, 0.05, -0.05)], Figure(1.5, 0.01))
    >>> round(abs(point.expected), 3), point.p < 0.01
    (0.0, True)
    """
    figures = [figure for figure in past if np.isfinite(figure.value) and np.isfinite(figure.variance)]
    if len(figures) < _MIN_MONTHS or not np.isfinite(new.value):
        return ControlPoint(new.value, np.nan, np.nan, np.nan, 1.0)
    value, variance = np.array([figure.value for figure in figures]), np.array([figure.variance for figure in figures])
    weight = 1 / variance
    middle = weight @ value / weight.sum()
    # Cochran's Q minus its expectation: what is left is more than chance.
    spread = weight @ (value - middle) ** 2 - (len(figures) - 1)
    between = max(0.0, float(spread / (weight.sum() - (weight**2).sum() / weight.sum())))
    weight = 1 / (variance + between)
    middle = float(weight @ value / weight.sum())
    error = float(np.sqrt(between + 1 / weight.sum() + new.variance))
    freedom = max(1, len(figures) - 2)
    half = float(t.ppf(0.975, freedom)) * error
    return ControlPoint(
        new.value, middle, middle - half, middle + half, float(2 * t.sf(abs(new.value - middle) / error, freedom))
    )


def wilson_interval(converted: FloatArray, leads: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the 95% interval of a rate (Wilson 1927), which stays between 0 and 1.

    >>> low, high = wilson_interval(np.array([0.0, 5.0]), np.array([10.0, 10.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.237], [0.278, 0.763])
    """
    z, leads = 1.96, np.asarray(leads, float)
    # A month without leads gives NaN, which a chart leaves out; a warning for each would say nothing more.
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = converted / leads
        middle = (rate + z**2 / (2 * leads)) / (1 + z**2 / leads)
        half = z / (1 + z**2 / leads) * np.sqrt(rate * (1 - rate) / leads + z**2 / (4 * leads**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _fit_logistic(columns: FloatArray, label: FloatArray, offset: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fit a logistic regression by Newton's method; return the weights and their covariance."""
    weights = np.zeros(columns.shape[1])
    for _ in range(50):
        p = expit(offset + columns @ weights)
        information = columns.T @ (columns * (p * (1 - p))[:, None]) + 1e-9 * np.eye(len(weights))
        # A step is bounded, because Newton's method overshoots where the classes almost separate.
        step = np.clip(np.linalg.solve(information, columns.T @ (label - p)), -2, 2)
        weights = weights + step
        if np.abs(step).max() < 1e-10:
            break
    return weights, np.linalg.inv(information)
