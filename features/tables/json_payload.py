"""What does one JSON lead say? A raw payload -> converted values for ``Batch.from_payloads``, with every fault named.

Lives here: the same conversions as a table's, for one lead; events and the cutoff.
Does not live here: renaming (``features.mapping``), the meaning of a value (``features.parsing``), limits on size
(``serving.http``).
"""

from collections.abc import Iterable
from collections.abc import Mapping as AnyMapping
from dataclasses import replace
from datetime import tzinfo
from functools import cached_property
from typing import Any

import numpy as np

from features.arrays.text_memory import TextMemory
from features.errors import Fault
from features.mapping.column_mapping import Mapping
from features.mapping.payload_columns import flatten_payload
from features.parsing.dates.date_evidence import collect_evidence
from features.parsing.dates.date_format_decision import DateFormat
from features.parsing.dates.timestamps import to_time
from features.parsing.number_formats import NumberFormat
from features.parsing.scalars import parse_yes_no
from features.schema import CUSTOM_PREFIX, EVENTS
from features.tables.column_conversion import BASE_UNITS, match_allowed
from features.tables.payloads.column_reader import (
    DATE_AS_WRITTEN,
    EXPECTED,
    ColumnReader,
    convert_number,
    name_type,
)
from features.tables.tables import Tables

__all__ = ["MAX_EVENTS", "PayloadReader", "convert_payload", "describe_unread", "lead_to_payload", "list_needed"]

MAX_EVENTS = 5_000
"""Events of one lead that are read; more is a fault."""

_KEYS_KEPT, _LONGEST_KEPT = 1024, 100
"""Keys of which a reader remembers whether the model uses them, and their most characters."""
_NEEDED = ("lead_id", "cutoff", "created_at")
"""Fields that must be readable where they are sent."""
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
    return PayloadReader(kinds, zone, mapping).read(payload)


class PayloadReader:
    """Converts many payloads as ``convert_payload`` does, and remembers what the texts of its categories mean.

    Parameters
    ----------
    kinds : dict
        Column -> kind that the model knows.
    zone : tzinfo
        Of times without a time zone.
    mapping : Mapping, optional
        Of the export's columns.

    >>> from datetime import UTC
    >>> PayloadReader({"channel": "category"}, UTC).read({"Channel": "Web form", "lead_id": 7})
    ({'channel': 'web_form', 'lead_id': '7'}, [], [])
    """

    def __init__(self, kinds: AnyMapping[str, str], zone: tzinfo, mapping: Mapping | None = None) -> None:
        self._zone, self._mapping = zone, mapping or Mapping.identity()
        self._used = {"lead_id", "cutoff", "events", "outcomes", *kinds}
        self._kinds = {**kinds, "lead_id": "id", "cutoff": "time"}
        self._columns: dict[str, ColumnReader] = {}
        self._is_used = TextMemory[bool](_KEYS_KEPT, _LONGEST_KEPT)
        stated = self._mapping.find_event_format()
        self._has_order = stated is not None and stated.order is not None

    def read(self, payload: AnyMapping[str, Any]) -> tuple[dict[str, Any], list[Fault], list[str]]:
        """Convert one payload; see ``convert_payload``."""
        fields, mapping, names = dict(payload), self._mapping, self._mapping.payload_columns
        converted: dict[str, Any] = {}
        faults: list[Fault] = []
        selected = names.select(fields, mapping.missing_texts)
        if not self._has_order and _proves_day_first(selected):
            return self._day_first.read(payload)
        for name, value in selected.items():
            if name == "events":
                if value is not None:
                    converted["events"] = _convert_events(value, self._zone, mapping.find_event_format(), faults)
            elif (reader := self._columns.get(name) or self._make_reader(name)) is not None:
                cell, fault, is_kept = reader.read(value)
                if fault is not None:
                    faults.append(fault)
                if is_kept:
                    converted[name] = cell
        return converted, faults, [key for key, _ in flatten_payload(fields) if not self._uses(key)]

    def _uses(self, key: str) -> bool:
        """Return whether the model uses a key: its column, or the time of day of one."""
        is_used = self._is_used.get(key)
        if is_used is None:
            is_used = self._is_used.keep(key, self.knows(key) or self._mapping.is_time_of_day(key))
        return is_used

    def knows(self, key: str) -> bool:
        """Return whether a key of a payload is one of this model's columns, in any spelling of its header."""
        return self._mapping.payload_columns.find_column(key) in self._used

    @cached_property
    def _day_first(self) -> "PayloadReader":
        """The reader of payloads whose own dates prove that the day comes first."""
        reader = PayloadReader(self._kinds, self._zone, replace(self._mapping, day_first=True))
        # The payload has proved it; the columns of its dates need not be asked again.
        reader._has_order = True
        return reader

    def _make_reader(self, name: str) -> ColumnReader | None:
        """Return what reads a column, when the first payload has it; None for one that the model does not use."""
        if name not in self._kinds:
            return None
        reader = self._columns[name] = ColumnReader(name, self._kinds[name], self._zone, self._mapping)
        return reader


def _proves_day_first(selected: dict[str, Any]) -> bool:
    """Return whether the dates of one payload prove that the day comes first.

    "25/11/2026" among the events proves that "05/11/2026" of the same program is the fifth of November.
    """
    events = selected.get("events")
    written = [selected.get("created_at"), selected.get("cutoff")]
    if isinstance(events, list) and len(events) <= MAX_EVENTS:
        written += [event.get("occurred_at") for event in events if isinstance(event, dict)]
    # A date that begins with its year needs no order.
    unordered = [text for text in written if isinstance(text, str) and not text.strip()[:4].isdigit()]
    if not unordered:
        return False
    evidence = collect_evidence(unordered)
    return bool(evidence.day_first and not evidence.month_first)


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


def _convert_events(
    value: Any, zone: tzinfo, date_format: DateFormat | None, faults: list[Fault]
) -> list[_ConvertedEvent]:
    """Convert the lead's events, without those that have a fault."""
    if not isinstance(value, list) or len(value) > MAX_EVENTS:
        size = f"a list of {len(value):,}" if isinstance(value, list) else name_type(value)
        faults.append(Fault("events", size, f"a list of at most {MAX_EVENTS:,} objects"))
        return []
    written = [event.get("occurred_at") if isinstance(event, dict) else None for event in value]
    times, bad_times, _ = to_time(written, zone, date_format=date_format or DATE_AS_WRITTEN, day_ends=True)
    converted = []
    for position, event in enumerate(value):
        field = f"events[{position}]"
        if not isinstance(event, dict):
            faults.append(Fault(field, name_type(event), "an object with occurred_at and kind"))
            continue
        time, bad_time = times[position], bool(bad_times[position])
        kind = match_allowed(EVENTS.column("kind"), event["kind"]) if isinstance(event.get("kind"), str) else None
        reached, bad_reached = parse_yes_no(event.get("reached"))
        duration, bad_duration = convert_number(event.get("duration_s"), NumberFormat(unit=BASE_UNITS["duration_s"]))
        checks = {
            "occurred_at": (bad_time or np.isnat(time), EXPECTED["time"]),
            "kind": (kind is None, "one of " + ", ".join(EVENTS.column("kind").allowed)),
            "reached": (bad_reached, "true or false"),
            "duration_s": (bad_duration, "a number of seconds"),
        }
        event_faults = [
            Fault(f"{field}.{name}", name_type(event.get(name)), expected)
            for name, (is_bad, expected) in checks.items()
            if is_bad
        ]
        faults += event_faults
        if not event_faults:
            converted.append((time, kind, reached, duration))
    return converted


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
