"""Do these raw values fit their column? One raw column -> one column of its kind, within its allowed values and bounds.

Lives here: kind, allowed values and bounds of one column, told to the ``RowValidator``.
Does not live here: how a single value is read (``values``, ``times``), faults between columns or tables (``tables``).
"""

import re
from collections import Counter
from datetime import tzinfo
from typing import Any

import numpy as np
import pandas as pd

from features.arrays.dictionary_encoding import DictionaryEncoded
from features.parsing.scalars import to_codes, to_number, to_yes_no
from features.parsing.timestamps import to_time
from features.schema import Column
from features.tables.row_validation import RowValidator

__all__ = ["to_series", "encode_column", "make_empty_column", "normalize_word", "is_text", "convert_column"]

_READERS = {"number": to_number, "yes_no": to_yes_no}
_NAMES = {
    "id": "an id",
    "text": "text",
    "category": "a category",
    "number": "a number",
    "yes_no": "yes or no",
    "time": "a time, such as 2026-03-14 15:05",
}
_SPOKEN = ("kind", "stage", "reason", "direction")
"""Columns of closed vocabularies whose unknown values may be repeated in a report."""


def convert_column(
    column: Column,
    values: Any,
    sieve: RowValidator,
    missing: frozenset[str],
    zone: tzinfo,
    day_leads: bool | None = None,
    header: str = "",
) -> np.ndarray:
    """One column in its type: object (str or None), float64 (NaN) or datetime64[us] in UTC (NaT). ``header``: what its
    file calls it.

    What cannot be read is told to ``sieve``: the row is rejected when the column is required, else the value is taken
    as not given."""
    if is_text(column):
        coded = encode_column(column, values, sieve, missing)
        return coded.distinct[coded.codes]
    if column.kind == "time":
        proof = sieve.day_first(header, values)
        found, bad, naive = to_time(values, zone, missing, bool(proof) if day_leads is None else day_leads)
        _say_how_times_were_read(column, proof, naive, sieve, zone, day_leads)
    else:
        found, bad = _READERS[column.kind](values, missing)
    told = sieve.reject if column.required else sieve.not_given
    told(bad, column.name, f"is not {_NAMES[column.kind]}", "Correct it in the CRM, or map another column")
    if column.kind == "number":
        outside = (found < column.low) | (found > column.high)
        told(outside, column.name, f"lies outside {column.low:g} to {column.high:g}", "Correct it in the CRM")
        found = np.where(outside, np.nan, found)
    if column.required:
        _reject_empty(column, np.isnat(found) if column.kind == "time" else np.isnan(found), bad, sieve)
    return found


def encode_column(column: Column, values: Any, sieve: RowValidator, missing: frozenset[str]) -> DictionaryEncoded:
    """``convert_column`` of a column of texts, kept as numbers."""
    found, bad = to_codes(values, column.kind, missing)
    told = sieve.reject if column.required else sieve.not_given
    told(
        bad_rows := found.find_rows(bad),
        column.name,
        f"is not {_NAMES[column.kind]}",
        "Correct it in the CRM, or map another column",
    )
    if column.allowed:
        found = _among(column, found, told)
    if column.required:
        _reject_empty(column, found.find_rows(found.is_missing), bad_rows, sieve)
    return found


def is_text(column: Column) -> bool:
    """Whether a column holds texts: ids and categories are texts too."""
    return column.kind in ("id", "text", "category")


def normalize_word(text: str) -> str:
    """A word of a closed vocabulary in one spelling.

    >>> normalize_word("Page View"), normalize_word("e-mail open")
    ('page_view', 'e_mail_open')
    """
    return re.sub(r"[\s\-/]+", "_", text.strip().casefold())


def _reject_empty(column: Column, empty: np.ndarray, bad: np.ndarray, sieve: RowValidator) -> None:
    """Set rows aside that lack what every row needs."""
    sieve.reject(
        empty & ~bad & sieve.keep, column.name, "is empty", f"Every row of {sieve.table} needs it: {column.meaning}"
    )


def to_series(found: np.ndarray) -> pd.Series:
    """A typed column as the Series that ``Tables`` promise: times in UTC, texts as objects."""
    if found.dtype.kind == "M":
        return pd.Series(found.astype("datetime64[us]")).dt.tz_localize("UTC")
    return pd.Series(found, dtype=found.dtype)


def make_empty_column(kind: str, length: int = 0) -> np.ndarray:
    """A column of which nothing is known."""
    if kind == "time":
        return np.full(length, np.datetime64("NaT", "us"))
    return np.full(length, np.nan) if kind in ("number", "yes_no") else np.full(length, None, object)


def _among(column: Column, found: DictionaryEncoded, told: Any) -> DictionaryEncoded:
    """The allowed spelling of each value; None for the others."""
    known = {normalize_word(word): word for word in column.allowed}
    spelled = DictionaryEncoded(
        found.codes, np.array([None if text is None else known.get(normalize_word(text)) for text in found.distinct], object)
    )
    unknown = found.find_rows(spelled.is_missing & ~found.is_missing)
    values = Counter(text[:30] for text in found.take(unknown)) if column.name in _SPOKEN else Counter()
    told(
        unknown,
        column.name,
        "is not one of its allowed values",
        f"Allowed are: {', '.join(column.allowed)}",
        tuple(values.items()),
    )
    return spelled


def _say_how_times_were_read(
    column: Column, proof: bool | None, naive: int, sieve: RowValidator, zone: tzinfo, day_leads: bool | None
) -> None:
    """Notes: times without a zone, and which of day and month comes first."""
    where, first = f"{sieve.table}.{column.name}", "day" if proof else "month"
    sieve.note(f"{where}: {{count}} times named no zone and were taken as {zone}.", naive)
    if proof and day_leads is None:
        sieve.note(f"{where}: the day comes first in dates such as 25/03/2026; some of its days are above 12.")
    if proof is not None and day_leads is not None and proof != day_leads:
        sieve.note(
            f"{where}: the mapping says day_first = {str(day_leads).lower()}, its values have the {first} first."
        )
