"""Does a new month lie among the earlier ones? A figure of each month, and the interval in which the next is expected.

Lives here: said against happened as a shift and a slope, the prediction interval from months that differ by themselves.
Does not live here: which leads make a month (``reference``, ``watch``).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
from scipy.stats import t

from features.array_types import FloatArray

__all__ = ["Figure", "ControlPoint", "measure_calibration", "compare_with_months", "log_odds_of_rate", "wilson_interval"]

_MIN_LEADS_PER_CLASS = 10
_MIN_MONTHS = 3


@dataclass(frozen=True)
class Figure:
    """One figure of one month and the variance that chance gives it; NaN where too few leads allow none."""

    value: float
    variance: float

    @property
    def ends(self) -> tuple[float, float]:
        """95% interval."""
        half = 1.96 * np.sqrt(self.variance)
        return self.value - half, self.value + half


@dataclass(frozen=True)
class ControlPoint:
    """A new month among the earlier ones.

    Parameters
    ----------
    found, expected, low, high : float
        ``low`` to ``high`` is where 95 of 100 new months of this size would lie.
    p : float
        Chance of a month as far out; 1 where too few months say what is usual.
    """

    found: float
    expected: float
    low: float
    high: float
    p: float


def log_odds_of_rate(converted: float, leads: float) -> Figure:
    """Log-odds of a rate, half a lead more thought of on either side.

    >>> round(log_odds_of_rate(25, 100).value, 3)
    -1.085
    """
    yes, no = converted + 0.5, leads - converted + 0.5
    return Figure(float(np.log(yes / no)), float(1 / yes + 1 / no))


def measure_calibration(log_odds: FloatArray, label: FloatArray) -> tuple[Figure, Figure]:
    """What would have made the scores right: (shift of their log-odds, slope to multiply them by); 0 and 1 say they
    were right.

    The shift is calibration in the large (slope held at 1), the slope that of Cox (1958) with a free shift. NaN with
    fewer than ten leads of a kind.

    Parameters
    ----------
    log_odds, label : float arrays of shape (n,)

    >>> said = np.repeat([-1.0, 1.0], 500)
    >>> shift, slope = measure_calibration(
    ...     said, (np.arange(1000) % 500 < np.repeat([134, 366], 500)).astype(float)
    ... )  # 1 / (1 + e) of 500 is 134.5
    >>> round(abs(shift.value), 2), round(slope.value, 2)
    (0.0, 1.0)
    """
    if min(label.sum(), len(label) - label.sum()) < _MIN_LEADS_PER_CLASS:
        return Figure(np.nan, np.nan), Figure(np.nan, np.nan)
    ones = np.ones((len(label), 1))
    shift, of_shift = _fit_logistic(ones, label, log_odds)
    if np.ptp(log_odds) < 1e-9:
        return Figure(float(shift[0]), float(of_shift[0, 0])), Figure(np.nan, np.nan)
    both, of_both = _fit_logistic(np.column_stack([ones, log_odds]), label, np.zeros(len(label)))
    return Figure(float(shift[0]), float(of_shift[0, 0])), Figure(float(both[1]), float(of_both[1, 1]))


def compare_with_months(past: list[Figure], new: Figure) -> ControlPoint:
    """The new month beside the interval that earlier ones predict for it.

    Months differ by more than chance; by how much is estimated (DerSimonian and Laird 1986), and the interval for one
    more is that of Higgins, Thompson and Spiegelhalter (2009), by Student's t with two fewer degrees of freedom than
    months.

    >>> among = compare_with_months([Figure(value, 0.01) for value in (-0.1, 0.1, 0.0, 0.05, -0.05)], Figure(1.5, 0.01))
    >>> round(abs(among.expected), 3), among.p < 0.01
    (0.0, True)
    """
    known = [one for one in past if np.isfinite(one.value) and np.isfinite(one.variance)]
    if len(known) < _MIN_MONTHS or not np.isfinite(new.value):
        return ControlPoint(new.value, np.nan, np.nan, np.nan, 1.0)
    value, variance = np.array([one.value for one in known]), np.array([one.variance for one in known])
    weight = 1 / variance
    middle = weight @ value / weight.sum()
    spread = weight @ (value - middle) ** 2 - (len(known) - 1)
    between = max(0.0, float(spread / (weight.sum() - (weight**2).sum() / weight.sum())))
    weight = 1 / (variance + between)
    middle = float(weight @ value / weight.sum())
    error = float(np.sqrt(between + 1 / weight.sum() + new.variance))
    freedom = max(1, len(known) - 2)
    half = float(t.ppf(0.975, freedom)) * error
    return ControlPoint(
        new.value, middle, middle - half, middle + half, float(2 * t.sf(abs(new.value - middle) / error, freedom))
    )


def wilson_interval(converted: FloatArray, leads: FloatArray) -> tuple[FloatArray, FloatArray]:
    """95% interval of a rate (Wilson 1927), which stays between 0 and 1.

    >>> low, high = wilson_interval(np.array([0.0, 5.0]), np.array([10.0, 10.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 0.237], [0.278, 0.763])
    """
    z, leads = 1.96, np.asarray(leads, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = converted / leads
        middle = (rate + z**2 / (2 * leads)) / (1 + z**2 / leads)
        half = z / (1 + z**2 / leads) * np.sqrt(rate * (1 - rate) / leads + z**2 / (4 * leads**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _fit_logistic(columns: FloatArray, label: FloatArray, offset: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Logistic regression by Newton's steps: weights, and their covariance."""
    weights = np.zeros(columns.shape[1])
    for _ in range(50):
        p = expit(offset + columns @ weights)
        information = columns.T @ (columns * (p * (1 - p))[:, None]) + 1e-9 * np.eye(len(weights))
        move = np.clip(np.linalg.solve(information, columns.T @ (label - p)), -2, 2)
        weights = weights + move
        if np.abs(move).max() < 1e-10:
            break
    return weights, np.linalg.inv(information)
