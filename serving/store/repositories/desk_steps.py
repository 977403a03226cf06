"""What did people do with a lead, and what is its state now? Steps of the desk, append-only, and the state they add up
to.

Lives here: storing steps, which of them can still be undone, each lead's state, saved views.
Does not live here: what a step means (``serving.desk.lead_state``), who may take it (``serving.desk.lead_actions``).
"""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, and_, delete, func, insert, or_, select, update

from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable
from serving.store.database.entities import DeskStep, LeadState
from serving.store.database.tables import desk_due, desk_leads, desk_steps, desk_texts, desk_views
from serving.store.repositories.leads import Leads

__all__ = ["DeskSteps"]

_NEWS_OF_RULES = timedelta(hours=1)
"""For how long a lead that a rule gave to somebody is news: a rule gives out every lead."""
_STATE_FIELDS = tuple(column.name for column in fields(LeadState))


class DeskSteps:
    """The desk's tables, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog, leads: Leads) -> None:
        self._connection, self._now, self._audit, self._leads = connection, now, audit, leads

    def add(self, step: DeskStep, due_at: datetime | None = None) -> int:
        """Store a step and return its number.

        Parameters
        ----------
        due_at : datetime, optional
            When its effects outside of the desk are due; None for a step without any.

        Raises
        ------
        UnknownLead, StoreRefused
        """
        require_storable("step", [step.person, step.kind, dict(step.detail)])
        self._leads.record_activity(step.lead_id, self._now)
        row = {
            "lead_id": step.lead_id,
            "at": self._now,
            "person": step.person,
            "kind": step.kind,
            "detail": dict(step.detail),
            "undoes": step.undoes,
        }
        number = self._connection.execute(insert(desk_steps).returning(desk_steps.c.seq), row).scalar_one()
        if due_at is not None:
            self._connection.execute(insert(desk_due), {"step": number, "due_at": due_at})
        self._audit.append("desk_step", step.lead_id, kind=step.kind, number=number, undoes=step.undoes)
        return number

    def list_steps(self, lead_id: str) -> list[DeskStep]:
        """Return the lead's steps, oldest first."""
        rows = self._connection.execute(
            select(desk_steps).where(desk_steps.c.lead_id == lead_id).order_by(desk_steps.c.seq)
        )
        return [_to_step(row) for row in rows]

    def list_recent(self, kinds: Collection[str], limit: int, before_number: int | None = None) -> list[DeskStep]:
        """Return the newest steps of some kinds, the newest first; only those before the step ``before_number``, where
        given.
        """
        query = select(desk_steps).where(desk_steps.c.kind.in_(kinds)).order_by(desk_steps.c.seq.desc()).limit(limit)
        return [
            _to_step(row)
            for row in self._connection.execute(
                query if before_number is None else query.where(desk_steps.c.seq < before_number)
            )
        ]

    def list_handed(self, person: str, limit: int = 200) -> list[str]:
        """Return the leads that others gave to a person, or a rule within the last hour, the newest first; only those
        with which nothing was done since.
        """
        is_given = or_(
            desk_steps.c.kind == "hand_over",
            and_(desk_steps.c.kind == "assign", desk_steps.c.at > self._now - _NEWS_OF_RULES),
        )
        query = (
            select(desk_steps.c.lead_id)
            .join(desk_leads, desk_leads.c.step == desk_steps.c.seq)
            .where(
                desk_leads.c.owner == person,
                desk_leads.c.track != "closed",
                is_given,
                desk_steps.c.person != person,
            )
            .order_by(desk_steps.c.seq.desc())
            .limit(limit)
        )
        return list(self._connection.scalars(query))

    def count_calls(self) -> int:
        """Count the calls logged on the desk so far; the count only grows."""
        return self._connection.scalar(select(func.count()).select_from(desk_steps).where(desk_steps.c.kind == "call"))

    def list_due(self, by: datetime, limit: int = 100) -> list[DeskStep]:
        """Return the steps that can no longer be undone and whose effects are due, oldest first."""
        query = (
            select(desk_steps)
            .join(desk_due, desk_due.c.step == desk_steps.c.seq)
            .where(desk_due.c.due_at <= by)
            .order_by(desk_steps.c.seq)
            .limit(limit)
        )
        return [_to_step(row) for row in self._connection.execute(query)]

    def is_due(self, number: int) -> bool:
        """Whether a step's effects are still to come: until then it can be undone."""
        return self._connection.scalar(select(desk_due.c.step).where(desk_due.c.step == number)) is not None

    def mark_settled(self, number: int) -> bool:
        """Record that a step took effect, or was undone; False when it had been settled before."""
        return self._connection.execute(delete(desk_due).where(desk_due.c.step == number)).rowcount == 1

    def save_state(self, lead_id: str, state: LeadState, number: int) -> None:
        """Save a lead's state after the step ``number``."""
        # Update first, insert if there was no row: the only writer at a time needs no upsert.
        row = asdict(state) | {"step": number}
        if (
            self._connection.execute(update(desk_leads).where(desk_leads.c.lead_id == lead_id).values(row)).rowcount
            == 0
        ):
            self._connection.execute(insert(desk_leads), row | {"lead_id": lead_id})

    def get_state(self, lead_id: str) -> LeadState:
        """Return a lead's state; the initial one when nobody has done anything with it."""
        row = self._connection.execute(select(desk_leads).where(desk_leads.c.lead_id == lead_id)).first()
        return LeadState() if row is None else LeadState(**{name: getattr(row, name) for name in _STATE_FIELDS})

    def list_views(self, person: str) -> dict[str, str]:
        """Return a person's saved views: name -> query."""
        rows = self._connection.execute(
            select(desk_views.c.name, desk_views.c.query)
            .where(desk_views.c.person == person)
            .order_by(desk_views.c.name)
        )
        return {name: query for name, query in rows}

    def save_view(self, person: str, name: str, query: str | None) -> None:
        """Save a view, or delete it when ``query`` is None."""
        require_storable("view", [name, query])
        self._connection.execute(delete(desk_views).where(desk_views.c.person == person, desk_views.c.name == name))
        if query is not None:
            self._connection.execute(insert(desk_views), {"person": person, "name": name, "query": query})

    def get_text(self, name: str) -> str | None:
        """Return the practice's own text of this name; None where it has none."""
        return self._connection.scalar(select(desk_texts.c.text).where(desk_texts.c.name == name))

    def save_text(self, name: str, text: str, person: str) -> None:
        """Change the practice's own text."""
        require_storable("text", text)
        self._connection.execute(delete(desk_texts).where(desk_texts.c.name == name))
        self._connection.execute(
            insert(desk_texts), {"name": name, "text": text, "changed_at": self._now, "changed_by": person}
        )
        self._audit.append("desk_text_changed", name=name)


def _to_step(row: Row) -> DeskStep:
    """Convert a row to a plain value."""
    return DeskStep(row.lead_id, row.person, row.kind, row.detail, row.undoes, row.at, row.seq)
