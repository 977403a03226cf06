"""Which hand-offs go to a CRM, and what became of them? The note of a hand-off, as a message of the outbox.

Lives here: the message, its state in words. Does not live here: its text (``pages.handoff_note``), requests
(``serving.crm.outbound``), which CRMs get one (``serving.crm_settings``).

The message is written in the transaction in which a hand-off can no longer be undone: what was undone is never sent,
and what stands is sent whatever is killed. The outbox deletes its content once the CRM has it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from features.practice.practice import Practice
from serving.crm.outbound.field_groups import HAND_OFF
from serving.crm_settings import WRITTEN_CRMS
from serving.desk.handoff import HandOffRoute, compose_hand_off
from serving.desk.pages.display_text import DisplayText
from serving.desk.pages.handoff_note import NoteFacts, format_crm_note
from serving.leads.stored_lead import load_stage
from serving.store.database.entities import DeskStep, OutboxMessage
from serving.store.transaction import Transaction

__all__ = ["NO_CRM_NOTES", "CrmNotes", "NoteDelivery"]


@dataclass(frozen=True)
class NoteDelivery:
    """What became of the last note to one CRM.

    Parameters
    ----------
    crm : str
        What it calls itself.
    state : {"waiting", "sent", "failed"}
    fault : str
        The code of what went wrong last; empty where nothing did.
    """

    crm: str
    state: str
    fault: str = ""


class CrmNotes:
    """Sends the notes of hand-offs to the CRMs that leads came from.

    Parameters
    ----------
    crms : collection of str
        CRMs that get notes.
    """

    def __init__(self, crms: Collection[str] = ()) -> None:
        self._crms = frozenset(crms)

    def queue(self, at: Transaction, step: DeskStep, practice: Practice) -> None:
        """Queue the note of a hand-off for each CRM that brought the lead; a lead that was deleted has none."""
        crms = self._crms.intersection(at.crm_sources.list_for(step.lead_id))
        lead = at.leads.get(step.lead_id)
        if not crms or lead is None or step.at is None:
            return
        answer_by = datetime.fromisoformat(step.detail["answer_by"])
        note = compose_hand_off(
            lead,
            at.desk.list_steps(step.lead_id),
            practice,
            step.at,
            at.leads.list_changes(step.lead_id),
            HandOffRoute(step.detail["to"], answer_by),
        )
        scores = at.scores.list_for(step.lead_id)
        facts = NoteFacts(
            scores[-1].lane if scores else "",
            load_stage(at, lead, at.events.list_for(step.lead_id)),
            {user.person_id: user.shown_name for user in at.users.list_all()},
            at.names.get_parts(step.lead_id).values(),
        )
        body = {
            "handed_off_to": step.detail["to"],
            "hand_off_answer_by": _format_second(answer_by),
            "hand_off_note": format_crm_note(lead, note, DisplayText(practice, step.at), facts),
            "handed_off_at": _format_second(step.at),
        }
        effect = f"{at.audit.hash_id(step.lead_id)[:16]}:hand_off:{step.number}"
        for crm in sorted(crms):
            at.outbox.add(OutboxMessage(HAND_OFF.name_destination(crm), effect, body, step.lead_id))

    def list_deliveries(self, at: Transaction, lead_id: str) -> list[NoteDelivery]:
        """Return what became of the lead's last note, for each CRM that gets one.

        One that can still be undone waits: what became of an earlier one says nothing about it.
        """
        steps = at.desk.list_steps(lead_id) if self._crms else []
        if any(step.kind == "hand_off" and at.desk.is_due(step.number) for step in steps):
            crms = self._crms.intersection(at.crm_sources.list_for(lead_id))
            return [NoteDelivery(WRITTEN_CRMS[crm], "waiting") for crm in sorted(crms)]
        deliveries = []
        for crm in sorted(self._crms):
            state = at.outbox.get_latest_state(HAND_OFF.name_destination(crm), lead_id)
            if state is not None:
                word = {"done": "sent", "failed": "failed"}.get(state[0], "waiting")
                deliveries.append(NoteDelivery(WRITTEN_CRMS[crm], word, state[1] if word != "sent" else ""))
        return deliveries


def _format_second(moment: datetime) -> str:
    """Format a moment as scores do: what a CRM has is compared with it as text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


NO_CRM_NOTES = CrmNotes()
"""For a desk that sends nothing."""
