"""Which leads does the desk show, and what does a list of them need to know? One query over leads, last scores, events
and states.

Lives here: that query, for all of them or for those that changed, and which changed.
Does not live here: the order to call in (``serving.desk.queue.working_order``), holding the rows in memory
(``serving.desk.queue.queue_board``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from features.schema import EVENT_KINDS
from serving.store.database.audit_chain import READ_ACTIONS
from serving.store.database.tables import audit, desk_leads, events, leads, outcomes, scores
from serving.store.repositories.open_leads import CLOSING_STAGES

__all__ = ["QueueRow", "StorePosition", "QueueRows"]

_INBOUND = tuple(
    kind for kind in EVENT_KINDS if kind in ("inbound_call", "missed_call", "sms_in", "email_in", "chat", "form_submit")
)
_CALLS = ("outbound_call",)
_IDS_PER_STATEMENT = 500
"""Ids in one statement, at most."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One lead as a list shows it. Unknown values are None, and so are the score's fields where there is no score yet.

    Parameters
    ----------
    events_calls : int
        Outbound calls on record, including those logged on the desk whose effects were already written.
    last_inbound_at : datetime, optional
        When the person last called, wrote or chatted.
    step : int
        The last step of the desk; 0 for none.
    """

    lead_id: str
    created_at: datetime
    channel: str | None
    service_requested: str | None
    preferred_clinic: str | None
    preferred_contact: str | None
    preferred_time: str | None
    postal_code: str | None
    do_not_contact: bool | None
    score: int | None
    scored_at: datetime | None
    probability: float | None
    grade: str | None
    lane: str | None
    track: str | None
    owner: str | None
    held_until: datetime | None
    callback_at: datetime | None
    follow_up_at: datetime | None
    nurtured_at: datetime | None
    calls: int | None
    last_call_at: datetime | None
    last_result: str | None
    human_grade: str | None
    human_place: int | None
    closed_because: str | None
    step: int | None
    events_calls: int | None
    last_event_call_at: datetime | None
    last_inbound_at: datetime | None


@dataclass(frozen=True)
class StorePosition:
    """How far a reader has read the store: the last write in the audit, and the last lead."""

    audit: int
    lead: int


class QueueRows:
    """What the desk's lists show, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_all(self, arrived_after: datetime) -> list[QueueRow]:
        """Return every lead without a closing outcome that arrived after a moment, is nurtured, or expects a call."""
        return self._read_rows(_is_shown(arrived_after))

    def read_leads(self, arrived_after: datetime, lead_ids: Sequence[str]) -> list[QueueRow]:
        """Return those of these leads that are shown."""
        batches = (
            lead_ids[first : first + _IDS_PER_STATEMENT] for first in range(0, len(lead_ids), _IDS_PER_STATEMENT)
        )
        return [
            row
            for batch in batches
            for row in self._read_rows(and_(_is_shown(arrived_after), leads.c.lead_id.in_(batch)))
        ]

    def read_position(self) -> StorePosition:
        """Return the current end of the store."""
        # Who looks changes nothing: a line about a read must not make every open page say that there is news.
        last_write = select(audit.c.seq).where(audit.c.action.not_in(READ_ACTIONS)).order_by(audit.c.seq.desc())
        last = (
            self._connection.scalar(last_write.limit(1)),
            self._connection.scalar(select(func.max(leads.c.seq))),
        )
        return StorePosition(last[0] or 0, last[1] or 0)

    def find_changed(self, since: StorePosition, ids_by_hash: Mapping[str, str], limit: int) -> list[str] | None:
        """Return the ids of the leads that changed; None when there are more than ``limit``, so that reading all again
        is faster.

        Parameters
        ----------
        ids_by_hash : mapping
            As the audit names a lead (``AuditLog.hash_id``) -> id, of the leads that the reader has.
        """
        hashes = set(
            self._connection.scalars(
                select(audit.c.lead_hash)
                .where(
                    audit.c.seq > since.audit,
                    audit.c.lead_hash.is_not(None),
                    audit.c.action.not_in(READ_ACTIONS),
                )
                .limit(20 * limit)
            )
        )
        new_ids = list(
            self._connection.scalars(select(leads.c.lead_id).where(leads.c.seq > since.lead).limit(limit + 1))
        )
        if len(hashes) > limit or len(new_ids) > limit:
            return None
        return list({*new_ids, *(ids_by_hash[hashed] for hashed in hashes if hashed in ids_by_hash)})

    def read_answers(self, score_numbers: Sequence[int]) -> dict[int, dict]:
        """Return what was shown with some scores: number of the score -> answer."""
        rows = self._connection.execute(select(scores.c.seq, scores.c.shown).where(scores.c.seq.in_(score_numbers)))
        return {number: shown for number, shown in rows if shown is not None}

    def _read_rows(self, condition: ColumnElement[bool]) -> list[QueueRow]:
        return [QueueRow(*row) for row in self._connection.execute(_select_rows(condition))]


def _is_shown(arrived_after: datetime) -> ColumnElement[bool]:
    """Return the condition for the leads that are shown."""
    is_closed = (
        select(outcomes.c.seq)
        .where(outcomes.c.lead_id == leads.c.lead_id, outcomes.c.stage.in_(CLOSING_STAGES))
        .exists()
    )
    is_current = or_(
        leads.c.created_at > arrived_after, desk_leads.c.track == "nurture", desk_leads.c.callback_at.is_not(None)
    )
    return and_(~is_closed, is_current)


def _select_rows(condition: ColumnElement[bool]) -> Select:
    """Return the statement; its columns in the order of ``QueueRow``."""
    all_scores = scores.alias("every")
    last_score = (
        select(func.max(all_scores.c.seq))
        .where(all_scores.c.lead_id == leads.c.lead_id)
        .correlate(leads)
        .scalar_subquery()
    )
    of_lead = events.c.lead_id == leads.c.lead_id
    call_count = select(func.count()).where(of_lead, events.c.kind.in_(_CALLS)).correlate(leads).scalar_subquery()
    last_call = (
        select(func.max(events.c.occurred_at))
        .where(of_lead, events.c.kind.in_(_CALLS))
        .correlate(leads)
        .scalar_subquery()
    )
    last_inbound = (
        select(func.max(events.c.occurred_at))
        .where(of_lead, events.c.kind.in_(_INBOUND))
        .correlate(leads)
        .scalar_subquery()
    )
    lead_columns = (
        leads.c[name]
        for name in (
            "lead_id",
            "created_at",
            "channel",
            "service_requested",
            "preferred_clinic",
            "preferred_contact",
            "preferred_time",
            "postal_code",
            "do_not_contact",
        )
    )
    score_columns = (scores.c[name] for name in ("seq", "scored_at", "probability", "grade", "lane"))
    state_columns = (
        desk_leads.c[name]
        for name in (
            "track",
            "owner",
            "held_until",
            "callback_at",
            "follow_up_at",
            "nurtured_at",
            "calls",
            "last_call_at",
            "last_result",
            "grade",
            "place",
            "closed_because",
            "step",
        )
    )
    query = select(*lead_columns, *score_columns, *state_columns, call_count, last_call, last_inbound).select_from(
        leads
    )
    return (
        query.outerjoin(scores, scores.c.seq == last_score)
        .outerjoin(desk_leads, desk_leads.c.lead_id == leads.c.lead_id)
        .where(condition)
    )
