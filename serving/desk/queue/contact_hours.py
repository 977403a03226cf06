"""From when may each lead be called? The desk's hours, the hours where the person lives, and the time of day that was
asked for.

Lives here: the next moment at which all three allow a call, and which of them stands in the way now.
Does not live here: reading opening hours (``features.calendar.opening_hours``), callbacks and pauses after attempts
(``order``).

A wish that the desk's hours cannot meet within a week (evenings, where nobody works in the evening) is set aside:
nobody waits for ever for an hour that does not come."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.array_types import MINUTE, FloatArray, ObjectArray, TimeArray
from features.calendar.business_time import LocalTimes, BusinessTime
from features.calendar.opening_hours import parse_opening_hours
from features.calendar.timezones import to_local_time
from features.practice.practice import Practice

__all__ = ["PREFERRED_DAY_PARTS", "ContactHours", "parse_preferred_hours"]

LAWFUL_MINUTES = (8 * 60, 21 * 60)
"""Minutes of the day between which a person may be called, on their own clock (the Telephone Consumer Protection
Act's).
"""

_STEP_MINUTES, _DAYS_AHEAD = 5, 8
"""Minutes between the moments that are looked at, and days to look ahead."""

_NOON = 12 * 60
_DAY_PARTS = {
    "morning": ("in the morning", 0, _NOON),
    "afternoon": ("in the afternoon", _NOON, 17 * 60),
    "evening": ("in the evening", 16 * 60, 24 * 60),
    "after work": ("after work", 16 * 60, 24 * 60),
    "lunch": ("at lunch time", _NOON - 30, _NOON + 90),
    "noon": ("at noon", _NOON - 30, _NOON + 90),
}
"""Word -> (as it is said, from, to): minutes of the day on the person's own clock; the first word that is found counts.
"""

PREFERRED_DAY_PARTS = ("", *dict.fromkeys(said for said, _, _ in _DAY_PARTS.values()))
"""Every part of the day that ``parse_preferred_hours`` knows, as it is said; the first: none."""

_OUTSIDE_DESK_HOURS, _OUTSIDE_LAWFUL_HOURS = "outside our hours", "too early or too late where they live"


def parse_preferred_hours(preferred_time: str | None) -> tuple[str, int, int] | None:
    """The part of the day that a person asked to be called in, with its minutes of the day; None when they named none
    that we know.

    >>> parse_preferred_hours("Evenings, please"), parse_preferred_hours("any time")
    (('in the evening', 960, 1440), None)
    """
    said = (preferred_time or "").casefold()
    return next((wish for word, wish in _DAY_PARTS.items() if word in said), None)


@dataclass(frozen=True)
class ContactHours:
    """From when n leads may be called.

    Parameters
    ----------
    callable_from : datetime64[us] array of shape (n,), UTC
        NaT: now.
    obstacle : object array of shape (n,)
        What stands in the way now, in words; None where nothing does.
    is_preference_only : bool array of shape (n,)
        Whether nothing stands in the way but the time of day that was asked for.
    """

    callable_from: TimeArray
    obstacle: ObjectArray
    is_preference_only: np.ndarray

    @classmethod
    def at(
        cls, now: np.datetime64, practice: Practice, preferred_time: Iterable[str | None], ahead_hours: FloatArray
    ) -> "ContactHours":
        """Look at the clock for n leads; equal leads are looked at once.

        Parameters
        ----------
        preferred_time : n texts
            As the leads table has them; None or NaN not said.
        ahead_hours : float array of shape (n,)
            How far the lead's own clock is ahead of the practice's; NaN unknown, which counts as the practice's.
        """
        wishes = [parse_preferred_hours(text if isinstance(text, str) else None) for text in preferred_time]
        keys = [
            (wish, 0.0 if np.isnan(ahead) else float(ahead)) for wish, ahead in zip(wishes, ahead_hours, strict=True)
        ]
        now = np.datetime64(now, "us")
        whole = now - (now - np.datetime64(0, "us")) % (_STEP_MINUTES * MINUTE)
        grid = np.concatenate([[now], whole + np.arange(_STEP_MINUTES, _DAYS_AHEAD * 24 * 60, _STEP_MINUTES) * MINUTE])
        local = LocalTimes.of(to_local_time(grid, practice.timezone))
        working = BusinessTime.of(parse_opening_hours(practice.desk.contact_hours or practice.opening_hours)).is_open(local) == 1
        found = {key: _find_first_allowed(local.minute, working, *key) for key in set(keys)}
        at = np.array([found[key][0] for key in keys], np.intp)
        because, is_preference_only = (
            np.array([found[key][part] for key in keys], kind) for part, kind in ((1, object), (2, bool))
        )
        return cls(
            np.where(at == 0, np.datetime64("NaT", "us"), grid[at]) if len(keys) else grid[:0], because, is_preference_only
        )


def _find_first_allowed(
    minute: FloatArray, working: np.ndarray, wish: tuple[str, int, int] | None, ahead: float
) -> tuple[int, str | None, bool]:
    """The first moment of the grid at which a call is allowed, what stands in the way at its first moment, and whether
    that is a wish alone.
    """
    there = (minute + 60 * ahead) % (24 * 60)
    allowed = working & (there >= LAWFUL_MINUTES[0]) & (there < LAWFUL_MINUTES[1])
    wished = allowed & (there >= wish[1]) & (there < wish[2]) if wish else allowed
    earliest, first = (_first_true(moments) for moments in (allowed, wished if wished.any() else allowed))
    if first == 0:
        return 0, None, False
    return (
        first,
        f"asked to be called {wish[0]}" if wish and first > earliest else _OUTSIDE_DESK_HOURS if not working[0] else _OUTSIDE_LAWFUL_HOURS,
        earliest == 0,
    )


def _first_true(moments: np.ndarray) -> int:
    """The first moment that is allowed; the last one of all where none is."""
    return int(np.argmax(moments)) if moments.any() else len(moments) - 1
