"""What do the CRM hooks need of the rest of the service? Two narrow interfaces: to leads, and to the outbox.

Lives here: requests and replies of a hook, one change of a field, the protocols that the store implements.
Does not live here: the store (``serving.leads.crm_gateway``), scoring without one (``inbound.stateless_gateway``).
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

__all__ = ["Claim", "FieldChange", "HookReply", "HookRequest", "LeadGateway", "Outbox"]


@dataclass(frozen=True)
class HookRequest:
    """A request that reached a hook.

    Parameters
    ----------
    method : str
    target : str
        Path and query as they were sent, still encoded: a signature covers every character.
    headers : mapping
        Names in lower case.
    body : bytes
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = dataclasses.field(repr=False)


@dataclass(frozen=True)
class HookReply:
    """The answer of a hook."""

    status: int
    headers: Mapping[str, str]
    body: bytes = dataclasses.field(repr=False)


@dataclass(frozen=True)
class FieldChange:
    """One value of one lead, and when the CRM changed it.

    Parameters
    ----------
    lead_id : str
    field : str
        Our column, or ``custom:<name>``.
    value : scalar or None
        None where it was cleared.
    occurred_at : datetime
        In UTC.
    event_id : str
        The sender's own id of the event. Not always unique, so it only orders changes of the same time.
    """

    lead_id: str
    field: str
    value: Any = dataclasses.field(repr=False)
    occurred_at: datetime
    event_id: str = ""


class LeadGateway(Protocol):
    """What a hook may do with leads. Each call is one transaction.

    An invalid lead raises ``RequestError`` with status 422 and the fields to fix; what may succeed later raises one
    that is ``retryable``."""

    def for_crm(self, crm: str) -> "LeadGateway":
        """Return the gateway for one CRM's leads; their later scores are sent back there."""

    def upsert_lead(self, payload: Mapping[str, Any], as_of: datetime | None = None) -> Mapping[str, Any]:
        """Create or update the lead in ``payload`` (our names, ``lead_id``, a ``custom`` object), score it, and queue
        the score for its CRM. A field changed after ``as_of``, when the CRM read the values, stays as it is; None means
        now.

        The answer is that of ``/v1/score``.
        """

    def apply_changes(self, lead_id: str, changes: Sequence[FieldChange]) -> Mapping[str, Any] | None:
        """Apply the new changes (see ``change_merging``) and score the lead; return None if none is new."""

    def add_events(self, lead_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Add events of a lead: ``kind``, ``occurred_at``, ``event_id`` and other columns. A repeated ``event_id`` is
        skipped. One without ``occurred_at`` happened when it arrived."""

    def add_outcome(self, lead_id: str, outcome: Mapping[str, Any]) -> None:
        """Add an outcome of a lead: ``stage``, ``occurred_at`` and other columns; without a time, it happened now."""

    def forget_lead(self, lead_id: str) -> None:
        """Delete the person, who asked the CRM for it. An older change that arrives later must not restore it."""


@dataclass(frozen=True)
class Claim:
    """A score to send, reserved for one worker until ``until``.

    Parameters
    ----------
    number : int
        Its number in the outbox; of two scores of a lead, the later has the higher one.
    body : mapping
        See ``outbound.score_payload``.
    attempt : int
        1 the first time.
    token : str
        Identifies this claim: a result that carries another token is refused.
    """

    number: int
    destination: str
    lead_id: str
    body: Mapping[str, Any] = dataclasses.field(repr=False)
    attempt: int
    token: str
    until: datetime


class Outbox(Protocol):
    """The queue of scores for the CRMs.

    Only the newest score of a lead and destination is worth sending: queueing or claiming one discards the older ones.
    While one is claimed, none of the same lead is handed out, so no earlier score overtakes a later one."""

    def claim(self, destination: str, limit: int, seconds: float) -> Sequence[Claim]:
        """Claim up to ``limit`` scores that are due, for ``seconds``; never two of one lead."""

    def mark_done(self, claim: Claim) -> bool:
        """Record that the CRM has the score. Return False if the claim had expired."""

    def mark_failed(self, claim: Claim, fault: str, retry_at: datetime | None) -> bool:
        """Record a failure with its code: the score is sent again at ``retry_at``, or given up when that is None."""
