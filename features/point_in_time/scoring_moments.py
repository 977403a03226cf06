"""When is a lead scored? (lead, cutoff) pairs: at arrival and later, while the lead is open.

Lives here: choosing cutoffs. Everything computed for a moment uses only what was known strictly before its cutoff.
Does not live here: what was known (``batch``), the outcome of the lead (``training.dataset.labels``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.array_types import IntArray, TimeArray

__all__ = ["HOURS", "Moments"]

HOURS = (0, 1, 24, 72, 168)
"""Hours after arrival at which an open lead gives a training row, unless the settings differ."""


@dataclass(frozen=True)
class Moments:
    """n moments, sorted by lead and then by time.

    Parameters
    ----------
    of_lead : int array of shape (n,)
        Row of the lead in the leads table.
    cutoff : datetime64[us] array of shape (n,), UTC; NaT in data without dates
    """

    of_lead: IntArray
    cutoff: TimeArray

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(self.of_lead)

    def take(self, rows: np.ndarray) -> "Moments":
        """Return some moments (given by a mask or positions), in their order."""
        return Moments(self.of_lead[rows], self.cutoff[rows])

    @classmethod
    def single(cls, cutoff: TimeArray) -> "Moments":
        """Build one moment for each lead, at ``cutoff``, shape (m,)."""
        return cls(np.arange(len(cutoff), dtype=np.intp), cutoff)

    @classmethod
    def while_open(
        cls, created_at: TimeArray, closed_at: TimeArray, until: np.datetime64, hours: Sequence[float] = HOURS
    ) -> "Moments":
        """Build moments for each lead at arrival and at each later hour, while it is open and until ``until``.

        Parameters
        ----------
        hours : sequence of float
            After arrival; the first is 0.
        created_at, closed_at : datetime64[us] arrays of shape (m,)
            ``closed_at``: when the lead was booked or known to be lost; NaT while open. There is no
            moment at or after it.
        until : datetime64
            Moments later than this have not come yet.
        """
        cutoff = created_at[:, None] + (np.array(hours, float) * 3_600_000_000).astype("timedelta64[us]")
        is_open = np.isnat(closed_at)[:, None] | (cutoff < closed_at[:, None])
        # Every lead is open at arrival, even one that was booked before it was entered.
        is_open[:, 0] = True
        lead, hour = np.nonzero(is_open & (cutoff <= until))
        return cls(lead.astype(np.intp), cutoff[lead, hour])
