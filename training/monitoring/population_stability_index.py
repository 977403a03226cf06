"""How far apart are two distributions, and how far would chance alone put them? The population stability index (PSI).

Lives here: the index from counts, what chance adds to it, how far the months of training lay from those before them.
Does not live here: cutting values into bins (``binning``), tests (``hypothesis_tests``).

On n new and N old rows of one distribution the index is close to chi-square with (cells - 1) degrees of freedom times
(1/n + 1/N) (Yurdakul 2018, "Statistical properties of population stability index"). So its mean is known, and is
subtracted before the index is judged: an index of 0.1 means nothing with 100 leads and a lot with 10,000.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from features.array_types import FloatArray

__all__ = ["index_by_chance", "stability_index", "limit_multiplier", "measure_usual_movement"]

_PSEUDO_COUNT = 0.5
"""Added to the count of every cell, so that an empty one does not make the index infinite."""

_MIN_ROWS = 30
"""Rows below which a month of training does not show what is usual."""

_STATIONARITY_LEVEL = 0.01
"""Chance that a stationary column is treated as moving, because its months together lie farther apart than chi-square
allows.
"""


_POINTS = 2000
"""Points of the distribution of the farthest month, over which chances are averaged."""


def stability_index(old: np.ndarray, new: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """Compute the population stability index, ``sum (q - p) ln(q / p)`` over cells, and the number of cells in use.

    Parameters
    ----------
    old, new : arrays of shape (..., cells), counts
        A cell that is empty in both does not count.

    >>> index, cells = stability_index(np.array([50_000, 50_000, 0]), np.array([70_000, 30_000, 0]))
    >>> round(float(index), 4), int(cells)  # 0.2 ln 1.4 + 0.2 ln (1 / 0.6)
    (0.1695, 2)
    """
    old, new = np.asarray(old, float), np.asarray(new, float)
    used = (old + new) > 0
    cells = used.sum(axis=-1)
    p, q = (_share(counts, used) for counts in (old, new))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(used, (q - p) * np.log(q / p), 0.0).sum(axis=-1), cells


def _share(counts: FloatArray, used: np.ndarray) -> FloatArray:
    """Return the share of each cell in use, after the pseudo-count is added."""
    smoothed = np.where(used, counts + _PSEUDO_COUNT, 0.0)
    return smoothed / np.maximum(smoothed.sum(axis=-1, keepdims=True), _PSEUDO_COUNT)


def index_by_chance(cells: np.ndarray, old_rows: np.ndarray, new_rows: np.ndarray) -> FloatArray:
    """Return the mean of the index when nothing has changed.

    >>> round(float(index_by_chance(np.array(10), np.array(10_000), np.array(300))), 4)
    0.0309
    """
    return np.maximum(np.asarray(cells) - 1, 0) * (1 / np.maximum(new_rows, 1) + 1 / np.maximum(old_rows, 1))


def measure_usual_movement(months: np.ndarray, ahead: int = 1) -> tuple[FloatArray, int]:
    """Measure how far training's own months lay from those before them, minus what chance adds.

    The result is that of the farthest month, and 0 where chance explains it all. Each month is compared with everything
    up to ``ahead`` months before it, as the new month will be compared with training. What moves by itself (the month
    of the year, the number of earlier leads) shows here.

    Parameters
    ----------
    months : array of shape (months, columns, cells), counts in the order of time
    ahead : int, at least 1
        How many months after the end of training the new month lies.

    Returns
    -------
    farthest : float array of shape (columns,)
    tried : int
        Months compared with those before them.

    >>> still = np.tile([[400, 600]], (5, 1, 1))
    >>> measure_usual_movement(still)
    (array([0.]), 3)
    """
    total, rows = np.cumsum(months, axis=0), months.sum(axis=2)
    earlier_rows = total.sum(axis=2).max(axis=1, initial=0)
    large_months = [
        month
        for month in range(ahead + 1, len(months))
        if rows[month].max(initial=0) >= _MIN_ROWS and earlier_rows[month - ahead] >= 2 * _MIN_ROWS
    ]
    farthest, statistic, freedom = (np.zeros(months.shape[1]) for _ in range(3))
    for month in large_months:
        index, cells = stability_index(total[month - ahead], months[month])
        mean = index_by_chance(cells, total[month - ahead].sum(axis=1), rows[month])
        farthest = np.maximum(farthest, index - mean)
        # The index over its mean is chi-square over its degrees of freedom, so the months add up to one statistic.
        statistic += np.where(cells > 1, index / np.where(cells > 1, mean, 1.0) * (cells - 1), 0.0)
        freedom += np.maximum(cells - 1, 0)
    moves = (freedom > 0) & (statistic > chdtri(np.maximum(freedom, 1), _STATIONARITY_LEVEL))
    return np.where(moves, farthest, 0.0), len(large_months)


def limit_multiplier(tried: int, chance: float) -> float:
    """Compute how many times the distance of the farthest month a new one must exceed to raise an alarm.

    A month that moves as usual exceeds it with probability ``chance`` only. Derived for a movement of one kind (a level
    drawn from a normal distribution each month): its squared distance is chi-square with one degree of freedom.
    Movements of many kinds at once have lighter tails, so for them the limit is conservative.

    >>> round(limit_multiplier(16, 0.01), 1), round(limit_multiplier(5, 0.01), 1)
    (2.2, 6.5)
    """
    # The farthest of n months is below x with the n-th power of the chance that one is.
    farthest = chdtri(1, 1 - ((np.arange(_POINTS) + 0.5) / _POINTS) ** (1 / tried))
    return float(np.exp(brentq(lambda log: float(chdtrc(1, np.exp(log) * farthest).mean()) - chance, 0.0, 12.0)))
