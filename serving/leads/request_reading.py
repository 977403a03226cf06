"""What does a program or a CRM say of a lead, in the store's own words? Read once, before anything is written.

Lives here: payloads -> leads, events and outcomes as the store takes them; every fault by its field, never by its
value. Does not live here: keeping and scoring (``intake``), what a value means (``features.tables.json_payload``), a
lead of the store as the engine reads it (``known_lead``)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import numpy as np

from features.mapping.column_mapping import Mapping
from features.schema import CUSTOM_PREFIX, LEADS
from features.tables.json_payload import convert_payload
from serving.crm.ports import FieldChange
from serving.errors import Fault, RequestError
from serving.schemas.leads import find_mismatches
from serving.schemas.scoring import validate_lead
from serving.scoring.engine import Engine
from serving.store.database.entities import Event, Lead
from serving.store.repositories.content_ids import make_content_id

__all__ = ["LeadRequest", "parse_events", "parse_fields", "parse_lead", "parse_moment", "parse_changes"]

_KINDS = {column.name: column.kind for column in LEADS.columns if column.name != "lead_id"}
_CANNOT_BE_TAKEN_BACK = ("created_at", "lead_id", "cutoff", "events", "custom")


@dataclass(frozen=True)
class LeadRequest:
    """What one payload says: a lead, and what happened with it."""

    lead: Lead
    events: tuple[Event, ...] = ()


def parse_lead(payload: dict[str, Any], engine: Engine) -> LeadRequest:
    """A payload as the store takes it: our columns in their types, and every other column as the practice's own.

    Raises
    ------
    RequestError
        With status 422 and every field to mend.
    """
    given = validate_lead(payload)
    kinds = _KINDS | {name: kind for name, kind in engine.kinds.items() if name not in _KINDS}
    values = {name: value for name, value in given.items() if name != "events"}
    converted, faults, strange = convert_payload(values, kinds, engine.bundle.practice.zone, engine.bundle.mapping)
    fields = list(faults)
    if not converted.get("lead_id"):
        fields.append(Fault("lead_id", "nothing", "the enquiry's id, by which it is found again"))
    if fields:
        raise RequestError(
            422, "invalid_lead", "The lead has values that cannot be read; mend those named in fields.", tuple(fields)
        )
    own = given | (given.get("custom") or {})
    lead, taken_back = Lead.of(converted), _find_emptied_columns(given, engine)
    kept = {name: own[name] for name in strange if isinstance(own.get(name), str | bool | int | float)}
    whole = Lead(lead.lead_id, {**taken_back.values, **lead.values}, {**taken_back.custom, **kept, **lead.custom})
    return LeadRequest(whole, tuple(parse_events(given, engine)))


def parse_changes(changes: Iterable[FieldChange], engine: Engine) -> list[tuple[FieldChange, Lead]]:
    """The changes that can be read, each with the lead of one value that it says; those that cannot are as if they had
    never been sent.

    So what stands in the end depends neither on the order of deliveries nor on what came together in one.

    Raises
    ------
    RequestError
        With status 422, when none of them can be read.
    """
    read, refused, asked = [], None, 0
    for change in changes:
        asked += 1
        name = change.field.removeprefix(CUSTOM_PREFIX)
        said = {"custom": {name: change.value}} if change.field.startswith(CUSTOM_PREFIX) else {name: change.value}
        try:
            lead = parse_lead(said | {"lead_id": change.lead_id}, engine).lead
        except RequestError as fault:
            refused = fault
            continue
        if lead.values or lead.custom:
            read.append((change, lead))
    if refused is not None and not read:
        raise refused
    return read


def _find_emptied_columns(given: dict[str, Any], engine: Engine) -> Lead:
    """The columns that are said to be empty now: a null takes back what was said before.

    When a lead arrived cannot be taken back.
    """
    named = (engine.bundle.mapping or Mapping.identity()).rename_payload(dict(given))
    empty = [name for name, value in named.items() if value is None and name not in _CANNOT_BE_TAKEN_BACK]
    own = {name.removeprefix(CUSTOM_PREFIX): None for name in empty if name not in _KINDS}
    return Lead("", {name: None for name in empty if name in _KINDS}, own)


def parse_events(payload: dict[str, Any], engine: Engine) -> list[Event]:
    """The events of a payload.

    One without an id of its own gets one made of its time and kind, so that sending it twice says nothing new.
    """
    given = payload.get("events")
    if given is None:
        return []
    converted, faults, _ = convert_payload({"events": given}, {}, engine.bundle.practice.zone, engine.bundle.mapping)
    if faults:
        fields = tuple(faults)
        raise RequestError(
            422, "invalid_events", "The events have values that cannot be read; mend those named in fields.", fields
        )
    ids = [one.get("event_id") for one in given]
    return [
        Event(
            at,
            kind,
            None,
            _number_or_none(duration),
            None,
            None if reached != reached else bool(reached),
            None,
            str(said) if said else make_content_id(str(at), kind),
        )
        for (at, kind, reached, duration), said in zip(converted["events"], ids, strict=True)
    ]


def parse_fields(payload: dict[str, Any], known: set[str], needed: set[str]) -> dict[str, Any]:
    """The fields of a small request, each of them one of ours and a single value."""
    fields = [
        Fault("(a field of your own)", "something", f"one of {', '.join(sorted(known))}")
        for name in payload
        if name not in known
    ]
    fields += [
        Fault(name, "a list or an object", "a single value")
        for name in known
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
            "The request has fields that cannot be used; mend those named in fields.",
            tuple(fields),
        )
    occurred = {"occurred_at": payload.get("occurred_at")} if "occurred_at" in known else {}
    return {name: value for name, value in payload.items() if value is not None} | occurred


def parse_moment(said: Any, field: str) -> np.datetime64 | None:
    """A moment as it is written; None when nothing is said."""
    converted, faults, _ = convert_payload({"cutoff": said}, {}, UTC)
    if faults:
        found = (Fault(field, faults[0].found, faults[0].expected),)
        raise RequestError(
            422, "invalid_fields", "The request has fields that cannot be used; mend those named in fields.", found
        )
    return converted.get("cutoff")


def _number_or_none(number: float) -> float | None:
    """A number that is known."""
    return None if number != number else float(number)
