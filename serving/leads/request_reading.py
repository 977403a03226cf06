"""What does a request say about a lead? JSON payloads into the store's leads, events and outcomes.

Lives here: parsing a payload once, before anything is written; every fault is named by its field, never by its value.
Does not live here: storing and scoring (``lead_service``), what a value means (``features.tables.json_payload``), a
stored lead as the engine reads it (``stored_lead``).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from features.mapping.column_mapping import Mapping as ColumnMapping
from features.parsing.scalars import is_missing, parse_category
from features.privacy.category_levels import find_personal
from features.privacy.column_judgement import judge_value
from features.privacy.header_words import find_name_part
from features.privacy.patient_names import clean_name
from features.schema import CUSTOM_PREFIX
from features.tables.json_payload import convert_payload, describe_unread, list_needed
from serving.crm.ports import FieldChange
from serving.errors import Fault, RequestError
from serving.schemas.lead_validation import validate_lead
from serving.schemas.leads import find_mismatches
from serving.scoring.engine import Engine
from serving.scoring.payload_readers import OUR_KINDS
from serving.store.database.column_types import to_utc
from serving.store.database.entities import Event, Lead

__all__ = [
    "LeadRequest",
    "list_event_moments",
    "check_lead_not_ahead",
    "check_not_ahead",
    "check_sender_ids",
    "parse_events",
    "parse_fields",
    "parse_lead",
    "parse_moment",
    "parse_changes",
]

MAX_AHEAD = timedelta(minutes=5)
"""How far a sender's clock may be ahead of ours."""
_MAX_AHEAD = np.timedelta64(MAX_AHEAD)

_NEVER_EMPTIED = ("created_at", "lead_id", "cutoff", "events", "custom")
_ORIGIN, _MAX_ORIGIN = ("channel", "source", "campaign"), 200


@dataclass(frozen=True)
class LeadRequest:
    """One parsed payload: a lead, its events, the custom fields dropped because they identify a person or kept apart as
    its name, and what could not be read.
    """

    lead: Lead
    events: tuple[Event, ...] = ()
    dropped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def parse_lead(payload: dict[str, Any], engine: Engine, strict: bool = False) -> LeadRequest:
    """Parse a payload into our columns in their types, and every other column as a custom one.

    An optional field that cannot be read counts as not given, unless ``strict``.

    Raises
    ------
    RequestError
        With status 422 and every field to fix.
    """
    validated = validate_lead(payload, engine.readers.kept.knows)
    names, name_keys = _take_names(validated, engine)
    payload_fields = _remove_keys(validated, name_keys) if name_keys else validated
    values = {name: value for name, value in payload_fields.items() if name != "events"}
    converted, faults, strange = engine.readers.kept.read(values)
    # What was left empty is found below: a time of arrival cannot be emptied.
    converted = {name: value for name, value in converted.items() if value is not None}
    fields = list(faults) if strict else list_needed(faults)
    if not converted.get("lead_id"):
        fields.append(Fault("lead_id", "nothing", "the inquiry's id, by which it is found again"))
    if fields:
        raise RequestError(
            422, "invalid_lead", "The lead has values that cannot be read; fix the fields listed.", tuple(fields)
        )
    all_fields = payload_fields | (payload_fields.get("custom") or {})
    lead, taken_back = Lead.of(converted), _find_emptied_columns(payload_fields, engine)
    unread_fields = {
        name: all_fields[name] for name in strange if isinstance(all_fields.get(name), str | bool | int | float)
    }
    custom, dropped = _drop_personal_values(unread_fields, dict(lead.custom), engine)
    values = {**taken_back.values, **lead.values}
    complete_lead = Lead(lead.lead_id, values, {**taken_back.custom, **custom}, names=names)
    events = tuple(parse_events(payload_fields, engine))
    return LeadRequest(complete_lead, events, (*dropped, *name_keys), tuple(describe_unread(faults)))


def _take_names(payload: dict[str, Any], engine: Engine) -> tuple[dict[str, str | None], tuple[str, ...]]:
    """Return the parts of the person's name in a payload, and the keys that hold them.

    A column that the model reads, or that the mapping keeps on purpose, is no name.
    """
    mapping = engine.bundle.mapping or ColumnMapping.identity()
    names: dict[str, str | None] = {}
    keys = []
    for key, value in (payload | (payload.get("custom") or {})).items():
        part = find_name_part(key)
        if part is None or isinstance(value, list | dict):
            continue
        column = mapping.find_payload_column(key)
        if column in OUR_KINDS or column in engine.kinds or key in mapping.keep_on_purpose:
            continue
        keys.append(key)
        if value is None or is_missing(value):
            names.setdefault(part, None)
        elif (name := clean_name(value)) and not names.get(part):
            names[part] = name
    return names, tuple(keys)


def _remove_keys(payload: dict[str, Any], keys: Collection[str]) -> dict[str, Any]:
    """Return a payload without some of its keys, also inside ``custom``."""
    kept = {key: value for key, value in payload.items() if key not in keys}
    if isinstance(kept.get("custom"), dict):
        kept["custom"] = {key: value for key, value in kept["custom"].items() if key not in keys}
    return kept


def _drop_personal_values(
    unread: dict[str, Any], custom: dict[str, Any], engine: Engine
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the custom fields that are kept, and the names of those whose value identifies a person.

    A column that the model knows was judged when it was trained, so that only its value counts, not its header.
    """
    mapping = engine.bundle.mapping or ColumnMapping.identity()
    verdicts = {name: judge_value(name, value) for name, value in unread.items()}
    dropped = [name for name, verdict in verdicts.items() if verdict.identifies_person]
    dropped += [
        name
        for name, value in custom.items()
        if isinstance(value, str) and find_personal(name, [value], name in mapping.keep_on_purpose)
    ]
    showable = {name: value for name, value in {**unread, **custom}.items() if name not in dropped}
    return showable, tuple(dict.fromkeys(dropped))


def parse_changes(changes: Iterable[FieldChange], engine: Engine) -> list[tuple[FieldChange, Lead]]:
    """Return the changes that can be parsed, each with a lead that holds its one value.

    A change that cannot be parsed counts as never sent, so the final state depends neither on the order of deliveries
    nor on which changes came in one delivery.

    Raises
    ------
    RequestError
        With status 422, when none of them can be read.
    """
    readable, refused, count = [], None, 0
    for change in changes:
        count += 1
        name = change.field.removeprefix(CUSTOM_PREFIX)
        fields = {"custom": {name: change.value}} if change.field.startswith(CUSTOM_PREFIX) else {name: change.value}
        try:
            lead = parse_lead(fields | {"lead_id": change.lead_id}, engine, strict=True).lead
        except RequestError as fault:
            refused = fault
            continue
        if lead.values or lead.custom or lead.names:
            readable.append((change, lead))
    if refused is not None and not readable:
        raise refused
    return readable


def _find_emptied_columns(payload: dict[str, Any], engine: Engine) -> Lead:
    """Return the columns that a null empties; the time of arrival cannot be emptied."""
    named = (engine.bundle.mapping or ColumnMapping.identity()).rename_payload(dict(payload))
    empty = [name for name, value in named.items() if value is None and name not in _NEVER_EMPTIED]
    custom_columns = {name.removeprefix(CUSTOM_PREFIX): None for name in empty if name not in OUR_KINDS}
    return Lead("", {name: None for name in empty if name in OUR_KINDS}, custom_columns)


def parse_events(payload: dict[str, Any], engine: Engine, arrival_counts: bool = False) -> list[Event]:
    """Parse the events of a payload.

    Parameters
    ----------
    arrival_counts : bool
        Whether an event without a time is read, as one that happens when it is stored.
    """
    events = payload.get("events")
    if events is None:
        return []
    timeless = [arrival_counts and event.get("occurred_at") is None for event in events] if arrival_counts else []
    if any(timeless):
        now = datetime.now(UTC).isoformat()
        events = [
            event | {"occurred_at": now} if no_time else event for event, no_time in zip(events, timeless, strict=True)
        ]
    converted, faults, _ = engine.readers.events.read({"events": events})
    if faults:
        fields = tuple(faults)
        raise RequestError(
            422, "invalid_events", "The events have values that cannot be read; fix the fields listed.", fields
        )
    ids = [str(event["event_id"]) if event.get("event_id") else None for event in events]
    check_sender_ids(ids, "event_id")
    origins = [_read_origin(event, number) for number, event in enumerate(events)]
    timeless = timeless or [False] * len(events)
    return [
        Event(
            None if no_time else at,
            kind,
            None,
            _number_or_none(duration),
            None,
            None if reached != reached else bool(reached),
            event_id=event_id,
            **origin,
        )
        for (at, kind, reached, duration), event_id, no_time, origin in zip(
            converted["events"], ids, timeless, origins, strict=True
        )
    ]


def _read_origin(event: Mapping[str, Any], number: int) -> dict[str, str | None]:
    """Read where a touch came from; RequestError for a text that is no name of a channel, source or campaign."""
    origin: dict[str, str | None] = {}
    for name in _ORIGIN:
        # As in files: "n/a" names nothing, and control characters, which PostgreSQL refuses, are left out.
        text, is_bad = parse_category(event.get(name))
        if is_bad or len(text or "") > _MAX_ORIGIN:
            found = "another kind of value" if is_bad else f"{len(text or ''):,} characters"
            fault = Fault(f"events[{number}].{name}", found, f"at most {_MAX_ORIGIN} characters of text")
            raise RequestError(422, "invalid_events", "The events have values that cannot be read.", (fault,))
        origin[name] = text or None
    return origin


def list_event_moments(events: Iterable[Event]) -> list[tuple[str, Any]]:
    """List the moments of events under the names of their fields, as ``check_not_ahead`` takes them."""
    return [(f"events[{number}].occurred_at", event.occurred_at) for number, event in enumerate(events)]


def check_sender_ids(ids: Iterable[str | None], field: str) -> None:
    """Refuse ids that begin as those of the desk's own steps do."""
    if any(given is not None and given.startswith("desk:") for given in ids):
        fault = Fault(field, "an id that begins with desk:", "an id of the sender's own")
        message = f"An {field} that begins with desk: belongs to a step of the desk; send an id of your own."
        raise RequestError(422, "invalid_fields", message, (fault,))


def parse_fields(payload: dict[str, Any], allowed: set[str], needed: set[str]) -> dict[str, Any]:
    """Return the fields of a small request; each must be an allowed one and hold a single value."""
    fields = [
        Fault("(a field of your own)", "something", f"one of {', '.join(sorted(allowed))}")
        for name in payload
        if name not in allowed
    ]
    fields += [
        Fault(name, "a list or an object", "a single value")
        for name in allowed
        if isinstance(payload.get(name), dict | list)
    ]
    fields += [
        Fault(name, "nothing", "a value")
        for name in sorted(needed)
        if not isinstance(payload.get(name), str) or not payload[name].strip()
    ]
    fields = fields or find_mismatches(payload)
    if fields:
        raise RequestError(
            422,
            "invalid_fields",
            "The request has fields that cannot be used; fix the fields listed.",
            tuple(fields),
        )
    # A time that was sent as null stays in: the store tells "no time" from "a time of its own".
    occurred = {"occurred_at": payload.get("occurred_at")} if "occurred_at" in allowed else {}
    return {name: value for name, value in payload.items() if value is not None} | occurred


def parse_moment(value: Any, field: str) -> np.datetime64 | None:
    """Parse a moment; None when the value is absent."""
    converted, faults, _ = convert_payload({"cutoff": value}, {}, UTC)
    if faults:
        fields = (Fault(field, faults[0].found, faults[0].expected),)
        raise RequestError(
            422, "invalid_fields", "The request has fields that cannot be used; fix the fields listed.", fields
        )
    return converted.get("cutoff")


def check_not_ahead(moments: Iterable[tuple[str, Any]], now: datetime) -> None:
    """Refuse what has not happened yet: it would come before everything that happens until then.

    Parameters
    ----------
    moments : iterable of (field, moment)
        A moment is aware, or datetime64 in UTC; None for one that was not given.

    Raises
    ------
    RequestError
        With status 422 and the fields.
    """
    faults = [
        Fault(name, "a moment in the future", "a moment that has passed; clocks may differ by 5 minutes")
        for name, moment in moments
        if moment is not None and to_utc(moment) > now + MAX_AHEAD
    ]
    if faults:
        raise RequestError(
            422,
            "in_the_future",
            "The request has moments in the future; fix the fields listed, or check the sender's clock and time zone.",
            tuple(faults),
        )


def check_lead_not_ahead(converted: Mapping[str, Any], now: np.datetime64) -> None:
    """Refuse a lead whose arrival, score or events have not happened yet, as ``check_not_ahead`` does.

    Parameters
    ----------
    converted : mapping
        In our names and types, as ``Engine.read`` returns it.
    """
    latest = now + _MAX_AHEAD
    # NaT is not later than anything.
    ahead = [
        (name, converted[name])
        for name in ("created_at", "cutoff")
        if converted.get(name) is not None and converted[name] > latest
    ]
    ahead += [
        (f"events[{number}].occurred_at", event[0])
        for number, event in enumerate(converted.get("events") or ())
        if event[0] > latest
    ]
    if ahead:
        check_not_ahead(ahead, to_utc(now))


def _number_or_none(number: float) -> float | None:
    """Return the number, or None for NaN."""
    return None if number != number else float(number)
