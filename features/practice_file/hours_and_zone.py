"""In which time zone is the practice, and when is it open? Guesses from ZIP codes, calls and arrivals.

Lives here: the guesses, each with its evidence in words.
Does not live here: the rest of a draft (``draft``), reading opening hours (``calendar.opening_hours``).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.array_types import ObjectArray
from features.calendar.opening_hours import WEEKDAYS
from features.calendar.timezones import to_local_time, to_utc_times
from features.practice.zip_codes import load_zip_map
from features.practice_file.frequent_phrases import MIN_PEOPLE
from features.tables.tables import Tables

__all__ = ["Guess", "guess_hours", "guess_zone"]

_MIN_CALLS = 200
_CALL_KINDS = ("inbound_call", "outbound_call")
_WEEK_PARTS = ((range(5), 0.2), ((5,), 0.04), ((6,), 0.04))
"""Monday to Friday, Saturday, Sunday; and the share of the times from which each is considered open."""


@dataclass(frozen=True)
class Guess:
    """A value, and its evidence in words."""

    value: Any
    evidence: str


def guess_zone(postal_codes: ObjectArray) -> Guess | None:
    """Guess the time zone in which most leads live."""
    codes = [code for code in postal_codes if code is not None]
    numbers = load_zip_map().zone[load_zip_map().find_positions(codes)] if codes else np.empty(0, np.intp)
    zones = Counter(numbers[numbers >= 0].tolist())
    if zones.total() < MIN_PEOPLE:
        return None
    number, count = zones.most_common(1)[0]
    share = f"{100 * count / zones.total():.0f} in 100"
    return Guess(load_zip_map().zones[number], f"a guess: {share} of the leads' ZIP codes lie there")


def guess_hours(tables: Tables, zone: str) -> Guess | None:
    """Guess the opening hours from calls made and answered; else, with a warning, from the arrival of leads."""
    events = tables.events
    calls = events[events["kind"].isin(_CALL_KINDS)] if len(events) else events
    if len(calls) >= _MIN_CALLS:
        lines = _cover_times(to_local_time(to_utc_times(calls["occurred_at"]), zone))
        evidence = f"a guess from {len(calls):,} calls made and answered"
    elif "created_at" in tables.leads and len(tables.leads) >= _MIN_CALLS:
        lines = _cover_times(to_local_time(tables.created_at, zone))
        evidence = "a weak guess: the data holds too few calls, so this is when leads arrive, not when you answer"
    else:
        return None
    return Guess(lines, evidence) if lines else None


def _cover_times(times: np.ndarray) -> list[str]:
    """Return opening hours that cover most of these local times, from the 2nd to the 98th in 100, to the half hour.

    A line for Monday to Friday, and one for each day of the weekend that has its share.
    """
    times = times[~np.isnat(times)]
    # 1 January 1970 was a Thursday, weekday 3.
    weekday = (times.astype("datetime64[D]").astype(np.int64) + 3) % 7
    minute = (times - times.astype("datetime64[D]")).astype("timedelta64[m]").astype(int)
    lines = []
    for days, min_share in _WEEK_PARTS:
        on_days = np.isin(weekday, list(days))
        if on_days.mean() < min_share:
            continue
        low, high = np.quantile(minute[on_days], (0.02, 0.98))
        start, end = int(low // 30 * 30), int(-(-high // 30) * 30)
        if start < end:
            names = "-".join(dict.fromkeys(WEEKDAYS[day].capitalize() for day in (days[0], days[-1])))
            lines.append(f"{names} {start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}")
    return lines
