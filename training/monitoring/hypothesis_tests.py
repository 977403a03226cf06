"""Could a difference be chance? Two-sample tests on counts, and a correction for making many of them.

Lives here: Kolmogorov-Smirnov for numbers, chi-square for categories and for the share unknown, Holm's correction.
Does not live here: how far is far (``population_stability_index``): with many leads every difference is certain,
however small.
"""

import numpy as np
from scipy.special import chdtrc, kolmogorov

from features.array_types import FloatArray

__all__ = ["chi_square_test", "kolmogorov_smirnov_test", "holm_correction"]


def kolmogorov_smirnov_test(old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """Run Kolmogorov and Smirnov's two-sample test on counts in ordered bins.

    Return the largest distance between the two cumulative distributions, and p. The distance is measured at the edges
    of the bins only, so it is at most the true one, and p (of the limiting distribution) at least the true one.

    >>> distance, p = kolmogorov_smirnov_test(np.array([100, 100, 100]), np.array([10, 20, 70]))
    >>> round(distance, 3), p < 1e-8
    (0.367, True)
    """
    old_rows, new_rows = old.sum(), new.sum()
    if not old_rows or not new_rows:
        return 0.0, 1.0
    distance = float(np.abs(np.cumsum(old) / old_rows - np.cumsum(new) / new_rows).max())
    return distance, float(kolmogorov(distance * np.sqrt(old_rows * new_rows / (old_rows + new_rows))))


def chi_square_test(old: np.ndarray, new: np.ndarray) -> tuple[float, float]:
    """Run Pearson's chi-square test that two rows of counts are of one distribution; return (statistic, p).

    Cells that are empty in both do not count.

    >>> statistic, p = chi_square_test(np.array([30, 70]), np.array([50, 50]))
    >>> round(statistic, 3), round(p, 4)
    (8.333, 0.0039)
    """
    table = np.stack([old, new])[:, (old + new) > 0].astype(float)
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return 0.0, 1.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return statistic, float(chdtrc(table.shape[1] - 1, statistic))


def holm_correction(p: FloatArray) -> FloatArray:
    """Correct the p of each test for the number of tests (Holm 1979).

    The chance of one false alarm or more among all of them stays below the level, however the tests depend on each
    other.

    >>> holm_correction(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p, float)
    order = np.argsort(p, kind="stable")
    # The smallest p times the number of tests, the next times one less, and never below the one before it.
    corrected = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    in_given_order = np.empty_like(corrected)
    in_given_order[order] = corrected
    return in_given_order
