"""Which CRM does a lead come from, under this very id? Its scores are sent back there.

Lives here: writing and reading it. Does not live here: queueing a score (``outbox``), sending it
(``serving.crm.outbound.sender``).
"""

from collections.abc import Collection

from sqlalchemy import Connection, insert, select

from serving.store.database.tables import lead_crms

__all__ = ["CrmSources"]


class CrmSources:
    """CRMs of leads, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list_for(self, lead_id: str) -> list[str]:
        """Return the CRMs that have sent this lead, in alphabetical order."""
        return list(
            self._connection.scalars(
                select(lead_crms.c.crm).where(lead_crms.c.lead_id == lead_id).order_by(lead_crms.c.crm)
            )
        )

    def find_leads(self, lead_ids: Collection[str], crms: Collection[str]) -> frozenset[str]:
        """Return those of the leads that any of these CRMs has sent."""
        came_from = lead_crms.c.lead_id.in_(list(lead_ids)) & lead_crms.c.crm.in_(sorted(crms))
        return frozenset(self._connection.scalars(select(lead_crms.c.lead_id).where(came_from)))

    def add(self, lead_id: str, crm: str) -> None:
        """Record that a stored lead came from a CRM; a repeated call changes nothing."""
        if crm not in self.list_for(lead_id):
            self._connection.execute(insert(lead_crms), {"lead_id": lead_id, "crm": crm})
