"""What can be read and written in one transaction? All repositories, at one moment, on one connection.

Lives here: ``Transaction``. Does not live here: when it begins and ends (``store``), what each repository does
(``repositories``).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from features.logs.installation_key import IdHasher
from serving.store.database.audit_chain import AuditLog
from serving.store.database.entities import StoredLead
from serving.store.repositories import lead_deletion, person_lookup
from serving.store.repositories.crm_sources import CrmSources
from serving.store.repositories.desk_steps import DeskSteps
from serving.store.repositories.events_and_outcomes import Events, Outcomes
from serving.store.repositories.field_versions import FieldVersions
from serving.store.repositories.hash_key_check import read_mark, replace_mark
from serving.store.repositories.idempotency_keys import IdempotencyKeys
from serving.store.repositories.lead_names import LeadNames
from serving.store.repositories.leads import Leads
from serving.store.repositories.open_leads import OpenLeads
from serving.store.repositories.outbox import Outbox
from serving.store.repositories.outcome_history import EarlierOutcomes, read_earlier_outcomes, read_first_scores
from serving.store.repositories.queue_rows import QueueRows
from serving.store.repositories.scores import Overrides, Scores
from serving.store.repositories.spending import Spending
from serving.store.repositories.tombstones import Tombstones
from serving.store.repositories.users import Absences, Sessions, Users

__all__ = ["Transaction"]


class Transaction:
    """Everything that can be read and written in one transaction.

    Attributes
    ----------
    now : datetime
        When everything written in this transaction became known, UTC.
    leads, names, field_versions, crm_sources, open_leads, queue_rows, events, outcomes, scores, overrides, desk
        See their classes; so for ``spending``, ``idempotency``, ``outbox``, ``users``, ``absences``, ``sessions``,
        ``audit`` and ``tombstones``.
    """

    def __init__(self, connection: Connection, now: datetime, actor: str, hasher: IdHasher) -> None:
        self.now, self._connection, self._hasher = now, connection, hasher
        self.audit = AuditLog(connection, now, actor, hasher)
        self.leads = Leads(connection, now, self.audit)
        self.names = LeadNames(connection, self.audit)
        self.events = Events(connection, now, self.audit, self.leads)
        self.outcomes = Outcomes(connection, now, self.audit, self.leads)
        self.spending = Spending(connection, now, self.audit)
        self.scores = Scores(connection, now, self.audit, self.leads)
        self.overrides = Overrides(connection, now, self.audit, self.leads)
        self.desk = DeskSteps(connection, now, self.audit, self.leads)
        self.open_leads = OpenLeads(connection)
        self.queue_rows = QueueRows(connection)
        self.outbox = Outbox(connection, now, self.audit)
        self.idempotency = IdempotencyKeys(connection, now)
        self.sessions = Sessions(connection, now, self.audit)
        self.users = Users(connection, now, self.audit, self.sessions)
        self.absences = Absences(connection, now, self.audit)
        self.field_versions, self.crm_sources, self.tombstones = (
            FieldVersions(connection),
            CrmSources(connection),
            Tombstones(connection, now, hasher),
        )

    def find_leads(self, email: str | None = None, phone: str | None = None) -> list[str]:
        """Return the ids of the leads with this e-mail address or phone number, in whatever form either was written."""
        return person_lookup.find_leads(self._connection, email, phone)

    def find_leads_sharing_contact(self, lead_id: str) -> list[str]:
        """Return the ids of other leads that share this one's e-mail address, phone number or person id."""
        return person_lookup.find_leads_sharing_contact(self._connection, lead_id)

    def count_recent_leads(self, lead: StoredLead, days: float) -> dict[str, int]:
        """Count the leads with the same person id, phone or e-mail in the given number of days before this lead."""
        return person_lookup.count_recent_leads(self._connection, lead, days)

    def read_earlier_outcomes(self, max_leads: int, custom_columns: Sequence[str] = ()) -> EarlierOutcomes:
        """Return what became of the newest leads, and who inquired when."""
        return read_earlier_outcomes(self._connection, max_leads, custom_columns)

    def read_first_scores(self, bundle_sha256: str) -> dict[str, float]:
        """Return the first score that a model gave each lead, log-odds without any followed level."""
        return read_first_scores(self._connection, bundle_sha256)

    def forget(self, lead_id: str) -> dict[str, int]:
        """Delete everything about a lead on request, and return the rows touched, by table. Raise UnknownLead if there
        is no such lead.

        Its tombstone stays. For a lead that is not stored yet (late messages about it may still arrive), put only a
        tombstone: ``tombstones.put``.
        """
        touched = lead_deletion.forget(self._connection, self.audit, lead_id)
        self.tombstones.put(lead_id)
        return touched

    def forget_again(self, hashes: Iterable[str]) -> int:
        """Forget the leads that an audit lists as forgotten, and return how many had come back."""
        return lead_deletion.forget_again(self._connection, self.audit, hashes)

    def has_key(self) -> bool:
        """Whether ids in the store are hashed with this installation's key."""
        return read_mark(self._connection) == self._hasher.fingerprint

    def accept_key(self) -> None:
        """Note that ids are hashed with this installation's key from now on, in the place of one that is lost."""
        replace_mark(self._connection, self._hasher)
        self.audit.append("installation_key_replaced")

    def delete_expired(self, retention_days: int | None, max_leads: int, max_rows: int) -> lead_deletion.DeletedCounts:
        """Delete what is past its retention period, at most ``max_leads`` leads, ``max_rows`` keys, messages and
        amounts of spending.
        """
        limits = lead_deletion.BatchLimits(max_leads, max_rows)
        return lead_deletion.delete_expired(self._connection, self.audit, self.now, retention_days, limits)
