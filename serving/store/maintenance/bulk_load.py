"""How does a practice's past get into the store? Validated tables -> leads, events, outcomes and spending, in batches
that make others wait only for a moment.

Lives here: loading them; loading the same again changes nothing. Does not live here: reading files
(``features.tables.tables``), scoring the open ones (``serving.leads.lead_service``).

The practice knew the loaded data before: outcomes keep when they were recorded. ``first_known_at`` says that the store
itself received it today.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from features.schema import CUSTOM_PREFIX, LEADS
from features.tables.lead_names import LeadNames
from features.tables.tables import Tables
from serving.store.database.entities import Event, Lead, Outcome, Spend
from serving.store.repositories.duplicate_events import make_content_id
from serving.store.repositories.spending import SpendCounts, SpendKey
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = ["LoadCounts", "load_tables"]

_SECONDS_PER_TRANSACTION = 0.2
"""No further lead is begun after that; whoever waits to write then gets a turn."""

_EVENT_DETAILS = ("direction", "duration_s", "staff_id", "reached", "campaign", "channel", "source")
_AMOUNTS_PER_TRANSACTION = 1_000
"""Amounts of spending that one transaction writes: they take less than those seconds."""


@dataclass(frozen=True)
class LoadCounts:
    """How many leads, events, outcomes and amounts of spending were new, and how many amounts were corrected."""

    leads: int
    events: int
    outcomes: int
    spend: int = 0
    corrected: int = 0


def load_tables(
    store: Store, tables: Tables, report_progress: Callable[[int, int], None] = lambda done, of: None
) -> LoadCounts:
    """Load everything.

    Parameters
    ----------
    report_progress : callable(done, total), optional
        Receives how many leads are loaded.

    Raises
    ------
    StoreError
        If the store cannot take it; what was loaded before stays, and loading again continues from there.
    """
    rows = tables.leads.to_dict("records")
    events, outcomes = _group_by_lead(tables.events), _group_by_lead(tables.outcomes)
    new, done = [0, 0, 0], 0
    while done < len(rows):
        with store.transaction("load") as transaction:
            end = time.monotonic() + _SECONDS_PER_TRANSACTION
            while done < len(rows) and time.monotonic() < end:
                lead = _to_lead(rows[done], tables.names)
                counts = _load_lead(transaction, lead, events.get(lead.lead_id, ()), outcomes.get(lead.lead_id, ()))
                new = [before + added for before, added in zip(new, counts, strict=True)]
                done += 1
        report_progress(done, len(rows))
        if done < len(rows):
            store.give_way()
    spend = _load_spend(store, tables.spend)
    return LoadCounts(new[0], new[1], new[2], spend.new, spend.corrected)


def _load_spend(store: Store, table: pd.DataFrame) -> SpendCounts:
    """Load spending: what the table has for a day, campaign and channel is all there is of it."""
    amounts, positions = [], Counter[SpendKey]()
    for row in map(_drop_missing, table.to_dict("records")):
        key = (row["day"], row.get("campaign"), row.get("channel"))
        shown = row.get("impressions"), row.get("clicks")
        amounts.append(Spend(key[0], row["amount"], key[1], key[2], positions[key], *shown))
        positions[key] += 1
    total = SpendCounts()
    for start in range(0, len(amounts), _AMOUNTS_PER_TRANSACTION):
        with store.transaction("load") as transaction:
            total += transaction.spending.put(amounts[start : start + _AMOUNTS_PER_TRANSACTION])
        store.give_way()
    if amounts:
        with store.transaction("load") as transaction:
            total += transaction.spending.remove_surplus(positions)
    return total


def _load_lead(
    transaction: Transaction, lead: Lead, events: Sequence[dict[str, Any]], outcomes: Sequence[dict[str, Any]]
) -> tuple[int, int, int]:
    """Load one lead, and return how many leads, events and outcomes were new."""
    is_new = transaction.leads.put(lead).created
    transaction.names.put(lead.lead_id, lead.names)
    new_events = transaction.events.add(lead.lead_id, [_to_event(event) for event in events])
    new_outcomes = [transaction.outcomes.add(lead.lead_id, outcome) for outcome in _to_outcomes(lead.lead_id, outcomes)]
    return int(is_new), new_events, sum(new_outcomes)


def _group_by_lead(table: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each lead."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dict("records"):
        groups.setdefault(row["lead_id"], []).append(_drop_missing(row))
    return groups


def _drop_missing(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row without its missing values; pandas timestamps as datetimes."""
    return {
        name: value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        for name, value in row.items()
        if not pd.isna(value)
    }


def _to_lead(row: dict[str, Any], names: LeadNames) -> Lead:
    # An empty cell of a file was asked for and left empty; an inquiry without a time counts as created now.
    empty = dict.fromkeys(name for name in row if name not in ("lead_id", "created_at"))
    fields = {**empty, **_drop_missing(row)}
    values = {name: value for name, value in fields.items() if name in LEADS.by_name and name != "lead_id"}
    custom = {
        name.removeprefix(CUSTOM_PREFIX): value for name, value in fields.items() if name.startswith(CUSTOM_PREFIX)
    }
    return Lead(row["lead_id"], values, custom, names=dict(names.get(row["lead_id"], {})))


def _to_event(row: dict[str, Any]) -> Event:
    details = {name: row.get(name) for name in _EVENT_DETAILS}
    return Event(row["occurred_at"], row["kind"], **details)


def _to_outcomes(lead_id: str, rows: Sequence[dict[str, Any]]) -> list[Outcome]:
    """Return a lead's outcomes, each with an id made of its content.

    A stage that comes again after another one, at the same time, is counted in its id. Who set it is no part of the
    id: the same outcome from an export that does not say it yet keeps its id.
    """
    found: list[Outcome] = []
    last_stage: dict[Any, str] = {}
    turns: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        stage, time, value = row["stage"], row["occurred_at"], row.get("value")
        content = (lead_id, stage, str(time), row.get("reason") or "", *(() if value is None else (str(value),)))
        turns[content] += last_stage.get(time) != stage
        last_stage[time] = stage
        turn = () if turns[content] <= 1 else (str(turns[content]),)
        outcome_id = make_content_id(*content, *turn)
        outcome = Outcome(time, stage, row.get("reason"), value, row.get("recorded_at"), outcome_id)
        found.append(replace(outcome, staff_id=row.get("staff_id")))
    return found
