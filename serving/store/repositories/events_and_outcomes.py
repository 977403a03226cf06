"""What happened with a lead, and what became of it? Events and outcomes, append-only.

Lives here: adding each once however often it is sent, and reading them. ``recorded_at`` is when we knew: a model must
not learn it earlier. Does not live here: which statement repeats another (``duplicate_events``), the lead's own
values (``leads``).
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from features.schema import EVENT_KINDS, LOST_REASONS, STAGES
from serving.errors import StoreRefused
from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable, to_utc
from serving.store.database.entities import Event, Outcome, StoredOutcome
from serving.store.database.tables import events, outcomes
from serving.store.repositories.duplicate_events import (
    RETRY_WINDOW,
    KnownEvents,
    has_known_id,
    is_repeated_outcome,
)
from serving.store.repositories.leads import Leads

__all__ = ["Events", "Outcomes"]

_EXACT = 2.0**1000
"""A larger integer is left for the database to refuse."""


class Events:
    """Events, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog, leads: Leads) -> None:
        self._connection, self._now, self._audit, self._leads = connection, now, audit, leads

    def add(self, lead_id: str, new_events: Sequence[Event]) -> int:
        """Add events and return how many were new: one that the lead has already is skipped.

        Known by its ``event_id`` and content; without an id, by its whole content. One without a time happened now, and
        repeats an equal one that arrived within ``RETRY_WINDOW``.

        Raises
        ------
        UnknownLead, StoreRefused
            If there is no such lead, or a kind is unknown.
        IdConflict
            If an ``event_id`` stands for another event.
        """
        rows = [_make_row(event, self._now) | {"lead_id": lead_id} for event in new_events]
        _require_member("kind", EVENT_KINDS, rows)
        self._leads.record_activity(lead_id, max((row["occurred_at"] for row in rows), default=None))
        known = KnownEvents(self._read_alike(lead_id, rows))
        new = [
            row
            for row, event in zip(rows, new_events, strict=True)
            if known.add(row, has_own_time=event.occurred_at is not None)
        ]
        if new:
            self._connection.execute(insert(events), new)
            self._audit.append("events_added", lead_id, count=len(new), kinds=sorted({row["kind"] for row in new}))
        return len(new)

    def _read_alike(self, lead_id: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the lead's stored events that one of the rows could repeat."""
        if not rows:
            return []
        sent_ids = {row["event_id"] for row in rows} - {None}
        alike = or_(
            events.c.event_id.in_(sent_ids),
            events.c.occurred_at.in_({row["occurred_at"] for row in rows}),
            events.c.recorded_at >= self._now - RETRY_WINDOW,
        )
        rows_alike = self._connection.execute(select(events).where(events.c.lead_id == lead_id, alike))
        return [dict(row._mapping) for row in rows_alike]

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

    def add(self, lead_id: str, outcome: Outcome, has_key: bool = False) -> bool:
        """Add an outcome and return whether it was new: one that stands already is skipped.

        Known by its ``outcome_id`` and content; without an id, by ``is_repeated_outcome``. One without a time happened
        now. A repeated one whose id is known adds who set it, where nobody is stored yet.

        Parameters
        ----------
        has_key : bool
            Whether the request has a key by which its retries are known: then an outcome without a time is new.

        Raises
        ------
        UnknownLead, StoreRefused
            If there is no such lead, or the stage or reason is unknown.
        IdConflict
            If the ``outcome_id`` stands for another outcome.
        """
        row = _make_row(outcome, self._now) | {"lead_id": lead_id}
        _require_member("stage", STAGES, [row])
        _require_member("reason", (*LOST_REASONS, None), [row])
        self._leads.record_activity(lead_id, row["occurred_at"])
        found = self._connection.execute(select(outcomes).where(outcomes.c.lead_id == lead_id).order_by(outcomes.c.seq))
        stored = [dict(earlier._mapping) for earlier in found]
        has_own_time = outcome.occurred_at is not None
        known = {earlier["outcome_id"]: earlier for earlier in stored if earlier["outcome_id"] is not None}
        if has_known_id(row, known, "outcome_id", has_own_time):
            self._add_staff(row, known[row["outcome_id"]])
            return False
        may_repeat = row["outcome_id"] is None and (has_own_time or not has_key)
        if may_repeat and is_repeated_outcome(row, stored, has_own_time):
            return False
        self._connection.execute(insert(outcomes), row)
        self._audit.append("outcome_added", lead_id, stage=row["stage"], reason=row["reason"])
        return True

    def _add_staff(self, sent: dict[str, Any], stored: dict[str, Any]) -> None:
        """Add who set a stored outcome that names nobody yet."""
        if sent["staff_id"] is None or stored["staff_id"] is not None:
            return
        self._connection.execute(
            update(outcomes).where(outcomes.c.seq == stored["seq"]).values(staff_id=sent["staff_id"])
        )
        self._audit.append("outcome_staff_added", stored["lead_id"], stage=stored["stage"])

    def list_for(self, lead_id: str) -> list[StoredOutcome]:
        """Return the lead's outcomes, in the order in which they became known."""
        rows = self._connection.execute(
            select(outcomes).where(outcomes.c.lead_id == lead_id).order_by(outcomes.c.recorded_at, outcomes.c.seq)
        )
        return [
            StoredOutcome(**{column.name: getattr(row, column.name) for column in fields(StoredOutcome)})
            for row in rows
        ]


def _make_row(entity: Event | Outcome, now: datetime) -> dict[str, Any]:
    """Return an entity's columns, each in the type in which it is stored; the time of arrival where it has no time."""
    row = {field.name: getattr(entity, field.name) for field in fields(entity)}
    for name, value in row.items():
        require_storable(name, value)
        # 100 and 100.0 are one statement: both are compared as the float that is stored.
        if name in ("duration_s", "value") and value is not None and abs(value) < _EXACT:
            row[name] = float(value)
    row["occurred_at"] = now if entity.occurred_at is None else to_utc(entity.occurred_at)
    recorded_at = row.get("recorded_at")
    row["recorded_at"] = now if recorded_at is None else to_utc(recorded_at)
    if row.get("reached") is not None:
        row["reached"] = bool(row["reached"])
    return row


def _require_member(column: str, allowed: Sequence[str | None], rows: Sequence[dict[str, Any]]) -> None:
    """Reject a value that is not one of the column's allowed values."""
    if any(row[column] not in allowed for row in rows):
        raise StoreRefused(
            f"store: {column} is not one of its allowed values. Expected one of {', '.join(filter(None, allowed))}."
        )
