"""What happened with a lead, and what became of it? Events and outcomes, append-only.

Lives here: adding each once however often it is sent, and reading them. ``recorded_at`` is when we knew: a model must
not learn it earlier. Does not live here: the lead's own values (``leads``).
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select

from features.schema import EVENT_KINDS, LOST_REASONS, STAGES
from serving.errors import StoreRefused
from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable, to_utc
from serving.store.database.entities import Event, Outcome, StoredOutcome
from serving.store.database.tables import events, outcomes
from serving.store.repositories.leads import Leads

__all__ = ["Events", "Outcomes"]


class Events:
    """Events, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog, leads: Leads) -> None:
        self._connection, self._now, self._audit, self._leads = connection, now, audit, leads

    def add(self, lead_id: str, new_events: Sequence[Event]) -> int:
        """Add events and return how many were new. One whose ``event_id`` the lead already has is skipped.

        Raises
        ------
        UnknownLead, StoreRefused
            If there is no such lead, or a kind is unknown.
        """
        rows = [_make_row(event) | {"lead_id": lead_id, "recorded_at": self._now} for event in new_events]
        _require_member("kind", EVENT_KINDS, rows)
        new = _insert_new_rows(self._connection, self._leads, events, "event_id", lead_id, rows)
        if new:
            self._audit.append("events_added", lead_id, count=len(new), kinds=sorted({row["kind"] for row in new}))
        return len(new)

    def list_for(self, lead_id: str) -> list[Event]:
        """Return the lead's events, oldest first."""
        rows = self._connection.execute(
            select(events).where(events.c.lead_id == lead_id).order_by(events.c.occurred_at, events.c.seq)
        )
        return [Event(**{column.name: getattr(row, column.name) for column in fields(Event)}) for row in rows]


class Outcomes:
    """Outcomes, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog, leads: Leads) -> None:
        self._connection, self._now, self._audit, self._leads = connection, now, audit, leads

    def add(self, lead_id: str, outcome: Outcome) -> bool:
        """Add an outcome and return whether it was new. One whose ``outcome_id`` the lead already has is skipped.

        Raises
        ------
        UnknownLead, StoreRefused
            If there is no such lead, or the stage or reason is unknown.
        """
        row = _make_row(outcome) | {"lead_id": lead_id}
        row["recorded_at"] = self._now if row["recorded_at"] is None else row["recorded_at"]
        _require_member("stage", STAGES, [row])
        _require_member("reason", (*LOST_REASONS, None), [row])
        new = _insert_new_rows(self._connection, self._leads, outcomes, "outcome_id", lead_id, [row])
        if new:
            self._audit.append("outcome_added", lead_id, stage=row["stage"], reason=row["reason"])
        return bool(new)

    def list_for(self, lead_id: str) -> list[StoredOutcome]:
        """Return the lead's outcomes, in the order in which they became known."""
        rows = self._connection.execute(
            select(outcomes).where(outcomes.c.lead_id == lead_id).order_by(outcomes.c.recorded_at, outcomes.c.seq)
        )
        return [
            StoredOutcome(**{column.name: getattr(row, column.name) for column in fields(StoredOutcome)})
            for row in rows
        ]


def _make_row(entity: Event | Outcome) -> dict[str, Any]:
    """Return an entity's columns, each in the type in which it is stored."""
    row = {field.name: getattr(entity, field.name) for field in fields(entity)}
    for name, value in row.items():
        require_storable(name, value)
        if value is not None and name in ("occurred_at", "recorded_at"):
            row[name] = to_utc(value)
    if row.get("reached") is not None:
        row["reached"] = bool(row["reached"])
    return row


def _require_member(column: str, allowed: Sequence[str | None], rows: Sequence[dict[str, Any]]) -> None:
    """Reject a value that is not one of the column's allowed values."""
    if any(row[column] not in allowed for row in rows):
        raise StoreRefused(
            f"store: {column} is not one of its allowed values. Expected one of {', '.join(filter(None, allowed))}."
        )


def _insert_new_rows(
    connection: Connection, leads: Leads, table: Table, id_column: str, lead_id: str, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Insert the rows that the lead does not have yet, and return them."""
    leads.record_activity(lead_id, max((row["occurred_at"] for row in rows), default=None))
    sent_ids = {row[id_column] for row in rows} - {None}
    stored_ids = (
        set(
            connection.scalars(
                select(table.c[id_column]).where(table.c.lead_id == lead_id, table.c[id_column].in_(sent_ids))
            )
        )
        if sent_ids
        else set()
    )
    new = []
    for row in rows:
        if row[id_column] is None or row[id_column] not in stored_ids:
            stored_ids.add(row[id_column])
            new.append(row)
    if new:
        connection.execute(insert(table), new)
    return new
