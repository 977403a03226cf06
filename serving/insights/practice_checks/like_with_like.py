"""What is left of a difference among inquiries that came alike? A group against others of the same channel and hours.

Lives here: strata of inquiries, the difference of two shares within them.
Does not live here: the difference of a group from all others (``group_rates``).
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from features.array_types import IntArray
from serving.insights.columns.categories import Categories
from serving.insights.estimates import TAILS, Estimate, cannot_tell

__all__ = ["compare_within", "cross_strata"]

_LEAST_WEIGHT = 10.0
"""Pairs of like leads, as many as two groups of twenty make: of fewer, the variance is guessed from too little."""


def cross_strata(columns: Sequence[IntArray]) -> IntArray:
    """Return a number for each combination of several columns, each of shape (n,).

    >>> cross_strata([np.array([0, 0, 7]), np.array([3, 3, 3])]).tolist()
    [0, 0, 1]
    """
    strata = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        codes = np.unique(column, return_inverse=True)[1]
        strata = np.unique(strata * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1]
    return strata


def compare_within(group: Categories, strata: IntArray, has: np.ndarray, rows: IntArray) -> dict[str, Estimate]:
    """Compare each group with all others of its strata: the difference of their shares, per 100, with its 90% interval.

    Mantel and Haenszel's difference of two shares, with the variance of Sato (1989), which holds for few large strata
    and for many small ones.

    Parameters
    ----------
    strata : int array of shape (n,)
    has : bool array of shape (n,)
        What the share is of.
    rows : int array
        The leads to compare.

    >>> group = Categories(np.array([0, 0, 1, 1] * 50), ("a", "b"))
    >>> has = np.array([1, 0, 1, 1] * 50, bool)
    >>> compare_within(group, np.zeros(200, int), has, np.arange(200))["a"]
    Estimate(value=-50.0, low=-58.2..., high=-41.7...)
    """
    numbers = np.unique(strata[rows], return_inverse=True)[1]
    width = int(numbers.max(initial=-1)) + 1
    leads = np.bincount(numbers, minlength=width).astype(float)
    count = np.bincount(numbers, has[rows], minlength=width)
    z = float(stats.norm.ppf(TAILS[1]))
    differences: dict[str, Estimate] = {}
    for code, name in enumerate(group.names):
        of_group = group.codes[rows] == code
        own = np.bincount(numbers[of_group], minlength=width).astype(float)
        own_count = np.bincount(numbers[of_group], has[rows[of_group]], minlength=width)
        other, other_count = leads - own, count - own_count
        total = np.maximum(leads, 1)
        weight = float((own * other / total).sum())
        if weight <= 0:
            differences[name] = cannot_tell("nobody else came alike")
            continue
        if weight < _LEAST_WEIGHT:
            differences[name] = cannot_tell("too few others came alike")
            continue
        difference = float(((own_count * other - other_count * own) / total).sum()) / weight
        first = (own**2 * other_count - other**2 * own_count + own * other * (other - own) / 2) / total**2
        second = (own_count * (other - other_count) + other_count * (own - own_count)) / (2 * total)
        error = np.sqrt(max(float(difference * first.sum() + second.sum()), 0.0)) / weight
        if error <= 0:
            # Everybody or nobody has it on both sides: that no lead differed does not say that none will.
            differences[name] = cannot_tell("all or none of those who came alike were answered within the hour")
            continue
        differences[name] = Estimate(
            100 * difference, 100 * float(difference - z * error), 100 * float(difference + z * error)
        )
    return differences
