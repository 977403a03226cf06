"""By how much is the level of the scores off, in log-odds, and how far does that repeat from block to block?

Lives here: the offset that a block of leads would have needed, and the mean of several offsets as far as it repeats.
Does not live here: the calibration that is signed (``calibration``), following the level between two trainings
(``level_update``)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray

__all__ = ["Estimate", "fit_offset", "shrink_mean"]

_PRIOR_VARIANCE = 4.0
"""A weak prior around 0: a block in which everybody converted, or nobody, still has a finite offset."""
_STEPS, _LARGEST_STEP = 30, 2.0


class Estimate(NamedTuple):
    """What one block of leads says of a quantity, and its standard error by chance."""

    value: float
    error: float


def fit_offset(log_odds: FloatArray, label: FloatArray) -> Estimate:
    """Fit the offset at which these scores would have had the right level. Scores and labels of shape (n,).

    >>> offset = fit_offset(np.zeros(1000), (np.arange(1000) < 731).astype(float))
    >>> round(offset.value, 2), round(offset.error, 2)
    (1.0, 0.07)
    """
    offset, information = 0.0, 1 / _PRIOR_VARIANCE
    for _ in range(_STEPS):
        probability = expit(log_odds + offset)
        information = float((probability * (1 - probability)).sum()) + 1 / _PRIOR_VARIANCE
        step = (float((label - probability).sum()) - offset / _PRIOR_VARIANCE) / information
        # Newton's step can overshoot where nearly all scores are far from the truth.
        offset += float(np.clip(step, -_LARGEST_STEP, _LARGEST_STEP))
    return Estimate(offset, information**-0.5)


def shrink_mean(estimates: Sequence[Estimate], errors_required: float = 1.0) -> float:
    """Return the mean of the blocks' values as far as it repeats: 0 where it is within its own standard error.

    Positive-part James-Stein: the mean is multiplied by 1 - (error / mean)^2, the share of its square that is explained
    neither by how much the blocks disagree nor by chance.

    Parameters
    ----------
    estimates : sequence of Estimate, one for each block
    errors_required : float
        Number of standard errors within which the mean counts as 0.

    >>> round(shrink_mean([Estimate(value, 0.02) for value in (0.30, 0.35, 0.28, 0.33)]), 2)
    0.31
    >>> shrink_mean([Estimate(value, 0.02) for value in (0.4, -0.3, 1.0, -0.5)]), shrink_mean([Estimate(0.4, 0.02)])
    (0.0, 0.0)
    """
    if len(estimates) < 2:
        return 0.0
    values, errors = np.array(estimates).T
    mean = float(values.mean())
    squared_error = max(float(values.var(ddof=1)), float((errors**2).mean())) / len(values)
    return mean * max(0.0, 1.0 - errors_required**2 * squared_error / max(mean**2, 1e-12))
