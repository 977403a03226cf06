"""What does one value of a JSON lead say? A raw value of one column -> its converted value, or what is wrong with it.

Lives here: the same conversions as a table's, for single values; remembering what the texts of a category mean.
Does not live here: which column a key means (``features.mapping``), a whole lead and its events (``json_payload``), the
meaning of a value (``features.parsing``).
"""

from datetime import tzinfo
from typing import Any

from features.arrays.text_memory import TextMemory
from features.errors import Fault
from features.mapping.column_mapping import Mapping
from features.parsing.answers.unknown_answers import stands_for_no_number
from features.parsing.dates.date_format_decision import DateFormat
from features.parsing.dates.timestamps import parse_time
from features.parsing.json_values import flatten_json_value
from features.parsing.lead_values import find_meaning
from features.parsing.number_formats import AS_WRITTEN, NumberFormat
from features.parsing.scalars import is_missing, parse_category, parse_number, parse_text, parse_yes_no
from features.schema import CUSTOM_PREFIX, LEADS
from features.tables.column_conversion import match_allowed

__all__ = ["DATE_AS_WRITTEN", "EXPECTED", "Cell", "ColumnReader", "convert_number", "name_type"]

_PARSERS = {
    "id": parse_text,
    "text": parse_text,
    "category": parse_category,
    "yes_no": parse_yes_no,
}
EXPECTED = {
    "id": "text or a number",
    "text": "text",
    "category": "text",
    "number": "a number",
    "yes_no": "true or false",
    "time": "a time such as 2026-03-14T15:05:00Z",
}
_EXPECTED_VALUES = {
    "phone": "a phone number of the person",
    "email": "an e-mail address of the person",
    "postal_code": "a ZIP code of five digits",
}
_EXPECTED_ORDER = {
    "day_first": "a time with the day first, such as 25/03/2026 15:05, as the column of the export has it",
    "month_first": "a time with the month first, such as 03/25/2026 15:05, as the column of the export has it",
    "year_first": "a time with the year first, such as 26/03/25 15:05, as the column of the export has it",
}
DATE_AS_WRITTEN = DateFormat(strict=False)
_TYPE_NAMES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "nothing",
}

_REPEATED_KINDS = ("category", "yes_no", "time")
"""Kinds whose texts come again and again; of times, days do."""
_TEXTS_KEPT, _TIMES_KEPT, _LONGEST_KEPT = 4096, 256, 100
"""Texts of one column whose meaning is remembered, those of a column of times, and their most characters."""

Cell = tuple[Any, Fault | None, bool]
"""A converted value, its fault, and whether it belongs to the converted payload."""


class ColumnReader:
    """Converts the values of one column.

    Parameters
    ----------
    name : str
        Our column, a custom one, or ``lead_id`` or ``cutoff``.
    kind : str
        Of the column: id, text, category, number, yes_no or time.
    zone : tzinfo
        Of times without a time zone.
    mapping : Mapping
        Of the export's columns.

    >>> from datetime import UTC
    >>> reader = ColumnReader("relation", "category", UTC, Mapping.identity())
    >>> reader.read("Myself"), reader.read(" "), reader.read(True)[1].found
    (('self', None, True), (None, None, True), 'true or false')
    """

    def __init__(self, name: str, kind: str, zone: tzinfo, mapping: Mapping) -> None:
        self._name, self._kind, self._zone, self._column = name, kind, zone, LEADS.by_name.get(name)
        header, self._expected = _find_header(name, mapping), EXPECTED[kind]
        self._missing = frozenset[str]() if name == "cutoff" else mapping.missing_texts
        self._is_always_kept = name not in ("lead_id", "cutoff")
        if kind == "time":
            stated = mapping.find_cutoff_format() if name == "cutoff" else None
            self._date_format = date_format = stated or mapping.find_date_format(header) or DATE_AS_WRITTEN
            if date_format.strict:
                self._expected = _EXPECTED_ORDER.get(date_format.order or "", self._expected)
        elif kind == "number":
            self._number_format = mapping.find_number_format(header) or AS_WRITTEN
        self._known = TextMemory[Cell](_TIMES_KEPT if kind == "time" else _TEXTS_KEPT, _LONGEST_KEPT)

    def read(self, value: Any) -> Cell:
        """Convert one value as it was sent; a text that may come again is converted once."""
        if self._kind not in _REPEATED_KINDS or type(value) is not str:
            return self._convert(value)
        cell = self._known.get(value)
        return self._known.keep(value, self._convert(value)) if cell is None else cell

    def _convert(self, value: Any) -> Cell:
        if isinstance(value, list | dict):
            value = flatten_json_value(value, self._name)
        if value is None or (self._missing and is_missing(value, self._missing)):
            return None, None, self._is_always_kept
        cell, fault = self._convert_given(value)
        if not self._is_always_kept:
            return cell, fault, cell is not None
        # A value that cannot be read, such as "withheld" for a phone number, says as little as one not sent.
        return cell, fault, fault is None or find_meaning(self._name, str(value).strip()).is_empty

    def _convert_given(self, value: Any) -> tuple[Any, Fault | None]:
        """Convert one value to its type; return None when it is missing or a fault, and the fault."""
        name, kind, column = self._name, self._kind, self._column
        expected, fault = self._expected, None
        cell: Any
        if kind == "time":
            cell, bad = parse_time(value, self._zone, date_format=self._date_format)[:2]
        elif kind == "number":
            cell, bad = convert_number(value, self._number_format)
        else:
            cell, bad = _PARSERS[kind](value)
        if column is not None and isinstance(cell, str):
            meaning = find_meaning(name, cell)
            if meaning.text is None:
                fault = Fault(name, f"a text that {meaning.remark}", _EXPECTED_VALUES.get(name, "a value"))
            cell = meaning.text
        # NaN and NaT are the values that do not equal themselves.
        is_missing_cell = cell is None or cell != cell
        if not bad and column is not None and not is_missing_cell:
            if column.allowed:
                cell = match_allowed(column, cell)
                bad, expected = cell is None, "one of " + ", ".join(column.allowed)
            elif kind == "number" and not column.low <= cell <= column.high:
                bad, expected = True, f"a number from {column.low:g} to {column.high:g}"
        if bad:
            return None, Fault(name.removeprefix(CUSTOM_PREFIX), name_type(value), expected)
        return None if is_missing_cell else cell, fault


def convert_number(value: Any, number_format: NumberFormat) -> tuple[float, bool]:
    """Convert a number as its column is written; "--" and the like are no number and no fault."""
    cell, bad = parse_number(value, number_format=number_format)
    return cell, bad and not stands_for_no_number(value)


def _find_header(name: str, mapping: Mapping) -> str:
    """Return the header of one of our columns, or of a custom one."""
    return name.removeprefix(CUSTOM_PREFIX) if name.startswith(CUSTOM_PREFIX) else mapping.find_header(name)


def name_type(value: Any) -> str:
    """Name the type of a value for people, without the value."""
    return _TYPE_NAMES.get(type(value), type(value).__name__)
