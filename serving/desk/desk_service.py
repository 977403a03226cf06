"""What do the desk's pages work with? The store, the queue, people's actions, and the practice's own texts, in one
place.

Lives here: reading what a page needs. Does not live here: HTML and addresses (``pages``), the parts themselves
(``queue``, ``lead_details``, ``lead_actions``, ``disagreements``).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from serving.desk.callback_times import CallbackClock
from serving.desk.disagreements import Disagreement, list_disagreements
from serving.desk.lead_actions import LeadActions
from serving.desk.lead_details import LeadDetails, read_lead_details
from serving.desk.queue.filters import QueueFilter
from serving.desk.queue.queue_board import QueueBoard, QueueSnapshot
from serving.desk.reading_reports import ReadingReport, list_reading_reports
from serving.errors import RequestError
from serving.insights.lost_leads import WinBackLead
from serving.leads.lead_service import LeadService, translate_store_errors
from serving.scoring.engine import Engine
from serving.store.database.audit_chain import RecordRead
from serving.store.database.column_types import format_utc
from serving.store.database.entities import AuditRow, DeskStep
from serving.store.repositories.queue_rows import QueueRow
from serving.store.store import Store

__all__ = ["TEMPLATES", "Desk"]

TEMPLATES = {
    "call_script": (
        "Hi {name}, this is {person} from {practice}. You asked us about {service}. "
        "Is now a good time to find you an appointment?"
    ),
    "text_message": "Hi, this is {person} from {practice} about {service}. When is a good time to call you?",
    "email_message": (
        "Hi,\n\nThank you for asking {practice} about {service}. When is a good time to call you, and at which number?"
        "\n\n{person}\n{practice}"
    ),
}
"""Name of a text -> what it says where the practice has none of its own."""
_MAX_MATCHES = 50
_MIN_QUERY_LENGTH = 2
_MAX_READS_SHOWN = 20


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
    """

    def __init__(
        self, store: Store, lead_service: LeadService, clock: Callable[[], np.datetime64], share: float = 0.0
    ) -> None:
        self._store, self._lead_service, self._clock = store, lead_service, clock
        self.share = share
        self.board, self.actions = QueueBoard(store, share), LeadActions(store, lead_service)

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

    def record_read(self, read: RecordRead) -> None:
        """Note in the audit who sees whose record; call it before the record is shown."""
        self._store.reads.record(read)

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

    def select_stored(self, leads: Sequence[WinBackLead]) -> list[WinBackLead]:
        """Return those of these leads that are still in the store: who was forgotten is not."""
        with self._store.reading() as transaction:
            return [lead for lead in leads if transaction.leads.get(lead.lead_id) is not None]

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

    def search_leads(self, snapshot: QueueSnapshot, query: str) -> tuple[list[int], list[str]]:
        """Find leads by what was typed: a name, a phone number, an e-mail address, a lead's id, a service or clinic.
        Return rows of the snapshot, and ids of leads that are on no list.

        Raises
        ------
        RequestError
            422 for fewer than two letters.
        """
        text = query.strip()
        if len(text) < _MIN_QUERY_LENGTH:
            raise RequestError(
                422,
                "invalid_search",
                f"Type at least {_MIN_QUERY_LENGTH} letters or digits of what you are looking for.",
            )
        with self._store.reading() as transaction:
            ids = transaction.find_leads(email=text, phone=text)
            exact = [text] if transaction.leads.get(text) is not None else []
            named = transaction.names.find_leads(text, 2 * _MAX_MATCHES)
        row_numbers = snapshot.columns.row_numbers
        ids = list(dict.fromkeys([*exact, *ids, *named]))
        listed = [row_numbers[lead_id] for lead_id in ids if lead_id in row_numbers]
        others = [lead_id for lead_id in ids if lead_id not in row_numbers]
        folded = text.casefold()
        matches = [number for number, row in enumerate(snapshot.columns.rows) if _mentions(row, folded)]
        return list(dict.fromkeys([*listed, *matches[:_MAX_MATCHES]])), others[:_MAX_MATCHES]

    def claim_next_lead(self, person: str) -> str | None:
        """Claim the lead that a person should call next, and return it; None when nobody can be called now.

        When somebody else claims it in the same moment, the one after it is claimed.
        """
        # Bounded, so that a busy desk cannot keep one request in the loop for ever.
        for _ in range(20):
            snapshot = self.take_snapshot()
            lead_id = snapshot.find_next_lead(person)
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


def _mentions(row: QueueRow, folded: str) -> bool:
    """Whether a row's id, service or clinic contains a case-folded text."""
    texts = (row.lead_id, row.service_requested or "", row.preferred_clinic or "")
    return any(folded in text.casefold() for text in texts)
