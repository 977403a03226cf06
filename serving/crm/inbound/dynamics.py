"""What does Dynamics 365 send? The webhook of Dataverse: what was just created or updated, with its context.

Lives here: reading a RemoteExecutionContext about a lead.
Does not live here: writing a score back (``to_dynamics``), names of columns (``fields``).

Dataverse reads nothing but the status of our answer, and tries once more for 502, 503 and 504 alone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from serving.crm.change_merging import list_field_changes, parse_instant
from serving.crm.field_maps import DYNAMICS, parse_lead_id
from serving.crm.inbound.replies import flatten_answer, json_reply
from serving.crm.inbound.signatures import verify_key
from serving.crm.ports import HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import FieldFault, RequestError
from serving.http.json_parsing import read_object

__all__ = ["handle_webhook"]

_READ = ("Create", "Update")
_OPTION = "OptionSetValue:"
_DATE_START, _DATE_END = "/Date(", ")/"


def handle_webhook(request: HookRequest, settings: CrmSettings, door: LeadGateway, now: datetime) -> HookReply:
    """A lead that was created or updated -> its score; anything else is acknowledged and left.

    Raises
    ------
    RequestError
        401, 400 or 422; 503 where it may be tried again.
    """
    verify_key(request, settings.secrets.get("dynamics"), "LEADLIGHT_DYNAMICS_KEY")
    context = read_object(request.body)
    if context.get("PrimaryEntityName") != "lead" or context.get("MessageName") not in _READ:
        return json_reply({"read": False, "why": "only leads that are created or updated are read"})
    target = _target_of(context)
    lead_id = parse_lead_id(target.get("Id") or context.get("PrimaryEntityId")).lower()
    read = DYNAMICS.translate(_attributes(target), settings.mappings.get("dynamics"))
    changed_at = parse_instant(_milliseconds(context.get("OperationCreatedOn")), now)
    if changed_at is None:
        expected = "an instant that is not in the future, such as /Date(1772712000000)/"
        raise _unreadable("OperationCreatedOn", context.get("OperationCreatedOn"), expected)
    if not read.payload:
        return json_reply({"read": True, "news": False, "ignored": ", ".join(read.ignored)})
    answer = door.apply_changes(
        lead_id, list_field_changes(lead_id, read.payload, changed_at, str(context.get("OperationId", ""))[:60])
    )
    return json_reply({"read": True, "news": answer is not None, **flatten_answer(answer or {}, read.ignored)})


def _target_of(context: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it was written."""
    parameters = context.get("InputParameters")
    if not isinstance(parameters, list):
        expected = "a list; Dataverse leaves it out of a context above 256 KB: choose fewer columns for the step"
        raise _unreadable("InputParameters", parameters, expected)
    targets = [one.get("value") for one in parameters if isinstance(one, dict) and one.get("key") == "Target"]
    if len(targets) != 1 or not isinstance(targets[0], dict) or targets[0].get("LogicalName") != "lead":
        raise _unreadable("InputParameters.Target", None, "one record of the table lead")
    return targets[0]


def _attributes(target: Mapping[str, Any]) -> dict[str, Any]:
    """Column -> value; a choice as its label where the context has one, a reference to another row as nothing that we
    could read.
    """
    labels = {name: label for name, label in _pairs(target.get("FormattedValues")) if isinstance(label, str)}
    found: dict[str, Any] = {}
    for name, value in _pairs(target.get("Attributes")):
        if isinstance(value, dict) and str(value.get("__type", "")).startswith(_OPTION):
            value = labels.get(name, value.get("Value"))
        elif isinstance(value, dict) and "Id" in value:
            value = value.get("Name")
        if value is None or isinstance(value, str | int | float | bool):
            found[name] = value
    return found


def _pairs(listed: Any) -> list[tuple[str, Any]]:
    """(key, value) of a list of such."""
    entries = listed if isinstance(listed, list) else []
    return [
        (one["key"], one.get("value")) for one in entries if isinstance(one, dict) and isinstance(one.get("key"), str)
    ]


def _milliseconds(value: Any) -> Any:
    """The number within /Date(1772712000000-0700)/: it counts from 1970 in UTC, whatever zone stands behind it."""
    if isinstance(value, str) and value.startswith(_DATE_START) and value.endswith(_DATE_END):
        return value[len(_DATE_START) : -len(_DATE_END)].partition("+")[0].partition("-")[0]
    return value


def _unreadable(field: str, value: Any, expected: str) -> RequestError:
    found = "nothing" if value is None else "something else"
    fault = FieldFault(field, found, expected)
    return RequestError(
        422, "unreadable_context", "The context of Dataverse cannot be read; mend the step's registration.", (fault,)
    )
