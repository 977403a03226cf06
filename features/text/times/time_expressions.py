"""By when, in days? Dates and spans such as "in 2 or 3 weeks", "on Friday", "by the 14th", "not until spring".

Lives here: the patterns of dates, built from the words of ``[calendar]`` and the small words between them, as arrays.
Does not live here: the words themselves (``phrase_lexicon.toml``, ``time_words``), fixed phrases such as "next week"
(``message_reader``), matching and counting (``kernels.date_parser``).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from features.text.times.time_words import (
    AFTER_THAT,
    CARDINAL_DAYS,
    FIRST_SPOKEN_NTH,
    HOLIDAYS,
    IN_MONTH,
    LAST_YEAR,
    OF_NEXT_WEEK,
    OF_THIS_WEEK,
    ORDINAL_DAYS,
    PLURAL_WEEKDAYS,
    SMALL,
    WEEKS_FROM,
    WHICH,
)

if TYPE_CHECKING:
    from features.kernels.date_parser import Calendar

__all__ = ["build_calendar", "list_calendar_words"]

_PATTERNS = (
    ("long_span", "spans numbers small? numbers of? units !ago"),
    ("span", "spans? numbers of? units ahead"),
    ("span", "spans numbers of? units !ago"),
    ("habit", "named_days"),
    ("habit", "named_doctor weekdays"),
    ("habit", "day? months streets"),
    ("habit", "numbers units today"),
    ("habit", "all_but weekdays"),
    ("habit", "all_but plural_weekdays"),
    ("habit", "never plural_weekdays"),
    ("habit", "plural_weekdays fails"),
    ("habit", "all_but months the? day year?"),
    ("habit", "all_but the? nth"),
    ("habit", "work_week"),
    ("habit", "due in_month? months the? day? year?"),
    ("habit", "each weekdays"),
    ("habit", "weekdays through weekdays"),
    ("nth_weekday", "the? which weekdays of_in months"),
    ("in_next_week", "of_next_week"),
    ("in_this_week", "of_this_week"),
    ("habit", "weekdays small? weekdays? parts"),
    ("habit", "plural_weekdays parts"),
    ("week_from", "weeks_from weekdays"),
    ("week_from", "weeks_from? weekdays after_next"),
    ("by_weekday", "deadline weekdays"),
    ("by_weekday", "earliest weekdays"),
    ("on_dated", "any_after months the? day year?"),
    ("on_dated", "any_after months the? spoken_day"),
    ("on_back", "any_after day of? months of? year?"),
    ("on_nth", "any_after the? nth"),
    ("on_season", "weekdays leaders in_season? seasons"),
    ("on_dated", "weekdays_then months the? day year?"),
    ("on_back", "weekdays_then day of? months of? year?"),
    ("on_nth", "weekdays_then the? nth"),
    ("on_digits", "weekdays marker? digits !hour"),
    ("dated", "months the? day year? weekdays?"),
    ("dated", "months the? spoken_day weekdays?"),
    ("on_back", "the day of? months of? year?"),
    ("on_back", "marker day of months of? year?"),
    ("back", "day of? months of? year?"),
    ("nth", "the? nth of_month"),
    ("month_end", "month_end"),
    ("month_start", "month_start"),
    ("day_of_next_week", "weekdays of? the_next_week"),
    ("after_that", "after_that !ahead_of"),
    ("weekday", "next? plural_weekdays"),
    ("weekday", "next? weekdays this_week"),
    ("weekday", "next? weekdays"),
    ("weekday", "this_next short_weekdays"),
    ("weekday", "next? short_weekdays day_part"),
    ("nth", "the nth"),
    ("nth", "the? nth suits"),
    ("nth", "marker digits"),
    ("month", "leaders in_month? months of? year"),
    ("month", "leaders in_month? months the? !day"),
    ("month", "leaders? in_month? months suits"),
    ("season", "leaders? in_season? holidays year"),
    ("season", "leaders? in_season? holidays"),
    ("season", "leaders in_season? seasons of? year"),
    ("season", "leaders in_season? seasons !tripped"),
)
"""Form (see ``kernels.days_ahead``) and kinds of words of each pattern, in the order in which they are tried.

``?`` may be missing, ``!`` must not follow. Longer patterns come first: "monday the 16th" is not "monday".
"""
_YEARS = {str(year): float(year) for year in range(2000, LAST_YEAR + 1)} | {"last year": 1000.0, "of last year": 1000.0}
_DIGITS = {f"{number:0{width}d}" for width in (1, 2) for number in range(10**width)}
_NTHS = {digits + ending for digits in _DIGITS for ending in ("st", "nd", "rd", "th")}


def list_calendar_words(calendar: Mapping[str, Any]) -> set[str]:
    """List every word of the ``[calendar]`` part of the phrase file, and numbers in digits; none without that part."""
    if not calendar:
        return set()
    phrases = {phrase for kind in _list_kinds(calendar).values() for phrase in kind} | set(
        calendar.get("next_week", ())
    )
    single_words = {*calendar.get("past", ()), *calendar.get("asks", ()), *calendar.get("called_off", ())}
    for kind in ("asks_for_new", "leads_to_new", "not_since", "moves_to", "not_before", "excepts"):
        single_words |= {*calendar.get(kind, ())}
    return {word for phrase in phrases for word in phrase.split(" ")} | single_words


def build_calendar(calendar: Mapping[str, Any], numbers: Mapping[str, int]) -> "Calendar":
    """Build the arrays of the ``[calendar]`` part of the phrase file, with all its words in ``numbers``."""
    from features.kernels import date_parser as kernel

    kinds = _list_kinds(calendar) if calendar else {}
    code = {kind: number for number, kind in enumerate(kinds)}
    begins, number, tense = (np.full(len(numbers), empty, np.int64) for empty in (0, -1, 0))
    for kind, phrases in kinds.items():
        for phrase in phrases:
            # Bit k: a phrase of kind k begins with this word; "may" may be a month and nothing else, "first" a day.
            begins[numbers[phrase.split(" ")[0]]] |= 1 << code[kind]
    for digits in (_DIGITS | _NTHS) if calendar else ():
        number[numbers[digits]] = int(digits.rstrip("stndrh"))
    clause_ends = ("|", ",", *calendar.get("asks", ()))
    not_since = calendar.get("not_since", ())
    for effect, words in (
        (kernel.PAST, calendar.get("past", ())),
        (kernel.NOT_SINCE, not_since),
        (kernel.EXCEPT, calendar.get("excepts", ())),
        (kernel.CLAUSE_ENDS, clause_ends),
    ):
        tense[[numbers[word] for word in words if word in numbers]] = effect
    # Numbers in digits are read by ``number``; the other phrases of a kind are compared, the longest first.
    spelled_out = [[item for item in phrases.items() if item[0] not in _DIGITS | _NTHS] for phrases in kinds.values()]
    rows = [sorted(items, key=lambda item: -len(item[0])) for items in spelled_out]
    patterns = [_lay_out_pattern(form, positions.split(), code) for form, positions in _PATTERNS if calendar]
    return kernel.Calendar(
        begins,
        number,
        tense,
        _lay_out_phrases([phrase for of_kind in rows for phrase, _ in of_kind], numbers),
        np.cumsum([0, *map(len, rows)]),
        np.array([value for of_kind in rows for _, value in of_kind], float),
        np.array(patterns, np.int64).reshape(-1, 3 + 2 * _MAX_POSITIONS),
        _lay_out_phrases(calendar.get("next_week", ()), numbers),
        sum(1 << code[kind] for kind in _NUMERIC if kind in code),
    )


def _list_kinds(calendar: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Return kind of words in ``_PATTERNS`` -> phrase -> value."""
    digits, nths = dict.fromkeys(sorted(_DIGITS), 0.0), dict.fromkeys(sorted(_NTHS), 0.0)
    unvalued = {"spans": calendar["spans"], "ago": calendar["ago"], **SMALL}
    leaders = dict.fromkeys(calendar["leaders"], 0.0) | {phrase: day for phrase, day in IN_MONTH.items() if day}
    day = digits | nths | ORDINAL_DAYS | {"the first": 1.0, "primero": 1.0, "el primero": 1.0}
    spoken_nths = {word: day for word, day in ORDINAL_DAYS.items() if day >= FIRST_SPOKEN_NTH}
    valued = {
        "numbers": calendar["numbers"] | digits,
        "day": day,
        "spoken_day": CARDINAL_DAYS,
        "digits": digits,
        "nth": nths | spoken_nths,
        "year": _YEARS,
        "leaders": leaders,
        "in_month": IN_MONTH,
        "weeks_from": WEEKS_FROM,
        "which": WHICH,
        "of_next_week": OF_NEXT_WEEK,
        "of_this_week": OF_THIS_WEEK,
        "plural_weekdays": PLURAL_WEEKDAYS,
        "after_that": AFTER_THAT,
        "weekdays_then": {f"{day} ,": number for day, number in calendar["weekdays"].items()} | calendar["weekdays"],
        "holidays": {name: day for name, day in calendar["seasons"].items() if name in HOLIDAYS},
        "short_weekdays": {"sat": 5.0, "sun": 6.0},
        "this_next": {"on": 0.0, "this": 0.0, "next": 1.0},
    }
    as_written = {kind: calendar[kind] for kind in ("units", "months", "seasons", "weekdays")}
    return {**{kind: dict.fromkeys(phrases, 1.0) for kind, phrases in unvalued.items()}, **as_written, **valued}


def _lay_out_phrases(phrases: Sequence[str], numbers: Mapping[str, int]) -> np.ndarray:
    """Return a row for each phrase: number of words, words, padded with -1."""
    rows = [[numbers[word] for word in phrase.split(" ")] for phrase in phrases]
    longest = max(map(len, rows), default=0)
    padded = [(len(row), *row, *[-1] * (longest - len(row))) for row in rows]
    return np.array(padded, np.int64).reshape(len(rows), 1 + longest)


_MAX_POSITIONS = 7
_NUMERIC = ("numbers", "day", "digits", "nth", "which")
"""Kinds of words that a number in digits belongs to; "4th" begins the "4th of july", too, and is no season."""


def _lay_out_pattern(form: str, positions: list[str], code: Mapping[str, int]) -> list[int]:
    """Return a row of ``Calendar.patterns``.

    Example "numbers of? units": it begins with "numbers", needs "numbers" and "units", and its three positions have the
    rules MUST, MAY and MUST.
    """
    from features.kernels import date_parser as kernel
    from features.kernels import days_ahead

    rules = {"?": kernel.MAY, "!": kernel.MUST_NOT}
    row = []
    for position in positions:
        rule = rules.get(position[0], rules.get(position[-1], kernel.MUST))
        row.append((code[position.strip("?!")], rule))
    # It may begin with every position up to the first that must not be missing.
    opening = [kind for at, (kind, _) in enumerate(row) if all(earlier == kernel.MAY for _, earlier in row[:at])]
    needed = {kind for kind, rule in row if rule == kernel.MUST}
    bits = [sum(1 << kind for kind in kinds) for kinds in (opening, needed)]
    return [
        getattr(days_ahead, form.upper()),
        *bits,
        *(number for position in row for number in position),
        *[-1, 0] * (_MAX_POSITIONS - len(row)),
    ]
