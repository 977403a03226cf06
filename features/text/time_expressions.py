"""By when, in days? Dates and spans in a message: "in 2 or 3 weeks", "on Friday", "before my surgery on the 14th", "not
until spring".

Lives here: the patterns of dates, made from the words of ``[calendar]`` and the small words between them, as arrays.
Does not live here: the words themselves (``phrases.toml``), fixed phrases such as "next week" (``reader``), matching
and counting (``kernels.dates``)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from features.kernels.date_parser import Calendar

__all__ = ["build_calendar", "list_calendar_words"]

_PATTERNS = (
    ("long_span", "spans numbers small? numbers of? units !ago"),
    ("span", "spans numbers of? units !ago"),
    ("habit", "each weekdays"),
    ("habit", "weekdays small? weekdays? parts"),
    ("week_from", "week_from weekdays"),
    ("on_dated", "any_after months the? day year?"),
    ("on_nth", "any_after the? nth"),
    ("on_dated", "weekdays months the? day year?"),
    ("on_back", "weekdays day of? months"),
    ("on_nth", "weekdays the? nth"),
    ("on_digits", "weekdays marker? digits !hour"),
    ("dated", "months the? day year?"),
    ("back", "day of? months"),
    ("month_end", "month_end"),
    ("weekday", "next? weekdays"),
    ("nth", "the nth"),
    ("nth", "marker digits"),
    ("month", "leaders in_month? months the? !day"),
    ("season", "leaders in_season? seasons !tripped"),
)
"""What each reads (see ``kernels.dates``) and the kinds of words that it needs, in the order in which they are tried;
``?`` may stand, ``!`` must not.
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
        "not before",
        "no earlier than",
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
    "mid": 15.0,
    "middle of": 15.0,
    "the middle of": 15.0,
    "mediados de": 15.0,
    "late": 25.0,
    "last week of": 26.0,
    "the last week of": 26.0,
    "end of": 28.0,
    "the end of": 28.0,
    "finales de": 28.0,
    "fines de": 28.0,
    "a fines de": 28.0,
}
"""Small words before a month and the day of it that they mean, 0 for none; some of them lead to a month as well."""
_YEARS = {str(year): float(year) for year in range(2000, 2060)}
_DIGITS = {f"{number:0{width}d}" for width in (1, 2) for number in range(10**width)}
_NTHS = {digits + ending for digits in _DIGITS for ending in ("st", "nd", "rd", "th")}


def list_calendar_words(words: Mapping[str, Any]) -> set[str]:
    """Every word that the ``[calendar]`` part of the phrase file speaks of, numbers in digits besides; none where there
    is no such part.
    """
    if not words:
        return set()
    phrases = {phrase for kind in _kinds(words).values() for phrase in kind} | set(words.get("next_week", ()))
    return {word for phrase in phrases for word in phrase.split(" ")} | {*words.get("past", ()), *words.get("asks", ())}


def build_calendar(words: Mapping[str, Any], numbers: Mapping[str, int]) -> "Calendar":
    """The arrays for the ``[calendar]`` part of the phrase file, words by their ``numbers`` (all ``list_calendar_words`` and
    some others).
    """
    from features.kernels import date_parser as kernel

    kinds = _kinds(words) if words else {}
    code = {kind: number for number, kind in enumerate(kinds)}
    begins, number, tells = (np.full(len(numbers), empty, np.int64) for empty in (0, -1, 0))
    for kind, phrases in kinds.items():
        for phrase in phrases:
            begins[numbers[phrase.split(" ")[0]]] |= 1 << code[kind]
    for digits in (_DIGITS | _NTHS) if words else ():
        number[numbers[digits]] = int(digits.rstrip("stndrh"))
    for tale, told in ((kernel.PAST, words.get("past", ())), (kernel.CLAUSE_ENDS, ("|", ",", *words.get("asks", ())))):
        tells[[numbers[word] for word in told if word in numbers]] = tale
    spelt_out = [[item for item in phrases.items() if item[0] not in _DIGITS | _NTHS] for phrases in kinds.values()]
    rows = [sorted(items, key=lambda item: -len(item[0])) for items in spelt_out]
    return kernel.Calendar(
        begins,
        number,
        tells,
        _table([phrase for of_kind in rows for phrase, _ in of_kind], numbers),
        np.cumsum([0, *map(len, rows)]),
        np.array([value for of_kind in rows for _, value in of_kind], float),
        np.array([_pattern(reads, places.split(), code) for reads, places in _PATTERNS if words], np.int64).reshape(
            -1, 3 + 2 * _MOST_PLACES
        ),
        _table(words.get("next_week", ()), numbers),
    )


def _kinds(words: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """Kind of words in ``_PATTERNS`` -> phrase -> value."""
    digits, nths = dict.fromkeys(sorted(_DIGITS), 0.0), dict.fromkeys(sorted(_NTHS), 0.0)
    plain = {"spans": words["spans"], "ago": words["ago"], **_SMALL}
    leaders = dict.fromkeys(words["leaders"], 0.0) | {phrase: day for phrase, day in _IN_MONTH.items() if day}
    day = digits | nths | {"first": 1.0, "the first": 1.0, "primero": 1.0, "el primero": 1.0}
    valued = {
        "numbers": words["numbers"] | digits,
        "day": day,
        "digits": digits,
        "nth": nths,
        "year": _YEARS,
        "leaders": leaders,
        "in_month": _IN_MONTH,
    }
    as_written = {kind: words[kind] for kind in ("units", "months", "seasons", "weekdays")}
    return {**{kind: dict.fromkeys(phrases, 1.0) for kind, phrases in plain.items()}, **as_written, **valued}


def _table(phrases: Sequence[str], numbers: Mapping[str, int]) -> np.ndarray:
    """Rows of number of words, words."""
    rows = [[numbers[word] for word in phrase.split(" ")] for phrase in phrases]
    longest = max(map(len, rows), default=0)
    return np.array([(len(words), *words, *[-1] * (longest - len(words))) for words in rows], np.int64).reshape(
        len(rows), 1 + longest
    )


_MOST_PLACES = 7


def _pattern(reads: str, places: list[str], code: Mapping[str, int]) -> list[int]:
    """A row of ``Calendar.patterns``."""
    from features.kernels import date_parser as kernel

    rule = {"?": kernel.MAY, "!": kernel.MUST_NOT}
    row = [(code[place.strip("?!")], rule.get(place[0], rule.get(place[-1], kernel.MUST))) for place in places]
    opening = [kind for at, (kind, _) in enumerate(row) if all(earlier == kernel.MAY for _, earlier in row[:at])]
    needed = {kind for kind, one in row if one == kernel.MUST}
    bits = [sum(1 << kind for kind in kinds) for kinds in (opening, needed)]
    return [
        getattr(kernel, reads.upper()),
        *bits,
        *(number for place in row for number in place),
        *[-1, 0] * (_MOST_PLACES - len(row)),
    ]
