"""What does any other tool send? JSON in its own format, read with a mapping file: Zapier, Make, n8n and others.

Lives here: flattening JSON into dotted names, extracting a lead and at most one event or outcome.
Does not live here: the syntax of the mapping file (``features.mapping.column_mapping``), keys (``signatures``).

In the file, the tool's names are paths: ``email = "contact.email"``, ``message = "answers.0.text"``. Without a file,
our own names are expected. An event or outcome without a time happens when it arrives. An identical body within ten
minutes counts as a repeated delivery and adds no second event; a stage that comes again after another one is new."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from features.mapping.column_mapping import Mapping
from features.schema import EVENTS, OUTCOMES, Table
from serving.crm.field_maps import GENERIC, parse_lead_id
from serving.crm.inbound.replies import flatten_answer, json_reply
from serving.crm.inbound.signatures import verify_key
from serving.crm.ports import HookReply, HookRequest, LeadGateway
from serving.crm_settings import CrmSettings
from serving.errors import Fault, RequestError
from serving.http.json_parsing import read_object

__all__ = ["MAX_FIELDS", "flatten_json", "handle_webhook"]

MAX_FIELDS = 1_000
"""Largest number of values in one body."""


def handle_webhook(request: HookRequest, settings: CrmSettings, gateway: LeadGateway, now: datetime) -> HookReply:
    """Score one lead, and add an event or an outcome if the mapping names one. The answer is flat JSON.

    Raises
    ------
    RequestError
        401, 400 or 422; 503 where it may be tried again.
    """
    verify_key(request, settings.secrets.get("generic"), "LEADLIGHT_GENERIC_KEY")
    mapping = settings.mappings.get("generic", Mapping.identity())
    values = dict(islice(flatten_json(read_object(request.body)), MAX_FIELDS + 1))
    if len(values) > MAX_FIELDS:
        raise RequestError(422, "too_many_fields", f"The body has more than {MAX_FIELDS:,} values; send fewer.")
    events = {
        ours: values.pop(theirs) for ours, theirs in mapping.events.items() if theirs in values and ours != "lead_id"
    }
    outcome = {
        ours: values.pop(theirs) for ours, theirs in mapping.outcomes.items() if theirs in values and ours != "lead_id"
    }
    lead_id = parse_lead_id(values.pop(mapping.find_header("lead_id"), values.pop("lead_id", None)))
    translated = GENERIC.translate(values, mapping)
    # Before anything is stored: a bad event must not leave its lead behind.
    _check_vocabulary(events, EVENTS, "event")
    _check_vocabulary(outcome, OUTCOMES, "outcome")
    answer = gateway.upsert_lead(translated.payload | {"lead_id": lead_id})
    if events.get("kind") is not None:
        gateway.add_events(lead_id, [events])
    if outcome.get("stage") is not None:
        gateway.add_outcome(lead_id, outcome)
    return json_reply(flatten_answer(answer, translated.ignored))


def flatten_json(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Iterate over everything in a JSON value as (dotted path, scalar).

    >>> dict(flatten_json({"contact": {"email": "a@example.org"}, "answers": [{"text": "knee"}]}))
    {'contact.email': 'a@example.org', 'answers.0.text': 'knee'}
    """
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from flatten_json(inner, f"{path}.{name}" if path else str(name))
    else:
        yield path, value


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
