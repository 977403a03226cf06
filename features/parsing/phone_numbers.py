"""Is this a phone number that can exist, and in which one form is it written? ``phonenumbers`` decides, its own
patterns read once.

Lives here: numbers written the usual American way, judged by the library's patterns of the countries that share code 1,
in the library's order; everything written otherwise goes to the library itself, which takes fifty times as long. Does
not live here: what a valid number says about a lead (``signals.reachability``), who enquired before (``contacts``)."""

import re
from collections.abc import Callable
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

__all__ = ["normalize_by_library", "normalize_phone"]

_GROUPS = r"\)?[ .-]?([0-9]{3})[ .-]?([0-9]{4})"
_US_NUMBER = re.compile(rf"(?:\+?1[ .-]?)?\(?([2-9][0-9]{{2}}){_GROUPS}")
"""Ten digits, the code 1 before them or not, in groups or not: nothing in it that the library could read otherwise."""
_NEVER_VALID = re.compile(
    rf"(?:\+?1[ .-]?)?\(?(?!011)[01][0-9]{{2}}{_GROUPS}|[2-9][0-9]{{0,5}}|[2-9][0-9]{{10,13}}|"
    rf"\(?[2-9][0-9]{{2}}{_GROUPS} ?\((?:cell|home|mobile|work)\)"
)
"""What the library takes for no number: an area code that starts with 0 or 1 (but 011 calls abroad), too few or too
many digits, letters of a word after the number, which it reads as the digits under them on a keypad."""

_NATIONAL_DIGITS, _LINE_DIGITS = 10, 4
"""Digits of a number, and those at its end that most patterns leave open."""

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


def normalize_phone(phone: str) -> str | None:
    """The number in E.164 form when it is a valid one (US unless it says otherwise), else None.

    >>> normalize_phone("(617) 555-0123"), normalize_phone("12")
    ('+16175550123', None)
    """
    plain = _US_NUMBER.fullmatch(phone)
    if plain is None:
        return None if _NEVER_VALID.fullmatch(phone) else normalize_by_library(phone)
    area, exchange, line = plain.groups()
    valid = _find_line_validator(area + exchange)
    return f"+1{area}{exchange}{line}" if valid is True or (valid and valid(area + exchange + line)) else None


@lru_cache(maxsize=4096)
def normalize_by_library(phone: str) -> str | None:
    """What ``phonenumbers`` itself says; see ``normalize_phone``."""
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
    """Whether national numbers with these first six digits are valid; a function of the whole number where the last
    four matter.

    As the library: the first country whose leading digits fit is the number's country, and its patterns decide; a
    country without leading digits takes the numbers that fit one of its patterns."""
    matches, open_ended = _compile_patterns(start[:4])
    return bool(matches(start + "0" * _LINE_DIGITS)) if open_ended else matches


@cache
def _compile_patterns(start: str) -> tuple[Callable[[str], object], bool]:
    """Matches the valid numbers of ten digits that start so; and whether that never depends on the last four digits."""
    patterns = []
    for region in COUNTRY_CODE_TO_REGION_CODE[1]:
        country = PhoneMetadata.metadata_for_region(region, None)
        leads = country.leading_digits is not None and re.match(country.leading_digits, start) is not None
        if leads or country.leading_digits is None:
            patterns.append(_collect_patterns(country))
        if leads:
            break
    every = "|".join(f"(?=(?:{general})\\Z)(?:{'|'.join(known)})" for general, known in patterns)
    return re.compile(every).fullmatch, all(
        _is_open_ended(one) for general, known in patterns for one in (general, *known)
    )


def _collect_patterns(country: PhoneMetadata) -> tuple[str, list[str]]:
    """The patterns of a country's national numbers: in general, and of each type that has numbers of ten digits."""
    kinds = [kind for name in _NUMBER_TYPES if (kind := getattr(country, name)) is not None]
    return country.general_desc.national_number_pattern, [
        kind.national_number_pattern for kind in kinds if not kind.possible_length or _NATIONAL_DIGITS in kind.possible_length
    ]


def _is_open_ended(pattern: str) -> bool:
    """Whether each of a pattern's alternatives ends in at least four digits of any value, so that they cannot matter.

    >>> _is_open_ended(r"787[2-9]\\d{6}|939\\d{7}"), _is_open_ended(r"246521[0369]\\d{3}|246\\d{7}")
    (True, False)
    """
    depth, alternatives = 0, [""]
    for character in pattern:
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 0:
            alternatives.append("")
        else:
            alternatives[-1] += character
    return all((end := re.search(r"\\d\{(\d+)\}$", one)) is not None and int(end[1]) >= _LINE_DIGITS for one in alternatives)
