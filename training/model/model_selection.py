"""Which of several candidates is better on later rows, and by more than chance? One rule of one standard error.

Lives here: log loss row by row, the weight of a row by its fold, the paired difference with its standard error.
Does not live here: what is chosen: the weight of the linear part (``blending``), the calibration (``calibration``),
settings (``hyperparameter_search``).

Breiman et al. 1984 (Classification and Regression Trees, section 3.4.3): take the simplest whose loss is within one
standard error of the least. Here the error is that of the paired difference, because all candidates are evaluated on
the same rows."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from features.array_types import FloatArray

__all__ = ["LossDifference", "compare_losses", "compute_log_losses", "compute_row_weights"]

FOLD_WEIGHT_GROWTH = 2.0
"""How much more a fold counts than the one before it, forward in time: the newest say most about what comes next."""


def compute_log_losses(log_odds: FloatArray, label: FloatArray) -> FloatArray:
    """Compute the log loss of each row, shape of ``log_odds``; a label between 0 and 1 is an expectation.

    >>> compute_log_losses(np.array([0.0, 1000.0]), np.array([1.0, 0.0])).round(3).tolist()
    [0.693, 1000.0]
    """
    return np.logaddexp(0, log_odds) - label * log_odds


def compute_row_weights(sizes: Iterable[int], forward: bool = True) -> FloatArray:
    """Compute the weight of every row of folds of these sizes, in their order; they sum to 1.

    Forward in time each fold counts twice as much as the one before.

    >>> compute_row_weights([1, 2]).round(3).tolist()
    [0.333, 0.333, 0.333]
    """
    weights = np.concatenate(
        [
            np.full(size, (FOLD_WEIGHT_GROWTH**number if forward else 1.0) / max(size, 1))
            for number, size in enumerate(sizes)
        ]
    )
    return weights / weights.sum()


class LossDifference(NamedTuple):
    """How much higher one loss is than another, in the weighted mean over the same rows, and its standard error.

    Parameters
    ----------
    mean, error : floats, or float arrays of one shape
    """

    mean: FloatArray | float
    error: FloatArray | float

    @property
    def within_error(self) -> np.ndarray | bool:
        """Whether the difference may be chance."""
        return self.mean <= self.error + 1e-12


def compare_losses(
    losses: FloatArray, best: FloatArray, row_weights: FloatArray, sizes: Sequence[int] = ()
) -> LossDifference:
    """Compare ``losses`` with those of the best candidate.

    With the ``sizes`` of folds forward in time, the error is that between folds where it is larger: thousands of leads
    of one block of time share what was special about that block, so they say little about the next one.

    Parameters
    ----------
    losses : float array of shape (n,) or (candidates, n)
    best, row_weights : float arrays of shape (n,)
    sizes : sequence of int
        Rows of each fold, in their order; they sum to n.

    >>> compare_losses(np.array([0.2, 0.4]), np.array([0.1, 0.1]), np.array([0.5, 0.5])).mean.round(3)
    np.float64(0.2)
    """
    difference = losses - best
    mean = difference @ row_weights
    deviation = difference - np.expand_dims(mean, -1)
    error = np.sqrt(deviation**2 @ row_weights**2)
    if len(sizes) < 2:
        return LossDifference(mean, error)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.intp)
    between = np.add.reduceat(deviation * row_weights, starts, axis=-1)
    # Few folds: the sum of squares around an estimated mean is too small by this factor.
    error_between = np.sqrt((between**2).sum(axis=-1) * len(sizes) / (len(sizes) - 1))
    return LossDifference(mean, np.maximum(error, error_between))
