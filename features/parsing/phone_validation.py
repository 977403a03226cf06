"""Is this a valid phone number, and what is its E.164 form?

Lives here: numbers in the usual US notation, checked against the patterns that ``phonenumbers`` has for the countries
of code 1, in the library's order. Any other notation goes to the library itself, which is about fifty times slower.
Does not live here: what a valid number says about a lead (``signals.reachability``), who inquired before
(``point_in_time.contact_index``).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

from features.array_types import ObjectArray
from features.arrays.text_memory import remember_texts

__all__ = ["find_phone", "find_usual_numbers", "normalize_by_library", "normalize_phone"]

_GROUPS = r"\)?[ .-]?([0-9]{3})[ .-]?([0-9]{4})"
_US_NUMBER = re.compile(rf"(?:\+?1[ .-]?)?\(?([2-9][0-9]{{2}}){_GROUPS}")
"""Ten digits, with or without the code 1 and grouping: the library could not read these in any other way."""
_US_GROUPS = r"^(?:\+?1[ .-]?)?\(?(?P<start>[2-9][0-9]{2}\)?[ .-]?[0-9]{3})[ .-]?(?P<line>[0-9]{4})$"
"""The same for Arrow, in two groups."""
_NEVER_VALID = re.compile(
    rf"(?:\+?1[ .-]?)?\(?(?!011)[01][0-9]{{2}}{_GROUPS}|[2-9][0-9]{{0,5}}|[2-9][0-9]{{10,13}}|"
    rf"\(?[2-9][0-9]{{2}}{_GROUPS} ?\((?:cell|home|mobile|work)\)"
)
"""Texts the library always rejects: an area code that starts with 0 or 1 (except 011, which dials abroad), too few or
too many digits, or a word after the number, whose letters it reads as digits of a keypad."""

_NATIONAL_DIGITS, _LINE_DIGITS = 10, 4
"""Digits of a national number, and the digits at its end that most patterns leave open."""

_NUMBER_TYPES = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "fixed_line",
    "mobile",
)


_ONE_NUMBER = re.compile(r"[0-9 ().+-]*")
_FEWEST_DIGITS = 7
_DIALED_ABROAD = re.compile(r"00[1-9]")
"""The prefix that most of the world dials before the code of another country."""


def find_phone(text: str) -> str | None:
    """Return the first valid number in a text, in E.164 form: with an extension, a remark, a second number, or as a
    spreadsheet writes it; None if there is none.

    >>> [find_phone(text) for text in ("6175550123.0", "617-555-0123 (call after 5)", "12 / (617) 555-0123 x4")]
    ['+16175550123', '+16175550123', '+16175550123']
    """
    return normalize_phone(text) or _find_in_text(text)


@remember_texts(65_536)
def _find_in_text(text: str) -> str | None:
    """Return the first valid number among other words and marks."""
    folded = unicodedata.normalize("NFKC", text).strip().lstrip("'=\"").rstrip("\"'")
    folded = re.sub(r"[\u2010-\u2015\u2212]", "-", re.sub(r"(?<=[0-9])\.0+$", "", folded))
    if sum(character.isdigit() for character in folded) < _FEWEST_DIGITS:
        return None
    number = normalize_phone(folded) or (normalize_phone(f"+{folded[2:]}") if _DIALED_ABROAD.match(folded) else None)
    if number is not None or _ONE_NUMBER.fullmatch(folded):
        return number
    numbers = (
        phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        for match in phonenumbers.PhoneNumberMatcher(folded, "US")
    )
    parts = (normalize_phone(part.strip(" .:-")) for part in re.split(r"[A-Za-z]{2,}|[/,;|&:]", folded))
    return next(numbers, None) or next((part for part in parts if part), None)


def find_usual_numbers(texts: ObjectArray) -> np.ndarray:
    """Return the ten digits of each text that is a valid number in the usual US notation; empty for any other text.

    Many texts at once, in a twentieth of the time that ``normalize_phone`` takes. Where a number's last four digits
    decide whether it is valid, it is left out, too. Shape as given.

    >>> find_usual_numbers(np.array(["(617) 555-0123", "+1 617 555 0123", "617-555-0123 x4", None], object)).tolist()
    ['6175550123', '6175550123', '', '']
    """
    try:
        groups = pc.extract_regex(pa.array(texts, pa.large_string()), _US_GROUPS)
    except UnicodeEncodeError:
        # Arrow cannot hold half a surrogate pair.
        return np.full(len(texts), "")
    start, line = (pc.struct_field(groups, name) for name in ("start", "line"))
    start = pc.replace_substring_regex(start, "[^0-9]", "").dictionary_encode()
    valid = pa.array([_find_line_validator(first) is True for first in start.dictionary.to_pylist()], pa.bool_())
    is_valid = pc.fill_null(valid.take(start.indices), False)
    numbers = pc.binary_join_element_wise(start.dictionary_decode(), line, pa.scalar("", pa.large_string()))
    return pc.if_else(is_valid, numbers, "").to_numpy(zero_copy_only=False).astype(str)


def normalize_phone(phone: str) -> str | None:
    """Return the number in E.164 form if it is valid (US unless it has another country code), else None.

    >>> normalize_phone("(617) 555-0123"), normalize_phone("12")
    ('+16175550123', None)
    """
    match = _US_NUMBER.fullmatch(phone)
    if match is None:
        return None if _NEVER_VALID.fullmatch(phone) else normalize_by_library(phone)
    area, exchange, line = match.groups()
    valid = _find_line_validator(area + exchange)
    if callable(valid):
        valid = bool(valid(area + exchange + line))
    return f"+1{area}{exchange}{line}" if valid else None


@remember_texts(4096)
def normalize_by_library(phone: str) -> str | None:
    """Return the number as ``phonenumbers`` itself formats it, or None; see ``normalize_phone``."""
    try:
        number = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        return None
    return (
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if phonenumbers.is_valid_number(number)
        else None
    )


@lru_cache(maxsize=65_536)
def _find_line_validator(start: str) -> bool | Callable[[str], object]:
    """Return whether national numbers with these first six digits are valid, or a test of the whole number if the last
    four digits matter.

    The rule is the library's: the number belongs to the first country whose leading digits match, and the patterns of
    that country decide. A country without leading digits accepts numbers that match one of its patterns.
    """
    matches, open_ended = _compile_patterns(start[:4])
    return bool(matches(start + "0" * _LINE_DIGITS)) if open_ended else matches


@cache
def _compile_patterns(start: str) -> tuple[Callable[[str], object], bool]:
    """Return a test for ten-digit numbers with this start, and whether the last four digits never matter to it."""
    patterns = []
    for region in COUNTRY_CODE_TO_REGION_CODE[1]:
        country = PhoneMetadata.metadata_for_region(region, None)
        starts_here = country.leading_digits is not None and re.match(country.leading_digits, start) is not None
        if starts_here or country.leading_digits is None:
            patterns.append(_collect_patterns(country))
        if starts_here:
            break
    # The lookahead requires the general pattern of the country as well: the library checks both.
    alternatives = "|".join(f"(?=(?:{general})\\Z)(?:{'|'.join(by_type)})" for general, by_type in patterns)
    open_ended = all(_is_open_ended(pattern) for general, by_type in patterns for pattern in (general, *by_type))
    return re.compile(alternatives).fullmatch, open_ended


def _collect_patterns(country: PhoneMetadata) -> tuple[str, list[str]]:
    """Return the general pattern of a country's national numbers, and the pattern of each type with ten digits."""
    kinds = [kind for name in _NUMBER_TYPES if (kind := getattr(country, name)) is not None]
    return country.general_desc.national_number_pattern, [
        kind.national_number_pattern
        for kind in kinds
        if not kind.possible_length or _NATIONAL_DIGITS in kind.possible_length
    ]


def _is_open_ended(pattern: str) -> bool:
    """Return whether each alternative of a pattern ends in at least four arbitrary digits, which then cannot matter.

    >>> _is_open_ended(r"787[2-9]\\d{6}|939\\d{7}"), _is_open_ended(r"246521[0369]\\d{3}|246\\d{7}")
    (True, False)
    """
    # Split at the bars outside parentheses only: those inside belong to one alternative.
    depth, alternatives = 0, [""]
    for character in pattern:
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            alternatives.append("")
        else:
            alternatives[-1] += character
    endings = [re.search(r"\\d\{(\d+)\}$", alternative) for alternative in alternatives]
    return all(ending is not None and int(ending[1]) >= _LINE_DIGITS for ending in endings)
