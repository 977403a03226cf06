"""What do the CRM hooks bring, and what do they take, where leads are kept? The same intake as every other program's,
and the store's outbox.

Lives here: the hooks' narrow doors (``hooks.door.LeadDoor`` and ``Outbox``) in front of the store.
Does not live here: translating a CRM's words (``hooks``), keeping (``intake``), sending (``hooks.sender``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from serving.crm.ports import Claim, FieldChange
from serving.leads.lead_service import RequestOrigin, LeadService
from serving.store.database.entities import ClaimedMessage
from serving.store.store import Store

__all__ = ["StoreLeadGateway", "StoreOutbox"]


class StoreLeadGateway:
    """A ``LeadDoor`` that keeps what comes.

    Parameters
    ----------
    intake : Intake
    crm : str
        Which CRM it brings leads from; empty for none in particular.
    """

    def __init__(self, intake: LeadService, crm: str = "") -> None:
        self._intake, self._asked = intake, RequestOrigin("hook", crm=crm)

    def for_crm(self, crm: str) -> "StoreLeadGateway":
        """The same door for what one CRM brings."""
        return StoreLeadGateway(self._intake, crm)

    def upsert_lead(self, payload: Mapping[str, Any], as_of: datetime | None = None) -> Mapping[str, Any]:
        """Create or change the lead, and its score; what is None was emptied in the CRM, and is taken back."""
        answer = self._intake.put_lead(dict(payload), self._asked, as_of)[1]
        return {name: value for name, value in answer.items() if name not in ("created", "changed")}

    def apply_changes(self, lead_id: str, changes: Sequence[FieldChange]) -> Mapping[str, Any] | None:
        """Apply what is news among the changes, and score."""
        return self._intake.apply_changes(lead_id, changes, self._asked)

    def add_events(self, lead_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Note what happened."""
        self._intake.add_events(lead_id, {"events": [dict(one) for one in events]}, self._asked)

    def add_outcome(self, lead_id: str, outcome: Mapping[str, Any]) -> None:
        """Note what became of it."""
        self._intake.add_outcome(
            lead_id, {name: value for name, value in outcome.items() if value is not None}, self._asked
        )

    def forget_lead(self, lead_id: str) -> None:
        """Delete the person; one that is not known yet stays unknown."""
        self._intake.forget(lead_id)


class StoreOutbox:
    """An ``Outbox`` over the store: each end of a claim is on the disk when it is told.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim(self, destination: str, most: int, seconds: float) -> Sequence[ClaimedMessage]:
        """Scores that are due, the newest of each lead."""
        return self._store.claim(destination, most, seconds)

    def mark_done(self, claim: Claim) -> bool:
        """The score stands in the CRM."""
        with self._store.transaction("sender") as at:
            return at.outbox.mark_done(claim)

    def mark_failed(self, claim: Claim, fault: str, retry_at: datetime | None) -> bool:
        """It was not taken."""
        with self._store.transaction("sender") as at:
            return at.outbox.mark_failed(claim, fault, retry_at)
