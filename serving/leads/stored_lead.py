"""How does the engine read a stored lead? Values, events and earlier inquiries, without going through JSON again.

Does not live here: what programs send (``request_reading``), scoring (``serving.scoring.engine``).
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np

from features.point_in_time.contact_index import DUPLICATE_DAYS, combine_counts, find_shared_contacts
from features.tables.json_payload import describe_unread
from serving.scoring.engine import Engine
from serving.scoring.lead_stage import LeadStage, list_happenings, trace_stage
from serving.scoring.next_step import WISHES, wishes_of
from serving.scoring.read_lead import ReadLead
from serving.store.database.column_types import to_utc
from serving.store.database.entities import Event, Lead
from serving.store.transaction import Transaction

__all__ = ["convert_lead", "is_callable", "load_lead", "load_stage", "to_instant"]

_BOOKED = ("booked", "attended", "treated")

_COUNTED = "earlier_enquiries"
_RESOLVED = frozenset((_COUNTED, "phone", "email"))


def load_lead(at: Transaction, engine: Engine, lead_id: str) -> ReadLead:
    """Load everything the store knows about a lead, with its contacts looked up."""
    stored, events = at.leads.get(lead_id), at.events.list_for(lead_id)
    lead = replace(convert_lead(stored, events, engine), stage=load_stage(at, stored, events))
    if not _RESOLVED.isdisjoint(engine.kinds):
        counts = at.count_recent_leads(stored, DUPLICATE_DAYS)
        _resolve_contacts(lead.converted, {name: np.array([count]) for name, count in counts.items()}, engine)
    return lead


def _resolve_contacts(converted: dict[str, Any], recent_leads: dict[str, np.ndarray], engine: Engine) -> None:
    """Set the lead's earlier inquiries where none were given, and leave a contact that too many leads share empty.

    The same rule as in a batch (``features.batch``), by counts from the store, which knows the leads of this minute.
    """
    shared = find_shared_contacts(recent_leads)
    if _COUNTED in engine.kinds and converted.get(_COUNTED) is None:
        converted[_COUNTED] = float(combine_counts(recent_leads, shared, leads=1)[0])
    converted |= dict.fromkeys(name for name, is_shared in shared.items() if name in converted and is_shared[0])


def load_stage(at: Transaction, stored: Lead, events: Iterable[Event]) -> LeadStage:
    """Return how far we have come with a stored lead, by everything that the store knows of it."""
    steps, outcomes = at.desk.list_steps(stored.lead_id), at.outcomes.list_for(stored.lead_id)
    # A changed number matters only after one that was wrong.
    has_wrong_number = any(step.detail.get("result") == "wrong_number" for step in steps)
    changes = at.leads.list_changes(stored.lead_id) if has_wrong_number else []
    happenings = list_happenings(events, outcomes, steps, changes)
    return trace_stage(happenings, bool(stored.values.get("do_not_contact")))


def is_callable(at: Transaction, lead_id: str) -> bool:
    """Return whether a lead may be called to win it back: it is stored, never opted out and never booked."""
    stored = at.leads.get(lead_id)
    if stored is None:
        return False
    has_booked = any(outcome.stage in _BOOKED for outcome in at.outcomes.list_for(lead_id))
    stage = load_stage(at, stored, at.events.list_for(lead_id))
    return not has_booked and not stage.opted_out and stage.final != "booked"


def convert_lead(stored: Lead, events: Iterable[Event], engine: Engine) -> ReadLead:
    """Convert a lead to the types of a batch.

    Columns that the model does not use are named in ``ignored``, values that it cannot read in ``notes``.
    """
    ours = {
        name: _convert_value(value)
        for name, value in stored.values.items()
        if name in engine.kinds and value is not None
    }
    custom, faults, strange = engine.readers.model.read({"custom": stored.custom})
    ignored = [*(name for name in stored.values if name not in engine.kinds and name not in WISHES), *strange]
    empty = dict.fromkeys(name for name in stored.list_left_empty() if name in engine.kinds)
    values = {
        **empty,
        **custom,
        **ours,
        "lead_id": stored.lead_id,
        "events": [_convert_event(event) for event in events],
    }
    return ReadLead(values, tuple(ignored), wishes_of(stored.values), tuple(describe_unread(faults)))


def to_instant(moment: datetime) -> np.datetime64:
    """Convert an aware datetime to NumPy's UTC time."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _convert_value(value: Any) -> Any:
    """Convert a value as ``features.tables.json_payload`` would."""
    if isinstance(value, datetime):
        return to_instant(value)
    return float(value) if isinstance(value, bool) else value


def _convert_event(event: Event) -> tuple[np.datetime64, str, float, float]:
    nan = float("nan")
    return (
        to_instant(to_utc(event.occurred_at)),
        event.kind,
        nan if event.reached is None else float(event.reached),
        nan if event.duration_s is None else float(event.duration_s),
    )
