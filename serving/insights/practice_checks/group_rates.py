"""Does one group differ from all others by more than chance? Shares by group, with months that differ counted in.

Lives here: the share of each group with its interval, and how far it is from all others.
Does not live here: what is compared (the modules beside this one), intervals of one share
(``serving.insights.estimates``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.columns.categories import ALL_LEADS, Categories
from serving.insights.columns.lead_columns import LeadColumns
from serving.insights.estimates import Estimate, estimate_correlation, estimate_rate

__all__ = ["STANDS_OUT", "GroupRate", "compare_groups", "count_together"]

STANDS_OUT = 3.5
"""Standard errors from all others: among a hundred groups without any difference, chance reaches this in one of twenty
practices."""


@dataclass(frozen=True)
class GroupRate:
    """The share of one group.

    Parameters
    ----------
    name : str
    leads, count : int
    rate : Estimate
    others : float
        The share of all others; NaN where there are none.
    distance : float
        From all others, in standard errors.
    """

    name: str
    leads: int
    count: int
    rate: Estimate
    others: float
    distance: float


def compare_groups(group: Categories, month: IntArray, has: np.ndarray, rows: IntArray) -> list[GroupRate]:
    """Compare each group with all others.

    Parameters
    ----------
    group : Categories
        Shape (n,).
    month : int array of shape (n,)
    has : bool array of shape (n,)
        What the share is of.
    rows : int array
        The leads to count.

    Returns
    -------
    list of GroupRate
        The groups that have leads, in the order of their names.
    """
    months, position = np.unique(month[rows], return_inverse=True)
    shape = (len(group.names), max(len(months), 1))
    cell = group.codes[rows] * shape[1] + position
    trials = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    successes = np.bincount(cell, has[rows], minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    codes = np.repeat(np.arange(shape[0]), shape[1])
    correlation, freedom = estimate_correlation(successes.ravel(), trials.ravel(), codes)
    leads, counts = trials.sum(axis=1), successes.sum(axis=1)
    pooled = float(np.clip(counts.sum() / max(leads.sum(), 1.0), 1e-6, 1 - 1e-6))
    compared = []
    for i in np.flatnonzero(leads).tolist():
        others = float(leads.sum() - leads[i])
        other_share = float((counts.sum() - counts[i]) / others) if others else float("nan")
        variance = _spread(trials[i], correlation) + (
            _spread(np.delete(trials, i, axis=0), correlation) if others else 0
        )
        distance = (counts[i] / leads[i] - other_share) / np.sqrt(pooled * (1 - pooled) * variance) if others else 0.0
        rate = estimate_rate(float(counts[i]), trials[i], correlation, freedom)
        compared.append(GroupRate(group.names[i], int(leads[i]), int(counts[i]), rate, other_share, float(distance)))
    return compared


def count_together(columns: LeadColumns) -> Categories:
    """Return all leads as one group."""
    return Categories(np.zeros(len(columns), np.int64), (ALL_LEADS,))


def _spread(trials: FloatArray, correlation: float) -> float:
    """Return by what the variance of one lead is multiplied for the share of these cells: 1 / n, and more where the
    leads of a month are alike.
    """
    total = float(trials.sum())
    return float((trials * (1 + np.maximum(trials - 1, 0) * correlation)).sum()) / total**2
