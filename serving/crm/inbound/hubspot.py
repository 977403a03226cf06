"""What does HubSpot send? Workflow webhooks about one contact, and event webhooks with up to 100 changes.

Lives here: the formats of both, and of a workflow's custom action.
Does not live here: the signature (``signatures``), which change is new (``serving.crm.change_merging``), names of
properties (``serving.crm.field_maps``), writing back (``serving.crm.outbound.hubspot_writer``).

A workflow reads our answer and can use its scalars in later steps. An event webhook only reads the status; events come
at least once, in any order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from serving.crm.change_merging import list_field_changes, parse_instant
from serving.crm.field_maps import HUBSPOT, parse_lead_id
from serving.crm.inbound.replay_protection import ReplayCache
from serving.crm.inbound.replies import flatten_answer, json_reply
from serving.crm.inbound.signatures import verify_signature
from serving.crm.ports import FieldChange, HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import FieldFault, RequestError
from serving.http.json_parsing import read_list, read_object

__all__ = ["MAX_EVENTS", "handle_events", "handle_workflow"]

MAX_EVENTS = 100
"""Largest number of changes in one webhook."""

_CONTACTS = "0-1"
_MODIFIED_AT = ("hs_lastmodifieddate", "lastmodifieddate")
"""When the contact was last modified: the properties sent with it are as of that time."""

_IDS = ("hs_object_id", "vid", "objectId", "lead_id", "id")


def handle_workflow(
    request: HookRequest, settings: CrmSettings, door: LeadGateway, now: datetime, replays: ReplayCache
) -> HookReply:
    """Score one contact of a workflow or a custom action. The answer is flat JSON.

    Raises
    ------
    RequestError
        401, 400 or 422; 503 where it may be tried again.
    """
    signature = verify_signature(request, settings.secrets.get("hubspot"), settings.public_url, now)
    return replays.answer_once(signature, now, lambda: _handle_contact(request, settings, door, now))


def _handle_contact(request: HookRequest, settings: CrmSettings, door: LeadGateway, now: datetime) -> HookReply:
    body = read_object(request.body)
    record, properties = _record_of(body)
    lead_id = parse_lead_id(
        next((found for name in _IDS if (found := record.get(name, properties.get(name))) is not None), None)
    )
    read = HUBSPOT.translate(properties, settings.mappings.get("hubspot"))
    read_at = next(
        (found for name in _MODIFIED_AT if (found := parse_instant(properties.get(name), now)) is not None), None
    )
    answer = flatten_answer(door.upsert_lead(read.payload | {"lead_id": lead_id}, read_at), read.ignored)
    return json_reply({"outputFields": answer | {"hs_execution_state": "SUCCESS"}} if "inputFields" in body else answer)


def _record_of(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what names the record, its properties), of whichever shape: all properties, a custom action, or a body that a
    person put together."""
    inner = body.get("object")
    record = inner if isinstance(inner, dict) else body
    found = record.get("properties")
    if isinstance(found, dict):
        properties = dict(found)
    else:
        properties = {} if record is inner else {name: value for name, value in body.items() if name not in _IDS}
    inputs = body.get("inputFields")
    values = properties | (inputs if isinstance(inputs, dict) else {})
    return record, {
        name: value["value"] if isinstance(value, dict) and "value" in value else value
        for name, value in values.items()
    }


def handle_events(
    request: HookRequest, settings: CrmSettings, door: LeadGateway, now: datetime, replays: ReplayCache
) -> HookReply:
    """Up to 100 changes -> counts of what was done with them.

    A change that cannot be read, or that the model cannot read, is counted as refused and not asked for again: HubSpot
    would send the same once more.

    Raises
    ------
    RequestError
        401 or 400; 503 where the store is away, upon which HubSpot sends everything again.
    """
    signature = verify_signature(request, settings.secrets.get("hubspot"), settings.public_url, now)
    return replays.answer_once(signature, now, lambda: _all_changes(request, settings, door, now))


def _all_changes(request: HookRequest, settings: CrmSettings, door: LeadGateway, now: datetime) -> HookReply:
    received = read_list(request.body)
    if len(received) > MAX_EVENTS:
        fault = FieldFault("body", f"a list of {len(received):,}", f"at most {MAX_EVENTS} events")
        said = f"The webhook has {len(received):,} events, at most {MAX_EVENTS} were expected."
        raise RequestError(422, "too_many_events", said, (fault,))
    counts = dict.fromkeys(("received", "applied", "nothing_new", "ignored", "refused", "forgotten"), 0) | {
        "received": len(received)
    }
    changes: dict[str, list[FieldChange]] = {}
    forgotten: set[str] = set()
    for event in received:
        if not isinstance(event, dict):
            counts["refused"] += 1
            continue
        kind, lead = _kind_of(event)
        if kind not in ("creation", "propertyChange", "privacyDeletion") or lead is None:
            counts["ignored" if lead is not None else "refused"] += 1
        elif kind == "privacyDeletion":
            forgotten.add(lead)
        elif (found := _change_of(event, kind, lead, settings, now)) is None:
            counts["refused"] += 1
        else:
            changes.setdefault(lead, []).extend(found)
            counts["ignored"] += not found
    for lead in sorted(forgotten):
        door.forget_lead(lead)
    for lead, found in changes.items():
        if found and lead not in forgotten:
            counts[_applied(door, lead, found)] += 1
    return json_reply(counts | {"forgotten": len(forgotten)})


def _applied(door: LeadGateway, lead: str, changes: list[FieldChange]) -> str:
    """What became of one lead's changes."""
    try:
        return "nothing_new" if door.apply_changes(lead, changes) is None else "applied"
    except RequestError as fault:
        if fault.retryable or fault.status >= 500:
            raise
        return "refused"


def _kind_of(event: Mapping[str, Any]) -> tuple[str, str | None]:
    """("propertyChange", "123") of an event about a contact; an empty kind for another object, no id where there is
    none.
    """
    thing, _, kind = str(event.get("subscriptionType", "")).partition(".")
    try:
        lead = parse_lead_id(event.get("objectId"))
    except RequestError:
        return "", None
    about_contact = thing == "contact" or (thing == "object" and event.get("objectTypeId") == _CONTACTS)
    return (kind if about_contact else ""), lead


def _change_of(
    event: Mapping[str, Any], kind: str, lead: str, settings: CrmSettings, now: datetime
) -> list[FieldChange] | None:
    """The changes of ours in one event: none for a property that is not mapped. None when it cannot be read."""
    occurred_at = parse_instant(event.get("occurredAt"), now)
    if occurred_at is None:
        return None
    event_id = str(event.get("eventId", ""))[:60]
    if kind == "creation":
        return [FieldChange(lead, "created_at", occurred_at.isoformat(), occurred_at, event_id)]
    if not isinstance(event.get("propertyName"), str):
        return None
    value = event.get("propertyValue")
    read = HUBSPOT.translate(
        {event["propertyName"]: None if value == "" else value}, settings.mappings.get("hubspot")
    ).payload
    return list_field_changes(lead, read, occurred_at, event_id)
