"""From when may each lead be called? The desk's hours, the lawful hours where the person lives, and the time of day
that the person asked for.

Lives here: the next moment at which all three allow a call, and which of them prevents one now.
Does not live here: reading opening hours (``features.calendar.opening_hours``), callbacks and pauses after attempts
(``working_order``).

A preference that the desk's hours cannot meet within a week (evenings, where nobody works in the evening) is ignored:
nobody waits for ever for an hour that does not come."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from features.array_types import MINUTE, FloatArray, ObjectArray, TimeArray
from features.calendar.business_time import BusinessTime, LocalTimes
from features.calendar.opening_hours import parse_opening_hours
from features.calendar.timezones import to_local_time
from features.practice.practice import Practice

__all__ = ["PREFERRED_DAY_PARTS", "ContactHours", "parse_preferred_hours"]

LAWFUL_MINUTES = (8 * 60, 21 * 60)
"""Minutes of the day between which a person may be called, in their local time (Telephone Consumer Protection Act)."""

_STEP_MINUTES, _DAYS_AHEAD = 5, 8
"""Minutes between the moments that are checked, and days to look ahead."""

_NOON = 12 * 60
_DAY_PARTS = {
    "morning": ("in the morning", 0, _NOON),
    "afternoon": ("in the afternoon", _NOON, 17 * 60),
    "evening": ("in the evening", 16 * 60, 24 * 60),
    "after work": ("after work", 16 * 60, 24 * 60),
    "lunch": ("at lunch time", _NOON - 30, _NOON + 90),
    "noon": ("at noon", _NOON - 30, _NOON + 90),
}
"""Word -> (phrase, from, to): minutes of the day in the person's local time; the first matching word counts."""

PREFERRED_DAY_PARTS = ("", *dict.fromkeys(phrase for phrase, _, _ in _DAY_PARTS.values()))
"""Every phrase that ``parse_preferred_hours`` returns; the first: no preference."""

_OUTSIDE_DESK_HOURS, _OUTSIDE_LAWFUL_HOURS = "we're closed", "too early or too late where they live"


def parse_preferred_hours(preferred_time: str | None) -> tuple[str, int, int] | None:
    """Return the part of the day that a person asked to be called in, with its minutes; None when none is recognized.

    >>> parse_preferred_hours("Evenings, please"), parse_preferred_hours("any time")
    (('in the evening', 960, 1440), None)
    """
    text = (preferred_time or "").casefold()
    return next((hours for phrase, hours in _DAY_PARTS.items() if phrase in text), None)


@dataclass(frozen=True)
class ContactHours:
    """From when n leads may be called.

    Parameters
    ----------
    callable_from : datetime64[us] array of shape (n,), UTC
        NaT: now.
    obstacle : object array of shape (n,)
        What prevents a call now, in words; None where nothing does.
    is_preference_only : bool array of shape (n,)
        Whether only the time of day that the person asked for prevents a call.
    """

    callable_from: TimeArray
    obstacle: ObjectArray
    is_preference_only: np.ndarray

    @classmethod
    def at(
        cls, now: np.datetime64, practice: Practice, preferred_time: Iterable[str | None], ahead_hours: FloatArray
    ) -> "ContactHours":
        """Compute the hours of n leads; leads with equal preference and time zone are computed once.

        Parameters
        ----------
        preferred_time : n texts
            As the leads table has them; None or NaN for none.
        ahead_hours : float array of shape (n,)
            How far the lead's local time is ahead of the practice's; NaN unknown, which counts as the practice's.
        """
        preferences = [parse_preferred_hours(text if isinstance(text, str) else None) for text in preferred_time]
        keys = [
            (preference, 0.0 if np.isnan(ahead) else float(ahead))
            for preference, ahead in zip(preferences, ahead_hours, strict=True)
        ]
        now = np.datetime64(now, "us")
        # The first moment is now itself; the others lie on full steps, so that neighboring calls share their moments.
        grid_start = now - (now - np.datetime64(0, "us")) % (_STEP_MINUTES * MINUTE)
        grid = np.concatenate(
            [[now], grid_start + np.arange(_STEP_MINUTES, _DAYS_AHEAD * 24 * 60, _STEP_MINUTES) * MINUTE]
        )
        local = LocalTimes.of(to_local_time(grid, practice.timezone))
        desk_hours = parse_opening_hours(practice.desk.contact_hours or practice.opening_hours)
        is_desk_open = BusinessTime.of(desk_hours).is_open(local) == 1
        hours_by_key = {key: _find_first_allowed(local.minute, is_desk_open, *key) for key in set(keys)}
        positions = np.array([hours_by_key[key][0] for key in keys], np.intp)
        obstacle, is_preference_only = (
            np.array([hours_by_key[key][part] for key in keys], kind) for part, kind in ((1, object), (2, bool))
        )
        return cls(
            np.where(positions == 0, np.datetime64("NaT", "us"), grid[positions]) if len(keys) else grid[:0],
            obstacle,
            is_preference_only,
        )


def _find_first_allowed(
    minute: FloatArray, is_desk_open: np.ndarray, preference: tuple[str, int, int] | None, ahead: float
) -> tuple[int, str | None, bool]:
    """Return the first position of the grid at which a call is allowed, what prevents one at position 0, and whether
    that is only a preference.
    """
    local_minute = (minute + 60 * ahead) % (24 * 60)
    is_allowed = is_desk_open & (local_minute >= LAWFUL_MINUTES[0]) & (local_minute < LAWFUL_MINUTES[1])
    is_preferred = is_allowed
    if preference:
        is_preferred = is_allowed & (local_minute >= preference[1]) & (local_minute < preference[2])
    earliest = _first_true(is_allowed)
    first = _first_true(is_preferred if is_preferred.any() else is_allowed)
    if first == 0:
        return 0, None, False
    if preference and first > earliest:
        obstacle = f"asked to be called {preference[0]}"
    else:
        obstacle = _OUTSIDE_LAWFUL_HOURS if is_desk_open[0] else _OUTSIDE_DESK_HOURS
    return first, obstacle, earliest == 0


def _first_true(moments: np.ndarray) -> int:
    """Return the first position that is allowed; the last one of all where none is."""
    return int(np.argmax(moments)) if moments.any() else len(moments) - 1
