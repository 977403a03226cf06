"""Which leads does the desk show, and what does a list of them need to know? One query over leads, last scores, events
and states.

Lives here: that query, for all of them or for those that changed, and which changed.
Does not live here: the order to call in (``serving.desk.queue.working_order``), holding the rows in memory
(``serving.desk.queue.queue_board``).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from features.schema import EVENT_KINDS
from serving.store.database.audit_chain import READ_ACTIONS
from serving.store.database.entities import DeskStep, Event, LeadChange, Outcome
from serving.store.database.tables import audit, desk_leads, desk_steps, events, lead_changes, leads, outcomes, scores
from serving.store.repositories.open_leads import is_closed

__all__ = ["LeadHistory", "QueueRow", "StorePosition", "QueueRows"]

_INBOUND = tuple(
    kind for kind in EVENT_KINDS if kind in ("inbound_call", "missed_call", "sms_in", "email_in", "chat", "form_submit")
)
_CONTACTS = (
    "inbound_call",
    "missed_call",
    "outbound_call",
    "voicemail",
    "sms_in",
    "sms_out",
    "email_in",
    "email_out",
    "chat",
)
"""Events between us and the person, in either direction."""
_IDS_PER_STATEMENT = 500
"""Ids in one statement, at most."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One lead as a list shows it. Unknown values are None, and so are the score's fields where there is no score yet.

    Parameters
    ----------
    phone, email : str, optional
        Read to know by what the person can be reached; no list shows them.
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
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
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
    human_grade: str | None
    human_place: int | None
    step: int | None
    last_inbound_at: datetime | None


@dataclass(frozen=True)
class StorePosition:
    """How far a reader has read the store: the last write in the audit, and the last lead."""

    audit: int
    lead: int


@dataclass(frozen=True)
class LeadHistory:
    """What happened with one lead that says how far we have come with it."""

    events: list[Event] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    steps: list[DeskStep] = field(default_factory=list)
    changes: list[LeadChange] = field(default_factory=list)


class QueueRows:
    """What the desk's lists show, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read_all(self, arrived_after: datetime) -> list[QueueRow]:
        """Return every lead without a closing outcome (or reopened since) that arrived after a moment, is nurtured, or
        expects a call.
        """
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

    def read_histories(
        self, arrived_after: datetime, lead_ids: Sequence[str] | None = None
    ) -> dict[str, "LeadHistory"]:
        """Return what happened with the leads that are shown, or with those of these; nothing for the others."""
        shown = _is_shown(arrived_after)
        if lead_ids is None:
            return self._read_histories(shown)
        histories: dict[str, LeadHistory] = {}
        for first in range(0, len(lead_ids), _IDS_PER_STATEMENT):
            batch = lead_ids[first : first + _IDS_PER_STATEMENT]
            histories |= self._read_histories(and_(shown, leads.c.lead_id.in_(batch)))
        return histories

    def _read_histories(self, condition: ColumnElement[bool]) -> dict[str, "LeadHistory"]:
        shown = select(leads.c.lead_id).outerjoin(desk_leads, desk_leads.c.lead_id == leads.c.lead_id).where(condition)
        histories: dict[str, LeadHistory] = defaultdict(LeadHistory)
        columns = (events.c.lead_id, events.c.occurred_at, events.c.kind, events.c.reached, events.c.event_id)
        contacts = select(*columns).where(events.c.kind.in_(_CONTACTS), events.c.lead_id.in_(shown))
        for lead_id, at, kind, reached, event_id in self._connection.execute(contacts):
            histories[lead_id].events.append(Event(at, kind, reached=reached, event_id=event_id))
        said = (outcomes.c.lead_id, outcomes.c.occurred_at, outcomes.c.stage, outcomes.c.reason, outcomes.c.outcome_id)
        for lead_id, at, stage, reason, outcome_id in self._connection.execute(
            select(*said).where(outcomes.c.lead_id.in_(shown))
        ):
            histories[lead_id].outcomes.append(Outcome(at, stage, reason, outcome_id=outcome_id))
        steps = select(desk_steps).where(desk_steps.c.lead_id.in_(shown)).order_by(desk_steps.c.seq)
        for row in self._connection.execute(steps):
            step = DeskStep(row.lead_id, row.person, row.kind, row.detail, row.undoes, row.at, row.seq)
            histories[row.lead_id].steps.append(step)
        self._add_changes(histories)
        return dict(histories)

    def _add_changes(self, histories: dict[str, "LeadHistory"]) -> None:
        """Add what changed of the leads whose number was wrong: they may have another one by now."""
        wrong = [
            lead_id
            for lead_id, history in histories.items()
            if any(step.detail.get("result") == "wrong_number" for step in history.steps)
        ]
        for first in range(0, len(wrong), _IDS_PER_STATEMENT):
            batch = wrong[first : first + _IDS_PER_STATEMENT]
            rows = self._connection.execute(select(lead_changes).where(lead_changes.c.lead_id.in_(batch)))
            for row in rows:
                histories[row.lead_id].changes.append(LeadChange(row.known_at, row.fields))

    def read_position(self) -> StorePosition:
        """Return the current end of the store."""
        # Who looks changes nothing: a line about a read must not make every open page say that there is news.
        last_write = select(audit.c.seq).where(audit.c.action.not_in(READ_ACTIONS)).order_by(audit.c.seq.desc())
        last = (
            self._connection.scalar(last_write.limit(1)),
            self._connection.scalar(select(func.max(leads.c.seq))),
        )
        return StorePosition(last[0] or 0, last[1] or 0)

    def find_changed(
        self, since: StorePosition, ids_by_hash: Mapping[str, str], limit: int, hash_id: Callable[[str], str]
    ) -> list[str] | None:
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
        changed = {ids_by_hash[hashed] for hashed in hashes if hashed in ids_by_hash}
        return list({*new_ids, *changed, *self._find_reopened(hashes - ids_by_hash.keys(), hash_id)})

    def _find_reopened(self, hashes: set[str], hash_id: Callable[[str], str]) -> list[str]:
        """Return the ids behind hashes that the reader does not have: leads that were closed and are open again."""
        if not hashes:
            return []
        newest = (
            select(desk_steps.c.lead_id)
            .where(desk_steps.c.kind.in_(("back", "undo")))
            .order_by(desk_steps.c.seq.desc())
            .limit(_IDS_PER_STATEMENT)
        )
        return [lead_id for lead_id in set(self._connection.scalars(newest)) if hash_id(lead_id) in hashes]

    def read_answers(self, score_numbers: Sequence[int]) -> dict[int, dict]:
        """Return what was shown with some scores: number of the score -> answer."""
        rows = self._connection.execute(select(scores.c.seq, scores.c.shown).where(scores.c.seq.in_(score_numbers)))
        return {number: shown for number, shown in rows if shown is not None}

    def _read_rows(self, condition: ColumnElement[bool]) -> list[QueueRow]:
        return [QueueRow(*row) for row in self._connection.execute(_select_rows(condition))]


def _is_shown(arrived_after: datetime) -> ColumnElement[bool]:
    """Return the condition for the leads that are shown."""
    is_current = or_(
        leads.c.created_at > arrived_after, desk_leads.c.track == "nurture", desk_leads.c.callback_at.is_not(None)
    )
    return and_(~is_closed(), is_current)


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
            "phone",
            "email",
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
            "grade",
            "place",
            "step",
        )
    )
    query = select(*lead_columns, *score_columns, *state_columns, last_inbound).select_from(leads)
    return (
        query.outerjoin(scores, scores.c.seq == last_score)
        .outerjoin(desk_leads, desk_leads.c.lead_id == leads.c.lead_id)
        .where(condition)
    )
