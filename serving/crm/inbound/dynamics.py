"""What does Dynamics 365 send? Dataverse's webhook: the record just created or updated, with its context.

Lives here: reading a RemoteExecutionContext about a lead.
Does not live here: writing a score back (``serving.crm.outbound.dynamics_writer``), names of columns
(``serving.crm.field_maps``).

Dataverse reads only the status of our answer, and retries once, only for 502, 503 and 504.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from serving.crm.change_merging import list_field_changes, parse_instant
from serving.crm.field_maps import DYNAMICS, parse_lead_id
from serving.crm.inbound.hook_key_check import verify_key
from serving.crm.inbound.replies import flatten_answer, json_reply
from serving.crm.ports import HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import Fault, RequestError
from serving.http.json_parsing import read_object

__all__ = ["handle_webhook"]

_MESSAGES = ("Create", "Update")
_OPTION = "OptionSetValue:"
_DATE_START, _DATE_END = "/Date(", ")/"


def handle_webhook(request: HookRequest, settings: CrmSettings, gateway: LeadGateway, now: datetime) -> HookReply:
    """Score a lead that was created or updated; acknowledge and ignore anything else.

    Raises
    ------
    RequestError
        401, 400 or 422; 503 where it may be tried again.
    """
    verify_key(request, settings, "dynamics")
    context = read_object(request.body)
    if context.get("PrimaryEntityName") != "lead" or context.get("MessageName") not in _MESSAGES:
        return json_reply({"read": False, "why": "only created or updated leads are read"})
    target = _find_target(context)
    # Ids come in either case; the writer of scores accepts only lower case.
    lead_id = parse_lead_id(target.get("Id") or context.get("PrimaryEntityId")).lower()
    translated = DYNAMICS.translate(_read_attributes(target), settings.mappings.get("dynamics"))
    changed_at = parse_instant(_extract_milliseconds(context.get("OperationCreatedOn")), now)
    if changed_at is None:
        expected = "an instant that is not in the future, such as /Date(1772712000000)/"
        raise _unreadable("OperationCreatedOn", context.get("OperationCreatedOn"), expected)
    if not translated.payload:
        return json_reply({"read": True, "news": False, "ignored": ", ".join(translated.ignored)})
    answer = gateway.apply_changes(
        lead_id, list_field_changes(lead_id, translated.payload, changed_at, str(context.get("OperationId", ""))[:60])
    )
    return json_reply({"read": True, "news": answer is not None, **flatten_answer(answer or {}, translated.ignored)})


def _find_target(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record as it was written."""
    parameters = context.get("InputParameters")
    if not isinstance(parameters, list):
        expected = "a list; Dataverse omits it from a context above 256 KB: select fewer columns for the step"
        raise _unreadable("InputParameters", parameters, expected)
    targets = [
        parameter.get("value")
        for parameter in parameters
        if isinstance(parameter, dict) and parameter.get("key") == "Target"
    ]
    if len(targets) != 1 or not isinstance(targets[0], dict) or targets[0].get("LogicalName") != "lead":
        raise _unreadable("InputParameters.Target", None, "one record of the table lead")
    return targets[0]


def _read_attributes(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return column -> value: a choice as its label if the context has one, a reference to another row as its name."""
    labels = {name: label for name, label in _list_pairs(target.get("FormattedValues")) if isinstance(label, str)}
    values: dict[str, Any] = {}
    for name, value in _list_pairs(target.get("Attributes")):
        if isinstance(value, dict) and str(value.get("__type", "")).startswith(_OPTION):
            value = labels.get(name, value.get("Value"))
        elif isinstance(value, dict) and "Id" in value:
            value = value.get("Name")
        if value is None or isinstance(value, str | int | float | bool):
            values[name] = value
    return values


def _list_pairs(entries: Any) -> list[tuple[str, Any]]:
    """Return the (key, value) pairs of a list of such entries."""
    return [
        (entry["key"], entry.get("value"))
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict) and isinstance(entry.get("key"), str)
    ]


def _extract_milliseconds(value: Any) -> Any:
    """Extract the number of /Date(1772712000000-0700)/: milliseconds since 1970 in UTC, whatever offset follows it."""
    if isinstance(value, str) and value.startswith(_DATE_START) and value.endswith(_DATE_END):
        return value[len(_DATE_START) : -len(_DATE_END)].partition("+")[0].partition("-")[0]
    return value


def _unreadable(field: str, value: Any, expected: str) -> RequestError:
    kind = "nothing" if value is None else "something else"
    fault = Fault(field, kind, expected)
    return RequestError(
        422, "unreadable_context", "The context of Dataverse cannot be read; fix the step's registration.", (fault,)
    )
