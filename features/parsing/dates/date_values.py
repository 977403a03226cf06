"""What does any single value say about a day and a time of day: a text, a number, or a date of Excel or Parquet?

Lives here: values of every type as ``DateParts``; numbers that are epochs, Excel's days or 20250106; long columns of
texts, taken apart together.
Does not live here: moments in UTC, the entrance for columns (``timestamps``), texts (``date_texts``), the order of day
and month (``date_format_decision``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import IntArray
from features.parsing.dates.date_texts import LONGEST, DateParts, split_date_text, split_plain_clock, split_plain_day
from features.parsing.dates.written_dates import WrittenDate

__all__ = ["PlainTimes", "split_date_value", "split_plain_times"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_DAY_ZERO = datetime(1899, 12, 30)
_NUMBER = re.compile(r"\d{5,19}(?:\.\d+)?|\d{5},\d{1,12}", re.ASCII)
"""Excel's days have a comma where the spreadsheet is of a country that writes decimals so: 45663,3368."""
_COMPACT_LENGTHS = (7, 8, 12, 14)
_FEW_TEXTS = 100
"""So few texts are taken apart one by one, which is faster than finding their distinct halves first."""
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
            return _split_number(text.replace(",", "."))
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


@dataclass(frozen=True)
class PlainTimes:
    """Texts of a column that are a day of digits and a time of day, taken apart by their distinct halves.

    Parameters
    ----------
    positions : int array of shape (n,)
        Where the texts stand among all texts.
    days : list of WrittenDate
    clocks : list of (int, tzinfo or None)
        Microseconds since midnight, and the zone.
    day_codes, clock_codes : int arrays of shape (n,)
        The day and the time of day of each text.
    """

    positions: IntArray
    days: list[WrittenDate]
    clocks: list[tuple[int, tzinfo | None]]
    day_codes: IntArray
    clock_codes: IntArray

    def list_others(self, length: int) -> list[int]:
        """Return the positions of all other values, of ``length`` in all."""
        return np.setdiff1d(np.arange(length), self.positions, assume_unique=True).tolist()


def split_plain_times(texts: Sequence[Any], missing: frozenset[str]) -> PlainTimes:
    """Take all texts apart of which ``split_date_value`` needs no more than both halves; leave all other values out.

    A column has few days and few times of day, so that a long one is read by its halves; a short one is left.

    >>> texts = ["01/06/2025 8:05 AM", "6 Jan 2025", "01/07/2025 8:05 AM"] * 40
    >>> times = split_plain_times(texts, frozenset())
    >>> times.positions[:3].tolist(), [day.numbers for day in times.days], times.clock_codes[:3].tolist()
    ([0, 2, 3], [(1, 6, 2025), (1, 7, 2025)], [0, 0, 0])
    """
    # A marker of missing values that begins like a date must be compared with each text.
    if len(texts) <= _FEW_TEXTS or any(marker[:1].isdecimal() for marker in missing):
        return PlainTimes(np.empty(0, np.intp), [], [], np.empty(0, np.intp), np.empty(0, np.intp))
    halves = [
        text.strip().partition(" ") if isinstance(text, str) and len(text) <= LONGEST else ("", "", "")
        for text in texts
    ]
    day_codes, day_texts = pd.factorize(np.array([half[0] for half in halves], object))
    clock_codes, clock_texts = pd.factorize(np.array([half[2] for half in halves], object))
    days = [split_plain_day(text) for text in day_texts]
    # The empty date of a database, 00/00/0000, is no date.
    days = [day if day is not None and any(day.numbers) else None for day in days]
    clocks = [split_plain_clock(text) if text else None for text in clock_texts]
    has_day, has_clock = (np.array([half is not None for half in found], bool) for found in (days, clocks))
    positions = np.flatnonzero(has_day[day_codes] & has_clock[clock_codes])
    return PlainTimes(
        positions,
        [day for day in days if day is not None],
        [clock for clock in clocks if clock is not None],
        (np.cumsum(has_day) - 1)[day_codes[positions]],
        (np.cumsum(has_clock) - 1)[clock_codes[positions]],
    )


def _split_datetime(value: datetime) -> DateParts:
    """Take a datetime apart."""
    since_midnight = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second)
    clock = since_midnight // timedelta(microseconds=1) + value.microsecond
    return DateParts(WrittenDate((value.year, value.month, value.day), "fixed", "native"), clock, value.tzinfo)


def _split_number(text: str) -> DateParts | None:
    """Take a number of at least five digits apart; None if it is no date."""
    text = text.removesuffix(".0")
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
    if parts is None or parts.date.layout == "year_last":
        return parts if parts is not None and 1990 <= parts.date.numbers[2] < 2100 else None
    try:
        return parts if 1990 <= date(*parts.date.numbers).year < 2100 else None
    except ValueError:
        return None
