"""How do CRM hooks reach the store? Through the same service as every other program, and through the outbox.

Lives here: the ports of ``serving.crm.ports`` implemented over the store.
Does not live here: translating a CRM's words (``serving.crm``), storing (``lead_service``), sending
(``serving.crm.outbound``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from serving.crm.ports import Claim, FieldChange
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.store.database.entities import ClaimedMessage
from serving.store.store import Store

__all__ = ["StoreLeadGateway", "StoreOutbox"]


class StoreLeadGateway:
    """A lead gateway that stores what comes.

    Parameters
    ----------
    intake : Intake
    crm : str
        Which CRM it brings leads from; empty for none in particular.
    """

    def __init__(self, intake: LeadService, crm: str = "") -> None:
        self._intake, self._asked = intake, RequestOrigin("hook", crm=crm)

    def for_crm(self, crm: str) -> "StoreLeadGateway":
        """Return the same gateway for one CRM."""
        return StoreLeadGateway(self._intake, crm)

    def upsert_lead(self, payload: Mapping[str, Any], as_of: datetime | None = None) -> Mapping[str, Any]:
        """Create or change the lead, and its score; None empties the field."""
        answer = self._intake.put_lead(dict(payload), self._asked, as_of)[1]
        return {name: value for name, value in answer.items() if name not in ("created", "changed")}

    def apply_changes(self, lead_id: str, changes: Sequence[FieldChange]) -> Mapping[str, Any] | None:
        """Apply the changes that are new, and score."""
        return self._intake.apply_changes(lead_id, changes, self._asked)

    def add_events(self, lead_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Add events; one without a time happens now."""
        self._intake.add_events(
            lead_id, {"events": [dict(event) for event in events]}, self._asked, arrival_counts=True
        )

    def add_outcome(self, lead_id: str, outcome: Mapping[str, Any]) -> None:
        """Add an outcome."""
        self._intake.add_outcome(
            lead_id, {name: value for name, value in outcome.items() if value is not None}, self._asked
        )

    def forget_lead(self, lead_id: str) -> None:
        """Delete the person; one that is unknown stays unknown."""
        self._intake.forget(lead_id)


class StoreOutbox:
    """An outbox over the store: the end of a claim is on disk before it is reported.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim(self, destination: str, limit: int, seconds: float) -> Sequence[ClaimedMessage]:
        """Claim scores that are due, the newest of each lead."""
        return self._store.claim(destination, limit, seconds)

    def mark_done(self, claim: Claim) -> bool:
        """Mark a score as delivered."""
        with self._store.transaction("sender") as at:
            return at.outbox.mark_done(claim)

    def mark_failed(self, claim: Claim, fault: str, retry_at: datetime | None) -> bool:
        """Mark a delivery as failed."""
        with self._store.transaction("sender") as at:
            return at.outbox.mark_failed(claim, fault, retry_at)
