"""What is each lead called? The one place that holds names: for the desk's pages, its search and its export.

Lives here: storing the parts of a name, reading them for some leads, finding leads by a name.
Does not live here: cleaning and composing a name (``features.privacy.patient_names``), forgetting (``lead_deletion``).

Names are no column of the leads: what reads leads (signals, training, the history of changes, answers to programs)
cannot read them. The audit notes which part was set, never the name.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select, update

from features.privacy.patient_names import NAME_PARTS, clean_name, compose_name, fold_name
from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable
from serving.store.database.tables import lead_names

__all__ = ["LeadNames"]

_IDS_PER_STATEMENT = 500
_ESCAPE = "\\"


class LeadNames:
    """The names of leads, inside one transaction."""

    def __init__(self, connection: Connection, audit: AuditLog) -> None:
        self._connection, self._audit = connection, audit

    def put(self, lead_id: str, parts: Mapping[str, str | None]) -> tuple[str, ...]:
        """Store the parts that were sent, and return those that changed; None removes a part.

        Parameters
        ----------
        parts : mapping
            Some of ``NAME_PARTS`` -> value. A value that is no name counts as not sent.
        """
        sent = {part: parts[part] and clean_name(parts[part]) for part in NAME_PARTS if part in parts}
        sent = {part: name for part, name in sent.items() if name or parts[part] is None}
        current = self.get_parts(lead_id)
        changes = {part: name for part, name in sent.items() if name != current.get(part)}
        if not changes:
            return ()
        names = {part: name for part, name in (current | changes).items() if name}
        require_storable("a name", names)
        of_lead = lead_names.c.lead_id == lead_id
        if not names:
            self._connection.execute(delete(lead_names).where(of_lead))
        else:
            row = dict.fromkeys(NAME_PARTS) | names | {"search_key": fold_name(" ".join(names.values()))}
            statement = update(lead_names).where(of_lead) if current else insert(lead_names)
            self._connection.execute(statement.values(row if current else row | {"lead_id": lead_id}))
        self._audit.append("lead_named", lead_id, fields=list(changes))
        return tuple(changes)

    def get_parts(self, lead_id: str) -> dict[str, str]:
        """Return the parts of a lead's name that are known."""
        return self.read_parts([lead_id]).get(lead_id, {})

    def read_parts(self, lead_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return lead -> the known parts of its name, for those of these leads that have one."""
        found: dict[str, dict[str, str]] = {}
        for first in range(0, len(lead_ids), _IDS_PER_STATEMENT):
            batch = lead_ids[first : first + _IDS_PER_STATEMENT]
            for row in self._connection.execute(select(lead_names).where(lead_names.c.lead_id.in_(batch))):
                found[row.lead_id] = {part: name for part in NAME_PARTS if (name := getattr(row, part))}
        return found

    def read_names(self, lead_ids: Sequence[str]) -> dict[str, str]:
        """Return lead -> its name as people read it, for those of these leads that have one."""
        return {lead_id: compose_name(parts) for lead_id, parts in self.read_parts(lead_ids).items()}

    def find_leads(self, query: str, limit: int) -> list[str]:
        """Return the ids of leads in whose name a word begins with each word of the query, in any order."""
        words = fold_name(query).split()
        if not words:
            return []
        conditions = [lead_names.c.search_key.contains(f" {word}", autoescape=True, escape=_ESCAPE) for word in words]
        statement = select(lead_names.c.lead_id).where(*conditions).order_by(lead_names.c.search_key)
        return list(self._connection.scalars(statement.limit(limit)))
