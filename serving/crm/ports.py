"""What do the hooks need of the rest of the service? The narrow doors: to leads, and to the outbox.

Lives here: requests and replies of a hook, one change of a field, the protocols that a store fulfils.
Does not live here: a store (``serving.store``), scoring without one (``stateless``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

__all__ = ["Claim", "FieldChange", "HookReply", "HookRequest", "LeadGateway", "Outbox"]


@dataclass(frozen=True)
class HookRequest:
    """What reached a hook.

    Parameters
    ----------
    method : str
    target : str
        Path and query as they were sent, still encoded: a signature covers them letter by letter.
    headers : mapping
        Names in small letters.
    body : bytes
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class HookReply:
    """What a hook answers."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class FieldChange:
    """One value of one lead, and when the CRM changed it.

    Parameters
    ----------
    lead_id : str
    field : str
        Our column, or ``custom:<name>``.
    value : scalar or None
        None where it was taken back.
    occurred_at : datetime
        In UTC.
    event_id : str
        The sender's own name of the event. Not always unique, so it only decides between changes of the same instant.
    """

    lead_id: str
    field: str
    value: Any = field(repr=False)
    occurred_at: datetime
    event_id: str = ""


class LeadGateway(Protocol):
    """What a hook may ask of the service. Each call is one transaction: done whole, or not at all.

    A lead that cannot be read raises ``RequestError`` with status 422 and the fields to mend; what may succeed later
    raises one that is ``retryable``."""

    def for_crm(self, crm: str) -> "LeadGateway":
        """The same door for what one CRM brings; later scores of its leads go back there."""

    def upsert_lead(self, payload: Mapping[str, Any], as_of: datetime | None = None) -> Mapping[str, Any]:
        """Create or change the lead in ``payload`` (our names, ``lead_id``, a ``custom`` object), score it, and queue
        the score for its CRM. A field that was changed after ``as_of``, when the CRM read what it sends, stays as it
        is; None: read just now.

        The answer is that of ``/v1/score``.
        """

    def apply_changes(self, lead_id: str, changes: Sequence[FieldChange]) -> Mapping[str, Any] | None:
        """Apply what is news among the changes (see ``changes.news``), and score; None when nothing was."""

    def add_events(self, lead_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Note what happened with a lead: ``kind``, ``occurred_at``, ``event_id`` and what else is known. The same
        ``event_id`` again is passed over."""

    def add_outcome(self, lead_id: str, outcome: Mapping[str, Any]) -> None:
        """Note what became of a lead: ``stage``, ``occurred_at``, and what else is known."""

    def forget_lead(self, lead_id: str) -> None:
        """Delete the person, who asked the CRM for it.

        A change from before that comes later must not bring the person back.
        """


@dataclass(frozen=True)
class Claim:
    """A score to be sent on, which one worker has until ``until``.

    Parameters
    ----------
    number : int
        Its place in the outbox; of two scores of a lead, the later has the higher.
    body : mapping
        See ``written_back.written_back``.
    attempt : int
        1 the first time.
    token : str
        Of this claim: an end that names another one is refused.
    """

    number: int
    destination: str
    lead_id: str
    body: Mapping[str, Any] = field(repr=False)
    attempt: int
    token: str
    until: datetime


class Outbox(Protocol):
    """Where scores wait for their CRM.

    Of a lead and destination only the newest score is worth sending: queueing one, or claiming it, sets aside those
    that still wait before it. While one is claimed, none of the same lead is given out, so no earlier score overtakes a
    later one."""

    def claim(self, destination: str, most: int, seconds: float) -> Sequence[Claim]:
        """Up to ``most`` scores that are due, for ``seconds``; of one lead never two."""

    def mark_done(self, claim: Claim) -> bool:
        """The score stands in the CRM. False when the claim had run out."""

    def mark_failed(self, claim: Claim, fault: str, retry_at: datetime | None) -> bool:
        """It was not taken: tried again at ``retry_at``; a dead letter under the code ``fault`` when that is None."""
