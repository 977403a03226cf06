"""What time is it at the practice? UTC instants on a local clock, daylight saving included, in plain NumPy.

Lives here: the shifts of a time zone, read once from the time zone database; a table's times as a plain array.
Does not live here: reading times from text (``values``).
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.array_types import TimeArray

__all__ = ["to_local_time", "to_utc_times"]

_FIRST_YEAR, _LAST_YEAR = 1990, 2100


@cache
def _shifts(timezone: str) -> tuple[TimeArray, np.ndarray]:
    """Instants from which a UTC offset holds, and the offsets; found by halving each day in which the offset changes."""
    zone = ZoneInfo(timezone)

    def offset(instant: datetime) -> timedelta:
        return instant.astimezone(zone).utcoffset()

    day, since, offsets = (
        datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC),
        [datetime(1, 1, 1, tzinfo=UTC)],
        [offset(datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC))],
    )
    while day.year < _LAST_YEAR:
        low, high = day, day + timedelta(days=7)
        if offset(low) != offset(high):
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
            since.append(high.replace(microsecond=0))
            offsets.append(offset(high))
        day += timedelta(days=7)
    instants = np.array([moment.replace(tzinfo=None) for moment in since], "datetime64[us]")
    return instants, np.array(offsets, "timedelta64[us]")


def to_local_time(times: TimeArray, timezone: str) -> TimeArray:
    """UTC instants as the clock on the wall shows them. NaT stays NaT.

    >>> to_local_time(np.array(["2026-03-08T06:59", "2026-03-08T07:00"], "datetime64[us]"), "America/New_York").astype(
    ...     str
    ... ).tolist()
    ['2026-03-08T01:59:00.000000', '2026-03-08T03:00:00.000000']
    """
    since, offsets = _shifts(timezone)
    return times + offsets[np.searchsorted(since, times, side="right") - 1]


def to_utc_times(column: pd.Series) -> TimeArray:
    """A table's column of times as a plain array in UTC, shape (n,), NaT unknown."""
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return column.to_numpy("datetime64[us]")
