"""What does HubSpot send? Workflow webhooks about one contact, and event webhooks with up to 100 changes.

Lives here: the formats of both, and of a workflow's custom action.
Does not live here: the signature (``hubspot_signature``), which change is new (``serving.crm.change_merging``),
names of properties (``serving.crm.field_maps``), writing back (``serving.crm.outbound.hubspot_writer``).

A workflow reads our answer and can use its scalars in later steps. An event webhook only reads the status; events come
at least once, in any order."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from serving.crm.change_merging import list_field_changes, parse_instant
from serving.crm.field_maps import HUBSPOT, parse_lead_id
from serving.crm.inbound.hubspot_signature import verify_signature, verify_workflow
from serving.crm.inbound.replay_protection import ReplayCache
from serving.crm.inbound.replies import flatten_answer, json_reply
from serving.crm.ports import FieldChange, HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import Fault, RequestError
from serving.http.json_parsing import read_list, read_object

__all__ = ["MAX_EVENTS", "apply_events", "handle_events", "handle_workflow", "read_events"]

MAX_EVENTS = 100
"""Largest number of changes in one webhook."""

T = TypeVar("T")

_CONTACTS = "0-1"
_MODIFIED_AT = ("hs_lastmodifieddate", "lastmodifieddate")
"""When the contact was last modified: the properties sent with it are as of that time."""

_IDS = ("hs_object_id", "vid", "objectId", "lead_id", "id")


def handle_workflow(
    request: HookRequest, settings: CrmSettings, gateway: LeadGateway, now: datetime, replays: ReplayCache
) -> HookReply:
    """Score one contact of a workflow or a custom action. The answer is flat JSON.

    Raises
    ------
    RequestError
        401, 400 or 422; 503 where it may be tried again.
    """
    signature = verify_workflow(request, settings, now)
    if signature is None:
        return _handle_contact(request, settings, gateway, now)
    return replays.answer_once(signature, now, lambda: _handle_contact(request, settings, gateway, now))


def _handle_contact(request: HookRequest, settings: CrmSettings, gateway: LeadGateway, now: datetime) -> HookReply:
    body = read_object(request.body)
    record, properties = _split_record(body)
    lead_id = parse_lead_id(_find_first(record.get(name, properties.get(name)) for name in _IDS))
    translated = HUBSPOT.translate(properties, settings.mappings.get("hubspot"))
    modified_at = _find_first(parse_instant(properties.get(name), now) for name in _MODIFIED_AT)
    payload = translated.payload | {"lead_id": lead_id}
    answer = flatten_answer(gateway.upsert_lead(payload, modified_at), translated.ignored)
    return json_reply({"outputFields": answer | {"hs_execution_state": "SUCCESS"}} if "inputFields" in body else answer)


def _find_first(values: Iterable[T | None]) -> T | None:
    """Return the first value that is not None."""
    return next((value for value in values if value is not None), None)


def _split_record(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a body into the record, which has the id, and its properties.

    It may hold all properties of a contact, come from a custom action, or be composed by hand.
    """
    inner = body.get("object")
    record = inner if isinstance(inner, dict) else body
    nested = record.get("properties")
    if isinstance(nested, dict):
        properties = dict(nested)
    # An "object" without properties has none: its other fields are the id and HubSpot's own.
    elif record is inner:
        properties = {}
    else:
        properties = {name: value for name, value in body.items() if name not in _IDS}
    inputs = body.get("inputFields")
    values = properties | (inputs if isinstance(inputs, dict) else {})
    return record, {
        name: value["value"] if isinstance(value, dict) and "value" in value else value
        for name, value in values.items()
    }


def handle_events(
    request: HookRequest, settings: CrmSettings, gateway: LeadGateway, now: datetime, replays: ReplayCache
) -> HookReply:
    """Apply up to 100 changes and answer how many were applied, ignored or refused.

    An invalid change is counted as refused but not as a failure: HubSpot would only send it again.

    Raises
    ------
    RequestError
        401 or 400; 503 if the store is unavailable: HubSpot then sends everything again.
    """
    signature = verify_signature(request, settings.secrets.get("hubspot"), settings.public_url, now)
    return replays.answer_once(signature, now, lambda: apply_events(request, settings, gateway, now))


def read_events(request: HookRequest) -> list[Any]:
    """Return the events of a webhook; RequestError with status 400 or 422 if it is no list of at most 100."""
    received = read_list(request.body)
    if len(received) > MAX_EVENTS:
        fault = Fault("body", f"a list of {len(received):,}", f"at most {MAX_EVENTS} events")
        message = f"The webhook has {len(received):,} events, expected at most {MAX_EVENTS}."
        raise RequestError(422, "too_many_events", message, (fault,))
    return received


def apply_events(request: HookRequest, settings: CrmSettings, gateway: LeadGateway, now: datetime) -> HookReply:
    """Apply the events of a webhook that was proven before; as ``handle_events``."""
    received = read_events(request)
    counts = {"received": len(received), "applied": 0, "nothing_new": 0, "ignored": 0, "refused": 0}
    changes: dict[str, list[FieldChange]] = {}
    forgotten: set[str] = set()
    for event in received:
        if not isinstance(event, dict):
            counts["refused"] += 1
            continue
        kind, lead_id = _parse_kind(event)
        if lead_id is None:
            counts["refused"] += 1
        elif kind == "privacyDeletion":
            forgotten.add(lead_id)
        elif kind in ("creation", "propertyChange"):
            event_changes = _parse_changes(event, kind, lead_id, settings, now)
            if event_changes is None:
                counts["refused"] += 1
            else:
                changes.setdefault(lead_id, []).extend(event_changes)
                counts["ignored"] += not event_changes
        else:
            counts["ignored"] += 1
    # First: a change in the same delivery must not restore a deleted person.
    for lead_id in sorted(forgotten):
        gateway.forget_lead(lead_id)
    for lead_id, lead_changes in changes.items():
        if lead_changes and lead_id not in forgotten:
            counts[_apply_changes(gateway, lead_id, lead_changes)] += 1
    return json_reply(counts | {"forgotten": len(forgotten)})


def _apply_changes(gateway: LeadGateway, lead_id: str, changes: list[FieldChange]) -> str:
    """Apply one lead's changes and return what to count them as."""
    try:
        return "nothing_new" if gateway.apply_changes(lead_id, changes) is None else "applied"
    except RequestError as fault:
        if fault.retryable or fault.status >= 500:
            raise
        return "refused"


def _parse_kind(event: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return the kind and the contact of an event, such as ("propertyChange", "123").

    The kind is empty for another object, the id None if it is missing.
    """
    object_name, _, kind = str(event.get("subscriptionType", "")).partition(".")
    try:
        lead_id = parse_lead_id(event.get("objectId"))
    except RequestError:
        return "", None
    is_generic_contact = object_name == "object" and event.get("objectTypeId") == _CONTACTS
    return (kind if object_name == "contact" or is_generic_contact else ""), lead_id


def _parse_changes(
    event: Mapping[str, Any], kind: str, lead_id: str, settings: CrmSettings, now: datetime
) -> list[FieldChange] | None:
    """Return the changes in one event, empty for an unmapped property; None if the event is invalid."""
    occurred_at = parse_instant(event.get("occurredAt"), now)
    if occurred_at is None:
        return None
    event_id = str(event.get("eventId", ""))[:60]
    if kind == "creation":
        return [FieldChange(lead_id, "created_at", occurred_at.isoformat(), occurred_at, event_id)]
    if not isinstance(event.get("propertyName"), str):
        return None
    value = event.get("propertyValue")
    # HubSpot sends an empty text for a property that was cleared.
    properties = {event["propertyName"]: None if value == "" else value}
    payload = HUBSPOT.translate(properties, settings.mappings.get("hubspot")).payload
    return list_field_changes(lead_id, payload, occurred_at, event_id)
