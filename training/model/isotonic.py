"""What is the isotonic rate at one point, with one more lead there? For many resamples and points in one compiled loop.

Lives here: pooling adjacent violators (Ayer et al. 1955, doi:10.1214/aoms/1177728423), as the band of Venn and Abers
asks for it: once without and once with a booking at each point.
Does not live here: the bins, the resamples and the band (``prediction_intervals``).
"""

import numpy as np

from features.array_types import FloatArray, IntArray
from features.kernels.jit import compile_cached

__all__ = ["compute_isotonic_ends"]

_MIN_WEIGHT = 1e-9
"""A bin of which no lead was drawn still has a place among the others."""


def compute_isotonic_ends(booked: FloatArray, total: FloatArray, points: IntArray) -> FloatArray:
    """Compute the isotonic rate at each point with one more lead there that did not convert, and with one that did.

    Parameters
    ----------
    booked, total : float arrays of shape (resamples, bins)
        Leads that converted, and all leads, of each bin; the lowest scores first.
    points : int array of shape (k,)
        Bins at which a lead is added.

    Returns
    -------
    float array of shape (resamples, k, 2), 0 to 1

    >>> compute_isotonic_ends(np.array([[0.0, 2.0]]), np.array([[3.0, 3.0]]), np.array([1]))[0, 0].tolist()
    [0.5, 0.75]
    """
    ends = np.empty((len(booked), len(points), 2))
    _pool_all(np.ascontiguousarray(booked), np.ascontiguousarray(total), np.asarray(points, np.int64), ends)
    return ends


@compile_cached
def _pool_all(booked: FloatArray, total: FloatArray, points: IntArray, ends: FloatArray) -> None:
    """Fill ``ends``."""
    bins = booked.shape[1]
    sums, weights, lasts = np.empty(bins), np.empty(bins), np.empty(bins, np.int64)
    for resample in range(len(booked)):
        for k in range(len(points)):
            for extra in range(2):
                blocks = 0
                for b in range(bins):
                    weight = max(total[resample, b], _MIN_WEIGHT)
                    rate = booked[resample, b]
                    if b == points[k]:
                        weight += 1.0
                        rate += extra
                    sums[blocks], weights[blocks], lasts[blocks] = rate, weight, b
                    # A block that is not above the one before it is pooled with it.
                    while blocks and sums[blocks - 1] * weights[blocks] >= sums[blocks] * weights[blocks - 1]:
                        blocks -= 1
                        sums[blocks] += sums[blocks + 1]
                        weights[blocks] += weights[blocks + 1]
                        lasts[blocks] = lasts[blocks + 1]
                    blocks += 1
                block = 0
                while lasts[block] < points[k]:
                    block += 1
                ends[resample, k, extra] = sums[block] / weights[block]
