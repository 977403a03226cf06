"""What does any single value say about a day and a time of day: a text, a number, or a date of Excel or Parquet?

Lives here: values of every type as ``DateParts``; numbers that are epochs, Excel's days or 20250106.
Does not live here: texts (``date_texts``), the order of day and month (``date_formats``).
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from features.parsing.date_texts import DateParts, WrittenDate, split_date_text

__all__ = ["split_date_value"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)
_NUMBER = re.compile(r"\d{5,19}(?:\.\d+)?", re.ASCII)
_COMPACT_LENGTHS = (8, 12, 14)
_NET_JSON = re.compile(r"/Date\((\d{9,16})(?:[+-]\d{4})?\)/")


def split_date_value(value: Any) -> DateParts | None:
    """Take a value apart; None if it is no date.

    A number is an epoch in seconds, milliseconds or microseconds, Excel's days since 1900, or the digits of a date; the
    ranges of years 1990 to 2099 do not overlap.

    >>> [split_date_value(value).date.numbers for value in (1736150700, "1736150700000", 45663, 20250106)]
    [(2025, 1, 6), (2025, 1, 6), (2025, 1, 6), (2025, 1, 6)]
    """
    if isinstance(value, str):
        text = value.strip()
        if _NUMBER.fullmatch(text):
            return _split_number(text)
        parts = split_date_text(text)
        if parts is None and (match := _NET_JSON.fullmatch(text)):
            return _split_number(match[1])
        return parts
    if isinstance(value, datetime):
        return _split_datetime(value)
    if isinstance(value, date):
        return DateParts(WrittenDate((value.year, value.month, value.day), "fixed"))
    if isinstance(value, np.datetime64):
        return _split_datetime(value.astype("datetime64[us]").item())
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    number = float(value)
    if not 0 < number < 1e19:
        return None
    # 45663.0 from a column with a gap is Excel's day 45663, so it is read as the text of a whole number.
    return _split_number(str(int(number)) if number == int(number) else repr(number))


def _split_datetime(value: datetime) -> DateParts:
    """Take a datetime apart."""
    since_midnight = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    clock = since_midnight // timedelta(microseconds=1) + value.microsecond
    return DateParts(WrittenDate((value.year, value.month, value.day), "fixed", "native"), clock, value.tzinfo)


def _split_number(text: str) -> DateParts | None:
    """Take a number of at least five digits apart; None if it is no date."""
    if len(text) in _COMPACT_LENGTHS and text.isdecimal() and (parts := _split_compact(text)):
        return parts
    number = float(text)
    # 1990-01-01 and 2100-01-01 in seconds.
    low, high = 631_152_000, 4_102_444_800
    for unit in (1, 1000, 1_000_000):
        if low <= number / unit < high:
            return _split_datetime(_EPOCH + timedelta(microseconds=round(number * (1_000_000 // unit))))
    # The same years in Excel's days.
    if 32_874 <= number < 73_051:
        moment = _EXCEL_DAY_ZERO + timedelta(seconds=round(number * 86_400))
        parts = _split_datetime(moment)
        return parts if "." in text else DateParts(parts.date)
    return None


def _split_compact(text: str) -> DateParts | None:
    """Take the digits of a date apart; None if the day or the time of day does not exist."""
    parts = split_date_text(text)
    try:
        return parts if parts is not None and 1990 <= date(*parts.date.numbers).year < 2100 else None
    except ValueError:
        return None
