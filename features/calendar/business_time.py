"""How long was the practice open? Opening hours, weekends and public holidays on its own clock, in plain NumPy.

Lives here: whether the practice is open at a time, opening minutes between two times, US federal holidays by rule.
Does not live here: reading opening hours from text (``opening_hours``), local time (``timezones``), what an arrival in
or out of hours means (``signals.season_and_hours``).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property

import numpy as np

from features.array_types import FloatArray, IntArray, TimeArray

__all__ = ["DEFAULT_WEEK", "LocalTimes", "BusinessTime", "WeeklyHours", "federal_holidays", "get_open_spans"]

WeeklyHours = tuple[tuple[tuple[int, int], ...], ...]
"""For each weekday, Monday first: spans of minutes since midnight, start (inclusive) and end (exclusive)."""

DEFAULT_WEEK: WeeklyHours = (((480, 1020),),) * 5 + ((),) * 2
"""Monday to Friday, 8:00 to 17:00, for a practice that names no hours."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_US, _MINUTE_US = 86_400_000_000, 60_000_000
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_FLOATING = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))
"""(month, weekday with Monday 0, which one): (11, 3, 4) is the fourth Thursday of November."""


@cache
def federal_holidays() -> np.ndarray:
    """Return the US federal holidays and the days they are observed on, sorted, as datetime64[D].

    Juneteenth counts in every year, although it became a holiday in 2021.

    >>> days = federal_holidays()
    >>> days[(days >= np.datetime64("2026-11-01")) & (days < np.datetime64("2027-01-02"))].astype(str).tolist()
    ['2026-11-11', '2026-11-26', '2026-12-25', '2027-01-01']
    """
    days: set[date] = set()
    for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
        for month, day in _FIXED:
            fixed = date(year, month, day)
            # A Saturday is observed on the Friday before, a Sunday on the Monday after; the day itself stays a holiday.
            days |= {fixed, fixed + timedelta(days={5: -1, 6: 1}.get(fixed.weekday(), 0))}
        days |= {_find_floating(year, *rule) for rule in _FLOATING}
    return np.array(sorted(days), "datetime64[D]")


def get_open_spans(week: WeeklyHours, day: date) -> tuple[tuple[int, int], ...]:
    """Return the spans of a day in minutes since midnight: those of its weekday, none on a federal holiday.

    >>> get_open_spans(DEFAULT_WEEK, date(2026, 11, 25)), get_open_spans(DEFAULT_WEEK, date(2026, 11, 26))
    (((480, 1020),), ())
    """
    return () if day in _holiday_dates() else week[day.weekday()]


@cache
def _holiday_dates() -> frozenset[date]:
    return frozenset(federal_holidays().astype(object).tolist())


def _find_floating(year: int, month: int, weekday: int, which: int) -> date:
    """Return the first, third, ... or (-1) last such weekday of a month."""
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


@dataclass(frozen=True)
class LocalTimes:
    """Times on one clock, split into weekday, minute and week once for every question about them.

    Parameters
    ----------
    local : datetime64[us] array of shape (n,), NaT unknown
    is_known : bool array of shape (n,)
    weekday : int array of shape (n,), 0 Monday to 6 Sunday; Thursday where unknown
    minute : float array of shape (n,)
        Minutes since midnight.
    week : int array of shape (n,)
        Weeks since the one that began on Monday, 29 December 1969.
    holidays_before : int array of shape (n,)
        How many days of ``federal_holidays()`` are before the day.
    is_holiday : bool array of shape (n,)
    """

    local: TimeArray
    is_known: np.ndarray
    weekday: IntArray
    minute: FloatArray
    week: IntArray
    holidays_before: IntArray
    is_holiday: np.ndarray

    @classmethod
    def of(cls, local: TimeArray) -> "LocalTimes":
        """Split local times."""
        is_known = ~np.isnat(local)
        since_epoch = np.where(is_known, local.astype(np.int64), 0)
        day, within = np.divmod(since_epoch, _DAY_US)
        # Day 0, 1970-01-01, was a Thursday, weekday 3.
        week, weekday = np.divmod(day + 3, 7)
        numbers = _holiday_numbers()
        holidays_before = numbers.searchsorted(day)
        is_holiday = numbers[np.minimum(holidays_before, len(numbers) - 1)] == day
        return cls(local, is_known, weekday, within / _MINUTE_US, week, holidays_before, is_holiday)


@cache
def _holiday_numbers() -> IntArray:
    """Return the holidays as days since 1970."""
    return federal_holidays().astype(np.int64)


@dataclass(frozen=True)
class BusinessTime:
    """The opening hours of one practice, laid out for any number of times, all on its own clock.

    Parameters
    ----------
    starts, ends : float arrays of shape (7, spans)
        Minutes since midnight, Monday first; a day with fewer spans is padded with empty ones.
    """

    starts: FloatArray
    ends: FloatArray

    @classmethod
    @cache
    def of(cls, week: WeeklyHours = DEFAULT_WEEK) -> "BusinessTime":
        """Build the business time from the spans of a week."""
        span_count = max(1, *(len(day) for day in week))
        spans = np.array([[*day, *[(0, 0)] * (span_count - len(day))] for day in week], float)
        return cls(spans[:, :, 0], spans[:, :, 1])

    def describe(self) -> str:
        """Return the opening hours as people write them.

        >>> BusinessTime.of().describe()
        'Mon-Fri 08:00-17:00'
        """
        days = [
            ", ".join(
                f"{_format_hour(start)}-{_format_hour(end)}" for start, end in zip(*spans, strict=True) if end > start
            )
            for spans in zip(self.starts, self.ends, strict=True)
        ]
        runs: list[list[int]] = []
        for day, hours in enumerate(days):
            if runs and days[runs[-1][0]] == hours:
                runs[-1].append(day)
            else:
                runs.append([day])
        labelled = [(_DAYS[run[0]] + (f"-{_DAYS[run[-1]]}" if len(run) > 1 else ""), days[run[0]]) for run in runs]
        return "; ".join(f"{label} {hours}" for label, hours in labelled if hours)

    def is_day_off(self, times: LocalTimes) -> FloatArray:
        """Return whether the day is a holiday or has no opening hours: 1 yes, 0 no, NaN unknown. Shape (n,).

        >>> days = LocalTimes.of(
        ...     np.array(["2026-11-26T10:00", "2026-11-27T10:00", "2026-11-28T10:00"], "datetime64[us]")
        ... )
        >>> BusinessTime.of().is_day_off(days).tolist()
        [1.0, 0.0, 1.0]
        """
        return np.where(times.is_known, times.is_holiday | (self._minutes_per_day[times.weekday] == 0), np.nan)

    def is_open(self, times: LocalTimes) -> FloatArray:
        """Return whether the practice is open: 1 yes, 0 no, NaN unknown. Shape (n,).

        The end of a span is closed.

        >>> times = LocalTimes.of(
        ...     np.array(["2026-11-20T07:59", "2026-11-20T08:00", "2026-11-20T17:00"], "datetime64[us]")
        ... )
        >>> BusinessTime.of().is_open(times).tolist()
        [0.0, 1.0, 0.0]
        """
        minute = times.minute[:, None]
        within = ((minute >= self.starts[times.weekday]) & (minute < self.ends[times.weekday])).any(axis=1)
        return np.where(times.is_known, within & ~times.is_holiday, np.nan)

    def minutes_between(self, first: LocalTimes, last: LocalTimes) -> FloatArray:
        """Return the opening minutes from one time to another. Shape (n,).

        Negative when the other is earlier, NaN when one is unknown.

        >>> friday, monday = (
        ...     LocalTimes.of(np.array([time], "datetime64[us]")) for time in ("2026-11-20T16:30", "2026-11-23T08:15")
        ... )
        >>> BusinessTime.of().minutes_between(friday, monday).tolist()
        [45.0]
        """
        return np.where(
            first.is_known & last.is_known, self._count_minutes_until(last) - self._count_minutes_until(first), np.nan
        )

    def _count_minutes_until(self, times: LocalTimes) -> FloatArray:
        """Return the opening minutes since the Monday of week 0."""
        starts = self.starts[times.weekday]
        today = np.where(
            times.is_holiday,
            0.0,
            (np.minimum(np.maximum(times.minute[:, None], starts), self.ends[times.weekday]) - starts).sum(axis=1),
        )
        return (
            times.week * self._minutes_per_day.sum()
            + self._minutes_before_day[times.weekday]
            - self._minutes_on_holidays[times.holidays_before]
            + today
        )

    @cached_property
    def _minutes_per_day(self) -> FloatArray:
        """Opening minutes of each weekday."""
        return (self.ends - self.starts).sum(axis=1)

    @cached_property
    def _minutes_before_day(self) -> FloatArray:
        """Opening minutes of a week before each weekday."""
        return np.cumsum(self._minutes_per_day) - self._minutes_per_day

    @cached_property
    def _minutes_on_holidays(self) -> FloatArray:
        """Opening minutes that the first 0, 1, 2, ... holidays would have had."""
        return np.concatenate([[0.0], np.cumsum(self._minutes_per_day[(_holiday_numbers() + 3) % 7])])


def _format_hour(minutes: float) -> str:
    """Return minutes since midnight as a clock shows them."""
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"
