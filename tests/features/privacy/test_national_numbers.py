"""Is the number that a country gives to a person known by its values, under any header?"""

import pandas as pd
import pytest

from features.privacy.column_judgement import judge_column
from features.privacy.national_numbers import NATIONAL_NUMBERS, is_national_number


def make_cpf(number: int) -> str:
    """Return a Brazilian number with its two check digits, by the rule of the tax office."""
    digits = [int(digit) for digit in f"{number:09}"]
    for size in (10, 11):
        rest = sum(digit * (size - place) for place, digit in enumerate(digits)) % 11
        digits.append(0 if rest < 2 else 11 - rest)
    return "".join(map(str, digits))


@pytest.mark.parametrize(
    "text",
    [
        "RSSMRA85T10A562S",
        "12345678Z",
        "X1234567L",
        "943 476 5919",
        "756.9217.0769.85",
        "7569217076985",
        "111.444.777-35",
        "11144477735",
        "A123456780",
        "255081416802538",
        "AB 12 34 56 C",
    ],
)
def test_known_examples_of_the_offices_themselves_are_numbers_of_persons(text):
    assert is_national_number(text)


@pytest.mark.parametrize(
    "text", ["12345678A", "943 476 5918", "7569217076984", "11144477736", "L-1001", "", "0000000000"]
)
def test_a_wrong_check_digit_makes_it_another_number(text):
    assert not is_national_number(text)


def test_a_column_of_them_is_personal_and_rising_ids_are_not():
    numbers = [make_cpf(104_729 * i + 123_456_789) for i in range(60)]

    assert judge_column("field_9", numbers).outcome == "personal"
    assert judge_column("field_9", [f"{51_000_000_000 + 17 * i}" for i in range(60)]).outcome == "nothing"


def with_mod_11(number):
    """Return nine digits with the check digit of an NHS number; None where it has none."""
    digit = -sum(int(digit) * (10 - i) for i, digit in enumerate(f"{number:09}")) % 11
    return f"{number:09}{digit}" if digit < 10 else None


@pytest.mark.parametrize(
    ("texts", "are_numbers"),
    [
        ([f"PT{100_234 + 7_919 * i}A" for i in range(60)], False),
        ([f"{'ABCE'[i % 4]}{'HJKL'[i % 3]}{100_234 + i:06}{'ABCD'[i % 4]}" for i in range(60)], True),
        ([text for i in range(60) if (text := with_mod_11(400_000_100 + i))], False),
        ([text for i in range(60) if (text := with_mod_11(400_000_100 + 7_919_000 * i))], True),
        ([f"{2_125_550_100 + 7_919 * i}" for i in range(60)], False),
    ],
    ids=["codes of one place", "British", "a series with a check digit", "NHS", "phones"],
)
def test_ids_that_a_practice_issued_are_no_numbers_of_persons(texts, are_numbers):
    verdict = judge_column("ref", pd.Series(texts))

    assert (verdict.kind == NATIONAL_NUMBERS) is are_numbers
