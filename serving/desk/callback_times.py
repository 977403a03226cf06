"""When does a person want to call back? What was typed, such as "tomorrow 3 pm", as one moment.

Lives here: reading such a text, the moments offered to choose from, and whether the practice is closed at one.
Does not live here: what a callback does to a lead (``lead_state``), forms (``pages``).

An hour without AM or PM is the one at which the desk works: "3" is 3 PM, "9" is 9 AM.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from features.calendar.opening_hours import parse_opening_hours
from features.calendar.timezones import to_local_time
from features.practice.practice import Practice
from features.practice.zip_codes import load_zip_map
from serving.desk.queue.contact_hours import LAWFUL_MINUTES

__all__ = ["QUICK_CHOICES", "CallbackClock"]

QUICK_CHOICES = ("in 30 minutes", "in 1 hour", "in 2 hours", "tomorrow morning", "tomorrow 3 pm")
"""What callbacks are often set for; each is read when it is sent, not when the page was made."""

_MONTHS = tuple(name.casefold() for name in calendar.month_name[1:])
_DAYS = tuple(name.casefold() for name in calendar.day_name)
_SHORT_DAYS = {"weds": "wednesday"}
_MIN_LETTERS = 3
"""Of a weekday or month that is cut short: "tues", "sept"."""
_DAY_PARTS = {"morning": 9 * 60, "noon": 12 * 60, "lunch": 12 * 60, "afternoon": 14 * 60, "evening": 17 * 60}
_TOMORROW = {"tomorrow", "tomorow", "tommorow", "tommorrow", "tmrw", "tmw", "tom", "t"}
_FILLER = re.compile(r"\b(?:at|on|the|around|about|call|back|this|o'?clock)\b|[,@]")
_WAIT = re.compile(r"in (a|an|half an|\d{1,3}) ?(min|minute|hour|hr|h|day|week)s?")
_TIME_FIRST = re.compile(rf"(\d{{1,2}}(?:[:.h]\d{{2}})? ?(?:am|pm|a|p)?|{'|'.join(_DAY_PARTS)}) (.+)")
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))? ?(am|pm|a|p)?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[t ]\d\d:\d\d(?::\d\d)?)?")
_MINUTES_IN = {"min": 1, "minute": 1, "hour": 60, "hr": 60, "h": 60, "day": 24 * 60, "week": 7 * 24 * 60}
_SPANISH = tuple(
    (re.compile(rf"\b(?:{spanish})\b"), english)
    for spanish, english in (
        # The phrases first: "mañana" alone is tomorrow, "por la mañana" is the morning.
        (r"(\d) (?:de|por|en) la manana", r"\1 am"),
        (r"(\d) (?:de|por|en) la (?:tarde|noche)", r"\1 pm"),
        (r"(?:por|en|de) la manana", "morning"),
        (r"(?:por|en|de) la tarde", "afternoon"),
        (r"(?:por|en|de) la noche", "evening"),
        (r"(?:al? )?mediodia", "noon"),
        (r"(?:el )?proximo|(?:la )?proxima", "next"),
        ("manana", "tomorrow"),
        ("hoy", "today"),
        (r"en una hora", "in 1 hour"),
        (r"en (\d+) (?:hora|h)s?", r"in \1 hours"),
        (r"en (\d+) (?:minuto|min)s?", r"in \1 minutes"),
        (r"en (\d+) dias?", r"in \1 days"),
        (r"en (\d+) semanas?", r"in \1 weeks"),
        ("lunes|lun", "monday"),
        ("martes", "tuesday"),
        ("miercoles|mie", "wednesday"),
        ("jueves|jue", "thursday"),
        ("viernes|vie", "friday"),
        ("sabado|sab", "saturday"),
        ("domingo|dom", "sunday"),
        *zip(
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
            _MONTHS,
            strict=True,
        ),
        (r"(\d) de", r"\1"),
        (r"a las?|el|como a", ""),
    )
)
"""How people who read the desk in Spanish say it, without accents -> the same in English."""
_MAX_LENGTH = 60
_NOON = 12
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True)
class CallbackClock:
    """Reads callback times at one moment, in one practice's local time.

    Parameters
    ----------
    now : datetime, aware

    >>> monday = CallbackClock(Practice(), datetime(2026, 11, 30, 15, 20, tzinfo=UTC))
    >>> [monday.parse(text).isoformat() for text in ("tomorrow 3 pm", "fri 9", "12/4 14:30")]
    ['2026-12-01T15:00:00-05:00', '2026-12-04T09:00:00-05:00', '2026-12-04T14:30:00-05:00']
    """

    practice: Practice
    now: datetime

    @property
    def _local_now(self) -> datetime:
        return self.now.astimezone(self.practice.zone)

    def parse(self, text: str) -> datetime | None:
        """Return the moment that a text names, in local time; None when it cannot be read or is past."""
        english = _read_spanish(text.casefold())
        words = " ".join(_FILLER.sub(" ", english.replace(".m", "m").replace("m.", "m")).split())
        if not words or len(words) > _MAX_LENGTH:
            return None
        if wait := _WAIT.fullmatch(words):
            return self._wait(wait[1], wait[2])
        if _ISO.fullmatch(words):
            exact = _read_iso(words)
            if exact is None:
                return None
            minute = None if len(words) == len("2026-12-01") else exact.hour * 60 + exact.minute
            return self._at(exact.date(), minute)
        day, is_named, rest = self._split_day(words)
        if not is_named and (time_first := _TIME_FIRST.fullmatch(words)):
            # "3 pm tomorrow": the same words with the day first.
            turned = self._split_day(f"{time_first[2]} {time_first[1]}")
            day, is_named, rest = turned if turned[1] else (day, is_named, rest)
        if day is None:
            return None
        if not rest:
            return self._at(day, None) if is_named else None
        minute = self._parse_minute(rest, day)
        if minute is None:
            return None
        moment = self._at(day, minute)
        # "9" typed in the afternoon, and "Monday 9" typed on a Monday afternoon, mean the next one.
        if moment is None and is_named in ("", "weekday"):
            moment = self._at(day + timedelta(days=7 if is_named else 1), minute)
        return moment

    def _wait(self, number: str, unit: str) -> datetime:
        """Return the moment after a wait: of the clock on the wall for days, of real time for hours."""
        count = {"a": 1.0, "an": 1.0, "half an": 0.5}.get(number) or float(number)
        minutes = count * _MINUTES_IN[unit]
        if minutes >= _DAY_MINUTES:
            return self._local_now + timedelta(minutes=minutes)
        # Added in UTC: in local time the hour that a clock change skips or repeats would count wrongly.
        return (self.now + timedelta(minutes=minutes)).astimezone(self.practice.zone).replace(second=0, microsecond=0)

    def _at(self, day: date, minute: int | None) -> datetime | None:
        """Return a local moment; None when it is past or the clock change skips it. Without a time: at opening."""
        if minute is None:
            spans = self._spans(day)
            minute = spans[0][0] if spans else _DAY_PARTS["morning"]
        moment = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self.practice.zone)
        exists = moment.astimezone(UTC).astimezone(self.practice.zone).replace(tzinfo=None) == moment.replace(
            tzinfo=None
        )
        return moment if exists and moment >= self.now - timedelta(minutes=1) else None

    def _split_day(self, words: str) -> tuple[date | None, str, str]:
        """Return the day, how it was named ("" not at all, "weekday", "day"), and the words left for the time."""
        today = self._local_now.date()
        first, _, rest = words.partition(" ")
        if first in ("today", "tod"):
            return today, "day", rest
        if first in _TOMORROW:
            return today + timedelta(days=1), "day", rest
        if shorthand := re.fullmatch(r"t(\d.*)", words):
            return today + timedelta(days=1), "day", shorthand[1]
        if first == "next":
            second, _, after = rest.partition(" ")
            weekday = _find_name(second, _DAYS)
            return (None, "", "") if weekday is None else (self._next_week_day(weekday), "day", after)
        if (weekday := _find_name(first, _DAYS)) is not None:
            return today + timedelta(days=(weekday - today.weekday()) % 7), "weekday", rest
        return self._split_date(words) or (today, "", words)

    def _next_week_day(self, weekday: int) -> date:
        """Return a weekday (0 Monday) of next week, which begins on Monday."""
        today = self._local_now.date()
        return today + timedelta(days=7 - today.weekday() + weekday)

    def _split_date(self, words: str) -> tuple[date | None, str, str] | None:
        """Return the day of a text that begins with a date: "12/4", "dec 4", "4 dec"; None for any other text."""
        if numbers := re.match(r"(\d{1,2})/(\d{1,2})(?:/(\d{2,4}))?(?: |$)", words):
            pair = (int(numbers[1]), int(numbers[2]))
            month, day = pair if self.practice.formats.is_us else pair[::-1]
            return self._find_date(month, day, numbers[3]), "day", words[numbers.end() :].strip()
        if named := re.match(r"([a-z]{3,}) (\d{1,2})(?:st|nd|rd|th)?(?: |$)", words):
            name, number = named[1], named[2]
        elif named := re.match(r"(\d{1,2})(?:st|nd|rd|th)? ([a-z]{3,})(?: |$)", words):
            name, number = named[2], named[1]
        else:
            return None
        month_number = _find_name(name, _MONTHS)
        if month_number is None:
            return None
        return self._find_date(month_number + 1, int(number), None), "day", words[named.end() :].strip()

    def _find_date(self, month: int, day: int, year: str | None) -> date | None:
        """Return the next such day from today on, or the one of that year."""
        today = self._local_now.date()
        years = (today.year, today.year + 1) if year is None else (int(year) + (2000 if len(year) < 3 else 0),)
        for candidate in years:
            try:
                found = date(candidate, month, day)
            except ValueError:
                continue
            if found >= today:
                return found
        return None

    def _parse_minute(self, text: str, day: date) -> int | None:
        """Return the minute of the day that a text names."""
        if text in _DAY_PARTS:
            return _DAY_PARTS[text]
        clock = _CLOCK.fullmatch(text)
        if clock is None:
            return None
        hour, minute, half = int(clock[1]), int(clock[2] or 0), (clock[3] or "")[:1]
        if minute > 59 or hour > (_NOON if half else 23) or (half and not hour):
            return None
        if half:
            return hour % _NOON * 60 + minute + (_NOON * 60 if half == "p" else 0)
        # "03:00" and "14:30" are of the 24-hour clock; so is any time with minutes where people use that clock.
        is_exact = clock[1].startswith("0") or hour > _NOON or bool(clock[2] and not self.practice.formats.is_us)
        return hour * 60 + minute if is_exact else self._choose_half(hour % _NOON * 60 + minute, day)

    def _choose_half(self, minute: int, day: date) -> int:
        """Return the half of the day in which the desk works at this minute; on closed days as on most days."""
        halves = (minute, minute + _NOON * 60)
        spans = self._spans(day) or ((8 * 60, 18 * 60),)
        inside = [half for half in halves if any(start <= half < end for start, end in spans)]
        if len(inside) == 1:
            return inside[0]
        return minute if minute >= 7 * 60 else minute + _NOON * 60

    def _spans(self, day: date) -> tuple[tuple[int, int], ...]:
        """Return when the desk works on a day, in minutes."""
        lines = self.practice.desk.contact_hours or self.practice.opening_hours
        return parse_opening_hours(lines)[day.weekday()]

    def warn(self, moment: datetime, postal_code: str | None = None) -> str:
        """Say why nobody may be at the desk at a moment, or why the person may not be called then; empty when neither.

        Parameters
        ----------
        postal_code : str, optional
            Where the person lives: people are called between 8 AM and 9 PM in their own time.
        """
        formats, local = self.practice.formats, moment.astimezone(self.practice.zone)
        minute = local.hour * 60 + local.minute
        if not any(start <= minute < end for start, end in self._spans(local.date())):
            opens = next(self._openings(moment), None)
            when = formats.format_moment(local, self._local_now.date())
            until = f" We open {formats.format_moment(opens, self._local_now.date())}." if opens else ""
            return f"We are closed then ({when}).{until}"
        theirs = self._local_time_of(postal_code, moment)
        if theirs is None or LAWFUL_MINUTES[0] <= theirs.hour * 60 + theirs.minute < LAWFUL_MINUTES[1]:
            return ""
        return f"It is {formats.format_time(theirs)} then where they live. Calls are allowed from 8 AM to 9 PM."

    def _openings(self, moment: datetime) -> Iterator[datetime]:
        """Iterate over when the desk opens after a moment, within eight days."""
        local = moment.astimezone(self.practice.zone)
        for ahead in range(8):
            day = local.date() + timedelta(days=ahead)
            for start, _ in self._spans(day):
                opens = datetime(day.year, day.month, day.day, start // 60, start % 60, tzinfo=self.practice.zone)
                if opens > moment:
                    yield opens

    @staticmethod
    def _local_time_of(postal_code: str | None, moment: datetime) -> datetime | None:
        """Return the moment where a ZIP code is; None where that is unknown."""
        zones = load_zip_map()
        position = zones.position_by_code.get((postal_code or "").strip()[:5])
        if position is None or zones.zone[position] < 0:
            return None
        utc = np.array([moment.astimezone(UTC).replace(tzinfo=None)], "datetime64[us]")
        return to_local_time(utc, zones.zones[int(zones.zone[position])])[0].astype("datetime64[us]").item()


def _read_spanish(text: str) -> str:
    """Return a time typed in Spanish in English; any other text stays as it is.

    >>> _read_spanish("mañana a las 3 de la tarde"), _read_spanish("vie 10:30"), _read_spanish("tomorrow 3 pm")
    ('tomorrow 3 pm', 'friday 10:30', 'tomorrow 3 pm')
    """
    if len(text) > _MAX_LENGTH:
        return text
    unaccented = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    for pattern, english in _SPANISH:
        unaccented = pattern.sub(english, unaccented)
    return " ".join(unaccented.split())


def _read_iso(text: str) -> datetime | None:
    """Return the moment of a text such as "2026-12-01t15:00"; None for a day or an hour that does not exist."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _find_name(word: str, names: tuple[str, ...]) -> int | None:
    """Return the position of a weekday or a month, also cut short; None for a word that merely begins like one.

    >>> _find_name("thurs", _DAYS), _find_name("sept", _MONTHS), _find_name("money", _DAYS), _find_name("mo", _DAYS)
    (3, 8, None, None)
    """
    whole = _SHORT_DAYS.get(word, word)
    if len(whole) < _MIN_LETTERS:
        return None
    return next((position for position, name in enumerate(names) if name.startswith(whole)), None)
