"""How are people's actions on a lead stored, so that two never call the same one, and a slip can be undone? The desk's
writes.

Lives here: taking a step in one transaction, rejecting one while somebody else has the lead, undoing, and the effects
of steps outside of the desk. Does not live here: what a step means on the desk (``lead_state``), scores and outcomes
(``serving.leads.lead_service``), pages (``pages``).

A step counts on the desk at once. Its effects elsewhere (an event, an outcome, an override, a new score) are written
when the undo window is over: append-only tables have no undo. Both are in the store before they are acknowledged; if a
process dies in between, the next one does the rest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from serving.desk.crm_notes import NO_CRM_NOTES, CrmNotes
from serving.desk.handoff import CONFIRMING_KINDS
from serving.desk.lead_state import apply_step, find_holder, replay_steps, validate_step
from serving.errors import RequestError, StoreUnavailable, UnknownLead
from serving.leads.lead_service import LeadService
from serving.leads.store_errors import translate_store_errors
from serving.store.database.entities import DeskStep, Event, Lead, LeadState, Outcome, Override
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = ["UNDO_WINDOW", "LeadActions", "StepResult"]

UNDO_WINDOW = timedelta(minutes=1)
"""How long a step can be undone."""

_EFFECTIVE_KINDS = frozenset(
    {"call", "message", "outcome", "grade", "order", "reason_wrong", "do_not_contact", "hand_off"}
)
"""Steps with effects outside of the desk, written when the undo window is over."""
_FINAL_KINDS = frozenset({"undo", "contact", "facts", "calling"})
"""Steps that cannot be undone."""
_UNLOCKED_KINDS = frozenset({"note", "reason_wrong", "reading_wrong", "reading_verdict", "grade", "contact", "facts"})
"""Steps that anybody may take while somebody else has the lead."""
_MANAGER_KINDS = frozenset({"reading_verdict"})
"""Steps that only managers may take."""


@dataclass(frozen=True)
class StepResult:
    """A step that was taken: its number, and the lead's state after it."""

    number: int
    state: LeadState


class LeadActions:
    """People's actions on leads.

    Parameters
    ----------
    store : Store
    lead_service : Intake
        Scores a lead again when a step has become final.
    crm_notes : CrmNotes
        Sends hand-offs to the CRM that a lead came from.
    """

    def __init__(self, store: Store, lead_service: LeadService, crm_notes: CrmNotes = NO_CRM_NOTES) -> None:
        self._store, self._lead_service, self._crm_notes = store, lead_service, crm_notes

    def take_step(
        self, person: str, lead_id: str, kind: str, fields: dict[str, Any], may_override: bool = False
    ) -> StepResult:
        """Take a step with a lead.

        Parameters
        ----------
        may_override : bool
            Whether the person is a manager, who may act while somebody else has the lead.

        Raises
        ------
        RequestError
            403 for a step that is a manager's, 404 for an unknown lead, 409 while somebody else has it, 422 when
            something is missing.
        """
        if kind in _MANAGER_KINDS and not may_override:
            raise RequestError(403, "not_allowed", "Managers decide which reports are right.")
        with translate_store_errors(), self._store.transaction(person) as transaction:
            detail = validate_step(kind, fields, transaction.now)
            if kind in CONFIRMING_KINDS:
                # Into the lead at once, so that it can be called at once; the step names the fields and no contents.
                _require_known(transaction, lead_id)
                transaction.leads.put(Lead(lead_id, detail))
                detail = {"fields": ", ".join(detail)}
            if kind == "reading_verdict":
                _require_report(transaction, lead_id, detail["report"])
            step = DeskStep(lead_id, person, kind, detail, None, transaction.now)
            state = transaction.desk.get_state(lead_id)
            _require_free(state, person, kind, transaction.now, may_override)
            number = transaction.desk.add(step, transaction.now + UNDO_WINDOW if kind in _EFFECTIVE_KINDS else None)
            new_state = apply_step(state, step)
            transaction.desk.save_state(lead_id, new_state, number)
            if kind in CONFIRMING_KINDS:
                self._lead_service.scorer.score_lead(transaction, lead_id, "change")
        return StepResult(number, new_state)

    def undo(self, person: str, lead_id: str, number: int) -> StepResult:
        """Undo a step, within the undo window, by the person who took it.

        Raises
        ------
        RequestError
            409 when it is too late, is not the person's own, or was undone before.
        """
        with translate_store_errors(), self._store.transaction(person) as transaction:
            steps = transaction.desk.list_steps(lead_id)
            target = next((step for step in steps if step.number == number), None)
            is_undone = any(step.undoes == number for step in steps)
            is_own_step = target is not None and target.person == person and target.kind not in _FINAL_KINDS
            if not is_own_step or is_undone or not _can_undo(transaction, target):
                raise RequestError(
                    409,
                    "not_undone",
                    "This cannot be undone any more: whoever did it can undo it for a minute.",
                )
            undo = DeskStep(lead_id, person, "undo", {}, number, transaction.now)
            transaction.desk.mark_settled(number)
            undo_number = transaction.desk.add(undo)
            state = replay_steps([*steps, undo])
            transaction.desk.save_state(lead_id, state, undo_number)
        return StepResult(undo_number, state)

    def settle(self) -> int:
        """Write the effects of steps that can no longer be undone, and return how many.

        Raises
        ------
        Exception
            The first one of a step whose effects could not be written; it is due again the next time.
        """
        with self._store.reading() as transaction:
            # Reading waits for no writer; each step is then settled in a short transaction of its own.
            due = transaction.desk.list_due(transaction.now)
        count, faults = 0, dict[str, Exception]()
        for step in due:
            # Of one lead in their order: an earlier note that is written late would take the place of a later one.
            if step.lead_id in faults:
                continue
            try:
                count += self._settle(step)
            # The others would wait for the same thing, each as long.
            except StoreUnavailable:
                raise
            # One step that cannot be settled must not hold back every later call of the desk.
            except Exception as fault:
                faults[step.lead_id] = fault
        for fault in faults.values():
            raise fault
        return count

    def _settle(self, step: DeskStep) -> bool:
        """Write the effects of one step, in one transaction with its new score; False when another process did it."""
        with self._store.transaction(step.person) as transaction:
            if not transaction.desk.mark_settled(step.number):
                return False
            if step.kind == "hand_off":
                # A hand-off says nothing about the lead that a score could use.
                self._crm_notes.queue(transaction, step, self._lead_service.engine.bundle.practice)
                return True
            try:
                _apply_effects(transaction, step)
            except UnknownLead:
                return False
            if transaction.desk.get_state(step.lead_id).track != "closed":
                self._lead_service.scorer.score_lead(transaction, step.lead_id, "change")
        return True


def _require_free(state: LeadState, person: str, kind: str, now: datetime, may_override: bool) -> None:
    """Reject what would make two people work on one lead."""
    holder = find_holder(state, now)
    if holder is not None and holder != person and kind not in _UNLOCKED_KINDS and not may_override:
        raise RequestError(409, "held", f"{holder} is working on this lead.")
    if state.track == "closed" and kind in ("claim", "calling", "call", "message", "callback", "nurture", "hand_over"):
        raise RequestError(409, "closed", "This lead is closed; reopen it first.")


def _require_known(transaction: Transaction, lead_id: str) -> None:
    """Reject a lead that is not there: putting a value would create it."""
    if transaction.leads.get(lead_id) is None:
        raise RequestError(404, "unknown_lead", "Lead not found (it may have been deleted).")


def _require_report(transaction: Transaction, lead_id: str, number: int) -> None:
    """Reject a verdict on what is no report about this lead's reading."""
    steps = transaction.desk.list_steps(lead_id)
    undone = {step.undoes for step in steps}
    if not any(step.number == number and step.kind == "reading_wrong" for step in steps) or number in undone:
        raise RequestError(404, "unknown_report", "There is no such report about this lead; open the list again.")


def _can_undo(transaction: Transaction, step: DeskStep) -> bool:
    """Whether a step can still be undone."""
    return (
        transaction.desk.is_due(step.number)
        if step.kind in _EFFECTIVE_KINDS
        else transaction.now - step.at <= UNDO_WINDOW
    )


def _apply_effects(transaction: Transaction, step: DeskStep) -> None:
    """Write a step's effects outside of the desk. Ids made of the step's number keep a repeated call from writing
    twice.
    """
    detail, lead_id, source_id = step.detail, step.lead_id, f"desk:{step.number}"
    if step.kind == "call":
        reached = detail["result"] == "reached"
        events = [Event(step.at, "outbound_call", "out", None, step.person, reached, None, source_id)]
        if detail["result"] == "voicemail":
            # The same moment as the call: counted with it as one attempt.
            events.append(Event(step.at, "voicemail", "out", None, step.person, None, None, f"{source_id}:voicemail"))
        transaction.events.add(lead_id, events)
        if reached:
            transaction.outcomes.add(lead_id, Outcome(step.at, "reached", outcome_id=source_id, staff_id=step.person))
    elif step.kind == "message":
        kind = "sms_out" if detail["channel"] == "text" else "email_out"
        transaction.events.add(lead_id, [Event(step.at, kind, "out", None, step.person, None, None, source_id)])
    elif step.kind == "outcome":
        outcome = Outcome(step.at, detail["stage"], detail.get("reason"), outcome_id=source_id, staff_id=step.person)
        transaction.outcomes.add(lead_id, outcome)
    elif step.kind == "do_not_contact":
        transaction.leads.put(Lead(lead_id, {"do_not_contact": True}))
    else:
        note = detail["note"] if step.kind == "reason_wrong" else detail["reason"]
        wrong = detail["reason"] if step.kind == "reason_wrong" else None
        transaction.overrides.add(
            Override(
                lead_id,
                step.kind,
                step.person,
                detail.get("receipt"),
                detail.get("grade"),
                detail.get("place"),
                wrong,
                note,
            )
        )
