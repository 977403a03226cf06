"""What does Salesforce send? Outbound messages: SOAP with up to 100 records, repeated for a day until acknowledged.

Lives here: reading the message, the exact acknowledgment.
Does not live here: XML and its traps (``soap``), names of fields (``serving.crm.field_maps``). External Services need
nothing here: they read ``/openapi.json``.

The message carries a SessionId, with which anybody could act in the organization. It is never read from the tree, so it
can be neither stored nor logged."""

import hmac
from datetime import datetime
from xml.etree.ElementTree import Element

from serving.crm.change_merging import list_field_changes, parse_instant
from serving.crm.field_maps import SALESFORCE, parse_lead_id
from serving.crm.inbound.hook_key_check import verify_key
from serving.crm.inbound.soap import find_all, find_one, parse_xml, split_tag
from serving.crm.ports import HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import Fault, RequestError

__all__ = [
    "ACKNOWLEDGED",
    "MAX_NOTIFICATIONS",
    "NOT_ACKNOWLEDGED",
    "acknowledge",
    "handle_outbound_message",
    "read_records",
    "store_message",
]

MAX_NOTIFICATIONS = 100
"""Records in one message."""

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
_OBJECTS = ("urn:sobject.enterprise.soap.sforce.com", "urn:sobject.partner.soap.sforce.com")
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_ID_LENGTH = 15


def _build_acknowledgment(value: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_SOAP}"><soapenv:Body>'
        f'<notificationsResponse xmlns="{_OUTBOUND}"><Ack>{value}</Ack></notificationsResponse>'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


ACKNOWLEDGED, NOT_ACKNOWLEDGED = _build_acknowledgment("true"), _build_acknowledgment("false")


def handle_outbound_message(
    request: HookRequest, settings: CrmSettings, gateway: LeadGateway, now: datetime
) -> HookReply:
    """Handle one message: acknowledged once every record is stored or can never be; else Salesforce sends it again.

    Raises
    ------
    RequestError
        401, 400 or 422, which Salesforce treats as not acknowledged.
    """
    verify_key(request, settings, "salesforce")
    return acknowledge(store_message(request, settings, gateway, now))


def store_message(request: HookRequest, settings: CrmSettings, gateway: LeadGateway, now: datetime) -> bool:
    """Store the records of a message that was proven before; return False if one should be sent again."""
    settled = [_settle_record(record, settings, gateway, now) for record in read_records(request, settings)]
    return all(settled)


def acknowledge(is_settled: bool) -> HookReply:
    """Return the answer that Salesforce expects."""
    headers = {"content-type": "text/xml; charset=utf-8", "cache-control": "no-store"}
    return HookReply(200, headers, ACKNOWLEDGED if is_settled else NOT_ACKNOWLEDGED)


def read_records(request: HookRequest, settings: CrmSettings) -> list[Element]:
    """Return the records of a message; RequestError with status 401, 400 or 422 if it is not one of ours."""
    message = parse_xml(request.body)
    if split_tag(message) != (_SOAP, "Envelope"):
        raise RequestError(
            400, "invalid_xml", "The request body is not a SOAP envelope; send an outbound message as Salesforce does."
        )
    notifications = find_one(find_one(message, _SOAP, "Body"), _OUTBOUND, "notifications")
    _check_organization(_get_text(notifications, "OrganizationId"), settings.organization)
    records = list(find_all(notifications, _OUTBOUND, "Notification"))
    if not 1 <= len(records) <= MAX_NOTIFICATIONS:
        fault = Fault("Notification", f"{len(records):,} of them", f"1 to {MAX_NOTIFICATIONS}")
        text = f"The message has {len(records):,} notifications, expected 1 to {MAX_NOTIFICATIONS}."
        raise RequestError(422, "too_many_records", text, (fault,))
    return records


def _settle_record(notification: Element, settings: CrmSettings, gateway: LeadGateway, now: datetime) -> bool:
    """Store a record; return False if it should be sent again. An invalid one never becomes valid, so it is settled."""
    try:
        _store_record(notification, settings, gateway, now)
    except RequestError as fault:
        return not (fault.retryable or fault.status >= 500)
    return True


def _store_record(notification: Element, settings: CrmSettings, gateway: LeadGateway, now: datetime) -> None:
    """Hand one record over: as field changes if it has a modification time, else as a lead."""
    values = {}
    for field in find_one(notification, _OUTBOUND, "sObject"):
        namespace, name = split_tag(field)
        if namespace in _OBJECTS:
            values[name] = _get_value(field)
    lead_id = parse_lead_id(values.get("Id"))
    payload = SALESFORCE.translate(values, settings.mappings.get("salesforce")).payload
    changed_at = parse_instant(values.get("SystemModstamp") or values.get("LastModifiedDate"), now)
    if changed_at is None or not payload:
        gateway.upsert_lead(payload | {"lead_id": lead_id})
    else:
        event_id = _get_text(notification, "Id")[:60]
        gateway.apply_changes(lead_id, list_field_changes(lead_id, payload, changed_at, event_id))


def _get_text(parent: Element, name: str) -> str:
    """Return the text of a message's own element."""
    return (find_one(parent, _OUTBOUND, name).text or "").strip()


def _get_value(field: Element) -> str | None:
    """Return the text of a field; None if it is empty, nil, or itself a record."""
    is_nil = field.get(f"{{{_INSTANCE}}}nil", "").strip() in ("true", "1")
    return None if is_nil or len(field) else field.text or None


def _check_organization(organization: str, expected: str | None) -> None:
    """Refuse messages of another organization. An id of 18 characters is the id of 15 plus a checksum."""
    if expected is not None and not hmac.compare_digest(
        organization[:_ID_LENGTH].encode(), expected[:_ID_LENGTH].encode()
    ):
        text = "The message is not from the organization that this service belongs to. Nothing was done."
        raise RequestError(401, "another_organization", text)
