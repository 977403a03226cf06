"""Which arrays do we pass around? Names for the dtypes of blocks and signals.

``FloatArray``: float64 or float32, NaN unknown. ``IntArray``: row numbers. ``TimeArray``: datetime64[us] in UTC, NaT
unknown. ``ObjectArray``: str or None. ``HOUR`` and ``DAY`` divide time differences into float hours and days.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["CHUNK_LEADS", "DAY", "HOUR", "MINUTE", "FloatArray", "IntArray", "ObjectArray", "TimeArray"]

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.intp]
ObjectArray = NDArray[np.object_]
TimeArray = NDArray[np.datetime64]

MINUTE = np.timedelta64(60_000_000, "us")
HOUR = np.timedelta64(3_600_000_000, "us")
DAY = np.timedelta64(86_400_000_000, "us")

CHUNK_LEADS = 32_768
"""Leads read at once: large enough for NumPy, small enough for the cache and for memory."""
