"""By when, in days? Dates and spans such as "in 2 or 3 weeks", "on Friday", "by the 14th", "not until spring".

Lives here: the patterns of dates, built from the words of ``[calendar]`` and the small words between them, as arrays.
Does not live here: the words themselves (``phrase_lexicon.toml``), fixed phrases such as "next week"
(``message_reader``), matching and counting (``kernels.date_parser``).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from features.kernels.date_parser import Calendar

__all__ = ["build_calendar", "list_calendar_words"]

_PATTERNS = (
    ("long_span", "spans numbers small? numbers of? units !ago"),
    ("span", "spans? numbers of? units ahead"),
    ("span", "spans numbers of? units !ago"),
    ("habit", "work_week"),
    ("habit", "due in_month? months the? day? year?"),
    ("habit", "each weekdays"),
    ("habit", "weekdays small? weekdays? parts"),
    ("week_from", "week_from weekdays"),
    ("week_from", "week_from? weekdays after_next"),
    ("by_weekday", "deadline weekdays"),
    ("on_dated", "any_after months the? day year?"),
    ("on_dated", "any_after months the? spoken_day"),
    ("on_back", "any_after day of? months"),
    ("on_nth", "any_after the? nth"),
    ("on_season", "weekdays leaders in_season? seasons"),
    ("on_dated", "weekdays months the? day year?"),
    ("on_back", "weekdays day of? months"),
    ("on_nth", "weekdays the? nth"),
    ("on_digits", "weekdays marker? digits !hour"),
    ("dated", "months the? day year? weekdays?"),
    ("dated", "months the? spoken_day weekdays?"),
    ("back", "day of? months"),
    ("month_end", "month_end"),
    ("month_start", "month_start"),
    ("weekday", "next? weekdays"),
    ("nth", "the nth"),
    ("nth", "marker digits"),
    ("month", "leaders in_month? months the? !day"),
    ("month", "leaders? in_month? months suits"),
    ("season", "leaders in_season? seasons !tripped"),
)
"""Form (see ``kernels.date_parser``) and kinds of words of each pattern, in the order in which they are tried.

``?`` may be missing, ``!`` must not follow. Longer patterns come first: "monday the 16th" is not "monday".
"""
_SMALL = {
    "small": ("or", "to", "o", "a"),
    "of": ("of", "de"),
    "the": ("the",),
    "marker": ("el", "dia"),
    "next": ("next", "proximo", "el proximo"),
    "in_season": ("the", "la", "el", "mid", "early", "late"),
    "each": ("each", "every", "los", "cada", "todos los"),
    "week_from": ("a week from", "week from", "one week from"),
    "parts": ("mornings", "afternoons", "evenings", "nights", "off"),
    "hour": ("am", "pm", "a", "p", "ish", "oclock", "or", "to", "days", "weeks", "months", "times", "15", "30", "45"),
    "any_after": (
        "any day after",
        "any time after",
        "anytime after",
        "free after",
        "available after",
        "after",
        "after the",
        "from",
        "starting",
        "not before",
        "no earlier than",
        "no sooner than",
        "no later than",
        "not later than",
    ),
    "ahead": ("from now", "from today", "away", "out is fine", "out is ok", "out is okay", "out is good", "out works"),
    "work_week": (
        "monday friday",
        "mon fri",
        "m f",
        *(f"{a} {to} {b}" for a, b in (("monday", "friday"), ("mon", "fri")) for to in ("through", "thru", "to")),
    ),
    "due": ("due", "due on", "due in", "due date", "due date is", "due date of", "due date in"),
    "after_next": ("after next",),
    "deadline": ("no later than", "not later than", "at the latest by"),
    "suits": (
        "works",
        "would work",
        "would be",
        "is good",
        "is fine",
        "is best",
        "is ok",
        "is okay",
        "or so",
        "at the earliest",
    ),
    "month_start": (
        "first of the month",
        "the first of the month",
        "first week of the month",
        "the first week of the month",
        "beginning of the month",
        "start of the month",
        "primeros del mes",
        "principios de mes",
    ),
    "tripped": ("in", "at", "from", "on", "off", "down"),
    "month_end": (
        "end of the month",
        "end of this month",
        "end of month",
        "this month",
        "fin de mes",
        "fin del mes",
        "fines de mes",
        "fines de este mes",
        "fines del mes",
        "finales de mes",
        "finales de este mes",
        "finales del mes",
        "este mes",
    ),
}
_IN_MONTH = {
    "the": 0.0,
    "early": 5.0,
    "beginning of": 1.0,
    "the beginning of": 1.0,
    "start of": 1.0,
    "the start of": 1.0,
    "first week of": 3.0,
    "the first week of": 3.0,
    "1st week of": 3.0,
    "the 1st week of": 3.0,
    "principios de": 3.0,
    "first few days of": 3.0,
    "the first few days of": 3.0,
    "first half of": 8.0,
    "the first half of": 8.0,
    "second week of": 11.0,
    "the second week of": 11.0,
    "2nd week of": 11.0,
    "third week of": 18.0,
    "the third week of": 18.0,
    "3rd week of": 18.0,
    "second half of": 20.0,
    "the second half of": 20.0,
    "mid": 15.0,
    "middle of": 15.0,
    "the middle of": 15.0,
    "mediados de": 15.0,
    "late": 25.0,
    "last week of": 26.0,
    "the last week of": 26.0,
    "last few days of": 28.0,
    "the last few days of": 28.0,
    "last days of": 28.0,
    "the last days of": 28.0,
    "end of": 28.0,
    "the end of": 28.0,
    "finales de": 28.0,
    "fines de": 28.0,
    "a fines de": 28.0,
}
"""Words before a month and the day of it that they mean, 0 for none. Some also introduce a month on their own."""
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split() + [f"twenty {word}" for word in "first second third fourth fifth sixth seventh eighth ninth".split()]
_ORDINAL_DAYS = {word: float(day) for day, word in enumerate([*_ORDINALS, "thirtieth", "thirty first"], 1)}
"""Days as they are spoken: "march twenty second"."""
_FIRST_SPOKEN_NTH = 11
"""From here on "the eleventh" alone is a day; below it, it more often counts something: "the fifth time"."""
_CARDINALS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
    + [f"twenty {word}" for word in "one two three four five six seven eight nine".split()]
    + ["thirty", "thirty one"]
)
_CARDINAL_DAYS = {word: float(day) for day, word in enumerate(_CARDINALS, 10)}
"""Days as voice-to-text writes them, "march twenty two"; below ten, "may one" is no day."""
_YEARS = {str(year): float(year) for year in range(2000, 2060)}
_DIGITS = {f"{number:0{width}d}" for width in (1, 2) for number in range(10**width)}
_NTHS = {digits + ending for digits in _DIGITS for ending in ("st", "nd", "rd", "th")}


def list_calendar_words(calendar: Mapping[str, Any]) -> set[str]:
    """List every word of the ``[calendar]`` part of the phrase file, and numbers in digits; none without that part."""
    if not calendar:
        return set()
    phrases = {phrase for kind in _list_kinds(calendar).values() for phrase in kind} | set(
        calendar.get("next_week", ())
    )
    single_words = {*calendar.get("past", ()), *calendar.get("asks", ())}
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
    for effect, words in ((kernel.PAST, calendar.get("past", ())), (kernel.CLAUSE_ENDS, clause_ends)):
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
    unvalued = {"spans": calendar["spans"], "ago": calendar["ago"], **_SMALL}
    leaders = dict.fromkeys(calendar["leaders"], 0.0) | {phrase: day for phrase, day in _IN_MONTH.items() if day}
    day = digits | nths | _ORDINAL_DAYS | {"the first": 1.0, "primero": 1.0, "el primero": 1.0}
    spoken_nths = {word: day for word, day in _ORDINAL_DAYS.items() if day >= _FIRST_SPOKEN_NTH}
    valued = {
        "numbers": calendar["numbers"] | digits,
        "day": day,
        "spoken_day": _CARDINAL_DAYS,
        "digits": digits,
        "nth": nths | spoken_nths,
        "year": _YEARS,
        "leaders": leaders,
        "in_month": _IN_MONTH,
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
_NUMERIC = ("numbers", "day", "digits", "nth")
"""Kinds of words that a number in digits belongs to; "4th" begins the "4th of july", too, and is no season."""


def _lay_out_pattern(form: str, positions: list[str], code: Mapping[str, int]) -> list[int]:
    """Return a row of ``Calendar.patterns``.

    Example "numbers of? units": it begins with "numbers", needs "numbers" and "units", and its three positions have the
    rules MUST, MAY and MUST.
    """
    from features.kernels import date_parser as kernel

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
        getattr(kernel, form.upper()),
        *bits,
        *(number for position in row for number in position),
        *[-1, 0] * (_MAX_POSITIONS - len(row)),
    ]
