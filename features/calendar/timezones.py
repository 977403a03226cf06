"""What time is it at the practice? UTC instants on a local clock, daylight saving included, in plain NumPy.

Lives here: the offsets of a time zone, read once from the time zone database; a table's times as a plain array.
Does not live here: reading times from text (``parsing``).
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.array_types import TimeArray

__all__ = ["to_local_time", "to_utc_times"]

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_NEAR_YEAR = 2040
_NEAR_END = np.datetime64(f"{_NEAR_YEAR}-01-01", "us")


@cache
def _load_offsets(timezone: str, last_year: int) -> tuple[TimeArray, np.ndarray]:
    """Return the instants from which a UTC offset applies, and the offsets, until a year.

    Each week in which the offset changes is searched by halving.
    """
    zone = ZoneInfo(timezone)

    def offset(instant: datetime) -> timedelta:
        return instant.astimezone(zone).utcoffset()

    day = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)
    since, offsets, before = [datetime(1, 1, 1, tzinfo=UTC)], [offset(day)], offset(day)
    while day.year < last_year:
        low, high = day, day + timedelta(days=7)
        after = offset(high)
        if before != after:
            # Halve the week until the change is known to the second.
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            since.append(high.replace(microsecond=0))
            offsets.append(offset(high))
        day, before = day + timedelta(days=7), after
    instants = np.array([moment.replace(tzinfo=None) for moment in since], "datetime64[us]")
    return instants, np.array(offsets, "timedelta64[us]")


def to_local_time(times: TimeArray, timezone: str) -> TimeArray:
    """Convert UTC instants to the time on the local clock. NaT stays NaT.

    >>> times = np.array(["2026-03-08T06:59", "2026-03-08T07:00"], "datetime64[us]")
    >>> to_local_time(times, "America/New_York").astype("datetime64[m]").astype(str).tolist()
    ['2026-03-08T01:59', '2026-03-08T03:00']
    """
    # A service that starts looks up every time zone of the country, and nobody inquires decades ahead.
    since, offsets = _load_offsets(timezone, _LAST_YEAR if (times >= _NEAR_END).any() else _NEAR_YEAR)
    return times + offsets[since.searchsorted(times, side="right") - 1]


def to_utc_times(column: pd.Series) -> TimeArray:
    """Convert a table's column of times to a plain array in UTC, shape (n,), NaT unknown."""
    if getattr(column.dtype, "tz", None) is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return column.to_numpy("datetime64[us]")
