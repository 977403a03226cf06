"""What does any other tool send? JSON or a form in its own names: Zapier, Make, n8n, form builders, call trackers.

Lives here: extracting a lead and at most one event or outcome, by the mapping file, the hook's rules and spelling.
Does not live here: the syntax of the mapping file (``features.mapping.column_mapping``), the rules
(``serving.crm.hook_rules``), the layout of a product's body (``product_payloads``), keys (``hook_key_check``).

In the file, the tool's names are paths: ``email = "contact.email"``, ``message = "answers.0.text"``. Without a file,
every name counts under which ``leadlight inspect`` knows a column. An event or outcome without a time happens when it
arrives. An identical body within ten minutes counts as a repeated delivery and adds no second event; a stage that
comes again after another one is new."""

from datetime import datetime
from typing import Any

from features.mapping.column_mapping import Mapping
from features.privacy.header_words import find_name_part
from features.schema import CUSTOM_PREFIX, EVENTS, OUTCOMES, Table
from serving.crm.field_maps import GENERIC, MAX_NAME, parse_lead_id
from serving.crm.hook_rules import HookRules
from serving.crm.inbound.body_signatures import verify_call
from serving.crm.inbound.form_bodies import read_body_fields
from serving.crm.inbound.product_payloads import NotAnInquiry, flatten_product
from serving.crm.inbound.replay_protection import ReplayCache
from serving.crm.inbound.replies import flatten_answer, json_reply
from serving.crm.ports import HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import Fault, RequestError

__all__ = ["handle_webhook"]


def handle_webhook(
    request: HookRequest,
    settings: CrmSettings,
    gateway: LeadGateway,
    now: datetime,
    hook: str = "generic",
    replays: ReplayCache | None = None,
) -> HookReply:
    """Score one lead, and add an event or an outcome if the mapping names one. The answer is flat JSON.

    A signed call that comes again within minutes gets the same answer and has no effect.

    Raises
    ------
    RequestError
        401, 400 or 422; 503 where it may be tried again.
    """
    signature = verify_call(request, settings, hook)
    if signature is None or replays is None:
        return _take_inquiry(request, settings, gateway, hook)
    return replays.answer_once(f"{hook} {signature}", now, lambda: _take_inquiry(request, settings, gateway, hook))


def _take_inquiry(request: HookRequest, settings: CrmSettings, gateway: LeadGateway, hook: str) -> HookReply:
    """Read the inquiry of a call that is proven, and bring it to the gateway."""
    mapping, rules = settings.mappings.get(hook, Mapping.identity()), settings.rules.get(hook, HookRules())

    def find_column(name: str) -> str | None:
        return None if len(name) > MAX_NAME else rules.fields.get(name) or _find_column(mapping, name)

    fields = read_body_fields(request.headers, request.body, find_column)
    try:
        values = flatten_product(hook, fields, find_column)
    except NotAnInquiry as fault:
        return json_reply({"skipped": str(fault)})
    events = {
        ours: values.pop(theirs) for ours, theirs in mapping.events.items() if theirs in values and ours != "lead_id"
    }
    outcome = {
        ours: values.pop(theirs) for ours, theirs in mapping.outcomes.items() if theirs in values and ours != "lead_id"
    }
    lead_id = _take_lead_id(values, mapping, rules)
    translated = GENERIC.translate(_rename_fields(values, mapping, rules), mapping)
    # Before anything is stored: a bad event must not leave its lead behind.
    _check_vocabulary(events, EVENTS, "event")
    _check_vocabulary(outcome, OUTCOMES, "outcome")
    payload = rules.complete(translated.payload)
    answer = gateway.upsert_lead(payload | {"lead_id": lead_id})
    if events.get("kind") is not None:
        gateway.add_events(lead_id, [events])
    if outcome.get("stage") is not None:
        gateway.add_outcome(lead_id, outcome)
    flattened = flatten_answer(answer, translated.ignored)
    return json_reply(flattened | {"channel_note": rules.describe_channel(payload.get("channel"))})


def _find_column(mapping: Mapping, name: str) -> str | None:
    """Return the column, or the part of a name, that a field means; None for one of the practice's own."""
    column = mapping.find_payload_column(name)
    return find_name_part(name) if column is None or column.startswith(CUSTOM_PREFIX) else column


def _take_lead_id(values: dict[str, Any], mapping: Mapping, rules: HookRules) -> str:
    """Take the record's id out of the values: by the mapping, by our name, by the rules, else by its spelling."""
    names = [mapping.find_header("lead_id"), "lead_id", *rules.ids]
    names += [name for name in values if mapping.find_payload_column(name) == "lead_id"]
    name = next((name for name in names if values.get(name) not in (None, "")), "lead_id")
    return parse_lead_id(values.pop(name, None))


def _rename_fields(values: dict[str, Any], mapping: Mapping, rules: HookRules) -> dict[str, Any]:
    """Rename a product's own fields to our columns, unless the mapping file says something of them; drop the rest."""
    stated = {*mapping.leads.values(), *mapping.custom, *mapping.leave_out}
    dropped = {*rules.fields, *(name for name in rules.drop if name not in stated)}
    renamed = {name: value for name, value in values.items() if name not in dropped}
    for name, column in rules.fields.items():
        if name in values and name not in stated:
            if renamed.get(column) in (None, ""):
                renamed[column] = values[name]
        elif name in values:
            renamed[name] = values[name]
    return renamed


def _check_vocabulary(values: dict[str, Any], table: Table, what: str) -> None:
    """Check an event's or outcome's values against those that its table allows."""
    faults = [
        Fault(f"{what}.{name}", "another value", "one of " + ", ".join(table.column(name).allowed))
        for name, value in values.items()
        if value is not None and table.column(name).allowed and value not in table.column(name).allowed
    ]
    if faults:
        message = f"The {what} has invalid values; fix the fields listed."
        raise RequestError(422, f"invalid_{what}", message, tuple(faults))
