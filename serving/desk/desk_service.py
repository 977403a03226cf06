"""What do the desk's pages work with? The store, the queue, people's actions, and the practice's own texts, in one
place.

Lives here: reading what a page needs. Does not live here: HTML and addresses (``pages``), the parts themselves
(``queue``, ``lead_details``, ``lead_actions``, ``disagreements``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from serving.crm_settings import WRITTEN_CRMS
from serving.desk.assignment import LeadAssigner
from serving.desk.callback_times import CallbackClock
from serving.desk.crm_notes import NO_CRM_NOTES, CrmNotes, NoteDelivery
from serving.desk.disagreements import Disagreement, list_disagreements
from serving.desk.lead_actions import LeadActions
from serving.desk.lead_details import LeadDetails, read_lead_details
from serving.desk.lead_search import SearchResults, search_leads
from serving.desk.lead_state import HOLD
from serving.desk.message_label_reports import ReadingReport, list_reading_reports
from serving.desk.message_templates import TEMPLATES
from serving.desk.notices import NoticeBoard
from serving.desk.queue.filters import QueueFilter
from serving.desk.queue.queue_board import QueueBoard, QueueSnapshot
from serving.errors import RequestError
from serving.insights.lost_leads import WinBackLead
from serving.leads.lead_service import LeadService
from serving.leads.store_errors import translate_store_errors
from serving.leads.stored_lead import is_callable
from serving.scoring.engine import Engine
from serving.store.database.audit_chain import RecordRead
from serving.store.database.column_types import format_utc
from serving.store.database.entities import AuditRow, DeskStep, LeadChange
from serving.store.database.user_entities import Absence, User
from serving.store.store import Store

__all__ = ["Desk", "TeamOverview"]

_MAX_READS_SHOWN = 20
_RECORD_CRMS = frozenset({*WRITTEN_CRMS, "salesforce"})


@dataclass(frozen=True)
class TeamOverview:
    """Who works here.

    Parameters
    ----------
    users : list of User
        Who may sign in.
    last_seen : mapping
        Person -> when they were last active, of those with a session.
    absences : list of Absence
        Those that are not over, the next first.
    present : frozenset of str
        Who is here now.
    """

    users: Sequence[User]
    last_seen: Mapping[str, datetime]
    absences: Sequence[Absence]
    present: frozenset[str]


def format_moment(moment: datetime | None) -> str | None:
    """Format a moment in UTC for programs."""
    return None if moment is None else format_utc(moment)


class Desk:
    """The desk of a service that has a store.

    Parameters
    ----------
    store : Store
    lead_service : Intake
    clock : callable
        Returns the current time, datetime64[us] in UTC.
    share : float, 0 to 0.5
        Share of the calls that goes to leads in order of arrival.
    crm_notes : CrmNotes
        Sends hand-offs to the CRM that a lead came from.
    """

    def __init__(
        self,
        store: Store,
        lead_service: LeadService,
        clock: Callable[[], np.datetime64],
        share: float = 0.0,
        crm_notes: CrmNotes = NO_CRM_NOTES,
    ) -> None:
        self._store, self._lead_service, self._clock = store, lead_service, clock
        self.share = share
        self._crm_notes = crm_notes
        self.board, self.actions = QueueBoard(store, share), LeadActions(store, lead_service, crm_notes)
        self.notices = NoticeBoard(store, self.take_snapshot)
        self.assigner = LeadAssigner(store, self.take_snapshot)

    @property
    def engine(self) -> Engine:
        """The engine in use; RequestError with status 503 while there is none."""
        return self._lead_service.engine

    def list_disagreements(self) -> list[Disagreement]:
        """Return where people and the model disagreed, the newest first."""
        return list_disagreements(self._store)

    def list_reading_reports(self) -> list[ReadingReport]:
        """Return the readings that people called wrong, the newest first."""
        return list_reading_reports(self._store)

    def take_snapshot(self) -> QueueSnapshot:
        """Return the open leads as they are now.

        Raises
        ------
        RequestError
            503 while there is no model.
        StoreUnavailable
        """
        return self.board.take_snapshot(self.engine, self._clock())

    def record_read(self, *reads: RecordRead) -> None:
        """Note in the audit who sees whose record, or which list; call it before either is shown."""
        self._store.reads.record(*reads)

    def list_queue(self, limit: int, reader: str) -> dict[str, Any]:
        """Return the first leads of the working order, for programs: with their last scores, and why each is at its
        position. The audit notes who read them, ``reader``.
        """
        with translate_store_errors():
            snapshot = self.take_snapshot()
            numbers = snapshot.filter_rows(QueueFilter())[:limit]
            answers = self.read_answers(snapshot, numbers)
            ids = tuple(snapshot.columns.rows[number].lead_id for number in numbers)
            self.record_read(RecordRead(reader, "exported", "api", ids))
        leads = []
        for number in numbers:
            row = snapshot.columns.rows[number]
            answer = answers.get(row.score, {})
            lead = {
                "lead_id": row.lead_id,
                "created_at": format_moment(row.created_at),
                "channel": row.channel,
                "scored_at": format_moment(row.scored_at),
                "probability": row.probability,
                "grade": row.grade,
                "lane": snapshot.get_lane(number),
                "receipt": answer.get("receipt"),
                "model_version": answer.get("model_version"),
                "why_here": snapshot.explain_position(number),
            }
            leads.append({name: value for name, value in lead.items() if value is not None})
        return {"leads": leads, "count": len(leads)}

    def assign_leads(self) -> None:
        """Give out new leads, and those of people who are away, by the practice's rule."""
        if self._lead_service.is_ready and self.engine.bundle.practice.desk.assignment != "none":
            self.assigner.run()

    def warm_up(self) -> None:
        """Read the open leads before somebody looks, so that nobody waits: after the start, and when another engine is
        in use.
        """
        if self._lead_service.is_ready:
            self.take_snapshot()

    def read_answers(self, snapshot: QueueSnapshot, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return what was shown with the last scores of some rows."""
        scores = [snapshot.columns.rows[row].score for row in numbers]
        with self._store.reading() as transaction:
            return transaction.queue_rows.read_answers([score for score in scores if score is not None])

    def read_names(self, lead_ids: Sequence[str]) -> dict[str, str]:
        """Return lead -> the person's name, for those of these leads whose name is known."""
        with self._store.reading() as transaction:
            return transaction.names.read_names(lead_ids)

    def select_callable(self, leads: Sequence[WinBackLead]) -> list[WinBackLead]:
        """Return those of these leads that may be called as of now: who was forgotten is not in the store any more; who
        opted out or booked since the figures were computed is left out.
        """
        with self._store.reading() as transaction:
            return [lead for lead in leads if is_callable(transaction, lead.lead_id)]

    def select_stored(self, lead_ids: Sequence[str]) -> list[str]:
        """Return those of these leads that are in the store: who was forgotten since is not."""
        with self._store.reading() as transaction:
            return [lead_id for lead_id in lead_ids if transaction.leads.get(lead_id) is not None]

    def read_lead(self, lead_id: str) -> LeadDetails:
        """Return one lead with everything known of it."""
        return read_lead_details(self._store, self.engine, lead_id, self._clock())

    def read_clock(self) -> CallbackClock:
        """Return what reads callback times as of now."""
        now = self._clock().astype("datetime64[us]").item().replace(tzinfo=UTC)
        return CallbackClock(self.engine.bundle.practice, now)

    def get_postal_code(self, lead_id: str) -> str | None:
        """Return a lead's ZIP code; None where it is unknown."""
        with self._store.reading() as transaction:
            lead = transaction.leads.get(lead_id)
        return None if lead is None else lead.values.get("postal_code")

    def list_steps(self, lead_id: str) -> list[DeskStep]:
        """Return what people did with a lead, oldest first."""
        with self._store.reading() as transaction:
            return transaction.desk.list_steps(lead_id)

    def list_changes(self, lead_id: str) -> list[LeadChange]:
        """Return which values of a lead became known when, oldest first."""
        with self._store.reading() as transaction:
            return transaction.leads.list_changes(lead_id)

    def list_record_ids(self, lead_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the ids that a CRM gave to its own record: no form and no program chose them."""
        with self._store.reading() as transaction:
            return transaction.crm_sources.find_leads(lead_ids, _RECORD_CRMS)

    def list_note_deliveries(self, lead_id: str) -> list[NoteDelivery]:
        """Return what became of the lead's last hand-off note, for each CRM that gets one."""
        with self._store.reading() as transaction:
            return self._crm_notes.list_deliveries(transaction, lead_id)

    def list_reads(self, lead_id: str) -> list[AuditRow]:
        """Return who opened a lead's record last, the newest first."""
        with self._store.reading() as transaction:
            return transaction.audit.list_reads(lead_id, _MAX_READS_SHOWN)

    def list_user_names(self) -> dict[str, str]:
        """Return who may be handed a lead: person -> name to show."""
        with self._store.reading() as transaction:
            return {
                user.person_id: user.shown_name for user in transaction.users.list_all() if user.disabled_at is None
            }

    def list_present(self) -> frozenset[str]:
        """Return who is here now: active within the time for which a lead is held, and not away."""
        with self._store.reading() as transaction:
            since = transaction.now - HOLD
            seen, away = transaction.sessions.read_last_seen(), transaction.absences.list_away()
        return frozenset(person for person, moment in seen.items() if moment >= since) - away

    def list_disabled(self) -> frozenset[str]:
        """Return who may not sign in any more."""
        with self._store.reading() as transaction:
            return frozenset(user.person_id for user in transaction.users.list_all() if user.disabled_at is not None)

    def read_team(self) -> TeamOverview:
        """Return who works here, who is here now, and who is away."""
        with self._store.reading() as transaction:
            users = [user for user in transaction.users.list_all() if user.disabled_at is None]
            seen, absences = transaction.sessions.read_last_seen(), transaction.absences.list_current()
        return TeamOverview(users, seen, absences, self.list_present())

    def save_absence(self, absence: Absence) -> None:
        """Save when somebody is away, or replace an absence that begins at the same moment.

        Raises
        ------
        RequestError
            422 for somebody who does not work here.
        """
        if absence.person not in self.list_user_names():
            raise RequestError(422, "invalid_absence", "Choose somebody who works on this desk.")
        with self._store.transaction(absence.set_by) as transaction:
            transaction.absences.save(absence.person, absence.starts_at, absence.ends_at, absence.set_by)

    def cancel_absence(self, person: str, starts_at: datetime, by: str) -> None:
        """Cancel an absence; nothing happens where there is none."""
        with self._store.transaction(by) as transaction:
            transaction.absences.cancel(person, starts_at)

    def find_calling(self, lead_ids: Sequence[str]) -> frozenset[str]:
        """Return those of these leads with whom somebody is on the phone: the last step was to call them."""
        with self._store.reading() as transaction:
            steps = {lead_id: transaction.desk.list_steps(lead_id) for lead_id in lead_ids}
        return frozenset(lead_id for lead_id, taken in steps.items() if taken and taken[-1].kind == "calling")

    def list_templates(self) -> dict[str, str]:
        """Return how a call begins and what messages say, in the practice's own words where it has any."""
        with self._store.reading() as transaction:
            return {name: transaction.desk.get_text(name) or default for name, default in TEMPLATES.items()}

    def save_template(self, name: str, text: str, person: str) -> None:
        """Change one of these texts."""
        with self._store.transaction(person) as transaction:
            transaction.desk.save_text(name, text, person)

    def list_views(self, person: str) -> Mapping[str, str]:
        """Return a person's saved views."""
        with self._store.reading() as transaction:
            return transaction.desk.list_views(person)

    def save_view(self, person: str, name: str, query: str | None) -> None:
        """Save a view, or delete it when ``query`` is None."""
        with self._store.transaction(person) as transaction:
            transaction.desk.save_view(person, name, query)

    def read_change_token(self) -> int:
        """Return a number that changes with every write to the store."""
        with self._store.reading() as transaction:
            return transaction.queue_rows.read_position().audit

    def search_leads(self, snapshot: QueueSnapshot, query: str) -> SearchResults:
        """Find leads by what was typed; RequestError with status 422 for fewer than two letters."""
        with self._store.reading() as transaction:
            return search_leads(transaction, snapshot, query)

    def find_next_lead(self, person: str, snapshot: QueueSnapshot) -> str | None:
        """Return the lead that a person should call next; None when nobody can be called now."""
        return snapshot.find_next_lead(person, self.list_present(), self.list_disabled())

    def claim_next_lead(self, person: str) -> str | None:
        """Claim the lead that a person should call next, and return it; None when nobody can be called now.

        When somebody else claims it in the same moment, the one after it is claimed.
        """
        # Bounded, so that a busy desk cannot keep one request in the loop for ever.
        for _ in range(20):
            snapshot = self.take_snapshot()
            lead_id = self.find_next_lead(person, snapshot)
            if lead_id is None:
                return None
            try:
                self.actions.take_step(person, lead_id, "claim", {})
            except RequestError as fault:
                if fault.code != "held":
                    raise
            else:
                return lead_id
        return None
