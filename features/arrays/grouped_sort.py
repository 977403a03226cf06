"""In which order do a million events stand, by lead and then by time? Each put straight where it belongs, no sorting of
them all.

Lives here: the order of rows that already stand nearly as they should, such as an export's, in the order of time.
Does not live here: the loop itself (``kernels.order``), what the rows are (``tables``, ``batch``).
"""

import numpy as np

from features.array_types import IntArray, TimeArray

__all__ = ["order_by_lead_and_time"]


def order_by_lead_and_time(lead: IntArray, time: TimeArray, leads: int) -> IntArray:
    """The rows of ``lead`` (0 to ``leads`` - 1) and ``time`` by lead, then by time, then as they stand. All of shape
    (e,).

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
