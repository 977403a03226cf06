"""How long were we open? Opening hours, weekends and public holidays on the practice's clock, in plain NumPy.

Lives here: whether the practice is open at a time, minutes of opening between two times, US federal holidays by their
rules. Does not live here: what a lead's arrival in or out of hours says (``signals.season_and_hours``), the clock
itself (``clock``)."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property

import numpy as np

from features.array_types import FloatArray, IntArray, TimeArray

__all__ = ["DEFAULT_WEEK", "LocalTimes", "BusinessTime", "WeeklyHours", "federal_holidays"]

WeeklyHours = tuple[tuple[tuple[int, int], ...], ...]
"""For each weekday, Monday first: spans of minutes since midnight, from (inclusive) and to (exclusive)."""

DEFAULT_WEEK: WeeklyHours = (((480, 1020),),) * 5 + ((),) * 2
"""Monday to Friday, 8:00 to 17:00: the hours of a practice that says nothing of its own."""

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_US, _MINUTE_US = 86_400_000_000, 60_000_000
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_FLOATING = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))
"""(month, weekday with Monday 0, which of them): "the fourth Thursday of November"."""


@cache
def federal_holidays() -> np.ndarray:
    """US federal holidays, observed dates included, as sorted datetime64[D].

    >>> federal_holidays()[(federal_holidays() >= np.datetime64("2026-11-01")) & (federal_holidays() < np.datetime64("2027-01-02"))].astype(
    ...     str
    ... ).tolist()
    ['2026-11-11', '2026-11-26', '2026-12-25', '2027-01-01']
    """
    days: set[date] = set()
    for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
        for month, day in _FIXED:
            fixed = date(year, month, day)
            days |= {fixed, fixed + timedelta(days={5: -1, 6: 1}.get(fixed.weekday(), 0))}
        days |= {_floating(year, *rule) for rule in _FLOATING}
    return np.array(sorted(days), "datetime64[D]")


def _floating(year: int, month: int, weekday: int, which: int) -> date:
    """The first, third, ... or last such weekday of a month."""
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)


@dataclass(frozen=True)
class LocalTimes:
    """Times on one clock, taken apart once for every question about them.

    Parameters
    ----------
    local : datetime64[us] array of shape (n,), NaT not known
    known : bool array of shape (n,)
    weekday : int array of shape (n,), 0 Monday to 6 Sunday; a Thursday where not known
    minute : float array of shape (n,)
        Minutes since midnight.
    monday : int array of shape (n,)
        Weeks since a Monday long ago.
    holidays_before : int array of shape (n,)
        Public holidays before the day, as the number of them in ``federal_holidays()``.
    holiday : bool array of shape (n,)
    """

    local: TimeArray
    known: np.ndarray
    weekday: IntArray
    minute: FloatArray
    monday: IntArray
    holidays_before: IntArray
    holiday: np.ndarray

    @classmethod
    def of(cls, local: TimeArray) -> "LocalTimes":
        """Take times apart."""
        known = ~np.isnat(local)
        since = np.where(known, local.astype(np.int64), 0)
        day, within = np.divmod(since, _DAY_US)
        week, weekday = np.divmod(day + 3, 7)  # 1970-01-01 was a Thursday
        numbers = _holiday_numbers()
        before = np.searchsorted(numbers, day)
        return cls(
            local,
            known,
            weekday,
            within / _MINUTE_US,
            week,
            before,
            numbers[np.minimum(before, len(numbers) - 1)] == day,
        )


@cache
def _holiday_numbers() -> IntArray:
    """The holidays as days since 1970."""
    return federal_holidays().astype(np.int64)


@dataclass(frozen=True)
class BusinessTime:
    """The opening hours of one practice, laid out for any number of times, all on its own clock.

    Parameters
    ----------
    starts, ends : float arrays of shape (7, spans)
        Minutes since midnight, Monday first; a day with fewer spans is filled up with empty ones.
    """

    starts: FloatArray
    ends: FloatArray

    @classmethod
    @cache
    def of(cls, week: WeeklyHours = DEFAULT_WEEK) -> "BusinessTime":
        """The open time of a week's spans."""
        most = max(1, *(len(day) for day in week))
        spans = np.array([[*day, *[(0, 0)] * (most - len(day))] for day in week], float)
        return cls(spans[:, :, 0], spans[:, :, 1])

    def words(self) -> str:
        """The opening hours as people write them.

        >>> BusinessTime.of().words()
        'Mon-Fri 08:00-17:00'
        """
        days = [
            ", ".join(f"{_hour(start)}-{_hour(end)}" for start, end in zip(*spans, strict=True) if end > start)
            for spans in zip(self.starts, self.ends, strict=True)
        ]
        runs: list[list[int]] = []
        for day, hours in enumerate(days):
            if runs and days[runs[-1][0]] == hours:
                runs[-1].append(day)
            else:
                runs.append([day])
        named = [(_DAYS[run[0]] + (f"-{_DAYS[run[-1]]}" if len(run) > 1 else ""), days[run[0]]) for run in runs]
        return "; ".join(f"{when} {hours}" for when, hours in named if hours)

    def is_day_off(self, times: LocalTimes) -> FloatArray:
        """Whether a day is a public holiday or has no opening hours: 1 yes, 0 no, NaN not known. Shape (n,).

        >>> days = LocalTimes.of(
        ...     np.array(["2026-11-26T10:00", "2026-11-27T10:00", "2026-11-28T10:00"], "datetime64[us]")
        ... )
        >>> BusinessTime.of().is_day_off(days).tolist()
        [1.0, 0.0, 1.0]
        """
        return np.where(times.known, times.holiday | (self._of_day[times.weekday] == 0), np.nan)

    def is_open(self, times: LocalTimes) -> FloatArray:
        """Whether the practice is open (the end of a span not included): 1 yes, 0 no, NaN not known. Shape (n,).

        >>> times = LocalTimes.of(
        ...     np.array(["2026-11-20T07:59", "2026-11-20T08:00", "2026-11-20T17:00"], "datetime64[us]")
        ... )
        >>> BusinessTime.of().is_open(times).tolist()
        [0.0, 1.0, 0.0]
        """
        minute = times.minute[:, None]
        within = ((minute >= self.starts[times.weekday]) & (minute < self.ends[times.weekday])).any(axis=1)
        return np.where(times.known, within & ~times.holiday, np.nan)

    def minutes_between(self, first: LocalTimes, last: LocalTimes) -> FloatArray:
        """Minutes of opening from one time to another; below 0 when the other is earlier, NaN not known. Shape (n,).

        >>> friday, monday = (
        ...     LocalTimes.of(np.array([time], "datetime64[us]")) for time in ("2026-11-20T16:30", "2026-11-23T08:15")
        ... )
        >>> BusinessTime.of().minutes_between(friday, monday).tolist()
        [45.0]
        """
        return np.where(first.known & last.known, self._so_far(last) - self._so_far(first), np.nan)

    def _so_far(self, times: LocalTimes) -> FloatArray:
        """Minutes of opening since a Monday long ago."""
        starts = self.starts[times.weekday]
        today = np.where(
            times.holiday,
            0.0,
            (np.minimum(np.maximum(times.minute[:, None], starts), self.ends[times.weekday]) - starts).sum(axis=1),
        )
        return (
            times.monday * self._of_day.sum()
            + self._before_day[times.weekday]
            - self._on_holidays[times.holidays_before]
            + today
        )

    @cached_property
    def _of_day(self) -> FloatArray:
        """Minutes of opening of each weekday."""
        return (self.ends - self.starts).sum(axis=1)

    @cached_property
    def _before_day(self) -> FloatArray:
        """Minutes of opening in a week before each weekday."""
        return np.cumsum(self._of_day) - self._of_day

    @cached_property
    def _on_holidays(self) -> FloatArray:
        """Minutes that the first 0, 1, 2, ... holidays would have been open."""
        return np.concatenate([[0.0], np.cumsum(self._of_day[(_holiday_numbers() + 3) % 7])])


def _hour(minutes: float) -> str:
    """Minutes since midnight as a clock shows them."""
    return f"{int(minutes) // 60:02d}:{int(minutes) % 60:02d}"
