"""In which order do a million events stand, by lead and then by time? A counting sort instead of a full sort.

Lives here: ordering rows that are already nearly in order of time, as those of an export are.
Does not live here: the loop itself (``kernels.grouped_sort``), what the rows are (``tables``, ``batch``).
"""

import numpy as np

from features.array_types import IntArray, TimeArray

__all__ = ["order_by_lead_and_time"]


def order_by_lead_and_time(lead: IntArray, time: TimeArray, leads: int) -> IntArray:
    """Return the row numbers ordered by lead (0 to ``leads`` - 1), then by time, then as given. All of shape (e,).

    >>> order_by_lead_and_time(np.array([1, 0, 1, 1]), np.array([3, 9, 2, 2], "datetime64[us]"), 2).tolist()
    [1, 2, 3, 0]
    """
    from features.kernels import grouped_sort

    rows = np.empty(len(lead), np.int64)
    grouped_sort.order_by_group_and_number(
        np.ascontiguousarray(lead, np.int64),
        np.ascontiguousarray(time, "datetime64[us]").view(np.int64),
        np.zeros(leads + 1, np.int64),
        rows,
    )
    return rows
