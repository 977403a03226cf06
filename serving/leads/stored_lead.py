"""What is known of a lead by now, as the engine reads it? A lead of the store -> what is scored, without going through
JSON again.

Lives here: values, events and earlier enquiries of one lead. Does not live here: what programs send (``reading``),
scoring (``scoring``)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from features.point_in_time.contact_index import DUPLICATE_DAYS
from features.tables.json_payload import convert_payload
from serving.scoring.engine import Engine, ReadLead
from serving.scoring.next_step import WISHES, wishes_of
from serving.store.database.column_types import to_utc
from serving.store.database.entities import Event, Lead
from serving.store.store import Transaction

__all__ = ["to_instant", "load_lead", "convert_lead"]

_COUNTED = "earlier_enquiries"


def load_lead(at: Transaction, engine: Engine, lead_id: str) -> ReadLead:
    """Everything that the store knows of a lead now, its earlier enquiries counted."""
    known = at.leads.get(lead_id)
    read = convert_lead(known, at.events.list_for(lead_id), engine)
    if _COUNTED in engine.kinds and _COUNTED not in read.converted:
        read.converted[_COUNTED] = float(at.count_earlier_enquiries(known, DUPLICATE_DAYS))
    return read


def convert_lead(known: Lead, events: Iterable[Event], engine: Engine) -> ReadLead:
    """A lead in the types that a batch takes; what the model has no use for is named in ``ignored``."""
    ours = {name: _convert_value(value) for name, value in known.values.items() if name in engine.kinds and value is not None}
    read, _, strange = convert_payload(
        {"custom": known.custom}, engine.kinds, engine.bundle.practice.zone, engine.bundle.mapping
    )
    ignored = [*(name for name in known.values if name not in engine.kinds and name not in WISHES), *strange]
    whole = {**read, **ours, "lead_id": known.lead_id, "events": [_convert_event(one) for one in events]}
    return ReadLead(whole, tuple(ignored), wishes_of(known.values))


def to_instant(moment: datetime) -> np.datetime64:
    """An aware moment as NumPy has it."""
    return np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")


def _convert_value(value: Any) -> Any:
    """A value as ``features.tables.json_payload`` would have converted it."""
    if isinstance(value, datetime):
        return to_instant(value)
    return float(value) if isinstance(value, bool) else value


def _convert_event(one: Event) -> tuple[np.datetime64, str, float, float]:
    nan = float("nan")
    return (
        to_instant(to_utc(one.occurred_at)),
        one.kind,
        nan if one.reached is None else float(one.reached),
        nan if one.duration_s is None else float(one.duration_s),
    )
