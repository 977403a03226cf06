"""What will the open leads still bring? Months that are not over yet, as what to expect of them.

Lives here: how long outcomes take to become known (from leads old enough to have all of theirs), and the final count of
a cohort as expected, with an interval.
Does not live here: which cohorts there are (``funnel``).

A lead that has not booked by its age has either not booked yet or never will. Of a cohort with rate p, whose outcomes
are known by an age with probability F, a lead without an outcome books with probability p (1 - F) / (1 - p F).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray
from serving.insights.estimates import CANNOT_TELL, Estimate, summarize_counts

__all__ = [
    "MIN_OUTCOMES",
    "CohortPrior",
    "DelayCurve",
    "OpenLeads",
    "build_delay_curve",
    "build_flat_curve",
    "predict_final",
]

MIN_OUTCOMES = 30
"""Without this many outcomes of old leads there is no curve, and nothing is said of open leads."""

DRAWS = 800
_CANDIDATES = 32


@dataclass(frozen=True)
class DelayCurve:
    """How many of the outcomes that come are known by an age.

    Parameters
    ----------
    edges : float array of shape (bins + 1,)
        Ages in days; hours at first, then days. The last one is ``ripe_days``.
    share_known : float array of shape (bins,)
        Share known in the middle of each bin, 0 to 1.
    draws : float array of shape (DRAWS, bins)
        The same, as uncertain as so many outcomes leave it (a Dirichlet posterior).
    """

    edges: FloatArray
    share_known: FloatArray
    draws: FloatArray

    @property
    def ripe_days(self) -> float:
        """The age in days from which everything is known."""
        return float(self.edges[-1])

    def find_bins(self, age_days: FloatArray) -> np.ndarray:
        """Return the bin of each age, shape (n,); the number of bins for ripe ones."""
        return np.clip(np.searchsorted(self.edges, age_days, side="right") - 1, 0, len(self.share_known))

    def compute_share_known(self, age_days: FloatArray) -> FloatArray:
        """Compute the share of outcomes known at each age, shape (n,)."""
        return np.append(self.share_known, 1.0)[self.find_bins(age_days)]


@dataclass(frozen=True)
class OpenLeads:
    """A cohort as it is today.

    Parameters
    ----------
    known : int
        Leads with the outcome.
    by_bin : float array of shape (bins,)
        Leads without it, by their age; ripe ones are not among them.
    """

    known: int
    by_bin: FloatArray


@dataclass(frozen=True)
class CohortPrior:
    """What rate a cohort will have, before anything is known of it.

    Parameters
    ----------
    mean : float array of shape (DRAWS,)
        The mean rate of cohorts, as uncertain as earlier ones leave it; the same draws for every cohort of a group,
        since what is wrong with it is wrong with all of them.
    correlation : float array of shape (DRAWS,)
        How far a cohort's own rate may be from the mean: the correlation between leads of one cohort.
    """

    mean: FloatArray
    correlation: FloatArray

    @classmethod
    def from_history(
        cls, successes: float, trials: FloatArray, correlation: FloatArray, rng: np.random.Generator
    ) -> "CohortPrior":
        """Build the prior from earlier ripe cohorts.

        Parameters
        ----------
        successes : float
        trials : float array of shape (cohorts,)
        correlation : float array of shape (DRAWS,)
        """
        total = float(trials.sum())
        rate = (successes + 0.5) / (total + 1)
        size = float((trials * np.maximum(trials - 1, 0)).sum()) / max(total, 1.0)
        effective = np.maximum(max(total, 1.0) / (1 + size * correlation), 1.0)
        mean = rng.beta(rate * effective, (1 - rate) * effective)
        return cls(np.clip(mean, 1e-6, 1 - 1e-6), np.maximum(correlation, 1e-7))


def build_delay_curve(
    known_days: FloatArray, ripe_days: float, rng: np.random.Generator, min_outcomes: int = MIN_OUTCOMES
) -> DelayCurve | None:
    """Build the curve from the outcomes of ripe leads; None with too few of them.

    Parameters
    ----------
    known_days : float array of shape (k,)
        Days from each inquiry until its outcome was recorded.
    ripe_days : float
        Age from which a lead has all of its outcomes.
    """
    if len(known_days) < min_outcomes:
        return None
    edges = np.unique(np.r_[np.arange(0, 3, 0.125), np.arange(3, max(ripe_days, 4), 1.0), max(ripe_days, 4.0)])
    counts = np.histogram(np.clip(known_days, 0, edges[-1]), edges)[0].astype(float)

    def share_by_middle(weights: FloatArray) -> FloatArray:
        cumulative = np.cumsum(weights, axis=-1) / weights.sum(axis=-1, keepdims=True)
        earlier = np.concatenate([np.zeros((*weights.shape[:-1], 1)), cumulative[..., :-1]], axis=-1)
        return (earlier + cumulative) / 2

    # A little weight everywhere: what was not seen in so many outcomes is rare, not impossible.
    draws = rng.gamma(counts + 0.02, size=(DRAWS, len(counts)))
    return DelayCurve(edges, share_by_middle(counts), share_by_middle(draws))


def build_flat_curve(outcomes: int, min_outcomes: int = MIN_OUTCOMES) -> DelayCurve | None:
    """Build the curve of outcomes that are known together with what did not come of a lead: an open lead is like any
    other. None with too few outcomes to expect any.

    >>> build_flat_curve(40).compute_share_known(np.array([0.0, 2.0])).tolist()
    [0.0, 1.0]
    """
    if outcomes < min_outcomes:
        return None
    return DelayCurve(np.array([0.0, 1.0]), np.zeros(1), np.zeros((DRAWS, 1)))


def predict_final(
    cohort: OpenLeads, prior: CohortPrior, curve: DelayCurve | None, rng: np.random.Generator
) -> tuple[Estimate, FloatArray]:
    """Predict how many leads of a cohort will have the outcome in the end, with the predictive interval.

    Returns
    -------
    estimate : Estimate
        Exactly what is known where no lead is open; CANNOT_TELL without a curve.
    draws : float array of shape (DRAWS,)
        The final count, as uncertain as it is.
    """
    open_bins = np.flatnonzero(cohort.by_bin)
    if not len(open_bins):
        return Estimate(float(cohort.known), float(cohort.known), float(cohort.known)), np.full(DRAWS, cohort.known)
    if curve is None:
        return CANNOT_TELL, np.full(DRAWS, np.nan)
    leads = cohort.by_bin[open_bins]
    # How well each rate explains what is known so far; candidates from the prior are chosen by it.
    grid = 1 / (1 + np.exp(-np.linspace(-14, 9, 600)))
    silent = np.log(np.maximum(1 - grid[:, None] * curve.share_known[open_bins], 1e-12)) @ leads
    explained = cohort.known * np.log(grid) + silent
    concentration = (1 / prior.correlation - 1)[:, None]
    mean = prior.mean[:, None]
    candidates = rng.beta(mean * concentration, (1 - mean) * concentration, (DRAWS, _CANDIDATES))
    log_weights = np.interp(candidates, grid, explained)
    weights = np.cumsum(np.exp(log_weights - log_weights.max(axis=1, keepdims=True)), axis=1)
    chosen = (weights < rng.random((DRAWS, 1)) * weights[:, -1:]).sum(axis=1)
    rate = np.clip(candidates[np.arange(DRAWS), chosen], 1e-9, 1 - 1e-9)[:, None]
    share = curve.draws[:, open_bins]
    chance = rate * (1 - share) / np.maximum(1 - rate * share, 1e-12)
    remaining = rng.binomial(leads.astype(np.int64), np.clip(chance, 0, 1)).sum(axis=1)
    expected = cohort.known + float((chance @ leads).mean())
    draws = (cohort.known + remaining).astype(float)
    return summarize_counts(draws, expected, rng), draws
