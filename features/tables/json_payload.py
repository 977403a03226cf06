"""What does one JSON lead say? A raw payload -> converted values for ``Batch.from_payloads``, with every fault named.

Lives here: the same conversions as a table's, for one lead; events and the cutoff.
Does not live here: renaming (``mapping``), the meaning of a value (``values``, ``times``), limits on size
(``serving``)."""

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

import numpy as np

from features.mapping.column_mapping import Mapping
from features.parsing.scalars import parse_category, parse_number, parse_text, parse_yes_no
from features.parsing.timestamps import parse_time
from features.schema import CUSTOM_PREFIX, EVENTS, LEADS
from features.tables.column_conversion import normalize_word
from features.tables.tables import Tables

__all__ = ["MAX_EVENTS", "PayloadFault", "lead_to_payload", "convert_payload"]

MAX_EVENTS = 5_000
"""Events of one lead that are read; more is a fault."""

_READERS = {"id": parse_text, "text": parse_text, "category": parse_category, "number": parse_number, "yes_no": parse_yes_no}
_EXPECTED = {
    "id": "text or a number",
    "text": "text",
    "category": "text",
    "number": "a number",
    "yes_no": "true or false",
    "time": "a time such as 2026-03-14T15:05:00Z",
}


@dataclass(frozen=True)
class PayloadFault:
    """One thing that cannot be read: the field, what kind of thing was found (never the value), what was expected."""

    field: str
    found: str
    expected: str


def convert_payload(
    payload: AnyMapping[str, Any], kinds: dict[str, str], zone: tzinfo, mapping: Mapping | None = None
) -> tuple[dict[str, Any], list[PayloadFault], list[str]]:
    """One lead as a CRM sends it, in our names and types.

    Parameters
    ----------
    payload : mapping
        Our names or the export's own, a ``custom`` object, ``events`` (a list of objects with occurred_at, kind and
        optionally reached, duration_s) and ``cutoff`` (the moment of scoring).
    kinds : dict
        Column -> kind that the model knows.
    zone : tzinfo
        Of times that name none.

    Returns
    -------
    converted : dict for ``Batch.from_payloads``; what was not given is absent
    faults : list of PayloadFault
    ignored : list of str
        Keys that the model has no use for.

    >>> from datetime import UTC
    >>> convert_payload({"channel": " web  form ", "cutoff": "2026-03-01", "shoe_size": 9}, {"channel": "category"}, UTC)
    ({'channel': 'web form', 'cutoff': np.datetime64('2026-03-01T00:00:00.000000')}, [], ['shoe_size'])
    """
    converted: dict[str, Any] = {}
    faults: list[PayloadFault] = []
    ignored: list[str] = []
    mapping = mapping or Mapping.identity()
    day_leads = bool(mapping.day_first)
    for name, value in mapping.rename_payload(dict(payload)).items():
        if value is None:
            continue
        if name == "events":
            converted["events"] = _events(value, zone, faults)
        elif name in ("lead_id", "cutoff") or name in kinds:
            kind = {"lead_id": "id", "cutoff": "time"}.get(name) or kinds[name]
            found = _converted(name, value, kind, zone, day_leads, faults)
            if found is not None:
                converted[name] = found
        else:
            ignored.append(name.removeprefix(CUSTOM_PREFIX))
    return converted, faults, ignored


def _converted(name: str, value: Any, kind: str, zone: tzinfo, day_leads: bool, faults: list[PayloadFault]) -> Any:
    """One value in its type; None when it is not given or cannot be read."""
    found, bad = parse_time(value, zone, day_leads=day_leads)[:2] if kind == "time" else _READERS[kind](value)
    column = LEADS.by_name.get(name)
    expected = _EXPECTED[kind]
    if not bad and column is not None and found is not None and found == found:
        if column.allowed:
            spelled = {normalize_word(word): word for word in column.allowed}.get(normalize_word(found))
            bad, found, expected = spelled is None, spelled, "one of " + ", ".join(column.allowed)
        elif kind == "number" and not column.low <= found <= column.high:
            bad, expected = True, f"a number from {column.low:g} to {column.high:g}"
    if bad:
        faults.append(PayloadFault(name.removeprefix(CUSTOM_PREFIX), _sort_of(value), expected))
        return None
    return None if found is None or found != found else found


def _events(value: Any, zone: tzinfo, faults: list[PayloadFault]) -> list[tuple[np.datetime64, str, float, float]]:
    """The lead's events as (time, kind, reached, duration_s)."""
    if not isinstance(value, list) or len(value) > MAX_EVENTS:
        found = f"a list of {len(value):,}" if isinstance(value, list) else _sort_of(value)
        faults.append(PayloadFault("events", found, f"a list of at most {MAX_EVENTS:,} objects"))
        return []
    kinds = {normalize_word(word): word for word in EVENTS.column("kind").allowed}
    events = []
    for place, event in enumerate(value):
        if not isinstance(event, dict):
            faults.append(PayloadFault(f"events[{place}]", _sort_of(event), "an object with occurred_at and kind"))
            continue
        time, bad, _ = parse_time(event.get("occurred_at"), zone)
        kind = kinds.get(normalize_word(event["kind"])) if isinstance(event.get("kind"), str) else None
        reached, bad_reached = parse_yes_no(event.get("reached"))
        duration, bad_duration = parse_number(event.get("duration_s"))
        wrong = {
            "occurred_at": (bad or np.isnat(time), _EXPECTED["time"]),
            "kind": (kind is None, "one of " + ", ".join(EVENTS.column("kind").allowed)),
            "reached": (bad_reached, "true or false"),
            "duration_s": (bad_duration, "a number of seconds"),
        }
        found = [
            PayloadFault(f"events[{place}].{name}", _sort_of(event.get(name)), expected)
            for name, (is_bad, expected) in wrong.items()
            if is_bad
        ]
        faults += found
        if not found:
            events.append((time, kind, reached, duration))
    return events


def _sort_of(value: Any) -> str:
    """What kind of thing a value is, without the value."""
    names = {
        str: "text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "an object",
        type(None): "nothing",
    }
    return names.get(type(value), type(value).__name__)


def lead_to_payload(tables: Tables, row: int, cutoff: np.datetime64) -> dict[str, Any]:
    """One lead of validated tables as a CRM would send it: plain JSON values, its events, and the moment of scoring
    (left out when NaT).
    """
    lead = tables.leads.iloc[row]
    given = {name: value for name, value in lead.items() if value is not None and value == value}
    plain = {
        name: value.isoformat() if hasattr(value, "isoformat") else _plain_number(value)
        for name, value in given.items()
    }
    payload = {name: value for name, value in plain.items() if not name.startswith(CUSTOM_PREFIX)}
    payload["custom"] = {
        name.removeprefix(CUSTOM_PREFIX): value for name, value in plain.items() if name.startswith(CUSTOM_PREFIX)
    }
    if len(tables.events):
        own = tables.events[tables.events["lead_id"] == lead["lead_id"]]
        payload["events"] = [_event(event) for event in own.to_dict("records")]
    return payload if np.isnat(cutoff) else payload | {"cutoff": f"{np.datetime_as_string(cutoff)}Z"}


def _event(event: dict[str, Any]) -> dict[str, Any]:
    """One row of the events table as JSON values."""
    numbers = {
        name: float(event[name])
        for name in ("reached", "duration_s")
        if event.get(name) is not None and event[name] == event[name]
    }
    return {"occurred_at": event["occurred_at"].isoformat(), "kind": event["kind"]} | {
        name: bool(value) if name == "reached" else value for name, value in numbers.items()
    }


def _plain_number(value: Any) -> Any:
    """NumPy's numbers as Python's own."""
    return value.item() if isinstance(value, np.generic) else value
