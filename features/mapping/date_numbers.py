"""Do digits without marks mean dates: 20250106, seconds since 1970, the days of Excel?

Lives here: telling such a column from its values and its header. Does not live here: reading the dates
(``features.parsing.dates``), all other kinds (``type_inference``).
"""

import time
from datetime import UTC

import numpy as np

from features.parsing.column_values import to_number
from features.parsing.dates.date_evidence import collect_evidence
from features.parsing.dates.date_headers import has_date_word, split_words
from features.parsing.dates.timestamps import to_time
from features.parsing.scalars import may_be_number

__all__ = ["ID_TOKENS", "are_date_numbers"]

_HEAD = 100
"""This many values are looked at first, because they often tell that a column has other things than numbers."""
ID_TOKENS = {"id", "ids", "guid", "uuid", "number", "no", "nr", "num", "key", "record"}
"""Words of a header that names an id."""
_NUMBER_WORDS = frozenset(
    "id no nr num number numero nummer code phone tel mobile order invoice ref zip plz key sku".split()
)
_FEWEST_UNNAMED = 5
"""Without a header that speaks of a date, fewer different numbers than this prove no dates."""
_DATE_NUMBERS = (
    (20_000_101, 21_000_101, False),
    (200_001_010_000, 210_001_010_000, False),
    (20_000_101_000_000, 21_000_101_000_000, False),
    (946_684_800, 4_102_444_800, True),
    (946_684_800_000, 4_102_444_800_000, True),
    (946_684_800_000_000, 4_102_444_800_000_000, True),
    (36_526, 73_051, True),
    (1_011_990, 31_129_999, False),
    (10_119_900_000, 311_299_992_360, True),
    (10_119_900_000_000, 31_129_999_236_000, True),
)
"""(from, to, whether the header must speak of a date): digits of dates, epochs in seconds, milliseconds and
microseconds, and Excel's days, each of the years 2000 to 2099; digits of dates whose year stands behind day and
month."""
_EPOCHS = [(low, high) for low, high, _ in _DATE_NUMBERS[3:6]]
_FEWEST_EPOCHS, _STEP_SIZES = 30, 0.3
_YEARS_BACK, _CLOCK_GRACE, _SHORTEST_SPAN = 6 * 365 * 86_400, 2 * 86_400, 14 * 86_400
"""Seconds: how far back unnamed epochs begin at most, how far ahead of the clock they end, what they span at least."""


def are_date_numbers(present: np.ndarray, header: str) -> bool:
    """Return whether all values are digits that mean dates: 20250106, epochs, Excel's days.

    Epochs and Excel's days also need a header that speaks of a date.

    >>> days = np.array(["45658", "45659"])
    >>> are_date_numbers(days, "Created On"), are_date_numbers(days, "Invoice no")
    (True, False)
    """
    header_words = set(split_words(header))
    is_named = has_date_word(header)
    if header_words & _NUMBER_WORDS and not is_named:
        return False
    if not all(map(may_be_number, present[:_HEAD])):
        return False
    numbers, bad = to_number(present)
    if bad.any() or np.isnan(numbers).any():
        return False
    spans = [(low, high) for low, high, needs_name in _DATE_NUMBERS if is_named or not needs_name]
    if not is_named and not ID_TOKENS & header_words and _tick_like_clocks(numbers):
        spans += _EPOCHS
    if not any(((numbers >= low) & (numbers < high)).all() for low, high in spans):
        return False
    # A few values can look like dates by chance, as one price of 20,240,101 does; many different ones cannot.
    if not is_named and len(np.unique(numbers)) < _FEWEST_UNNAMED:
        return False
    evidence = collect_evidence(present)
    # Appointments lie ahead, but not by years: larger numbers are amounts or ids.
    latest = np.datetime64("today") + np.timedelta64(3 * 365, "D")
    return evidence.unread == 0 and bool((to_time(present, UTC)[0] < latest).all())


def _tick_like_clocks(numbers: np.ndarray) -> bool:
    """Return whether numbers below a header that says nothing are epochs: of the last years until now, over weeks, in
    steps of many sizes.
    """
    for low, high in _EPOCHS:
        if ((numbers >= low) & (numbers < high)).all():
            seconds = np.unique(numbers) * (_EPOCHS[0][0] / low)
            now = time.time()
            steps = np.diff(seconds).astype(np.int64)
            return bool(
                len(seconds) >= _FEWEST_EPOCHS
                and now - _YEARS_BACK < seconds[0]
                and seconds[-1] <= now + _CLOCK_GRACE
                and seconds[-1] - seconds[0] > _SHORTEST_SPAN
                and len(np.unique(steps)) >= _STEP_SIZES * len(steps)
            )
    return False
