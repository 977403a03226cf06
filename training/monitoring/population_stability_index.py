"""How far apart are two distributions, and how far would chance alone have put them? The population stability index.

Lives here: the index from counts, what chance adds to it, how far the months of training lay from those before them.
Does not live here: cutting values into bins (``bins``), tests (``significance``).

On n new and N old rows of one distribution the index is close to chi-square with (cells - 1) degrees of freedom times
(1/n + 1/N) (Yurdakul 2018, "Statistical properties of population stability index"). So its mean is known, and is taken
off before it is judged: an index of 0.1 says nothing with 100 leads and much with 10,000."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri

from features.array_types import FloatArray

__all__ = ["index_by_chance", "stability_index", "limit_multiplier", "measure_usual_movement"]

_PSEUDO_COUNT = 0.5
"""Thought of as seen in every cell besides, so that an empty one does not make the index infinite."""

_MIN_ROWS = 30
"""Rows below which a month of training says nothing about what is usual."""

_STATIONARITY_LEVEL = 0.01
"""Chance that a column which stands still is taken for one that moves: its months together lie farther apart than
chi-square allows.
"""


_POINTS = 2000
"""Of the distribution of the farthest month, over which its chances are averaged."""


def stability_index(old: np.ndarray, new: np.ndarray) -> tuple[FloatArray, FloatArray]:
    """The population stability index, ``sum (q - p) ln(q / p)`` over cells, of counts along the last axis; and the
    number of cells in use.

    Parameters
    ----------
    old, new : arrays of shape (..., cells), counts
        A cell that both leave empty does not count.

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
    """Share of each cell in use, with a little thought of as seen in each."""
    seen = np.where(used, counts + _PSEUDO_COUNT, 0.0)
    return seen / np.maximum(seen.sum(axis=-1, keepdims=True), _PSEUDO_COUNT)


def index_by_chance(cells: np.ndarray, old_rows: np.ndarray, new_rows: np.ndarray) -> FloatArray:
    """Mean of the index when nothing has changed.

    >>> round(float(index_by_chance(np.array(10), np.array(10_000), np.array(300))), 4)
    0.0309
    """
    return np.maximum(np.asarray(cells) - 1, 0) * (1 / np.maximum(new_rows, 1) + 1 / np.maximum(old_rows, 1))


def measure_usual_movement(months: np.ndarray, ahead: int = 1) -> tuple[FloatArray, int]:
    """How far training's own months lay from those before them: the farthest of them, less what chance adds; 0 where
    chance explains it all.

    Each month is held against everything up to ``ahead`` months before it, as the new month will be held against
    training. What moves by itself (the month of the year, the number of earlier leads) shows it here.

    Parameters
    ----------
    months : array of shape (months, columns, cells), counts in the order of time
    ahead : int, at least 1
        How many months after the end of training the new month lies.

    Returns
    -------
    farthest : float array of shape (columns,)
    tried : int
        Months held against those before them.

    >>> still = np.tile([[400, 600]], (5, 1, 1))
    >>> measure_usual_movement(still)
    (array([0.]), 3)
    """
    total, rows = np.cumsum(months, axis=0), months.sum(axis=2)
    before = total.sum(axis=2).max(axis=1, initial=0)
    places = [
        at
        for at in range(ahead + 1, len(months))
        if rows[at].max(initial=0) >= _MIN_ROWS and before[at - ahead] >= 2 * _MIN_ROWS
    ]
    farthest, together, freedom = (np.zeros(months.shape[1]) for _ in range(3))
    for at in places:
        index, cells = stability_index(total[at - ahead], months[at])
        mean = index_by_chance(cells, total[at - ahead].sum(axis=1), rows[at])
        farthest = np.maximum(farthest, index - mean)
        together += np.where(cells > 1, index / np.where(cells > 1, mean, 1.0) * (cells - 1), 0.0)
        freedom += np.maximum(cells - 1, 0)
    moves = (freedom > 0) & (together > chdtri(np.maximum(freedom, 1), _STATIONARITY_LEVEL))
    return np.where(moves, farthest, 0.0), len(places)


def limit_multiplier(tried: int, chance: float) -> float:
    """How many times the farthest of so many months a new one must lie, so that it does so by itself with that chance
    only.

    Worked out for a movement of one kind (a level that is drawn anew each month, normally): its squared distance is
    chi-square with one degree of freedom. Movements of many kinds at once have lighter tails, so for them it is
    cautious.

    >>> round(limit_multiplier(16, 0.01), 1), round(limit_multiplier(5, 0.01), 1)
    (2.2, 6.5)
    """
    farthest = chdtri(1, 1 - ((np.arange(_POINTS) + 0.5) / _POINTS) ** (1 / tried))
    return float(np.exp(brentq(lambda log: float(chdtrc(1, np.exp(log) * farthest).mean()) - chance, 0.0, 12.0)))
