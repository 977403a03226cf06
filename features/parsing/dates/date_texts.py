"""What does a text say about a day and a time of day? Its numbers as written, before anybody decides their order.

Lives here: taking one text apart: the date, the time of day, the time zone; spaces and digits of any script.
Does not live here: the three numbers of the date (``written_dates``), the words (``date_words``), the order of day and
month in a column (``date_format_decision``), moments in UTC (``timestamps``).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, timedelta, tzinfo
from functools import lru_cache

from features.parsing.dates.asian_dates import write_asian_date
from features.parsing.dates.clock_digits import write_clock_digits
from features.parsing.dates.date_words import AMBIGUOUS_ZONES, FILLERS, MONTHS, WEEKDAYS, parse_zone
from features.parsing.dates.written_dates import WrittenDate, split_date, split_eight_digits

__all__ = [
    "AMBIGUOUS_ZONE",
    "LONGEST",
    "DateParts",
    "is_no_date",
    "is_time_of_day",
    "join_date_and_time",
    "split_date_text",
    "split_plain_clock",
    "split_plain_day",
]

AMBIGUOUS_ZONE = "ambiguous time zone"
"""``DateParts.zone`` of a text whose abbreviation stands for several zones."""

LONGEST = 90
"""No date is written in more characters."""
_CLOCK = re.compile(
    r"(?<![\d.,])(?P<hour>\d{1,2})"
    r"(?:[:h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,:](?P<fraction>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[ap])(?:\.?\s?m\b\.?|(?<=\d[ap])\b(?!\.)))?"
    r"|\s?(?P<lone>[ap])\.?\s?m\b\.?|\s?(?:h|uhr|hrs?)(?![a-z0-9]))"
    r"(?:\s?(?:uhr|hrs?|h)(?![a-z]))?"
    r"(?:\s*(?P<zone>(?:utc|gmt|z)?\s?[+-]\d{1,2}(?::?\d{2})?(?!\d)|[a-z]+/[a-z_/]+|[a-z]{1,5}(?![a-z\d/])))?"
    # Ruby and Go write the zone's name behind its offset: "08:05:00 -0500 EST".
    r"(?:(?<=\d)\s(?:utc|gmt|[a-z]{1,3}[sde]t)(?![a-z\d/]))?"
    r"(?:\s*[(\[](?P<remark>[^)\]]*)[)\]])?"
)
_DOTTED_CLOCK = re.compile(
    r"(?:(?<=\d\d[ t])|(?<=\bkl )|(?<=\bkl\. )|(?<=\bklo )|(?<=\bum )|(?<=\bore ))"
    r"(\d{1,2})\.(\d{2})(?:\.(\d{2})(?:\.(\d{1,9}))?)?(?=[^\d.]|$)"
)
_JOINED_MONTH = re.compile(r"\b(\d{1,2})([a-z]{3})(\d{4}|\d{2})(?=$|[:\s])(?::(?=\d\d:))?")
"""06jan2025:08:05:00, as statistical programs and airlines write it."""
_SPACED_HOURS = re.compile(r"(?<=\d) h (?=\d\d\b)")
_COMPACT = re.compile(
    r"(?P<day>\d{8})(?:[t ]?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?(?:[.,](?P<fraction>\d{1,9}))?"
    r"(?P<zone>z|[+-]\d{2}:?\d{2})?)?"
)
_ISO_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_NO_DATE = re.compile(r"0{1,4}([-/.])0{1,2}\1(?:0{4}|0{1,2})(?: 0[0:]*)?")
_LETTERS_WITHOUT_ACCENT = str.maketrans("ıİłŁøØ", "iilLoO")
"""Letters that stand for themselves in Unicode and not for a plain one with an accent: "kasım", "poniedziałek"."""
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-") | dict.fromkeys("'\u2019`", None))


@dataclass(frozen=True, slots=True)
class DateParts:
    """Hold what one text says.

    Parameters
    ----------
    date : WrittenDate
    clock : int or None
        Microseconds since midnight; None if the text has no time of day.
    zone : tzinfo, AMBIGUOUS_ZONE or None
    """

    date: WrittenDate
    clock: int | None = None
    zone: tzinfo | str | None = None


def split_date_text(text: str) -> DateParts | None:
    """Take a text apart; None if it is no date.

    >>> split_date_text("Mon Jan 06 2025 08:05:00 GMT-0500 (Eastern Standard Time)").date.numbers
    (2025, 1, 6)
    >>> split_date_text("06.01.2025 8.05 Uhr").clock // 60_000_000, split_date_text("06.01.2025").clock
    (485, None)
    """
    if len(text) > LONGEST:
        return None
    # Programs write times this way, each of them another text, so that keeping what was read would help little.
    if (match := _ISO_TIME.fullmatch(text)) and (parts := _split_iso_time(match)):
        return parts
    day, _, clock_text = text.partition(" ")
    # A column has few days and few times of day: most of its texts are known by their halves.
    if clock_text and (written := split_plain_day(day)) and (clock_zone := split_plain_clock(clock_text)):
        return DateParts(written, *clock_zone)
    return _split_any_text(text)


@lru_cache(maxsize=20_000)
def split_plain_day(text: str) -> WrittenDate | None:
    """Take a day of digits apart; None if it is none."""
    return split_date(text) if text.isascii() and text[:1].isdecimal() and text[-1:].isdecimal() else None


@lru_cache(maxsize=100_000)
def split_plain_clock(text: str) -> tuple[int, tzinfo | None] | None:
    """Take a time of day apart, with its zone; None if the text is not just that."""
    folded = _fold(text)
    match = _CLOCK.fullmatch(folded)
    if match is None:
        return None
    zone, rest = _read_zone(match)
    clock = _count_microseconds(match["hour"], match["minute"], match["second"], match["fraction"], _half(match))
    # A word behind the time that is no zone makes it something else: "5 pm Friday" is no time of day alone.
    if rest or clock is None or zone == AMBIGUOUS_ZONE or (zone is None and match["zone"]):
        return None
    return clock, zone


def _split_iso_time(match: re.Match[str]) -> DateParts | None:
    """Take 2026-03-14T15:05:00Z apart; None where ``_split_any_text`` must say what is wrong with it."""
    day, hour, minute, second, fraction, zone_text = match.groups()
    written, clock = split_plain_day(day), _count_microseconds(hour, minute, second, fraction, "")
    zone = UTC if zone_text == "Z" else parse_zone(zone_text) if zone_text else None
    if written is None or clock is None or (zone is None and zone_text):
        return None
    return DateParts(written, clock, zone)


def _split_any_text(text: str) -> DateParts | None:
    """Take a text apart, wherever its date and time of day are."""
    folded = _fold(text)
    if match := _COMPACT.fullmatch(folded):
        return _split_compact(match)
    match = _find_clock(folded)
    if match is None:
        written = split_date(_strip_date_text(folded))
        return None if written is None else DateParts(written)
    zone, rest = _read_zone(match)
    date_text = f"{folded[: match.start()]} {rest}{folded[match.end() :]}"
    written = split_date(_strip_date_text(re.sub(r"(?<=\d)t(?= |$)", " ", date_text)))
    clock = _count_microseconds(match["hour"], match["minute"], match["second"], match["fraction"], _half(match))
    if written is None or clock is None or (zone is None and match["zone"] and not rest):
        return None
    return DateParts(written, clock, zone)


def is_time_of_day(text: str) -> bool:
    """Return whether a text is a time of day without a date, such as "8:05 PM".

    >>> is_time_of_day("8:05 PM"), is_time_of_day("08h05"), is_time_of_day("4:3"), is_time_of_day("2026-01-06 08:05")
    (True, True, False, False)
    """
    match = _CLOCK.fullmatch(_fold(text)) if len(text) <= LONGEST else None
    if match is None:
        return False
    return _count_microseconds(match["hour"], match["minute"], match["second"], None, _half(match)) is not None


def join_date_and_time(day: object, clock: object) -> object:
    """Return a date with the time of day of another value behind it; the date alone without one.

    >>> join_date_and_time("01/06/2026", "8:05 AM"), join_date_and_time("01/06/2026", 0.5)
    ('01/06/2026 8:05 AM', '01/06/2026 12:00:00')
    """
    if day is None or day != day or clock is None or clock != clock or not str(clock).strip():
        return day
    # Excel writes a time of day as a share of the day, and gives its dates a midnight of their own.
    if isinstance(clock, float) and 0 <= clock < 1:
        clock = timedelta(seconds=round(clock * 86_400))
    text = str(day).strip().removesuffix(" 00:00:00").removesuffix("T00:00:00")
    return f"{text} {write_clock_digits(str(clock).strip())}"


def is_no_date(text: str) -> bool:
    """Return whether a text is the empty date of a database, such as 0000-00-00 00:00:00."""
    return text.startswith("0") and _NO_DATE.fullmatch(text) is not None


def _fold(text: str) -> str:
    """Return a text in lower case with plain digits, single spaces and no accents."""
    if not text.isascii():
        text = write_asian_date(text)
        # NFKC turns narrow and no-break spaces into spaces, full-width digits into digits. Cf are marks of direction.
        plain = text.translate(_LETTERS_WITHOUT_ACCENT)
        decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", plain))
        text = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    folded = " ".join(text.translate(_DASHES).lower().split())
    folded = _SPACED_HOURS.sub("h", folded) if " h " in folded else folded
    joined = _JOINED_MONTH.match(folded) if folded[:1].isdigit() else None
    return f"{joined[1]} {joined[2]} {joined[3]} {folded[joined.end() :]}".strip() if joined else folded


def _split_compact(match: re.Match[str]) -> DateParts | None:
    """Take 20250106 or 20250106T080500Z apart."""
    written = split_eight_digits(match["day"])
    if match["hour"] is None:
        return DateParts(written)
    clock = _count_microseconds(match["hour"], match["minute"], match["second"], match["fraction"], "")
    return None if clock is None else DateParts(written, clock, parse_zone(match["zone"]) if match["zone"] else None)


def _find_clock(folded: str) -> re.Match[str] | None:
    """Find the time of day; None if there is none."""
    match = _CLOCK.search(folded)
    if match is None and "." in folded and (dotted := _DOTTED_CLOCK.search(folded)):
        colons = ":".join(part for part in dotted.groups() if part)
        match = _CLOCK.search(folded[: dotted.start()] + colons + folded[dotted.end() :])
    return match


def _read_zone(match: re.Match[str]) -> tuple[tzinfo | str | None, str]:
    """Return (the zone behind a time of day, or a word there that belongs to the date)."""
    word = match["zone"] or ""
    # "08:05 mar" has the same place for a month as for a zone; a month's word wins, since no zone is written that
    # way.
    if word in FILLERS or word in MONTHS or word in WEEKDAYS:
        return None, word
    for candidate in (word, match["remark"] or ""):
        if candidate in AMBIGUOUS_ZONES:
            return AMBIGUOUS_ZONE, ""
        zone = parse_zone(candidate) if candidate else None
        if zone is not None:
            return zone, ""
    return None, ""


def _strip_date_text(text: str) -> str:
    """Strip marks and small words that stood between the date and the time of day: "06.01.2025 um"."""
    text = text.strip(" ,.:-_")
    first, _, last = text.rpartition(" ")
    return _strip_date_text(first) if last in FILLERS and first else text


def _half(match: re.Match[str]) -> str:
    """Return "a" or "p" of a 12-hour clock; empty for a 24-hour clock."""
    return match["half"] or match["lone"] or ""


@lru_cache(maxsize=100_000)
def _count_microseconds(
    hour: str, minute: str | None, second: str | None, fraction: str | None, half: str
) -> int | None:
    """Count the microseconds since midnight; None if no clock shows this time. Further digits are cut off."""
    hours, minutes, seconds = int(hour), int(minute or 0), int(second or 0)
    # Some exports write the hour after midnight as 0:05 AM.
    if half and not (1 if half == "p" else 0) <= hours <= 12:
        return None
    hours = hours % 12 + 12 * (half == "p") if half else hours
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + int((fraction or "0").ljust(6, "0")[:6])
