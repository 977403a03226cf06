"""What does Salesforce send? Outbound messages: SOAP with up to 100 records, sent again for a day until we acknowledge.

Lives here: reading the message, the exact acknowledgement.
Does not live here: XML and its traps (``soap``), names of fields (``fields``). External Services need nothing here:
they read ``/openapi.json``.

The message carries a SessionId, by which anybody could act in the organization. It is never read out of the tree, so it
can be neither kept nor logged."""

import hmac
from datetime import datetime

from serving.crm.change_merging import list_field_changes, parse_instant
from serving.crm.field_maps import SALESFORCE, parse_lead_id
from serving.crm.inbound.signatures import verify_key
from serving.crm.inbound.soap import Element, parse_xml
from serving.crm.ports import HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import FieldFault, RequestError

__all__ = ["ACKNOWLEDGED", "MAX_NOTIFICATIONS", "NOT_ACKNOWLEDGED", "handle_outbound_message"]

MAX_NOTIFICATIONS = 100
"""Records in one message."""

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_OUTBOUND = "http://soap.sforce.com/2005/09/outbound"
_OBJECTS = ("urn:sobject.enterprise.soap.sforce.com", "urn:sobject.partner.soap.sforce.com")
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_ID_SIGNS = 15


def _acknowledgement(said: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<soapenv:Envelope xmlns:soapenv="{_SOAP}"><soapenv:Body>'
        f'<notificationsResponse xmlns="{_OUTBOUND}"><Ack>{said}</Ack></notificationsResponse>'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


ACKNOWLEDGED, NOT_ACKNOWLEDGED = _acknowledgement("true"), _acknowledgement("false")


def handle_outbound_message(request: HookRequest, settings: CrmSettings, door: LeadGateway, now: datetime) -> HookReply:
    """One message -> acknowledged once every record is kept, or can never be; not acknowledged where it may be sent
    again.

    Raises
    ------
    RequestError
        401, 400 or 422: Salesforce takes that for no acknowledgement.
    """
    verify_key(request, settings.secrets.get("salesforce"), "LEADLIGHT_SALESFORCE_KEY")
    message = parse_xml(request.body)
    if (message.namespace, message.name) != (_SOAP, "Envelope"):
        raise RequestError(
            400, "invalid_xml", "The request body is not a SOAP envelope; send an outbound message as Salesforce does."
        )
    said = message.find_one(_SOAP, "Body").find_one(_OUTBOUND, "notifications")
    _must_be_ours(said.find_one(_OUTBOUND, "OrganizationId").text.strip(), settings.organization)
    records = list(said.find_all(_OUTBOUND, "Notification"))
    if not 1 <= len(records) <= MAX_NOTIFICATIONS:
        fault = FieldFault("Notification", f"{len(records):,} of them", f"1 to {MAX_NOTIFICATIONS}")
        said_so = f"The message has {len(records):,} notifications, expected 1 to {MAX_NOTIFICATIONS}."
        raise RequestError(422, "too_many_records", said_so, (fault,))
    kept = [_kept(record, settings, door, now) for record in records]
    headers = {"content-type": "text/xml; charset=utf-8", "cache-control": "no-store"}
    return HookReply(200, headers, ACKNOWLEDGED if all(kept) else NOT_ACKNOWLEDGED)


def _kept(notification: Element, settings: CrmSettings, door: LeadGateway, now: datetime) -> bool:
    """Whether a record need not be sent again: it is kept, or it can never be read."""
    try:
        _keep(notification, settings, door, now)
    except RequestError as fault:
        return not (fault.retryable or fault.status >= 500)
    return True


def _keep(notification: Element, settings: CrmSettings, door: LeadGateway, now: datetime) -> None:
    """Hand one record on: as changes where it says when it was changed, else as it is."""
    thing = notification.find_one(_OUTBOUND, "sObject")
    values = {field.name: _value_of(field) for field in thing.children if field.namespace in _OBJECTS}
    lead_id = parse_lead_id(values.get("Id"))
    read = SALESFORCE.translate(values, settings.mappings.get("salesforce")).payload
    changed_at = parse_instant(values.get("SystemModstamp") or values.get("LastModifiedDate"), now)
    if changed_at is None or not read:
        door.upsert_lead(read | {"lead_id": lead_id})
    else:
        event_id = notification.find_one(_OUTBOUND, "Id").text.strip()[:60]
        door.apply_changes(lead_id, list_field_changes(lead_id, read, changed_at, event_id))


def _value_of(field: Element) -> str | None:
    """The text of a field; None for one that is empty, said as nil, or is itself a record."""
    nil = field.attributes.get(f"{_INSTANCE} nil", "").strip() in ("true", "1")
    return None if nil or field.children or field.text == "" else field.text


def _must_be_ours(organization: str, expected: str | None) -> None:
    """Refuse messages of another organization. An id of 18 signs is that of 15 with a check at its end."""
    if expected is not None and not hmac.compare_digest(
        organization[:_ID_SIGNS].encode(), expected[:_ID_SIGNS].encode()
    ):
        said = "The message is not from the organization that this service belongs to. Nothing was done."
        raise RequestError(401, "another_organization", said)
