"""Is this the number that a country gives to a person? By its form, or by its check digit.

Lives here: tax, insurance and identity numbers of several countries, one text at a time; whether the texts of a column
are such numbers or ids of a series that look alike.
Does not live here: forms that any country has (``value_patterns``), the verdict on a column (``column_judgement``).
"""

import re
from collections.abc import Sequence

__all__ = ["NATIONAL_NUMBERS", "count_national_numbers", "is_national_number"]

NATIONAL_NUMBERS = "national numbers of persons"
"""The kind of personal data that such numbers are."""

_ITALIAN_LETTERS_FOR_DIGITS = "0-9LMNPQRSTUV"
_BY_FORM = re.compile(
    # Italy's codice fiscale; two people with one birthday may have letters in place of digits.
    rf"[A-Z]{{6}}[{_ITALIAN_LETTERS_FOR_DIGITS}]{{2}}[A-EHLMPRST][{_ITALIAN_LETTERS_FOR_DIGITS}]{{2}}"
    rf"[A-Z][{_ITALIAN_LETTERS_FOR_DIGITS}]{{3}}[A-Z]"
    # Switzerland's AHV number, Brazil's CPF, Mexico's CURP, the British National Insurance number.
    r"|756\.\d{4}\.\d{4}\.\d{2}|\d{3}\.\d{3}\.\d{3}-\d{2}|[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d"
    r"|(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]"
)
_SPANISH = re.compile(r"([XYZ]|\d)(\d{7})-?([A-Z])")
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FRENCH = re.compile(r"([1-478])(\d{2})(0[1-9]|1[0-2]|[2-9]\d)(\d{2}|2[AB])(\d{6})(\d{2})")
_GERMAN = re.compile(r"([A-Z])(\d{8})(\d)")
_SEPARATORS = re.compile(r"[ .\-/]")
_FEWEST, _SHARE = 8, 0.8
_DENSEST = 100_000
"""Numbers of persons lie further apart than this: of billions, a practice has some thousands."""


def is_national_number(text: str) -> bool:
    """Return whether a text is the number of a person in Italy, Spain, France, Germany, Britain, Switzerland or Brazil.

    Digits alone are judged by their check digits: one in ten other numbers passes, so ask for a whole column.

    >>> [is_national_number(text) for text in ("RSSMRA85T10A562S", "12345678Z", "943 476 5919", "A123456780", "L-1001")]
    [True, True, True, True, False]
    """
    value = text.strip().upper()
    if _BY_FORM.fullmatch(value):
        return True
    bare = _SEPARATORS.sub("", value)
    return _checks_spanish(bare) or _checks_french(bare) or _checks_german(bare) or _checks_digits(bare)


def count_national_numbers(texts: Sequence[str]) -> int:
    """Return how many distinct texts of a column are numbers of persons; 0 where too few are, or are a series of ids.

    A practice may issue ids such as PT100234A, which have the form of a British number, or with a check digit.

    >>> count_national_numbers(["943 476 5919", "12345678Z"] * 4), count_national_numbers(["12345678Z", "L-1001"] * 4)
    (8, 0)
    >>> count_national_numbers([f"PT{100_234 + number}A" for number in range(50)])
    0
    """
    numbers = [text for text in texts if is_national_number(text)]
    if len(texts) < _FEWEST or len(numbers) < _SHARE * len(texts) or _are_a_series(numbers):
        return 0
    return len(numbers)


def _are_a_series(texts: Sequence[str]) -> bool:
    """Return whether texts all have the same letters, or are digits that lie close together: somebody issued them.

    >>> _are_a_series(["PT100234A", "PT100239A"]), _are_a_series(["PT100234A", "AB100239C"])
    (True, False)
    >>> _are_a_series(["1000000010", "1000000029"]), _are_a_series(["1000000010", "9434765919"])
    (True, False)
    """
    letters = {re.sub(r"[\W\d]", "", text) for text in texts}
    if len(letters) > 1:
        return False
    numbers = [int(re.sub(r"\D", "", text)) for text in texts]
    return letters != {""} or max(numbers) - min(numbers) < _DENSEST * len(numbers)


def _checks_spanish(value: str) -> bool:
    """Return whether a DNI or NIE has the letter that its number asks for."""
    match = _SPANISH.fullmatch(value)
    if match is None:
        return False
    number = int({"X": "0", "Y": "1", "Z": "2"}.get(match[1], match[1]) + match[2])
    return _SPANISH_LETTERS[number % 23] == match[3]


def _checks_french(value: str) -> bool:
    """Return whether the key of a French social security number agrees with it; Corsica's letters stand for digits."""
    match = _FRENCH.fullmatch(value)
    if match is None:
        return False
    digits = value[:13].replace("2A", "19").replace("2B", "18")
    return 97 - int(digits) % 97 == int(match[6])


def _checks_german(value: str) -> bool:
    """Return whether the check digit of a German insurance number agrees with it."""
    match = _GERMAN.fullmatch(value)
    if match is None:
        return False
    digits = f"{ord(match[1]) - 64:02}{match[2]}"
    products = (int(digit) * (1 + position % 2) for position, digit in enumerate(digits))
    return sum(number // 10 + number % 10 for number in products) % 10 == int(match[3])


def _checks_digits(value: str) -> bool:
    """Return whether digits are a British NHS number, a Brazilian CPF or a Swiss AHV number by their check digits."""
    if not value.isdecimal() or len(set(value)) == 1:
        return False
    digits = [int(digit) for digit in value]
    if len(digits) == 10:
        return (11 - sum(digit * (10 - i) for i, digit in enumerate(digits[:9])) % 11) % 11 == digits[9]
    if len(digits) == 11:
        checks = (
            sum(digit * (size - i) for i, digit in enumerate(digits[: size - 1])) * 10 % 11 % 10 for size in (10, 11)
        )
        return list(checks) == digits[9:]
    return (
        len(digits) == 13
        and value.startswith("756")
        and sum(digit * (1 + 2 * (i % 2)) for i, digit in enumerate(digits)) % 10 == 0
    )
