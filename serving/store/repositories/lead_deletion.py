"""How is a person forgotten? Everything about them is deleted; numbers without a name and hashed lines of audit stay.

Lives here: forgetting one lead, deleting what is past its retention period.
Does not live here: finding a person's leads (``person_lookup``), preventing that they come back (``tombstones``), the
triggers that let only this pass (``migrations``), backups, which still hold the person (``backup`` forgets again on
restore).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from serving.errors import UnknownLead
from serving.store.database.audit_chain import AuditLog
from serving.store.database.tables import audit as audit_table
from serving.store.database.tables import (
    desk_due,
    desk_leads,
    desk_steps,
    events,
    field_versions,
    forgetting,
    idempotency_keys,
    idempotency_leads,
    lead_changes,
    lead_crms,
    lead_names,
    leads,
    outbox,
    outcomes,
    overrides,
    scores,
    spend,
)
from serving.store.repositories.idempotency_keys import IdempotencyKeys
from serving.store.repositories.outbox import Outbox

__all__ = [
    "FORGET_ACTION",
    "FINISHED_MESSAGE_DAYS",
    "DeletedCounts",
    "forget",
    "forget_again",
    "read_forgotten_hashes",
    "delete_expired",
]

FORGET_ACTION = "lead_forgotten"
"""The action's name in the audit."""

FINISHED_MESSAGE_DAYS = 30
"""How long messages that arrived, or were given up, are kept, without their content."""


@dataclass(frozen=True)
class DeletedCounts:
    """The leads that were past their retention period and are deleted, and how many keys, messages and amounts of
    spending.
    """

    lead_ids: tuple[str, ...] = ()
    keys: int = 0
    messages: int = 0
    spend: int = 0

    @property
    def leads(self) -> int:
        """How many leads."""
        return len(self.lead_ids)

    def __add__(self, other: "DeletedCounts") -> "DeletedCounts":
        return DeletedCounts(
            self.lead_ids + other.lead_ids,
            self.keys + other.keys,
            self.messages + other.messages,
            self.spend + other.spend,
        )


@dataclass(frozen=True)
class BatchLimits:
    """How much one transaction deletes at most, so that no writer waits long: leads, and keys, messages or
    amounts of spending.
    """

    leads: int
    rows: int


def forget(connection: Connection, audit: AuditLog, lead_id: str, reason: str = "request") -> dict[str, int]:
    """Delete everything about a lead, and return the rows touched, by table.

    Its scores stay as numbers without the lead and without what was shown; a retry of a request about it finds that its
    answer is gone.

    Raises
    ------
    UnknownLead
    """
    if connection.scalar(select(leads.c.seq).where(leads.c.lead_id == lead_id)) is None:
        raise UnknownLead("store: there is no lead with this id, so there is nothing to forget.")
    # While the lead is listed here, the triggers of the append-only tables let its rows be deleted.
    connection.execute(insert(forgetting).values(lead_id=lead_id))
    # Before desk_steps, from which its steps are found.
    connection.execute(
        delete(desk_due).where(desk_due.c.step.in_(select(desk_steps.c.seq).where(desk_steps.c.lead_id == lead_id)))
    )
    touched = {
        table.name: connection.execute(delete(table).where(table.c.lead_id == lead_id)).rowcount
        for table in (
            events,
            outcomes,
            overrides,
            outbox,
            lead_changes,
            field_versions,
            lead_crms,
            lead_names,
            desk_steps,
            desk_leads,
        )
    }
    touched["scores"] = connection.execute(
        update(scores).where(scores.c.lead_id == lead_id).values(lead_id=None, shown=None)
    ).rowcount
    touched["answers"] = _forget_answers(connection, lead_id)
    connection.execute(delete(leads).where(leads.c.lead_id == lead_id))
    connection.execute(delete(forgetting).where(forgetting.c.lead_id == lead_id))
    audit.append(FORGET_ACTION, lead_id, because=reason, **touched)
    return touched


def forget_again(connection: Connection, audit: AuditLog, hashes: Iterable[str]) -> int:
    """Forget the leads whose hash an audit lists as forgotten, and return how many had come back."""
    hash_set = set(hashes)
    returned = [
        lead_id
        for lead_id in connection.scalars(select(leads.c.lead_id)).all()
        if not hash_set.isdisjoint(audit.list_hashes(lead_id))
    ]
    for lead_id in returned:
        forget(connection, audit, lead_id, "restored")
    return len(returned)


def read_forgotten_hashes(connection: Connection) -> set[str]:
    """Return the hashes of every lead that was forgotten, for whatever reason, as the audit has them."""
    return set(connection.scalars(select(audit_table.c.lead_hash).where(audit_table.c.action == FORGET_ACTION)))


def delete_expired(
    connection: Connection, audit: AuditLog, now: datetime, retention_days: int | None, limits: BatchLimits
) -> DeletedCounts:
    """Delete what is past its retention period, up to the limits: leads without activity for ``retention_days`` (None
    keeps them), spending of before, keys, finished messages.
    """
    expired: list[str] = []
    deleted_spend = 0
    if retention_days is not None:
        cutoff = now - timedelta(days=retention_days)
        expired = list(
            connection.scalars(select(leads.c.lead_id).where(leads.c.last_activity_at < cutoff).limit(limits.leads))
        )
        # Money of months whose leads are gone would make each lead that is left look dear.
        deleted_spend = _delete_spend(connection, audit, cutoff, limits.rows)
    for lead_id in expired:
        forget(connection, audit, lead_id, "retention")
    keys = IdempotencyKeys(connection, now).delete_expired(limits.rows)
    messages_before = now - timedelta(days=FINISHED_MESSAGE_DAYS)
    messages = Outbox(connection, now, audit).delete_finished(messages_before, limits.rows)
    return DeletedCounts(tuple(expired), keys, messages, deleted_spend)


def _delete_spend(connection: Connection, audit: AuditLog, cutoff: datetime, limit: int) -> int:
    """Delete the oldest spending of days before ``cutoff``, and return how many amounts that were."""
    oldest = select(spend.c.seq).where(spend.c.day < cutoff).order_by(spend.c.day).limit(limit)
    deleted = connection.execute(delete(spend).where(spend.c.seq.in_(oldest.scalar_subquery()))).rowcount
    if deleted:
        audit.append("spend_removed", count=deleted)
    return deleted


def _forget_answers(connection: Connection, lead_id: str) -> int:
    """Delete the answers about a lead; the keys stay until they expire, so that no retry creates the lead again."""
    about_lead = select(idempotency_leads.c.caller).where(
        idempotency_leads.c.caller == idempotency_keys.c.caller,
        idempotency_leads.c.key_sha256 == idempotency_keys.c.key_sha256,
        idempotency_leads.c.lead_id == lead_id,
    )
    cleared = connection.execute(update(idempotency_keys).where(about_lead.exists()).values(answer=None)).rowcount
    connection.execute(delete(idempotency_leads).where(idempotency_leads.c.lead_id == lead_id))
    return cleared
