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
from scipy.stats import rankdata

from features.array_types import FloatArray, IntArray
from training.evaluation.metrics import Interval

__all__ = ["FoldRanking", "measure_fold_ranking"]

_NORMAL_QUANTILE = 1.96


class FoldRanking(NamedTuple):
    """AUC within the folds, with its 95% interval, and how many leads of how many folds it is from."""

    auc: Interval
    leads: int
    folds: int


def measure_fold_ranking(raw: FloatArray, label: FloatArray, folds: Iterable[IntArray]) -> FoldRanking | None:
    """Measure the share of pairs within folds, a conversion and another lead, that are ranked as they should be.

    Each fold's AUC counts as many times as it has pairs; its variance is that of Hanley and McNeil 1982,
    doi:10.1148/radiology.143.1.7063747. Models of different folds are never compared. None where no fold has both
    outcomes.

    Parameters
    ----------
    raw : float array of shape (n,)
        Out-of-fold scores.
    label : float array of shape (n,), 0 or 1
    folds : int arrays
        Rows of each fold, one for each lead.

    >>> raw, label = np.array([1.0, 2.0, 3.0, 4.0, 30.0, 20.0]), np.array([0.0, 0.0, 1.0, 1.0, 1.0, 0.0])
    >>> ranking = measure_fold_ranking(raw, label, [np.arange(4), np.arange(4, 6)])
    >>> ranking.auc.value, ranking.leads, ranking.folds
    (1.0, 6, 2)
    """
    areas, variances, pairs, leads = [], [], [], 0
    for rows in folds:
        converted = label[rows] == 1
        ones, zeros = int(converted.sum()), int((~converted).sum())
        if not ones or not zeros:
            continue
        area = (rankdata(raw[rows])[converted].sum() - ones * (ones + 1) / 2) / (ones * zeros)
        areas.append(area)
        variances.append(_compute_variance(area, ones, zeros))
        pairs.append(ones * zeros)
        leads += len(rows)
    if not areas:
        return None
    weights = np.array(pairs) / sum(pairs)
    value, error = float(weights @ areas), float((weights**2 @ variances) ** 0.5)
    low, high = (float(np.clip(value + side * _NORMAL_QUANTILE * error, 0, 1)) for side in (-1, 1))
    return FoldRanking(Interval(value, low, high), leads, len(areas))


def _compute_variance(area: float, ones: int, zeros: int) -> float:
    """Compute the variance of one fold's AUC."""
    both_ones, both_zeros = area / (2 - area), 2 * area**2 / (1 + area)
    return (area * (1 - area) + (ones - 1) * (both_ones - area**2) + (zeros - 1) * (both_zeros - area**2)) / (
        ones * zeros
    )
