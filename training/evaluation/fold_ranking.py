"""Do later leads rank as the model says, over every fold forward in time, and not only over the newest?

Lives here: the AUC within folds, with its interval. Does not live here: the held-out leads (``out_of_fold``), what the
verdict makes of it (``readiness``).

A practice of 900 leads has 160 held-out ones, and an interval of a tenth to either side. The folds before were
predicted forward in time too, by models of fewer leads: four times as many leads say whether there is any signal. How
good the model is now, only the newest say.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.stats import rankdata

from features.array_types import FloatArray, IntArray
from training.evaluation.metrics import Interval

__all__ = ["FoldRanking", "measure_fold_ranking"]

_NORMAL_QUANTILE = 1.96
_NEAREST = 1e-9
"""How far from the measured AUC the bounds are sought: there they are a root as well where it is 0 or 1."""


class FoldRanking(NamedTuple):
    """AUC within the folds, with its 95% interval, and how many leads of how many folds it is from."""

    auc: Interval
    leads: int
    folds: int


def measure_fold_ranking(raw: FloatArray, label: FloatArray, folds: Iterable[IntArray]) -> FoldRanking | None:
    """Measure the share of pairs within folds, a conversion and another lead, that are ranked as they should be.

    Each fold's AUC counts as many times as it has pairs. Models of different folds are never compared. None where no
    fold has both outcomes. The interval holds every AUC from which the measured one is at most 1.96 standard errors
    away, where the error is that of an AUC that is true, not of the measured one: a fold whose single conversion comes
    first by chance has no error of zero. It is method 5 of Newcombe 2006, doi:10.1002/sim.2324.

    Parameters
    ----------
    raw : float array of shape (n,)
        Out-of-fold scores.
    label : float array of shape (n,), 0 or 1
    folds : int arrays
        Rows of each fold, one for each lead.

    >>> raw, label = np.array([1.0, 2.0, 3.0, 4.0, 30.0, 20.0]), np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    >>> ranking = measure_fold_ranking(raw, label, [np.arange(4), np.arange(4, 6)])
    >>> ranking.auc.value, round(ranking.auc.low, 2), ranking.leads, ranking.folds
    (1.0, 0.46, 6, 2)
    """
    areas, sizes, leads = [], [], 0
    for rows in folds:
        converted = label[rows] == 1
        ones, zeros = int(converted.sum()), int((~converted).sum())
        if not ones or not zeros:
            continue
        areas.append((rankdata(raw[rows])[converted].sum() - ones * (ones + 1) / 2) / (ones * zeros))
        sizes.append((ones, zeros))
        leads += len(rows)
    if not areas:
        return None
    ones, zeros = np.array(sizes, float).T
    value = float((ones * zeros / (ones @ zeros)) @ areas)
    return FoldRanking(_find_interval(value, ones, zeros), leads, len(areas))


def _find_interval(value: float, ones: FloatArray, zeros: FloatArray) -> Interval:
    """Find the AUCs that are compatible with a measured one, over folds with these numbers of leads."""

    def compute_excess(area: float) -> float:
        """Compute by how far the measured AUC is more than 1.96 standard errors away."""
        return abs(value - area) - _NORMAL_QUANTILE * _compute_variance(area, ones, zeros) ** 0.5

    low = 0.0 if value <= _NEAREST else float(brentq(compute_excess, 0, value - _NEAREST))
    high = 1.0 if value >= 1 - _NEAREST else float(brentq(compute_excess, value + _NEAREST, 1))
    return Interval(value, low, high)


def _compute_variance(area: float, ones: FloatArray, zeros: FloatArray) -> float:
    """Compute the variance of the AUC over all folds where ``area`` is the true one in each.

    At an AUC of .5 it is that of the test of Mann and Whitney.
    """
    pairs = ones * zeros
    product = area * (1 - area)
    # (1 - area) / (2 - area) + area / (1 + area), as one fraction.
    shared = (1 + 2 * product) / (2 + product)
    of_each = product * (1 + ((ones + zeros) / 2 - 1) * shared) / pairs
    return float(pairs**2 @ of_each / pairs.sum() ** 2)
