"""How long were we open? Opening hours, weekends and public holidays on the practice's clock, in plain NumPy.

Lives here: whether the practice is open at a time, minutes of opening between two times, US federal holidays by their rules.
Does not live here: what a lead's arrival in or out of hours says (``signals.season_and_hours``), the clock itself (``clock``).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property

import numpy as np

from features.types import MINUTE, FloatArray, IntArray, TimeArray

__all__ = ["USUAL_WEEK", "OpenTime", "Week", "holidays"]

Week = tuple[tuple[tuple[int, int], ...], ...]
"""For each weekday, Monday first: spans of minutes since midnight, from (inclusive) and to (exclusive)."""

USUAL_WEEK: Week = (((480, 1020),),) * 5 + ((),) * 2
"""Monday to Friday, 8:00 to 17:00: the hours of a practice that says nothing of its own."""

_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
_FLOATING = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))
"""(month, weekday with Monday 0, which of them): "the fourth Thursday of November"."""


@cache
def holidays() -> np.ndarray:
    """US federal holidays, observed dates included, as sorted datetime64[D].

    >>> holidays()[(holidays() >= np.datetime64("2026-11-01")) & (holidays() < np.datetime64("2027-01-02"))].astype(str).tolist()
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
class OpenTime:
    """The opening hours of one practice, laid out for any number of times. All times are on the practice's own clock.

    Parameters
    ----------
    starts, ends : float arrays of shape (7, spans)
        Minutes since midnight, Monday first; a day with fewer spans is filled up with empty ones.
    """

    starts: FloatArray
    ends: FloatArray

    @classmethod
    @cache
    def of(cls, week: Week = USUAL_WEEK) -> "OpenTime":
        """The open time of a week's spans."""
        most = max(1, *(len(day) for day in week))
        spans = np.array([[*day, *[(0, 0)] * (most - len(day))] for day in week], float)
        return cls(spans[:, :, 0], spans[:, :, 1])

    def is_day_off(self, local: TimeArray) -> FloatArray:
        """Whether a day is a public holiday or has no opening hours: 1 yes, 0 no, NaN for NaT. Shape as given, (n,).

        >>> OpenTime.of().is_day_off(np.array(["2026-11-26T10:00", "2026-11-27T10:00", "2026-11-28T10:00"], "datetime64[us]")).tolist()
        [1.0, 0.0, 1.0]
        """
        _, weekday, _, holiday = _split(local)
        return np.where(np.isnat(local), np.nan, holiday | (self._of_day[weekday] == 0))

    def is_open(self, local: TimeArray) -> FloatArray:
        """Whether the practice is open at a time (the last minute's end not included): 1 yes, 0 no, NaN for NaT. Shape as given, (n,).

        >>> OpenTime.of().is_open(np.array(["2026-11-20T07:59", "2026-11-20T08:00", "2026-11-20T17:00"], "datetime64[us]")).tolist()
        [0.0, 1.0, 0.0]
        """
        _, weekday, minute, holiday = _split(local)
        within = ((minute[:, None] >= self.starts[weekday]) & (minute[:, None] < self.ends[weekday])).any(axis=1)
        return np.where(np.isnat(local), np.nan, within & ~holiday)

    def minutes_between(self, first: TimeArray, last: TimeArray) -> FloatArray:
        """Minutes of opening from one time to another; below 0 when the other is earlier, NaN for NaT. Shape (n,).

        >>> friday_evening, monday_morning = np.array([["2026-11-20T16:30"], ["2026-11-23T08:15"]], "datetime64[us]")
        >>> OpenTime.of().minutes_between(friday_evening, monday_morning).tolist()
        [45.0]
        """
        return np.where(np.isnat(first) | np.isnat(last), np.nan, self._so_far(last) - self._so_far(first))

    def _so_far(self, local: TimeArray) -> FloatArray:
        """Minutes of opening since a Monday long ago."""
        day, weekday, minute, holiday = _split(local)
        today = (minute[:, None].clip(self.starts[weekday], self.ends[weekday]) - self.starts[weekday]).sum(axis=1)
        off = self._on_holidays[np.searchsorted(holidays(), day)]
        return (day.astype(np.int64) + 3) // 7 * self._of_day.sum() + self._before_day[weekday] - off + np.where(holiday, 0.0, today)

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
        return np.concatenate([[0.0], np.cumsum(self._of_day[(holidays().astype(np.int64) + 3) % 7])])


def _split(local: TimeArray) -> tuple[np.ndarray, IntArray, FloatArray, np.ndarray]:
    """Day (the epoch for NaT), weekday with Monday 0, minutes since midnight, whether it is a holiday."""
    known = np.where(np.isnat(local), np.datetime64(0, "us"), local)
    day = known.astype("datetime64[D]")
    place = np.searchsorted(holidays(), day).clip(max=len(holidays()) - 1)
    return day, (day.astype(np.int64) + 3) % 7, (known - day) / MINUTE, holidays()[place] == day
