"""When is a practice open? Lines such as "Mon-Fri 08:00-17:00" as minutes of each weekday.

Lives here: reading such lines, and what is wrong with one.
Does not live here: whether the practice is open at a time (``business_time``).
"""

import re
from collections.abc import Iterable

from features.calendar.business_time import WeeklyHours
from features.errors import PracticeError

__all__ = ["DEFAULT_HOURS", "WEEKDAYS", "find_fault", "parse_opening_hours"]

DEFAULT_HOURS = ("Mon-Fri 08:00-17:00",)
"""The hours of a practice that names none."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LINE = re.compile(r"\s*([a-z]+)(?:\s*-\s*([a-z]+))?\s+(.+)", re.IGNORECASE)
_SPAN = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")
_EXPECTED = 'expected days and hours, such as "Mon-Fri 08:00-17:00" or "Sat 09:00-12:00, 13:00-16:00"'


def parse_opening_hours(lines: Iterable[str]) -> WeeklyHours:
    """Return the spans of every weekday; a day that no line names is closed.

    >>> parse_opening_hours(["Mon-Fri 08:00-17:00", "Sat 09:00-12:00"])[4:]
    (((480, 1020),), ((540, 720),), ())

    Raises
    ------
    PracticeError
        If a line cannot be read, or two of them open the same day at the same time.
    """
    lines = tuple(lines)
    fault = find_fault(lines)
    if fault is not None:
        raise PracticeError(f"opening_hours: {fault}")
    spans: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for days, hours in map(_parse_line, lines):
        for day in days:
            spans[day] += hours
    return tuple(tuple(sorted(day)) for day in spans)


def find_fault(lines: Iterable[str]) -> str | None:
    """Return what is wrong with these lines, as a sentence; None when nothing is.

    >>> print(find_fault(["Mon-Fri 8-5"]))
    found 'Mon-Fri 8-5', expected days and hours, such as "Mon-Fri 08:00-17:00" or "Sat 09:00-12:00, 13:00-16:00".
    """
    open_at: set[tuple[int, int]] = set()
    for line in lines:
        parsed = _parse_line(line)
        if parsed is None:
            return f"found {line!r}, {_EXPECTED}."
        for day in parsed[0]:
            # By the minute: a week has only 10,080 of them, and overlaps of any kind need no cases of their own.
            minutes = [(day, minute) for start, end in parsed[1] for minute in range(start, end)]
            if len(set(minutes)) < len(minutes) or open_at & set(minutes):
                return f"{WEEKDAYS[day].capitalize()} is open twice at the same time ({line!r}). Name each hour once."
            open_at |= set(minutes)
    return None


def _parse_line(line: str) -> tuple[list[int], list[tuple[int, int]]] | None:
    """Return days and spans of one line; None when it cannot be parsed."""
    parts = _LINE.fullmatch(line)
    spans = [_SPAN.fullmatch(span) for span in parts[3].split(",")] if parts else []
    day_names = [day[:3].lower() for day in (parts[1], parts[2] or parts[1])] if parts else []
    if not spans or None in spans or not set(day_names) <= set(WEEKDAYS):
        return None
    first, last = map(WEEKDAYS.index, day_names)
    hours = [(60 * int(span[1]) + int(span[2]), 60 * int(span[3]) + int(span[4])) for span in spans]
    if any(not start < end <= 24 * 60 for start, end in hours):
        return None
    if any(int(span[2]) > 59 or int(span[4]) > 59 for span in spans):
        return None
    # "Sat-Mon" runs over the end of the week: from 5 to 0 + 7, taken modulo 7.
    return [day % 7 for day in range(first, last + 1 + 7 * (last < first))], hours
