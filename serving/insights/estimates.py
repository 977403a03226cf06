"""How sure are we of a figure? A value with the ends of its 90% interval, and the intervals that several figures share.

Lives here: intervals of a rate and of a ratio of two sums, with the variation between months counted in.
Does not live here: what the figures are about (``funnel``, ``money``, ...), the intervals of leads that are still open
(``open_lead_outlook``).
"""

from typing import NamedTuple

import numpy as np
from scipy import stats

from features.array_types import FloatArray

__all__ = [
    "CANNOT_TELL",
    "LEVEL",
    "Estimate",
    "Unknown",
    "cannot_tell",
    "draw_correlations",
    "estimate_correlation",
    "estimate_rate",
    "estimate_ratio",
    "summarize_counts",
    "summarize_draws",
]

LEVEL = 0.9
"""Every interval is meant to hold the truth in 90 of 100 practices."""

MAX_CORRELATION = 0.5
_UNKNOWN_CORRELATION = 0.02
"""Where there is a single month to learn from."""

TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)


class Estimate(NamedTuple):
    """A figure and the ends of its interval; all NaN where the data cannot tell."""

    value: float
    low: float
    high: float

    @property
    def is_known(self) -> bool:
        """Whether the data can tell."""
        return bool(np.isfinite(self.low) and np.isfinite(self.high))

    def scale(self, factor: float) -> "Estimate":
        """Return so many times of it; itself where the data cannot tell.

        >>> Estimate(0.25, 0.125, 0.5).scale(100.0)
        Estimate(value=25.0, low=12.5, high=50.0)
        """
        return Estimate(*(factor * number for number in self)) if self.is_known else self

    def shift(self, by: float) -> "Estimate":
        """Return it with so much more; itself where the data cannot tell."""
        return Estimate(*(number + by for number in self)) if self.is_known else self


CANNOT_TELL = Estimate(float("nan"), float("nan"), float("nan"))


class Unknown(Estimate):
    """A figure that the data cannot tell, with what is missing; as an estimate it equals ``CANNOT_TELL``.

    Attributes
    ----------
    reason : str
        What is missing, and what would help.
    reason_outside : str
        The same without any number of people, for what leaves the house.
    """

    reason: str
    reason_outside: str

    def for_outside(self) -> "Unknown":
        """Return it as it may leave the house."""
        return cannot_tell(self.reason_outside)


def cannot_tell(reason: str, reason_outside: str | None = None) -> Unknown:
    """Return a figure that the data cannot tell, with why.

    Parameters
    ----------
    reason : str
        A part of a sentence: what is missing, and what would help.
    reason_outside : str, optional
        The same without any number of people; ``reason`` itself when left out.

    >>> unknown = cannot_tell("it takes 30 bookings, and there are 4", "it takes 30 bookings")
    >>> unknown == CANNOT_TELL, unknown.is_known, unknown.for_outside().reason
    (True, False, 'it takes 30 bookings')
    """
    unknown = Unknown(*CANNOT_TELL)
    unknown.reason = reason
    unknown.reason_outside = reason if reason_outside is None else reason_outside
    return unknown


def summarize_draws(draws: FloatArray, value: float | None = None) -> Estimate:
    """Return the mean of some draws, or ``value``, with the quantiles that hold 90% of them.

    >>> summarize_draws(np.arange(101.0))
    Estimate(value=50.0, low=4.99..., high=95.0)
    """
    low, high = np.quantile(draws, TAILS)
    return Estimate(float(draws.mean()) if value is None else value, float(low), float(high))


def summarize_counts(draws: FloatArray, value: float, rng: np.random.Generator) -> Estimate:
    """Return ``value`` with an interval of whole numbers.

    A whole number has no exact quantiles, and an interval of plain ones holds far more than 90% where counts are small.
    Half of the probability of each end is counted (mid-p).

    >>> summarize_counts(np.repeat([4.0, 5.0, 6.0], [3, 94, 3]), 5.0, np.random.default_rng(0))
    Estimate(value=5.0, low=5.0, high=5.0)
    """
    low, high = np.quantile(draws + rng.uniform(-0.5, 0.5, len(draws)), TAILS)
    whole = float(np.floor(value))
    # Adding 0.0 makes a plain zero of -0.0, which would be written with its sign.
    return Estimate(value, min(float(np.ceil(low)), whole) + 0.0, max(float(np.floor(high)), whole) + 0.0)


def estimate_correlation(successes: FloatArray, trials: FloatArray, group: np.ndarray) -> tuple[float, int]:
    """Estimate how alike the leads of one month are, beyond their group's rate: the correlation within a cell.

    Parameters
    ----------
    successes, trials : float arrays of shape (cells,)
        One cell is a month of a group, such as of a channel.
    group : int array of shape (cells,)
        Which rate is common to which cells.

    Returns
    -------
    correlation : float, 0 to 0.5
        0 where months vary no more than chance does. By the method of moments: Pearson's statistic against what it is
        expected to be when leads are independent.
    degrees_of_freedom : int
    """
    excess, slope, freedom = _compare_months(successes, trials, group)
    correlation = excess / slope if slope > 0 else 0.0
    return float(np.clip(correlation, 0.0, MAX_CORRELATION)), freedom


def draw_correlations(
    successes: FloatArray, trials: FloatArray, group: np.ndarray, rng: np.random.Generator, count: int
) -> FloatArray:
    """Draw what the correlation within a cell may be, as uncertain as so few cells leave it. Shape (count,).

    Pearson's statistic is taken to be a multiple of chi-square's, so that few months that happen to agree do not prove
    that months agree.
    """
    excess, slope, freedom = _compare_months(successes, trials, group)
    if freedom < 1 or slope <= 0:
        return np.full(count, _UNKNOWN_CORRELATION)
    per_cell = slope / freedom
    dispersion = max(1 + excess / freedom, 0.2) * freedom / rng.chisquare(freedom, count)
    return np.clip((dispersion - 1) / per_cell, 0.0, MAX_CORRELATION)


def _compare_months(successes: FloatArray, trials: FloatArray, group: np.ndarray) -> tuple[float, float, int]:
    """Return by how much Pearson's statistic exceeds what is expected of independent leads, how much of it each unit of
    correlation explains, and the degrees of freedom.
    """
    cells = trials > 0
    successes, trials, group = successes[cells], trials[cells], group[cells]
    if not len(trials):
        return 0.0, 0.0, 0
    totals = np.bincount(group, trials)
    rate = (np.bincount(group, successes) / np.maximum(totals, 1e-12))[group]
    usable = (rate > 0) & (rate < 1)
    if not usable.any():
        return 0.0, 0.0, 0
    successes, trials, rate, group = successes[usable], trials[usable], rate[usable], group[usable]
    remainder = 1 - trials / totals[group]
    pearson = ((successes - trials * rate) ** 2 / (trials * rate * (1 - rate))).sum()
    slope = float((np.maximum(trials - 1, 0) * remainder).sum())
    return float(pearson - remainder.sum()), slope, int(len(trials) - len(np.unique(group)))


def estimate_rate(successes: float, trials: FloatArray, correlation: float, degrees_of_freedom: int) -> Estimate:
    """Estimate a rate in the long run, from the months it was seen in.

    The interval is that of Jeffreys for as many independent leads as the months' leads are worth (Korn and Graubard
    1998, with Jeffreys' in place of Clopper and Pearson's, which is too wide).

    Parameters
    ----------
    successes : float
    trials : float array of shape (months,)
        Leads of each month; of leads that are still open, the share of an outcome that would be known by now.
    correlation, degrees_of_freedom
        From ``estimate_correlation``.

    >>> estimate_rate(30, np.array([100.0]), 0.0, 100)
    Estimate(value=0.3, low=0.229..., high=0.378...)
    >>> estimate_rate(0, np.zeros(2), 0.0, 100) == CANNOT_TELL
    True
    """
    total = float(trials.sum())
    if total <= 0:
        return cannot_tell("none of its inquiries is old enough")
    design_effect = float((trials * (1 + np.maximum(trials - 1, 0) * correlation)).sum()) / total
    # With few months the correlation itself is uncertain, which a t quantile in place of a normal one accounts for.
    shrink = (stats.norm.ppf(TAILS[1]) / stats.t.ppf(TAILS[1], max(degrees_of_freedom, 1))) ** 2
    effective = max(total / design_effect * shrink, 1.0) if correlation > 0 else total
    rate = min(successes / total, 1.0)
    low, high = stats.beta.ppf(TAILS, rate * effective + 0.5, (1 - rate) * effective + 0.5)
    return Estimate(rate, float(low) if rate > 0 else 0.0, float(high) if rate < 1 else 1.0)


MIN_MONTHS = 3
"""Fewer months do not show how much months vary."""


def estimate_ratio(
    numerator: FloatArray, denominator: FloatArray, floor: float, extra_variance: float = 0.0, period: str = "months"
) -> Estimate:
    """Estimate the ratio of two sums over months, such as money to bookings, as it is in the long run.

    Parameters
    ----------
    numerator, denominator : float arrays of shape (months,)
    floor : float
        The least relative variance of the ratio: chance alone, such as 1 / bookings.
    extra_variance : float
        Relative variance that the months do not show, such as that of what open leads will bring.
    period : str
        What they are called where they are too few: months, or weeks.

    Returns
    -------
    Estimate
        Unknown with fewer than three months or without anything to divide by.

    >>> estimate_ratio(np.full(12, 100.0), np.full(12, 10.0), floor=1 / 120)
    Estimate(value=10.0, low=8.4..., high=11.7...)
    """
    months = len(denominator)
    total = denominator.sum()
    if months < MIN_MONTHS:
        return cannot_tell(f"{months} of the {MIN_MONTHS} {period} that it takes")
    if total <= 0 or numerator.sum() <= 0:
        return cannot_tell(f"there is nothing to divide by in these {period}")
    ratio = numerator.sum() / total
    residuals = (numerator - ratio * denominator) / numerator.sum()
    variance = max(months / (months - 1) * (residuals**2).sum(), floor) + extra_variance
    reach = np.exp(stats.t.ppf(TAILS[1], months - 1) * np.sqrt(variance))
    return Estimate(float(ratio), float(ratio / reach), float(ratio * reach))
