"""How long does a booking take to become known? The newest leads can then teach before their horizon is over.

Lives here: the share of bookings known by an age, and what silence so far implies for a label (Chapelle 2014,
doi:10.1145/2623330.2623634, with a measured distribution of delays in place of an exponential one).
Does not live here: which moments are ripe (``labels``), fitting (``training.model.pending_labels``), the backtest of
this idea (``training.experiments.backtest``)."""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray

__all__ = ["LabelDelay", "compute_expected_label"]

SHRINKAGE_BOOKINGS = 50.0
"""The curve of one offset is pulled towards the pooled curve as if it held this many bookings of the pool."""

MIN_BOOKINGS = 30
"""With fewer bookings than this no curve is drawn, and unripe moments are not learned from."""


@dataclass(frozen=True)
class LabelDelay:
    """Share of bookings within the horizon that are known after a number of days, by the moment's offset from arrival.

    Parameters
    ----------
    pooled_days : float array of shape (k,), sorted
        Days from the moment until its booking was recorded, for all bookings.
    by_offset : dict
        Offset in hours -> the sorted days of its own bookings.
    """

    pooled_days: FloatArray
    by_offset: dict[float, FloatArray]

    @classmethod
    def from_bookings(cls, offset_hours: FloatArray, days: FloatArray) -> "LabelDelay":
        """Build the curves from k bookings that followed ripe moments.

        Only ripe moments: their whole horizon has passed, so no delay is cut short.

        Parameters
        ----------
        offset_hours, days : float arrays of shape (k,)
        """
        return cls(
            np.sort(days), {float(offset): np.sort(days[offset_hours == offset]) for offset in np.unique(offset_hours)}
        )

    def compute_share_known(self, offset_hours: FloatArray, days: FloatArray) -> FloatArray:
        """Compute which share of the bookings within the horizon is known this many days after the moment.

        Shape (n,), 0 to 1; never falls with days. 0 everywhere if there were fewer than 30 bookings to learn from,
        because nothing can be said then.

        >>> curve = LabelDelay.from_bookings(np.zeros(40), np.arange(40) / 2)
        >>> curve.compute_share_known(np.zeros(3), np.array([-1.0, 9.75, 30.0])).tolist()
        [0.0, 0.5, 1.0]
        """
        share = np.zeros(len(days))
        if len(self.pooled_days) < MIN_BOOKINGS:
            return share
        pooled_share = np.searchsorted(self.pooled_days, days, side="right") / len(self.pooled_days)
        # A moment at arrival waits longer for its booking than one a day later; few bookings of one offset lean on
        # all of them.
        for offset in np.unique(offset_hours):
            offset_days, rows = self.by_offset.get(float(offset), np.empty(0)), offset_hours == offset
            count = np.searchsorted(offset_days, days[rows], side="right")
            share[rows] = (count + SHRINKAGE_BOOKINGS * pooled_share[rows]) / (len(offset_days) + SHRINKAGE_BOOKINGS)
        return share


def compute_expected_label(probability: FloatArray, converted: FloatArray, share_known: FloatArray) -> FloatArray:
    """Compute the label to expect of unripe moments: 1 where a booking is known, else what silence so far leaves of p.

    By Bayes, p (1 - F) / (1 - p F): silence counts for nothing at first (F = 0, the label is p) and for everything at
    the end (F = 1, it is 0).

    >>> compute_expected_label(np.full(4, 0.5), np.array([1.0, 0, 0, 0]), np.array([0.3, 0.0, 0.5, 1.0])).round(
    ...     3
    ... ).tolist()
    [1.0, 0.5, 0.333, 0.0]
    """
    silent = probability * (1 - share_known) / np.maximum(1 - probability * share_known, 1e-12)
    return np.where(converted == 1, 1.0, silent)
