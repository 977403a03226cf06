"""What does one JSON lead say? A raw payload -> converted values for ``Batch.from_payloads``, with every fault named.

Lives here: the same conversions as a table's, for one lead; events and the cutoff.
Does not live here: renaming (``features.mapping``), the meaning of a value (``features.parsing``), limits on size
(``serving.http``).
"""

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from datetime import tzinfo
from typing import Any

import numpy as np

from features.errors import Fault
from features.mapping.column_mapping import Mapping
from features.mapping.payload_columns import flatten_payload
from features.parsing.answers.unknown_answers import stands_for_no_number
from features.parsing.date_evidence import collect_evidence
from features.parsing.date_formats import DateFormat
from features.parsing.lead_values import find_meaning
from features.parsing.number_formats import AS_WRITTEN, NumberFormat
from features.parsing.scalars import parse_category, parse_number, parse_text, parse_yes_no
from features.parsing.timestamps import parse_time, to_time
from features.schema import CUSTOM_PREFIX, EVENTS, LEADS
from features.tables.column_conversion import BASE_UNITS, match_allowed
from features.tables.tables import Tables

__all__ = ["MAX_EVENTS", "convert_payload", "describe_unread", "lead_to_payload", "list_needed"]

MAX_EVENTS = 5_000
"""Events of one lead that are read; more is a fault."""

_PARSERS = {
    "id": parse_text,
    "text": parse_text,
    "category": parse_category,
    "yes_no": parse_yes_no,
}
_EXPECTED = {
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
_NEEDED = ("lead_id", "cutoff", "created_at")
"""Fields that must be readable where they are sent."""
_AS_WRITTEN = DateFormat(strict=False)
_TYPE_NAMES = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "nothing",
}

_ConvertedEvent = tuple[np.datetime64, str, float, float]
"""(time, kind, reached, duration_s)."""


def convert_payload(
    payload: AnyMapping[str, Any], kinds: dict[str, str], zone: tzinfo, mapping: Mapping | None = None
) -> tuple[dict[str, Any], list[Fault], list[str]]:
    """Convert one lead as a CRM sends it to our names and types.

    Parameters
    ----------
    payload : mapping
        Our names or the export's own, a ``custom`` object, ``events`` (a list of objects with occurred_at, kind and
        optionally reached, duration_s) and ``cutoff`` (the moment of scoring).
    kinds : dict
        Column -> kind that the model knows.
    zone : tzinfo
        Of times without a time zone.

    Returns
    -------
    converted : dict for ``Batch.from_payloads``
        What was left empty is None; what was not sent or cannot be read is absent.
    faults : list of Fault
    ignored : list of str
        Keys that the model does not use, with or without a value.

    >>> from datetime import UTC
    >>> convert_payload(
    ...     {"channel": " web  form ", "cutoff": "2026-03-01", "shoe_size": 9}, {"channel": "category"}, UTC
    ... )
    ({'channel': 'web_form', 'cutoff': np.datetime64('2026-03-01T00:00:00.000000')}, [], ['shoe_size'])
    >>> convert_payload({"Channel": " ", "Shoe Size": None}, {"channel": "category"}, UTC)
    ({'channel': None}, [], ['Shoe Size'])
    """
    converted: dict[str, Any] = {}
    faults: list[Fault] = []
    mapping = mapping or Mapping.identity()
    used = {"lead_id", "cutoff", "events", "outcomes", *kinds}
    ignored = [
        key
        for key, _ in flatten_payload(dict(payload))
        if not mapping.is_time_of_day(key) and mapping.find_payload_column(key) not in used
    ]
    renamed = mapping.rename_payload(dict(payload))
    mapping = _complete_order(renamed, mapping)
    for name, value in renamed.items():
        if name == "events":
            if value is not None:
                converted["events"] = _convert_events(value, zone, mapping.find_event_format(), faults)
        elif name in ("lead_id", "cutoff"):
            kind = {"lead_id": "id", "cutoff": "time"}[name]
            cell = None if value is None else _convert_value(name, value, kind, zone, mapping, faults)
            if cell is not None:
                converted[name] = cell
        elif name in kinds:
            count = len(faults)
            cell = None if value is None else _convert_value(name, value, kinds[name], zone, mapping, faults)
            # A value that cannot be read, such as "withheld" for a phone number, says as little as one not sent.
            if len(faults) == count or find_meaning(name, str(value).strip()).is_empty:
                converted[name] = cell
    return converted, faults, ignored


def _complete_order(renamed: dict[str, Any], mapping: Mapping) -> Mapping:
    """Return the mapping with the order of day and month that the payload's own dates prove, where it says none.

    "25/11/2026" among the events proves that "05/11/2026" of the same program is the fifth of November.
    """
    stated = mapping.find_event_format()
    if stated is not None and stated.order is not None:
        return mapping
    events = renamed.get("events")
    written = [renamed.get("created_at"), renamed.get("cutoff")]
    if isinstance(events, list) and len(events) <= MAX_EVENTS:
        written += [event.get("occurred_at") for event in events if isinstance(event, dict)]
    # A date that begins with its year needs no order.
    unordered = [text for text in written if isinstance(text, str) and not text.strip()[:4].isdigit()]
    if not unordered:
        return mapping
    evidence = collect_evidence(unordered)
    return replace(mapping, day_first=True) if evidence.day_first and not evidence.month_first else mapping


def _convert_value(name: str, value: Any, kind: str, zone: tzinfo, mapping: Mapping, faults: list[Fault]) -> Any:
    """Convert one value to its type; return None when it is missing or a fault."""
    expected = _EXPECTED[kind]
    if kind == "time":
        stated = mapping.find_cutoff_format() if name == "cutoff" else None
        date_format = stated or mapping.find_date_format(_find_header(name, mapping)) or _AS_WRITTEN
        cell, bad = parse_time(value, zone, date_format=date_format)[:2]
        expected = _EXPECTED_ORDER.get(date_format.order, expected) if date_format.strict else expected
    elif kind == "number":
        cell, bad = _convert_number(value, mapping.find_number_format(_find_header(name, mapping)) or AS_WRITTEN)
    else:
        cell, bad = _PARSERS[kind](value)
    column = LEADS.by_name.get(name)
    if column is not None and isinstance(cell, str):
        meaning = find_meaning(name, cell)
        if meaning.text is None:
            faults.append(Fault(name, f"a text that {meaning.remark}", _EXPECTED_VALUES.get(name, "a value")))
        cell = meaning.text
    # NaN and NaT are the values that do not equal themselves.
    is_missing = cell is None or cell != cell
    if not bad and column is not None and not is_missing:
        if column.allowed:
            cell = match_allowed(column, cell)
            bad, expected = cell is None, "one of " + ", ".join(column.allowed)
        elif kind == "number" and not column.low <= cell <= column.high:
            bad, expected = True, f"a number from {column.low:g} to {column.high:g}"
    if bad:
        faults.append(Fault(name.removeprefix(CUSTOM_PREFIX), _name_type(value), expected))
        return None
    return None if is_missing else cell


def _convert_number(value: Any, number_format: NumberFormat) -> tuple[float, bool]:
    """Convert a number as its column is written; "--" and the like are no number and no fault."""
    cell, bad = parse_number(value, number_format=number_format)
    return cell, bad and not stands_for_no_number(value)


def list_needed(faults: Iterable[Fault]) -> list[Fault]:
    """Return the faults in what a score cannot do without; anything else that cannot be read counts as not given.

    >>> [
    ...     fault.field
    ...     for fault in list_needed([Fault("created_at", "text", "a time"), Fault("relation", "text", "one")])
    ... ]
    ['created_at']
    """
    return [fault for fault in faults if fault.field in _NEEDED]


def describe_unread(faults: Iterable[Fault]) -> list[str]:
    """Describe what could not be read and counts as not given, without any value.

    >>> describe_unread([Fault("relation", "text", "one of self, parent")])
    ['relation holds text, expected one of self, parent; taken as not given']
    """
    return [f"{fault.field} holds {fault.found}, expected {fault.expected}; taken as not given" for fault in faults]


def _find_header(name: str, mapping: Mapping) -> str:
    """Return the header of one of our columns, or of a custom one."""
    return name.removeprefix(CUSTOM_PREFIX) if name.startswith(CUSTOM_PREFIX) else mapping.find_header(name)


def _convert_events(
    value: Any, zone: tzinfo, date_format: DateFormat | None, faults: list[Fault]
) -> list[_ConvertedEvent]:
    """Convert the lead's events, without those that have a fault."""
    if not isinstance(value, list) or len(value) > MAX_EVENTS:
        size = f"a list of {len(value):,}" if isinstance(value, list) else _name_type(value)
        faults.append(Fault("events", size, f"a list of at most {MAX_EVENTS:,} objects"))
        return []
    written = [event.get("occurred_at") if isinstance(event, dict) else None for event in value]
    times, bad_times, _ = to_time(written, zone, date_format=date_format or _AS_WRITTEN, day_ends=True)
    converted = []
    for position, event in enumerate(value):
        field = f"events[{position}]"
        if not isinstance(event, dict):
            faults.append(Fault(field, _name_type(event), "an object with occurred_at and kind"))
            continue
        time, bad_time = times[position], bool(bad_times[position])
        kind = match_allowed(EVENTS.column("kind"), event["kind"]) if isinstance(event.get("kind"), str) else None
        reached, bad_reached = parse_yes_no(event.get("reached"))
        duration, bad_duration = _convert_number(event.get("duration_s"), NumberFormat(unit=BASE_UNITS["duration_s"]))
        checks = {
            "occurred_at": (bad_time or np.isnat(time), _EXPECTED["time"]),
            "kind": (kind is None, "one of " + ", ".join(EVENTS.column("kind").allowed)),
            "reached": (bad_reached, "true or false"),
            "duration_s": (bad_duration, "a number of seconds"),
        }
        event_faults = [
            Fault(f"{field}.{name}", _name_type(event.get(name)), expected)
            for name, (is_bad, expected) in checks.items()
            if is_bad
        ]
        faults += event_faults
        if not event_faults:
            converted.append((time, kind, reached, duration))
    return converted


def _name_type(value: Any) -> str:
    """Name the type of a value for people, without the value."""
    return _TYPE_NAMES.get(type(value), type(value).__name__)


def lead_to_payload(tables: Tables, row: int, cutoff: np.datetime64) -> dict[str, Any]:
    """Return one lead of validated tables as a CRM would send it: plain JSON values, its events, and the cutoff.

    A value that was asked for and left empty is null, one that was not sent or could not be read is left out. The
    cutoff is left out when it is NaT.
    """
    lead = tables.leads.iloc[row]
    fields: dict[str, Any] = {}
    for name, value in lead.items():
        if value is None or value != value:
            if tables.is_left_empty(name, lead["lead_id"]):
                fields[name] = None
        else:
            fields[name] = value.isoformat() if hasattr(value, "isoformat") else _to_python_number(value)
    payload = {name: value for name, value in fields.items() if not name.startswith(CUSTOM_PREFIX)}
    payload["custom"] = {
        name.removeprefix(CUSTOM_PREFIX): value for name, value in fields.items() if name.startswith(CUSTOM_PREFIX)
    }
    if tables.has_events:
        events = tables.events[tables.events["lead_id"] == lead["lead_id"]]
        payload["events"] = [_event_to_payload(event) for event in events.to_dict("records")]
    return payload if np.isnat(cutoff) else payload | {"cutoff": f"{np.datetime_as_string(cutoff)}Z"}


def _event_to_payload(event: dict[str, Any]) -> dict[str, Any]:
    """Return one row of the events table as JSON values."""
    payload = {"occurred_at": event["occurred_at"].isoformat(), "kind": event["kind"]}
    for name in ("reached", "duration_s"):
        value = event.get(name)
        if value is not None and value == value:
            payload[name] = bool(float(value)) if name == "reached" else float(value)
    return payload


def _to_python_number(value: Any) -> Any:
    """Convert NumPy's numbers to Python's own."""
    return value.item() if isinstance(value, np.generic) else value
