"""When do people inquire, and when is the desk open? Growth, seasons, weekdays, hours and holidays.

Lives here: how many leads a day brings, at which hour, and the desk's opening hours.
Does not live here: what the leads ask (``inquiries``), who is called when (``call_desk_simulation``).

Times are seconds since 1970 in UTC (float). Local times are converted with the practice's zone, including daylight
saving.
"""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

__all__ = [
    "OPENS",
    "CLOSES",
    "DRIFT_DAYS",
    "days_between",
    "day_weights",
    "draw_hours",
    "holidays",
    "is_open",
    "local_parts",
    "open_days",
    "to_utc",
]

DAY, HOUR = 86400.0, 3600.0
OPENS, CLOSES = 8, 18
"""The desk's hours, local, Monday to Friday, except on holidays."""
DRIFT_DAYS = 61
YEARLY_GROWTH = 0.25
WEEKDAY = np.array([1.30, 1.18, 1.10, 1.04, 0.92, 0.46, 0.40])
MONTH = np.array([1.12, 1.02, 1.06, 1.00, 0.97, 0.94, 0.90, 0.98, 1.02, 1.06, 0.98, 0.86])
PEAK_WEEK_CHANCE, PEAK_WEEK_FACTOR = 0.11, 1.75

HOURS = {
    "web": [8, 5, 3, 2, 2, 4, 10, 20, 34, 44, 48, 46, 46, 42, 40, 38, 34, 30, 30, 36, 42, 40, 28, 16],
    "call": [0, 0, 0, 0, 0, 0, 1, 4, 30, 46, 50, 44, 30, 36, 40, 38, 30, 14, 3, 1, 0, 0, 0, 0],
    "missed": [1, 1, 0, 0, 0, 2, 6, 18, 24, 30, 26, 24, 38, 22, 20, 22, 24, 30, 26, 18, 12, 8, 4, 2],
    "office": [0, 0, 0, 0, 0, 0, 2, 10, 28, 44, 46, 40, 24, 36, 44, 46, 40, 22, 6, 2, 0, 0, 0, 0],
}
"""Relative number of leads by local hour: the web has an evening, offices do not."""


def days_between(first: date, last: date) -> list[date]:
    """List every day from ``first`` up to, not including, ``last``.

    >>> len(days_between(date(2026, 2, 27), date(2026, 3, 1)))
    2
    """
    return [first + timedelta(days=i) for i in range((last - first).days)]


def _nth_weekday(year: int, month: int, weekday: int, n: int) -> date:
    """Return the n-th given weekday of a month; n = -1 is the last one."""
    days = [
        day
        for day in days_between(date(year, month, 1), date(year + month // 12, month % 12 + 1, 1))
        if day.weekday() == weekday
    ]
    return days[n - 1 if n > 0 else n]


def holidays(year: int) -> set[date]:
    """Return the days on which the desk is closed.

    >>> date(2026, 11, 26) in holidays(2026), date(2026, 9, 7) in holidays(2026)
    (True, True)
    """
    thanksgiving = _nth_weekday(year, 11, 3, 4)
    return {
        date(year, 1, 1),
        date(year, 7, 4),
        date(year, 12, 24),
        date(year, 12, 25),
        _nth_weekday(year, 5, 0, -1),
        _nth_weekday(year, 9, 0, 1),
        thanksgiving,
        thanksgiving + timedelta(days=1),
    }


def open_days(days: list[date]) -> list[date]:
    """Return the days on which the desk works."""
    closed = set().union(*(holidays(year) for year in {day.year for day in days}))
    return [day for day in days if day.weekday() < 5 and day not in closed]


def day_weights(days: list[date], rng: np.random.Generator) -> np.ndarray:
    """Draw the relative number of leads of each day. Shape (days,).

    Growth, month and weekday, fewer on holidays, and some peak weeks (a local news piece, a mailing) that overload
    the desk.
    """
    closed = set().union(*(holidays(year) for year in {day.year for day in days}))
    weeks = np.array([(day - days[0]).days // 7 for day in days])
    peaks = np.where(rng.random(weeks[-1] + 1) < PEAK_WEEK_CHANCE, PEAK_WEEK_FACTOR, 1.0) * rng.lognormal(
        0, 0.10, weeks[-1] + 1
    )
    growth = (1 + YEARLY_GROWTH) ** (np.arange(len(days)) / 365.25)
    quiet = np.array([0.35 if day in closed else 1.0 for day in days])
    return (
        growth
        * MONTH[[day.month - 1 for day in days]]
        * WEEKDAY[[day.weekday() for day in days]]
        * peaks[weeks]
        * quiet
    )


def draw_hours(rhythm: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw the seconds after local midnight for each lead, by the rhythm of its channel. Shape (n,).

    Parameters
    ----------
    rhythm : ndarray of shape (n,), object
        Keys of ``HOURS``.
    """
    seconds = np.zeros(len(rhythm))
    for name, weights in HOURS.items():
        rows = np.flatnonzero(rhythm == name)
        share = np.array(weights, dtype=float)
        seconds[rows] = rng.choice(24, len(rows), p=share / share.sum()) * HOUR + rng.integers(0, 3600, len(rows))
    return seconds


def to_utc(day_number: np.ndarray, second: np.ndarray, first: date, zone: ZoneInfo) -> np.ndarray:
    """Convert local clock times to seconds since 1970 UTC. Shape (n,).

    A clock time that daylight saving skips moves to the next one that exists; of two, the later counts.

    >>> to_utc(np.array([0.0]), np.array([8 * 3600.0]), date(2026, 7, 1), ZoneInfo("America/Chicago")) / 3600 % 24
    array([13.])
    """
    clock = pd.Timestamp(first) + pd.to_timedelta(np.asarray(day_number) * DAY + second, unit="s")
    local = pd.DatetimeIndex(clock).tz_localize(
        zone, ambiguous=np.zeros(len(clock), dtype=bool), nonexistent="shift_forward"
    )
    return local.tz_convert("UTC").as_unit("us").asi8 / 1e6


def local_parts(seconds: np.ndarray, zone: ZoneInfo) -> pd.DatetimeIndex:
    """Convert seconds since 1970 UTC to local clock times with microsecond precision. Shape (n,)."""
    return (
        pd.DatetimeIndex((np.asarray(seconds) * 1e6).astype("int64").astype("datetime64[us]"))
        .tz_localize("UTC")
        .tz_convert(zone)
    )


def is_open(seconds: np.ndarray, zone: ZoneInfo) -> np.ndarray:
    """Return whether the desk works at these times. Shape (n,), bool."""
    if not len(seconds):
        return np.zeros(0, dtype=bool)
    local = local_parts(seconds, zone)
    days = np.asarray(local.tz_localize(None).normalize())
    closed = np.array(
        sorted(set().union(*(holidays(year) for year in range(local.year.min(), local.year.max() + 1)))),
        dtype=days.dtype,
    )
    return (
        (np.asarray(local.day_of_week) < 5)
        & (np.asarray(local.hour) >= OPENS)
        & (np.asarray(local.hour) < CLOSES)
        & ~np.isin(days, closed)
    )
