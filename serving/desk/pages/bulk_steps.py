"""What happens when one step is taken with many leads of a list? Each gets it, or says why not.

Lives here: reading such a form, taking the step with each lead, saying how many.
Does not live here: the step itself (``serving.desk.lead_actions``), the list (``page_models``), addresses (``routes``).

Each lead is a transaction of its own: one that somebody else is working on keeps nobody from the others, and each step
can be undone on its lead's page.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.accounts.sessions import SignedInUser
from serving.desk.desk_service import Desk
from serving.desk.lead_state import STEP_FIELDS
from serving.errors import RequestError

__all__ = ["BULK_KINDS", "BulkResult", "describe_bulk", "list_picked", "take_bulk_step"]

BULK_KINDS = {"hand_over": "reassigned", "nurture": "snoozed", "outcome": "closed"}
"""Steps that can be taken with many leads -> what the leads are then."""

MAX_PICKED = 200
_PICK = "pick-"


@dataclass(frozen=True)
class BulkResult:
    """How many leads took the step, and how many did not: somebody else has them, or they are closed or gone."""

    done: int
    failed: int


def list_picked(typed: Mapping[str, str]) -> list[str]:
    """Return the leads that a form picks, each once.

    >>> list_picked({"pick-1": "L-7", "pick-2": "L-9", "pick-3": "L-7", "kind": "nurture"})
    ['L-7', 'L-9']
    """
    return list(dict.fromkeys(value for name, value in typed.items() if name.startswith(_PICK)))


def take_bulk_step(desk: Desk, user: SignedInUser, typed: Mapping[str, str], may_override: bool) -> BulkResult:
    """Take the step that a form names with every lead that it picks.

    Raises
    ------
    RequestError
        When none of the leads took it: 422 where no lead is picked or the step lacks something.
    """
    kind, lead_ids = typed.get("kind", ""), list_picked(typed)
    if kind not in BULK_KINDS:
        raise RequestError(422, "invalid_step", "Choose what to do with the leads: reassign, snooze or close.")
    if not lead_ids or len(lead_ids) > MAX_PICKED:
        raise RequestError(422, "invalid_step", f"Pick between 1 and {MAX_PICKED} leads.")
    fields = {name: typed[name] for name in STEP_FIELDS[kind] if typed.get(name)}
    done, first_fault = 0, None
    for lead_id in lead_ids:
        try:
            desk.actions.take_step(user.person_id, lead_id, kind, fields, may_override)
        except RequestError as fault:
            first_fault = first_fault or fault
            # What the form lacks, it lacks for every lead; and a store that does not answer fails for the rest.
            if fault.status not in (404, 409):
                break
        else:
            done += 1
    if not done and first_fault is not None:
        raise first_fault
    return BulkResult(done, len(lead_ids) - done)


def describe_bulk(kind: str, result: BulkResult) -> str:
    """Say what became of the leads; empty for a kind that is none.

    >>> describe_bulk("nurture", BulkResult(3, 1))
    '3 leads snoozed. 1 was left as it is: taken, closed or busy. Undo on a lead’s page within a minute'
    """
    if kind not in BULK_KINDS or not result.done:
        return ""
    words = [f"{result.done:,} {'lead' if result.done == 1 else 'leads'} {BULK_KINDS[kind]}"]
    if result.failed == 1:
        words.append("1 was left as it is: taken, closed or busy")
    elif result.failed:
        words.append(f"{result.failed:,} were left as they are: taken, closed or busy")
    return ". ".join([*words, "Undo on a lead’s page within a minute"])
