"""Do these raw values fit their column? One raw column -> one column of its kind, within its allowed values and bounds.

Lives here: kind, allowed values and bounds of one column, reported to the ``RowValidator``.
Does not live here: how a single value is read (``features.parsing``), faults between columns or tables (``tables``).
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

import numpy as np
import pandas as pd

from features.arrays.dictionary_encoding import DictionaryEncoded
from features.parsing.answers.unknown_answers import stands_for_no_number
from features.parsing.channel_names import normalize_event_kind
from features.parsing.column_values import decide_numbers, to_codes, to_number, to_yes_no
from features.parsing.dates.timestamps import to_time
from features.parsing.lead_values import CHANGES, NOT_GIVEN, find_meaning, mask_plain_texts
from features.parsing.number_formats import NumberFormat
from features.schema import EVENT_KINDS, Column
from features.tables.date_columns import DateDecision, join_time_of_day
from features.tables.row_validation import RowValidator

__all__ = [
    "BASE_UNITS",
    "ValueFormat",
    "convert_column",
    "encode_column",
    "is_text",
    "make_empty_column",
    "match_allowed",
    "normalize_word",
    "to_series",
]

_KIND_NAMES = {
    "id": "an id",
    "text": "text",
    "category": "a category",
    "number": "a number",
    "yes_no": "yes or no",
    "time": "a time, such as 2026-03-14 15:05",
}
_TIMES_AT_DAY_END = (("events", "occurred_at"), ("outcomes", "recorded_at"))
"""Columns whose dates without a time of day count at the end of that day: nothing may use them earlier."""
BASE_UNITS = {"duration_s": "s"}
"""Columns with a unit of their own, into which "3 min" is converted."""
_REPEATABLE = ("kind", "stage", "reason", "direction")
"""Columns of closed vocabularies whose unknown values hold nothing personal and may be repeated in a report."""


@dataclass(frozen=True)
class ValueFormat:
    """How an export writes its values.

    Parameters
    ----------
    missing_texts : frozenset of str
        Texts that mean a missing value, such as "n/a".
    zone : tzinfo
        Of times without a time zone.
    dates : dict
        Header -> how its dates are written; what is not in it is read value by value.
    numbers : dict
        Header -> how its numbers are written; decided from the values of the column if not in it.
    """

    missing_texts: frozenset[str]
    zone: tzinfo = UTC
    dates: dict[str, DateDecision] = field(default_factory=dict)
    numbers: dict[str, NumberFormat] = field(default_factory=dict)


def convert_column(
    column: Column, values: pd.Series, validator: RowValidator, value_format: ValueFormat, header: str = ""
) -> np.ndarray:
    """Convert one column to its type: object (str or None), float64 (NaN) or datetime64[us] in UTC (NaT).

    What cannot be read is reported to ``validator``: the row is rejected when the column is required, else the value is
    treated as missing. ``header`` is the column's name in the file.
    """
    converted: np.ndarray
    missing = value_format.missing_texts
    if is_text(column):
        encoded = encode_column(column, values, validator, missing)
        return encoded.distinct[encoded.codes]
    if column.kind == "time":
        decision = value_format.dates.get(header, DateDecision(column.name, header))
        joined = join_time_of_day(validator.raw.frame, header, decision.date_format) if header else values
        ends = (validator.table, column.name) in _TIMES_AT_DAY_END
        converted, bad, naive = to_time(joined, value_format.zone, missing, decision.date_format, ends)
        _note_date_format(column, decision, naive, validator, value_format)
    elif column.kind == "number":
        converted, bad = _convert_numbers(column, values, validator, value_format, header)
    else:
        converted, bad = to_yes_no(values, missing)
    report = validator.reject if column.required else validator.treat_as_missing
    report(bad, column.name, f"is not {_KIND_NAMES[column.kind]}", "Correct it in the CRM, or map another column")
    if column.kind == "number":
        # NaN is neither below nor above, so a missing value is not outside.
        outside = (converted < column.low) | (converted > column.high)
        report(outside, column.name, f"is outside {column.low:g} to {column.high:g}", "Correct it in the CRM")
        converted = np.where(outside, np.nan, converted)
    if column.required:
        _reject_empty(column, np.isnat(converted) if column.kind == "time" else np.isnan(converted), bad, validator)
    return converted


def _convert_numbers(
    column: Column, values: pd.Series, validator: RowValidator, value_format: ValueFormat, header: str
) -> tuple[np.ndarray, np.ndarray]:
    """Convert a column of numbers as it is written; "--" and the like are no number there and no fault."""
    number_format = value_format.numbers.get(header)
    if number_format is None:
        number_format = decide_numbers(values)[0]
    if column.name in BASE_UNITS:
        number_format = replace(number_format, unit=BASE_UNITS[column.name])
    converted, bad = to_number(values, value_format.missing_texts, number_format)
    blank = np.zeros(len(bad), bool)
    # "--" and "tbd" are a way of leaving a number out, not a mistake to be counted as one.
    blank[bad] = [stands_for_no_number(value) for value in values[bad]]
    validator.note(
        f"{validator.table}.{column.name}: {{count}} texts that stand for no number, such as '--', "
        "were treated as missing.",
        int(blank.sum()),
    )
    return converted, bad & ~blank


def encode_column(
    column: Column, values: pd.Series, validator: RowValidator, missing: frozenset[str]
) -> DictionaryEncoded:
    """Convert a column of texts as ``convert_column`` does, keeping each distinct text once."""
    encoded, bad = to_codes(values, column.kind, missing)
    report = validator.reject if column.required else validator.treat_as_missing
    bad_rows = encoded.find_rows(bad)
    problem = f"is not {_KIND_NAMES[column.kind]}"
    report(bad_rows, column.name, problem, "Correct it in the CRM, or map another column")
    if validator.table == "leads":
        encoded = _apply_meaning(column, encoded, validator)
    if column.allowed:
        encoded = _match_allowed(column, encoded, report)
    if column.required:
        _reject_empty(column, encoded.find_rows(encoded.is_missing), bad_rows, validator)
    return encoded


def is_text(column: Column) -> bool:
    """Return whether a column holds texts: ids and categories are texts too."""
    return column.kind in ("id", "text", "category")


def normalize_word(text: str) -> str:
    """Return a word of a closed vocabulary in one spelling.

    >>> normalize_word("Page View"), normalize_word("e-mail open")
    ('page_view', 'e_mail_open')
    """
    return re.sub(r"[\s\-/]+", "_", text.strip().casefold())


def match_allowed(column: Column, text: str) -> str | None:
    """Return the allowed value that a text means, in any spelling; None if there is none.

    >>> from features.schema import EVENTS
    >>> match_allowed(EVENTS.column("kind"), "Inbound Call"), match_allowed(EVENTS.column("direction"), "Outbound")
    ('inbound_call', 'outbound')
    """
    if column.allowed == EVENT_KINDS:
        return normalize_event_kind(text)
    return {normalize_word(allowed): allowed for allowed in column.allowed}.get(normalize_word(text))


def _reject_empty(column: Column, empty: np.ndarray, bad: np.ndarray, validator: RowValidator) -> None:
    """Reject rows without a value that every row needs."""
    remedy = f"Every row of {validator.table} needs it: {column.meaning}"
    validator.reject(empty & ~bad & validator.keep, column.name, "is empty", remedy)


def to_series(values: np.ndarray) -> pd.Series:
    """Return a converted column as the Series that ``Tables`` promise: times in UTC, texts as objects."""
    if values.dtype.kind == "M":
        return pd.Series(values.astype("datetime64[us]")).dt.tz_localize("UTC")
    return pd.Series(values, dtype=values.dtype)


def make_empty_column(kind: str, length: int = 0) -> np.ndarray:
    """Return a column of unknown values."""
    if kind == "time":
        return np.full(length, np.datetime64("NaT", "us"))
    return np.full(length, np.nan) if kind in ("number", "yes_no") else np.full(length, None, object)


def _apply_meaning(column: Column, encoded: DictionaryEncoded, validator: RowValidator) -> DictionaryEncoded:
    """Replace each text of a column of leads by what it means; report what counts as not given."""
    reasons, change = NOT_GIVEN.get(column.name, ()), CHANGES.get(column.name)
    if not reasons and change is None and column.name not in ("channel", "relation"):
        return encoded
    texts, is_plain = encoded.distinct.copy(), mask_plain_texts(column.name, encoded.distinct)
    remarks, is_empty = np.full(len(texts), None, object), np.zeros(len(texts), bool)
    for position in np.flatnonzero(~is_plain & ~encoded.is_missing):
        meaning = find_meaning(column.name, texts[position])
        texts[position], remarks[position], is_empty[position] = meaning.text, meaning.remark, meaning.is_empty
    for reason in reasons:
        remedy = "Nothing is lost if it was not known; else correct it in the CRM"
        validator.treat_as_missing(encoded.find_rows(remarks == reason), column.name, reason, remedy)
    validator.treat_as_left_empty(column.name, encoded.find_rows(is_empty))
    if change is not None:
        rows = int(encoded.find_rows(remarks == change).sum())
        validator.note(f"leads.{column.name}: {{count}} values {change}.", rows)
    return DictionaryEncoded(encoded.codes, texts)


def _match_allowed(column: Column, encoded: DictionaryEncoded, report: Callable[..., None]) -> DictionaryEncoded:
    """Replace each value by its allowed spelling, others by None; report those others."""
    distinct = [None if text is None else match_allowed(column, text) for text in encoded.distinct]
    matched = DictionaryEncoded(encoded.codes, np.array(distinct, object))
    unknown = encoded.find_rows(matched.is_missing & ~encoded.is_missing)
    values = Counter(text[:30] for text in encoded.take(unknown)) if column.name in _REPEATABLE else Counter()
    report(
        unknown,
        column.name,
        "is not one of its allowed values",
        f"Allowed are: {', '.join(column.allowed)}",
        tuple(values.items()),
    )
    return matched


def _note_date_format(
    column: Column, decision: DateDecision, naive: int, validator: RowValidator, value_format: ValueFormat
) -> None:
    """Note how the dates were read, and how many times had no time zone."""
    where = f"{validator.table}.{column.name}"
    if decision.date_format.time_of_day is not False:
        validator.note(f"{where}: {{count}} times had no time zone; assumed {value_format.zone}.", naive)
    for text in decision.notes:
        validator.note(f"{where}: {text}.")
