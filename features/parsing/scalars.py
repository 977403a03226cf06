"""What does one raw value mean: which text, category, number, or yes or no?

Lives here: ``parse_<kind>(value)`` for one value, plain Python, about a microsecond. There is ONE definition: a column
applies the same function to each distinct value (``column_values``), so a table and a single payload always agree.
Taking off marks around a value that say nothing lives here, too.
Does not live here: times (``timestamps``), which column is which (``mapping``), what to do about a value that cannot be
parsed (``tables``).

``bad`` always means that a value is present but cannot be parsed. A missing value is not bad.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd

from features.arrays.text_memory import remember_texts
from features.parsing.number_formats import (
    AS_WRITTEN,
    NumberFormat,
    is_written_number,
    read_written_number,
)

__all__ = [
    "MISSING",
    "TEXT_LIMIT",
    "parse_category",
    "is_missing",
    "may_be_number",
    "normalize_missing_markers",
    "parse_number",
    "parse_text",
    "parse_yes_no",
    "strip_marks",
]

TEXT_LIMIT = 10_000
"""Maximum number of characters of a text; the rest is cut off."""

MISSING = frozenset({"", "null", "none", "n/a", "#n/a", "na", "<na>", "-", "nan", "nat", "undefined"})
"""Texts that mean "missing", in upper or lower case."""

YES = frozenset(
    "yes y true t 1 1.0 on si sí s oui vrai ja j wahr verdadero sim verdadeiro da tak ano igen evet kyllä kylla да 是 "
    "はい 예 네 checked x ✓ ✔ ☑ ✅".split()
)
NO = frozenset(
    "no n false f 0 0.0 off non faux nein falsch falso não nao nej nee nie nei ne nem ei hayır hayir нет 否 いいえ "
    "아니오 아니요 unchecked ✗ ✘ ☐ ❌".split()
)

_ANSWER_IN_SENTENCE = re.compile(r"([^\W\d_]{2,5})(?:\s*[,;:.(\u2013\u2014]|\s+-)\s*(?=[^\W\d_])(.{1,80})", re.DOTALL)
"""Yes or no, and what a form lets the person say behind it: "Yes, I am a patient". A hyphen without a space joins two
words: "no-show", "on-site"."""
_NOT_SURE = frozenset("sure unsure know unknown idea maybe perhaps but seguro".split())
NAN = float("nan")

_PLAIN_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]"
)
"""Control characters, and those that nobody sees: soft hyphens, directions, spaces of no width. The joiners of emoji
and of Persian words stay."""
_OTHER_FORM = re.compile("[\uff00-\uffef\u0300-\u036f]")
"""Full-width letters and accents of their own: a category is composed to the usual letters."""

_OUTER_MARKS = " \t\r\n'\"`\u2018\u2019\u201c\u201d\u00ab\u00bb\u2022\u00b7\u25cf\u25aa\u2023\ufe0f\u200d"
_MARKS_IN_FRONT = _OUTER_MARKS + ";|/-\u2013"
_MARKS_BEHIND = _OUTER_MARKS + ".,;:|!*/-\u2013"
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_JSON_OBJECT = re.compile(r"\{\s*\"(?:label|value|name|text|title)\"\s*:\s*\"([^\"]*)\"\s*\}")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_TAG_OF_LINE = re.compile(r"(?:\s*</?(?:br|li|p|div|ul|ol|td|tr)\b[^<>]{0,80}>\s*)+", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{2,5}|#x[0-9a-f]{2,4}|[a-z]{2,8});", re.IGNORECASE)
_ESCAPED_BYTE = re.compile(r"%[0-9A-Fa-f]{2}")
_BETWEEN_CHOICES = re.compile(r"\s*[;,|\n]\s*")
_FEWEST_LETTERS = 3
"""A shorter value is a code, in which a mark may mean something: "A*"."""
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


def normalize_missing_markers(extra: Iterable[str] = ()) -> frozenset[str]:
    """Return the texts that mean "missing": the usual ones and those of an export, such as ``Select``. Case is ignored.

    >>> "select" in normalize_missing_markers(["Select"])
    True
    """
    return MISSING | {" ".join(marker.split()).casefold() for marker in extra}


def is_missing(value: Any, missing: frozenset[str] = MISSING) -> bool:
    """Return whether a value is missing.

    >>> [is_missing(value) for value in (None, float("nan"), " N/A ", 0, "no")]
    [True, True, True, False, False]
    """
    if isinstance(value, str):
        folded = value.strip().casefold()
        return folded in missing or (" " in folded and _has_spaces(missing) and " ".join(folded.split()) in missing)
    if value is None or value is pd.NA:
        return True
    return isinstance(value, (float, np.floating, datetime, np.datetime64, Decimal)) and value != value


@lru_cache(maxsize=64)
def _has_spaces(missing: frozenset[str]) -> bool:
    """Whether any of the texts that mean "missing" has several words: only then a message has to be compared."""
    return any(" " in marker for marker in missing)


def parse_text(value: Any, missing: frozenset[str] = MISSING) -> tuple[str | None, bool]:
    """Return (text, bad).

    The text is stripped and cut at 10,000 characters. Tabs become spaces; other control characters except the line feed
    are removed.

    >>> parse_text("  knee\\thurts \\x07"), parse_text(3.0), parse_text(None), parse_text(["knee"])
    (('knee hurts', False), ('3', False), (None, False), (None, True))
    """
    if is_missing(value, missing):
        return None, False
    if isinstance(value, str):
        text = value.strip()
    elif isinstance(value, (bool, np.bool_, int, np.integer)):
        text = str(value)
    elif isinstance(value, (float, np.floating)):
        # Up to 1e15 a float holds every whole number and its text is exact: an id of 7001.0 is the text "7001".
        text = str(int(value)) if abs(value) < 1e15 and value == int(value) else str(float(value))
    elif isinstance(value, (Decimal, date, np.datetime64)):
        text = str(value)
    else:
        return None, True
    # Nearly every text is printable, and asking is far quicker than a substitution that changes nothing.
    if not text.isprintable():
        text = _CONTROL.sub(_replace_control_character, text.replace("\r\n", "\n")).strip()
        if text.casefold() in missing:
            return None, False
    return (text, False) if len(text) <= TEXT_LIMIT else (text[:TEXT_LIMIT].rstrip(), False)


def parse_category(value: Any, missing: frozenset[str] = MISSING) -> tuple[str | None, bool]:
    """Return (category, bad): as ``parse_text``, with each run of white space folded to one space.

    >>> parse_category(" Organic   Search ")
    ('Organic Search', False)
    """
    text, bad = parse_text(value, missing)
    if text is None or (text.isascii() and text.isalnum()):
        return text, bad
    text = " ".join(text.split())
    if not text.isascii() and _OTHER_FORM.search(text):
        text = " ".join(unicodedata.normalize("NFKC", text).split())
    return (None, False) if text.casefold() in missing else (text, bad)


def parse_number(
    value: Any, missing: frozenset[str] = MISSING, number_format: NumberFormat = AS_WRITTEN
) -> tuple[float, bool]:
    """Return (number, bad); NaN if missing or bad. "45%" is 45; one comma before three digits separates thousands,
    unless ``number_format`` says that it is a decimal comma.

    >>> [parse_number(value)[0] for value in ("1,234.5", "$12", "45%", "12,5", "1.234,56", True)]
    [1234.5, 12.0, 45.0, 12.5, 1234.56, 1.0]
    >>> parse_number("about 5"), parse_number("inf")
    ((nan, True), (nan, True))
    """
    if is_missing(value, missing):
        return NAN, False
    if isinstance(value, str):
        text = value.strip()
        is_plain = _PLAIN_NUMBER.fullmatch(text) and (number_format.decimal in (None, "point") or "." not in text)
        number = float(text) if is_plain else read_written_number(text, number_format)
    elif isinstance(value, (int, float, np.bool_, np.integer, np.floating, Decimal)):
        try:
            number = float(value)
        except OverflowError:
            return NAN, True
    else:
        return NAN, True
    return (number, False) if -np.inf < number < np.inf else (NAN, True)


def may_be_number(value: Any) -> bool:
    """Return whether a value is a number in a column of some format.

    >>> may_be_number("2 min"), may_be_number("1e5"), may_be_number("Boston")
    (True, True, False)
    """
    if not isinstance(value, str):
        return True
    text = value.strip()
    return _PLAIN_NUMBER.fullmatch(text) is not None or is_written_number(text)


def parse_yes_no(value: Any, missing: frozenset[str] = MISSING) -> tuple[float, bool]:
    """Return (1.0 for yes, 0.0 for no or NaN, bad).

    >>> parse_yes_no("Y"), parse_yes_no(False), parse_yes_no("perhaps"), parse_yes_no("")
    ((1.0, False), (0.0, False), (nan, True), (nan, False))
    >>> parse_yes_no("No, I am new"), parse_yes_no("no - not sure")
    ((0.0, False), (nan, True))
    """
    if is_missing(value, missing):
        return NAN, False
    if isinstance(value, str):
        text = value.strip().casefold().rstrip(".!")
        if not text.isascii() and len(text) > 1:
            text = "".join(sign for sign in text if unicodedata.category(sign) not in ("So", "Mn")).strip() or text
        sentence = _ANSWER_IN_SENTENCE.fullmatch(text)
        if sentence is not None and _NOT_SURE.isdisjoint(words := re.findall(r"\w+", sentence[2])):
            # "No, yes I am" is both.
            text = text if words[0] in (YES if sentence[1] in NO else NO) else sentence[1]
        if text in YES:
            return 1.0, False
        return (0.0, False) if text in NO else (NAN, True)
    # 2 is no answer to a yes-or-no question: it is bad, not yes.
    if isinstance(value, (int, float, np.bool_, np.integer, np.floating, Decimal)) and value in (0, 1):
        return float(value), False
    return NAN, True


def _replace_control_character(match: re.Match[str]) -> str:
    """Return the replacement of a control character."""
    if match[0] == "\t":
        return " "
    return "\n" if match[0] in "\r\u2028\u2029" else ""


@remember_texts(65_536)
def strip_marks(text: str) -> str:
    """Return a value without the marks around it that say nothing; the value itself where little else is left.

    Tags, the escapes of links and of HTML, and a choice that is said twice count as marks.

    >>> [strip_marks(text) for text in ("\\u2022 Web form", "\\u201cAetna\\u201d", "(phone)", "MRI scan.", "5+", "A*")]
    ['Web form', 'Aetna', 'phone', 'MRI scan', '5+', 'A*']
    >>> [strip_marks(text) for text in ("<b>Aetna</b>", "MRI%20scan", "Aetna; Aetna", "Aetna; Cigna")]
    ['Aetna', 'MRI scan', 'Aetna', 'Aetna; Cigna']
    >>> [strip_marks(text) for text in ("Sports &amp; Spine", "X-ray<br>MRI")]
    ['Sports & Spine', 'X-ray; MRI']
    """
    core, before = _strip_markup(text), None
    while core != before:
        before = core
        core = core.lstrip(_MARKS_IN_FRONT).rstrip(_MARKS_BEHIND)
        if core and unicodedata.category(core[-1]) in ("So", "Sk"):
            core = core[:-1]
        if core and unicodedata.category(core[0]) in ("So", "Sk"):
            core = core[1:]
        if len(core) > 2 and _BRACKETS.get(core[0]) == core[-1] and core.count(core[0]) == 1:
            core = core[1:-1]
    return core if sum(map(str.isalpha, core)) >= _FEWEST_LETTERS else text


def _decode_link(text: str) -> str:
    """Return a text without the escapes of links; as it is where they are none: "50%DEal"."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return text


def _strip_markup(text: str) -> str:
    """Return a value without tags and the escapes of links; a choice that is said twice is said once."""
    if "&" in text and _ENTITY.search(text):
        # Some exports escape twice: "&amp;amp;".
        text = html.unescape(html.unescape(text))
    if "<" in text:
        lines = [line for line in _TAG_OF_LINE.split(_CDATA.sub(r"\1", text)) if line]
        text = _TAG.sub("", "; ".join(lines))
    if "{" in text:
        text = _JSON_OBJECT.sub(r"\1", text)
    if "%" in text and _ESCAPED_BYTE.search(text):
        text = _decode_link(text)
    if ";" in text or "," in text or "|" in text:
        choices = [choice for choice in _BETWEEN_CHOICES.split(text) if choice]
        if len(choices) > 1 and len({choice.casefold() for choice in choices}) == 1:
            return choices[0]
    return text
