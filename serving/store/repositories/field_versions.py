"""When did the sender itself last change each field of a lead? So a late delivery overwrites nothing newer.

Lives here: one version for each field of a lead for which a sender gave a date.
Does not live here: which changes are new (``serving.crm.change_merging``), the values (``leads``).
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from serving.store.database.column_types import require_storable, to_utc
from serving.store.database.tables import field_versions

__all__ = ["Version", "FieldVersions"]

Version = tuple[datetime, str]
"""When a field last changed, and the id of the sender's event that changed it."""


class FieldVersions:
    """Versions of fields, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get_for(self, lead_id: str) -> dict[tuple[str, str], Version]:
        """Return (lead_id, field) -> version, for every field of the lead that has one."""
        rows = self._connection.execute(select(field_versions).where(field_versions.c.lead_id == lead_id))
        return {(lead_id, row.field): (row.occurred_at, row.event_id) for row in rows}

    def put(self, lead_id: str, versions: Mapping[str, Version]) -> None:
        """Set the versions of some fields of a stored lead.

        Fields are our columns, and ``custom:NAME`` for the practice's own.
        """
        if not versions:
            return
        require_storable("versions", [[field, event_id] for field, (_, event_id) in versions.items()])
        self._connection.execute(
            delete(field_versions).where(field_versions.c.lead_id == lead_id, field_versions.c.field.in_(versions))
        )
        rows = [
            {"lead_id": lead_id, "field": field, "occurred_at": to_utc(at), "event_id": event_id}
            for field, (at, event_id) in versions.items()
        ]
        self._connection.execute(insert(field_versions), rows)
