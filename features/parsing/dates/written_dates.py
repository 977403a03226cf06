"""Which three numbers is a date written with, and which of them is the day?

Lives here: taking the text of a day apart, and its year, month and day under an order.
Does not live here: times of day and zones (``date_texts``), the words (``date_words``), the order of a column
(``date_format_decision``).
"""

import re
from functools import lru_cache
from typing import NamedTuple

from features.parsing.dates.date_words import FILLERS, MONTHS, WEEKDAYS

__all__ = ["WrittenDate", "resolve_date", "split_date", "split_eight_digits"]

_YEAR_FIRST = re.compile(r"(\d{4})([-/. ])\s?(\d{1,2})\2\s?(\d{1,2})|(\d{4})年(\d{1,2})月(\d{1,2})日?")
_YEAR_LAST = re.compile(r"(\d{1,2})([-/. ])\s?(\d{1,2})\2\s?(\d{4}|\d{2})")
_LOST_ZERO_LENGTH = 7
"""Digits of 06012025 without the zero that a spreadsheet took off."""
_CENTURIES = ("19", "20")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|ro|o|e|\.)")


class WrittenDate(NamedTuple):
    """Hold the three numbers of a date.

    Parameters
    ----------
    numbers : (int, int, int)
    layout : str
        ``fixed``: the numbers are year, month and day. ``year_last``: the first two are day and month in either order.
        ``short``: each has at most two digits. ``short_named``: as ``short``, with a month's name in the middle.
    separator : str
    padded : bool or None
        Whether numbers below ten have a zero in front; None without such a number.
    """

    numbers: tuple[int, int, int]
    layout: str
    separator: str = ""
    padded: bool | None = None


@lru_cache(maxsize=100_000)
def split_date(text: str) -> WrittenDate | None:
    """Take the date apart; None if it is none."""
    first, _, rest = text.partition(" ")
    if rest and first.rstrip(".,") in WEEKDAYS and first.rstrip(".,") not in MONTHS:
        text = rest.strip(" ,")
    if len(text) == 8 and text.isdecimal():
        return split_eight_digits(text)
    if len(text) == _LOST_ZERO_LENGTH and text.isdecimal():
        written = split_eight_digits(f"0{text}")
        return written if written.layout == "year_last" else None
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (match[1], match[3], match[4]) if match[1] else (match[5], match[6], match[7])
        return WrittenDate((int(year), int(month), int(day)), "fixed", match[2] or "年", _is_padded(month, day))
    if match := _YEAR_LAST.fullmatch(text):
        first, mark, other, year = match.groups()
        layout = "year_last" if len(year) == 4 else "short"
        return WrittenDate((int(first), int(other), int(year)), layout, mark, _is_padded(first, other))
    return _split_named(text)


def split_eight_digits(digits: str) -> WrittenDate:
    """Take 20250106 apart, or 06012025 whose year stands last; a year in the middle of the other one is no month.

    >>> split_eight_digits("20250106").layout, split_eight_digits("06012025").numbers
    ('fixed', (6, 1, 2025))
    """
    if digits[:2] not in _CENTURIES or int(digits[4:6]) > 12:
        first, other, year = int(digits[:2]), int(digits[2:4]), digits[4:]
        if year[:2] in _CENTURIES and 1 <= first <= 31 and 1 <= other <= 31:
            return WrittenDate((first, other, int(year)), "year_last", "", True)
    return WrittenDate((int(digits[:4]), int(digits[4:6]), int(digits[6:])), "fixed")


def _is_padded(*numbers: str) -> bool | None:
    """Return whether numbers below ten have a zero in front; None if there is none below ten."""
    small = [number for number in numbers if int(number) < 10]
    return all(len(number) == 2 for number in small) if small else None


def _split_named(text: str) -> WrittenDate | None:
    """Take a date apart whose month is a name: one such word and two numbers, whatever is between them."""
    tokens = [word for word in re.split(r"[\s,./\-_]+", text) if word]
    # "Mar" is Tuesday in Spanish and March in English: three words are a date already, so nothing is taken off them.
    while len(tokens) > 3 and tokens[0] in WEEKDAYS:
        del tokens[0]
    tokens = [word for word in tokens if word not in FILLERS]
    names = [position for position, word in enumerate(tokens) if word in MONTHS]
    if len(tokens) != 3 or len(names) != 1:
        return None
    month, position = MONTHS[tokens[names[0]]], names[0]
    numbers = [word for word in tokens if word not in MONTHS]
    numbers = [match[1] if (match := _ORDINAL.fullmatch(word)) else word for word in numbers]
    if not all(word.isdecimal() and len(word) in (1, 2, 4) for word in numbers):
        return None
    first, other = (int(word) for word in numbers)
    if len(numbers[0]) == 4:
        return None if len(numbers[1]) == 4 else WrittenDate((first, month, other), "fixed", "name")
    if len(numbers[1]) == 4:
        return WrittenDate((other, month, first), "fixed", "name")
    # Now the second number is the year, in two digits: "March 4 5" is no date.
    if len(numbers[1]) != 2:
        return None
    if position == 0:
        return WrittenDate((_expand_year(other), month, first), "fixed", "name")
    return WrittenDate((first, month, other), "short_named", "name")


def _expand_year(year: int) -> int:
    """Return the year of two digits: 69 is 2069, 70 is 1970."""
    return year + (2000 if year < 70 else 1900)


def resolve_date(date: WrittenDate, order: str | None, strict: bool = True) -> tuple[int, int, int]:
    """Return (year, month, day) under an order; the day need not exist.

    Parameters
    ----------
    order : {"day_first", "month_first", "year_first", None}
        Without one, the month comes first, or the day where dots separate the numbers.
    strict : bool
        Whether a date that is only possible in another order than ``order`` keeps that order, and so does not exist.

    >>> resolve_date(WrittenDate((3, 4, 2026), "year_last", "/"), "day_first")
    (2026, 4, 3)
    >>> resolve_date(WrittenDate((25, 1, 6), "short", "/"), "year_first")
    (2025, 1, 6)
    """
    first, other, last = date.numbers
    if date.layout == "fixed":
        return first, other, last
    if order == "year_first" and date.layout != "year_last":
        return _expand_year(first), other, last
    if date.layout == "short_named":
        return _expand_year(last), other, first
    year = last if date.layout == "year_last" else _expand_year(last)
    day_first = order == "day_first"
    if order not in ("day_first", "month_first") or not strict:
        # 25/1 can only have the day first, and 1/25 only the month: unless the order is strict, the possible one is
        # taken.
        day_first = (day_first or date.separator == "." or first > 12) and other <= 12
    return (year, other, first) if day_first else (year, first, other)
