"""Which columns of an export have dates, and how are they written?

Lives here: the format of each column of dates with its evidence, times of day in columns of their own, columns that
look like dates and cannot be read.
Does not live here: the decision about one column's format (``parsing.dates.date_format_decision``), applying it to a
table (``tables.date_columns``), which date is the time of the inquiry (``created_at_choice``).
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import time
from itertools import pairwise

import numpy as np
import pandas as pd

from features.array_types import TimeArray
from features.parsing.dates.clock_digits import write_clock_digits
from features.parsing.dates.date_evidence import DateEvidence, collect_evidence
from features.parsing.dates.date_format_decision import DateFormat, decide_format, describe_order, find_question
from features.parsing.dates.date_headers import find_header_zone, has_date_word, split_words
from features.parsing.dates.date_texts import is_time_of_day, join_date_and_time
from features.parsing.dates.date_words import MONTHS
from features.parsing.parsed_columns import ParsedColumns
from features.privacy.name_lists import remove_accents
from features.profiling.values.relative_dates import tells_from_today

__all__ = ["DateColumn", "find_unreadable_dates", "pair_times_of_day", "profile_dates"]

_TIME_SHARE = 0.98
_PAIR_WORDS = frozenset(
    "date time day datum zeit uhrzeit fecha hora heure data ora dia tag tijd tid godzina "
    "saat kl klo klokken tidspunkt ώρα время 時間 时间 時刻 시간".split()
)
_DIGITS_AND_MARKS = re.compile(r"\d{1,4}\s?[-/.:年]\s?\d{1,2}\D")
_HALF = re.compile(r"\b[ap]\.?\s?m\.?(?=\W|$)", re.IGNORECASE)
_HOUR = re.compile(r"(?:^|[T ,])(\d{1,2})[:.h]\d{2}(?!\d*[-/.]\d)")
_MASK = str.maketrans({"0": "9", "1": "9", "2": "9", "3": "9", "4": "9", "5": "9", "6": "9", "7": "9", "8": "9"})
_LONG_NUMBER, _FEWEST_LONG = 10_000, 5
_CLOCK_DIGITS, _FEWEST_HOURS = 3, 4
_DOTTED = re.compile(r"([01]?\d|2[0-3])\.([0-5]\d)")


@dataclass(frozen=True)
class DateColumn:
    """Hold how one column of dates is written.

    Parameters
    ----------
    header : str
    date_format : DateFormat
    evidence : DateEvidence
    times : datetime64[us] array of shape (n,)
        The times, NaT where missing or unread. Times without a zone are in UTC here.
    question : str or None
        What a person must decide before the column can be used.
    """

    header: str
    date_format: DateFormat
    evidence: DateEvidence
    times: TimeArray
    question: str | None

    def describe(self) -> str:
        """Return one line: format, first and last date, how many are unread, and how the column was read."""
        dated = self.times[~np.isnat(self.times)]
        span = f"{_show(dated.min())} to {_show(dated.max())}" if len(dated) else "no date read"
        unread = self.evidence.rows - len(dated)
        parts = [span, f"{unread:,} of {self.evidence.rows:,} unread", *self._describe_reading()]
        return f"{self.header!r}: {'; '.join(parts)}"

    def _describe_reading(self) -> list[str]:
        """Return how the column was read."""
        if self.question:
            return [f"QUESTION: {self.question}"]
        parts = [describe_order(self.evidence, self.date_format)]
        if self.date_format.time_column:
            parts.append(f"its time of day is in {self.date_format.time_column!r}")
        elif not self.date_format.time_of_day:
            parts.append("no time of day, so the hour is unknown")
        if self.date_format.zone:
            parts.append(f"times in {self.date_format.zone}, as the header says")
        elif self.date_format.time_of_day and self.evidence.zones[True]:
            zoned, rows = self.evidence.zones[True], self.evidence.zones.total()
            parts.append("each time has its zone" if zoned == rows else f"{zoned:,} of {rows:,} times have a zone")
        elif self.date_format.time_of_day:
            parts.append("no time zone, so the practice's own is assumed")
        return [part for part in parts if part]


def profile_dates(columns: ParsedColumns, kinds: dict[str, str]) -> dict[str, DateColumn]:
    """Profile each column of dates: header -> how it is written."""
    pairs = pair_times_of_day(columns, kinds)
    dates = {name: _profile_column(columns, name, pairs.get(name)) for name, kind in kinds.items() if kind == "date"}
    proven = {column.date_format.order for column in dates.values() if column.question is None} - {None, "year_first"}
    if len(proven) == 1:
        # One program wrote all dates of the file: what some columns prove holds for those that prove nothing.
        neighbor_format = DateFormat(order=proven.pop())
        unproven = [name for name, column in dates.items() if _is_unproven(column)]
        dates |= {name: _profile_column(columns, name, pairs.get(name), neighbor_format) for name in unproven}
    return dates


def _is_unproven(column: DateColumn) -> bool:
    """Return whether a column has dates that are possible in both orders, and nothing proves one."""
    return column.date_format.order is None and column.evidence.unordered > 0


def _profile_column(
    columns: ParsedColumns, name: str, time_column: str | None, neighbor_format: DateFormat | None = None
) -> DateColumn:
    """Profile one column of dates."""
    if time_column is not None:
        pairs = zip(columns[name], columns[time_column], strict=True)
        joined = pd.DataFrame({name: pd.Series([join_date_and_time(*pair) for pair in pairs], dtype=object)})
        columns = ParsedColumns(joined, columns.missing)
    evidence = columns.date_evidence(name)
    decided, question = decide_format(evidence, neighbor_format)
    zone = find_header_zone(name) if decided.time_of_day and evidence.zones[False] else None
    if zone is not None:
        decided = replace(decided, zone=zone)
        question = find_question(evidence, replace(neighbor_format or DateFormat(), zone=zone))
    if question is None and evidence.has_clock and time_column is None:
        half = find_half_day_column(columns)
        if half is not None and _is_half_day_clock(columns, name):
            question = (
                f"its times are those of a twelve-hour clock, and AM or PM stands in {half!r}; join the two columns in "
                "the export"
            )
    return DateColumn(
        name,
        replace(decided, time_column=time_column),
        evidence,
        columns.times(name, decided),
        question,
    )


def pair_times_of_day(columns: ParsedColumns, kinds: dict[str, str]) -> dict[str, str]:
    """Return header of a date -> header of its time of day, where the two headers differ in such a word only.

    >>> frame = pd.DataFrame({"Call Date": ["1/6/2026"], "Call Time": ["8:05 AM"], "Best time": ["9 AM"]})
    >>> kinds = {"Call Date": "date", "Call Time": "category", "Best time": "category"}
    >>> pair_times_of_day(ParsedColumns(frame, frozenset()), kinds)
    {'Call Date': 'Call Time'}
    """
    has_halves = find_half_day_column(columns) is not None
    clocks = [
        name
        for name, kind in kinds.items()
        if kind != "date"
        and not _PAIR_WORDS.isdisjoint(split_words(name))
        and _has_times_of_day(columns, name)
        # 7:53 means nothing where "PM" stands in a third column: the hour is unknown then.
        and not (has_halves and _is_half_day_clock(columns, name))
    ]
    pairs: dict[str, str] = {}
    for name in (name for name, kind in kinds.items() if kind == "date"):
        stem = _strip_pair_words(name)
        partners = [clock for clock in clocks if _strip_pair_words(clock) == stem]
        if len(partners) == 1 and not columns.date_evidence(name).has_clock:
            pairs[name] = partners[0]
    pairs |= _pair_neighbors(columns, kinds, [clock for clock in clocks if clock not in pairs.values()], pairs)
    # One clock for two dates belongs to neither for certain.
    return {name: clock for name, clock in pairs.items() if list(pairs.values()).count(clock) == 1}


def _pair_neighbors(
    columns: ParsedColumns, kinds: dict[str, str], clocks: list[str], paired: Collection[str]
) -> dict[str, str]:
    """Return date -> the column right behind it, where that says no more than "Time" or "Heure".

    >>> frame = pd.DataFrame({"Date de création": ["06/01/2026"], "Heure": ["8h05"]})
    >>> kinds = {"Date de création": "date", "Heure": "category"}
    >>> _pair_neighbors(ParsedColumns(frame, frozenset()), kinds, ["Heure"], ())
    {'Date de création': 'Heure'}
    """
    names = list(columns)
    neighbors = {name: clock for name, clock in pairwise(names) if clock in clocks and not _strip_pair_words(clock)}
    return {
        name: clock
        for name, clock in neighbors.items()
        if kinds.get(name) == "date" and name not in paired and not columns.date_evidence(name).has_clock
    }


def find_half_day_column(columns: ParsedColumns) -> str | None:
    """Return the column that holds nothing but AM and PM; None without one.

    >>> find_half_day_column(ParsedColumns(pd.DataFrame({"Time": ["8:05"], "Half": ["p.m."]}), frozenset()))
    'Half'
    """
    return next((name for name in columns if _holds_halves(columns, name)), None)


def _holds_halves(columns: ParsedColumns, name: str) -> bool:
    """Return whether a column holds nothing but AM and PM."""
    present = columns.select_present(name, limit=200)
    return len(present) > 0 and all(
        isinstance(value, str) and _HALF.fullmatch(value.strip()) is not None for value in present
    )


def _is_half_day_clock(columns: ParsedColumns, name: str) -> bool:
    """Return whether all times of day are from 1 to 12 o'clock and none says which half of the day."""
    texts = [value.strip() for value in columns.select_present(name, limit=2000) if isinstance(value, str)]
    hours = [match for text in texts if (match := _HOUR.search(text)) is not None]
    return len(hours) == len(texts) > 0 and all(
        1 <= int(match[1]) <= 12 and _HALF.search(text) is None for match, text in zip(hours, texts, strict=True)
    )


def _strip_pair_words(header: str) -> tuple[str, ...]:
    """Return the words of a header without those for a date and a time of day."""
    return tuple(word for word in split_words(header) if word not in _PAIR_WORDS)


def _has_times_of_day(columns: ParsedColumns, name: str) -> bool:
    """Return whether nearly all values are times of day."""
    present = columns.select_present(name, limit=2000)
    if not len(present):
        return False
    texts = [str(value).strip() for value in present.tolist()]
    if _are_clock_digits([text.removesuffix(".0") for text in texts]) or _are_dotted_clocks(texts):
        return True
    clocks = sum(
        isinstance(value, time)
        or (isinstance(value, str) and is_time_of_day(value))
        or (isinstance(value, float) and 0 < value < 1)
        for value in present.tolist()
    )
    return clocks >= _TIME_SHARE * len(present)


def _are_clock_digits(texts: list[str]) -> bool:
    """Return whether texts are hours and minutes without a mark, 0815 or 815: at many minutes, over many hours.

    >>> _are_clock_digits([f"{hour}{minute:02}" for hour in range(8, 18) for minute in (5, 20, 45)])
    True
    """
    if not all(":" in write_clock_digits(text) and text.isdecimal() for text in texts):
        return False
    long = [text for text in texts if len(text) >= _CLOCK_DIGITS]
    return len(long) >= _TIME_SHARE * len(texts) and len({text[:-2] for text in long}) >= _FEWEST_HOURS


def _are_dotted_clocks(texts: list[str]) -> bool:
    """Return whether texts are hours and minutes with a dot, 8.05: at many minutes, over many hours.

    >>> _are_dotted_clocks([f"{hour}.{minute:02}" for hour in range(8, 18) for minute in (5, 20, 45)])
    True
    """
    clocks = [match for text in texts if (match := _DOTTED.fullmatch(text)) is not None]
    hours, minutes = {match[1] for match in clocks}, {match[2] for match in clocks}
    return len(clocks) >= _TIME_SHARE * len(texts) and min(len(hours), len(minutes)) >= _FEWEST_HOURS - 1


def find_unreadable_dates(columns: ParsedColumns, kinds: dict[str, str]) -> dict[str, str]:
    """Return header -> why, for each column that looks like dates of which too many cannot be read.

    >>> frame = pd.DataFrame({"Created": ["06/2026/01 x", "07/2026/01 x"]})
    >>> find_unreadable_dates(ParsedColumns(frame, frozenset()), {"Created": "category"})
    {'Created': "looks like dates, but 2 of 2 cannot be read; most are written like '99/9999/99 a'"}
    """
    found, half = {}, find_half_day_column(columns)
    for name, kind in kinds.items():
        if kind == "number" and has_date_word(name) and _are_long_numbers(columns.numbers(name)[0]):
            found[name] = "has the header of a date, but its numbers are none that mean dates"
        if kind not in ("category", "crowded_category", "short_text"):
            continue
        texts = [value.strip() for value in columns.select_present(name, 2000) if isinstance(value, str)]
        if texts and sum(map(tells_from_today, texts)) >= 0.8 * len(texts):
            found[name] = "tells dates from the day of the export on, as in '3 days ago', and that day is not known"
            continue
        looks_like_date = _is_named_date if has_date_word(name) else _looks_like_date
        if not texts or sum(map(looks_like_date, texts)) < 0.8 * len(texts):
            continue
        if sum(map(is_time_of_day, texts)) > 0.5 * len(texts):
            if half is not None and _is_half_day_clock(columns, name):
                found[name] = f"has times of a twelve-hour clock, and AM or PM stands in {half!r}; join the two columns"
            continue
        evidence = collect_evidence(texts, columns.missing)
        if evidence.read_share < 0.5 and not has_date_word(name):
            continue
        unread = [text for text in texts if collect_evidence([text]).unread]
        shape = Counter(re.sub(r"[^\W\d_]+", "a", text.translate(_MASK)) for text in unread).most_common(1)[0][0]
        found[name] = (
            f"looks like dates, but {len(unread):,} of {len(texts):,} cannot be read; "
            f"most are written like {shape[:40]!r}"
        )
    return found


def _are_long_numbers(numbers: np.ndarray) -> bool:
    """Return whether numbers are many different ones that count nothing: each has at least five digits."""
    present = numbers[~np.isnan(numbers)]
    return bool(len(present)) and present.min() >= _LONG_NUMBER and len(np.unique(present)) >= _FEWEST_LONG


def _is_named_date(text: str) -> bool:
    """Return whether a text below the header of a date is one in some writing: with digits, without a year, or told
    from today on ("3 days ago")."""
    if _has_digits(text) or tells_from_today(text):
        return True
    words = [remove_accents(word) for word in re.findall(r"[^\W\d_]+", text)]
    return any(character.isdigit() for character in text) and len(words) <= 3 and any(word in MONTHS for word in words)


def _has_digits(text: str) -> bool:
    """Return whether a text is short and has as many digits as a year."""
    return len(text) <= 60 and sum(character.isdigit() for character in text) >= 4


def _looks_like_date(text: str) -> bool:
    """Return whether a text has numbers and marks as dates have them, or a month's name with numbers."""
    if not _has_digits(text):
        return False
    tokens = re.findall(r"[^\W\d_]+", text.lower())
    return bool(_DIGITS_AND_MARKS.search(f"{text} ")) or any(word in MONTHS for word in tokens)


def _show(moment: np.datetime64) -> str:
    """Return a time as people write it, without a midnight."""
    text = str(moment.astype("datetime64[m]")).replace("T", " ")
    return text.removesuffix(" 00:00")
