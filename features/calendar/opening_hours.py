"""When is a practice open? Lines such as "Mon-Fri 08:00-17:00" as minutes of each weekday.

Lives here: reading such lines, and what is wrong with one.
Does not live here: being open at a time (``open_time``).
"""

import re
from collections.abc import Iterable

from features.calendar.business_time import WeeklyHours
from features.errors import PracticeError

__all__ = ["DEFAULT_HOURS", "WEEKDAYS", "find_fault", "parse_opening_hours"]

DEFAULT_HOURS = ("Mon-Fri 08:00-17:00",)
"""The hours of a practice that says nothing of its own."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LINE = re.compile(r"\s*([a-z]+)(?:\s*-\s*([a-z]+))?\s+(.+)", re.IGNORECASE)
_SPAN = re.compile(r"\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*")
_EXPECTED = 'expected days and hours, such as "Mon-Fri 08:00-17:00" or "Sat 09:00-12:00, 13:00-16:00"'


def parse_opening_hours(lines: Iterable[str]) -> WeeklyHours:
    """The spans of every weekday; a day that no line names is closed.

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
    for days, hours in map(_read, lines):
        for day in days:
            spans[day] += hours
    return tuple(tuple(sorted(day)) for day in spans)


def find_fault(lines: Iterable[str]) -> str | None:
    """What is wrong with these lines, as a sentence; None when nothing is.

    >>> print(find_fault(["Mon-Fri 8-5"]))
    found 'Mon-Fri 8-5', expected days and hours, such as "Mon-Fri 08:00-17:00" or "Sat 09:00-12:00, 13:00-16:00".
    """
    open_at: set[tuple[int, int]] = set()
    for line in lines:
        read = _read(line)
        if read is None:
            return f"found {line!r}, {_EXPECTED}."
        for day in read[0]:
            minutes = [(day, minute) for start, end in read[1] for minute in range(start, end)]
            if len(set(minutes)) < len(minutes) or open_at & set(minutes):
                return f"{WEEKDAYS[day].capitalize()} is open twice at the same time ({line!r}). Say each hour once."
            open_at |= set(minutes)
    return None


def _read(line: str) -> tuple[list[int], list[tuple[int, int]]] | None:
    """Days and spans of one line; None when it cannot be read."""
    parts = _LINE.fullmatch(line)
    spans = [_SPAN.fullmatch(span) for span in parts[3].split(",")] if parts else []
    named = [day[:3].lower() for day in (parts[1], parts[2] or parts[1])] if parts else []
    if not spans or None in spans or not set(named) <= set(WEEKDAYS):
        return None
    first, last = map(WEEKDAYS.index, named)
    hours = [(60 * int(span[1]) + int(span[2]), 60 * int(span[3]) + int(span[4])) for span in spans]
    wrong = any(not start < end <= 24 * 60 for start, end in hours) or any(
        int(span[2]) > 59 or int(span[4]) > 59 for span in spans
    )
    return None if wrong else ([day % 7 for day in range(first, last + 1 + 7 * (last < first))], hours)
