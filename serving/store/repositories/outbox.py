"""What must still be sent on, to whom, and when is it retried? Messages written with the write that caused them, sent
later.

Lives here: queueing once per effect, claiming the newest message of a lead, recording success and failure.
Does not live here: sending (``serving.crm.outbound``), how long to wait between attempts (the caller's).

A message is claimed for a limited time: if a worker dies, the next one takes over. So a message may be sent twice; its
``effect`` is sent along, by which the receiver (or the form of the request, such as setting a value) makes that one
effect.

A message reports a lead's current state, so of each lead and destination only the newest is worth sending: queueing one
supersedes those that wait. While one is claimed, no other of the same lead is handed out; if it fails and a newer one
waits, it is superseded. So no earlier message overtakes a later one.
"""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, delete, func, insert, or_, select, update

from serving.store.database.audit_chain import AuditLog
from serving.store.database.column_types import require_storable, to_utc
from serving.store.database.entities import ClaimedMessage, OutboxMessage
from serving.store.database.tables import outbox

__all__ = ["Outbox", "claim_messages"]

_PENDING_STATES = ("waiting", "claimed")
_SUPERSEDED = {"state": "set_aside", "body": None, "token": None, "claimed_until": None}


class Outbox:
    """The outbox, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, audit: AuditLog) -> None:
        self._connection, self._now, self._audit = connection, now, audit

    def add(self, message: OutboxMessage) -> bool:
        """Queue a message, superseding those of the same lead that wait for this destination; False when its effect was
        queued there before.
        """
        require_storable("message", [message.destination, message.effect, message.lead_id, dict(message.body)])
        same = select(outbox.c.seq).where(
            outbox.c.destination == message.destination, outbox.c.effect == message.effect
        )
        if self._connection.scalar(same) is not None:
            return False
        if message.lead_id is not None:
            older = and_(
                outbox.c.destination == message.destination,
                outbox.c.lead_id == message.lead_id,
                outbox.c.state == "waiting",
            )
            # A claimed one is left alone: its worker may be sending it right now. `mark_failed` supersedes it if it
            # comes back.
            self._connection.execute(update(outbox).where(older).values(**_SUPERSEDED))
        row = {
            "destination": message.destination,
            "effect": message.effect,
            "body": dict(message.body),
            "lead_id": message.lead_id,
            "state": "waiting",
            "attempts": 0,
            "next_at": self._now,
            "queued_at": self._now,
        }
        self._connection.execute(insert(outbox), row)
        self._audit.append("outbox_queued", message.lead_id, destination=message.destination)
        return True

    def mark_done(self, claimed: ClaimedMessage) -> bool:
        """Record that the message arrived, and delete its content.

        False when the claim had expired and another worker has it, or the person was forgotten.
        """
        return self._close_claim(claimed, "outbox_done", state="done", body=None)

    def mark_failed(self, claimed: ClaimedMessage, fault: str, retry_at: Any = None) -> bool:
        """Record that the message did not arrive. It is retried at ``retry_at``, unless a newer one of the lead waits;
        it is given up when that is None, and its content is deleted: nothing sends it any more.

        Parameters
        ----------
        fault : str
            A code such as http_500.
        """
        if retry_at is not None and self._is_superseded(claimed):
            return self._close_claim(claimed, "outbox_set_aside", **_SUPERSEDED, fault=fault)
        if retry_at is not None:
            return self._close_claim(claimed, "outbox_retry", state="waiting", next_at=to_utc(retry_at), fault=fault)
        return self._close_claim(claimed, "outbox_failed", state="failed", body=None, fault=fault)

    def get_latest_state(self, destination: str, lead_id: str) -> tuple[str, str] | None:
        """Return the state of a lead's last message to a destination, and its last fault's code; None without one."""
        last = (
            select(outbox.c.state, outbox.c.fault)
            .where(outbox.c.destination == destination, outbox.c.lead_id == lead_id)
            .order_by(outbox.c.seq.desc())
            .limit(1)
        )
        row = self._connection.execute(last).first()
        return None if row is None else (row.state, row.fault or "")

    def count_by_state(self) -> dict[str, int]:
        """Count the messages by state."""
        return {
            state: count
            for state, count in self._connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
        }

    def delete_finished(self, queued_before: datetime, limit: int) -> int:
        """Delete messages that arrived or were given up and were queued before a moment, at most ``limit``, and return
        how many.
        """
        is_old = and_(outbox.c.state.not_in(_PENDING_STATES), outbox.c.queued_at < queued_before)
        old = select(outbox.c.seq).where(is_old).limit(limit)
        return self._connection.execute(delete(outbox).where(outbox.c.seq.in_(old))).rowcount

    def _is_superseded(self, claimed: ClaimedMessage) -> bool:
        """Whether a newer message of the same lead is waiting or claimed for the same destination."""
        same = and_(outbox.c.destination == claimed.destination, outbox.c.lead_id == claimed.lead_id)
        newer = and_(same, outbox.c.seq > claimed.number, outbox.c.state.in_(_PENDING_STATES))
        return self._connection.scalar(select(outbox.c.seq).where(newer).limit(1)) is not None

    def _close_claim(self, claimed: ClaimedMessage, action: str, **values: Any) -> bool:
        """Record the end of a claim that is still valid, and return whether it was."""
        # The token tells this claim from a later one of the same message: a slow worker must not end the next claim.
        holds = and_(outbox.c.seq == claimed.number, outbox.c.token == claimed.token, outbox.c.state == "claimed")
        ended = (
            self._connection.execute(
                update(outbox).where(holds).values({"token": None, "claimed_until": None} | values)
            ).rowcount
            == 1
        )
        if ended:
            detail = {
                "destination": claimed.destination,
                "number": claimed.number,
                "attempt": claimed.attempt,
                "fault": values.get("fault"),
            }
            self._audit.append(action, claimed.lead_id, **detail)
        return ended


def claim_messages(
    connection: Connection, now: datetime, destination: str, limit: int, seconds: float
) -> list[ClaimedMessage]:
    """Claim up to ``limit`` due messages for ``seconds``. Of each lead only the newest, and none while another of it is
    claimed.

    On PostgreSQL, several workers claim side by side: rows that another is about to take are passed over.
    """
    # Before claiming: an abandoned claim of a superseded message would otherwise be handed out again.
    connection.execute(update(outbox).where(_is_abandoned_claim(now, destination)).values(**_SUPERSEDED))
    rows = connection.execute(
        _select_due(now, destination).limit(limit).with_for_update(skip_locked=True, of=outbox)
    ).all()
    token, until, claimed = uuid.uuid4().hex, now + timedelta(seconds=seconds), []
    for row in rows:
        message = ClaimedMessage(row.destination, row.effect, row.body, row.lead_id, row.seq, row.attempts + 1)
        connection.execute(
            update(outbox)
            .where(outbox.c.seq == row.seq)
            # The attempt counts from the claim on: a worker that dies while it sends has used one up.
            .values(state="claimed", token=token, claimed_until=until, attempts=message.attempt)
        )
        claimed.append(replace(message, token=token, until=until))
    return claimed


def _is_abandoned_claim(now: datetime, destination: str) -> ColumnElement[bool]:
    """Match expired claims of a lead that has a newer message since: their worker died, and they are not worth sending
    any more.
    """
    has_expired = and_(outbox.c.destination == destination, outbox.c.state == "claimed", outbox.c.claimed_until <= now)
    other, same = _alias_other_messages()
    return and_(
        has_expired,
        select(other.c.seq).where(same, other.c.seq > outbox.c.seq, other.c.state.in_(_PENDING_STATES)).exists(),
    )


def _select_due(now: datetime, destination: str) -> Select:
    """Select the messages that may be sent now, the longest waiting first."""
    other, same = _alias_other_messages()
    is_locked = and_(other.c.state == "claimed", other.c.claimed_until > now)
    is_newer = and_(other.c.seq > outbox.c.seq, other.c.state.in_(_PENDING_STATES))
    blocked = select(other.c.seq).where(same, or_(is_locked, is_newer)).exists()
    is_waiting = and_(outbox.c.state == "waiting", outbox.c.next_at <= now)
    has_expired = and_(outbox.c.state == "claimed", outbox.c.claimed_until <= now)
    return (
        select(outbox)
        .where(outbox.c.destination == destination, or_(is_waiting, has_expired), ~blocked)
        .order_by(outbox.c.next_at, outbox.c.seq)
    )


def _alias_other_messages() -> tuple[FromClause, ColumnElement[bool]]:
    """Return the outbox under another name, and the condition for another message of the same lead and destination."""
    other = outbox.alias("other")
    return other, and_(
        other.c.destination == outbox.c.destination, other.c.lead_id == outbox.c.lead_id, other.c.seq != outbox.c.seq
    )
