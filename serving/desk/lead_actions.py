"""How is what a person does with a lead kept, so that two never call the same one, and a slip can be undone? The desk's
writes.

Lives here: taking a step in one transaction, refusing one while somebody else has the lead, undoing, and saying steps
to the rest of the service. Does not live here: what a step means (``steps``), scores and outcomes
(``serving.leads.lead_service``), pages (``routes``).

A step counts on the desk at once. What it means elsewhere (an event, an outcome, an override, a new score) is written
when its minute is over: so undoing leaves nothing behind that was only added to. Both are in the store before they are
acknowledged; a process that dies in between leaves the rest to the next one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from serving.desk.lead_state import validate_step, find_holder, replay_steps, apply_step
from serving.errors import RequestError, UnknownLead
from serving.leads.lead_service import Intake, said_as_requests
from serving.store.database.entities import Event, Lead, Outcome, Override, LeadState, DeskStep
from serving.store.store import Store, Transaction

__all__ = ["UNDO_WINDOW", "LeadActions", "StepResult"]

UNDO_WINDOW = timedelta(minutes=1)
"""So long a step can be taken back."""

_EFFECTIVE_KINDS = frozenset({"call", "outcome", "grade", "order", "reason_wrong", "do_not_contact"})
_UNLOCKED_KINDS = frozenset({"note", "reason_wrong", "grade"})
"""Steps that need not wait for whoever has the lead."""


@dataclass(frozen=True)
class StepResult:
    """A step that was taken: its number, and how the lead stands now."""

    number: int
    standing: LeadState


class LeadActions:
    """What people do with leads.

    Parameters
    ----------
    store : Store
    intake : Intake
        Scores a lead anew when a step has become final.
    """

    def __init__(self, store: Store, intake: Intake) -> None:
        self._store, self._intake = store, intake

    def take_step(self, person: str, lead_id: str, kind: str, given: dict[str, Any], over_others: bool = False) -> StepResult:
        """Take a step with a lead.

        Parameters
        ----------
        over_others : bool
            Whether the person may act while somebody else has the lead: a manager may.

        Raises
        ------
        RequestError
            404 for a lead that is not there, 409 while somebody else has it, 422 when something is missing.
        """
        with said_as_requests(), self._store.transaction(person) as at:
            step = DeskStep(lead_id, person, kind, validate_step(kind, given, at.now), None, at.now)
            before = at.desk.get_state(lead_id)
            _require_free(before, person, kind, at.now, over_others)
            number = at.desk.add(step, at.now + UNDO_WINDOW if kind in _EFFECTIVE_KINDS else None)
            after = apply_step(before, step)
            at.desk.save_state(lead_id, after, number)
        return StepResult(number, after)

    def undo(self, person: str, lead_id: str, number: int) -> StepResult:
        """Take a step back, within a minute, by whoever took it.

        Raises
        ------
        RequestError
            409 when it is too late, is not the person's own, or was undone before.
        """
        with said_as_requests(), self._store.transaction(person) as at:
            steps = at.desk.list_steps(lead_id)
            meant = next((step for step in steps if step.number == number), None)
            undone = any(step.undoes == number for step in steps)
            if meant is None or undone or meant.person != person or meant.kind == "undo" or not _can_undo(at, meant):
                raise RequestError(
                    409,
                    "not_undone",
                    "This cannot be undone any more: a step can be taken back for a minute, by whoever took it.",
                )
            undo = DeskStep(lead_id, person, "undo", {}, number, at.now)
            at.desk.mark_settled(number)
            new = at.desk.add(undo)
            after = replay_steps([*steps, undo])
            at.desk.save_state(lead_id, after, new)
        return StepResult(new, after)

    def settle(self) -> int:
        """Write what steps mean outside of the desk, once they can no longer be undone; how many."""
        with self._store.reading() as at:
            due = at.desk.list_due(at.now)
        return sum(self._settle(step) for step in due)

    def _settle(self, step: DeskStep) -> bool:
        """One of them, in one transaction with its new score; False when another process did it."""
        with self._store.transaction(step.person) as at:
            if not at.desk.mark_settled(step.number):
                return False
            try:
                _apply_effects(at, step)
            except UnknownLead:
                return False
            if at.desk.get_state(step.lead_id).track != "closed":
                self._intake.scored(at, step.lead_id, "change")
        return True


def _require_free(standing: LeadState, person: str, kind: str, now: datetime, over_others: bool) -> None:
    """Refuse what would make two people work on one lead."""
    has_it = find_holder(standing, now)
    if has_it is not None and has_it != person and kind not in _UNLOCKED_KINDS and not over_others:
        raise RequestError(
            409, "held", f"{has_it} has this lead now; take another one, or ask for it to be handed over."
        )
    if standing.track == "closed" and kind in ("claim", "call", "callback", "nurture", "hand_over"):
        raise RequestError(409, "closed", "This lead is closed; put it back into the queue first.")


def _can_undo(at: Transaction, step: DeskStep) -> bool:
    """Whether a step can still be undone."""
    return at.desk.is_due(step.number) if step.kind in _EFFECTIVE_KINDS else at.now - step.at <= UNDO_WINDOW


def _apply_effects(at: Transaction, step: DeskStep) -> None:
    """What a step means to the rest of the service. The step's number makes saying it twice the same as once."""
    said, lead_id, own = step.detail, step.lead_id, f"desk:{step.number}"
    if step.kind == "call":
        reached = said["result"] == "reached"
        happened = [Event(step.at, "outbound_call", "out", None, step.person, reached, None, own)]
        if said["result"] == "voicemail":
            happened.append(Event(step.at, "voicemail", "out", None, step.person, None, None, f"{own}:voicemail"))
        at.events.add(lead_id, happened)
        if reached:
            at.outcomes.add(lead_id, Outcome(step.at, "reached", outcome_id=own))
    elif step.kind == "outcome":
        at.outcomes.add(lead_id, Outcome(step.at, said["stage"], said.get("reason"), outcome_id=own))
    elif step.kind == "do_not_contact":
        at.leads.put(Lead(lead_id, {"do_not_contact": True}))
    else:
        note = said["note"] if step.kind == "reason_wrong" else said["reason"]
        wrong = said["reason"] if step.kind == "reason_wrong" else None
        at.overrides.add(
            Override(
                lead_id, step.kind, step.person, said.get("receipt"), said.get("grade"), said.get("place"), wrong, note
            )
        )
