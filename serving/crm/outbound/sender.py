"""When is a score or a hand-off sent to its CRM? Claims it from the outbox, hands it to a channel, records the result.

Lives here: the loop, settling a claim, giving up.
Does not live here: requests (``hubspot_writer``, ``dynamics_writer``), the waits (``retry_policy``), the queue itself
(``serving.crm.ports.Outbox``).

Exactly one effect: a score may be sent twice, if an answer is lost or a worker dies, but each channel first reads what
the CRM has. In order: the outbox hands out only the newest score of a lead, never two; a claim lasts longer than a
delivery, and its remaining time is checked before a write."""

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from serving.crm.outbound.dynamics_notes import DynamicsNotes
from serving.crm.outbound.dynamics_writer import DynamicsChannel
from serving.crm.outbound.field_groups import HAND_OFF
from serving.crm.outbound.frappe_writer import FrappeDialect
from serving.crm.outbound.http_transport import Transport
from serving.crm.outbound.hubspot_writer import HubSpotChannel
from serving.crm.outbound.odoo_writer import OdooDialect
from serving.crm.outbound.record_channel import RecordChannel
from serving.crm.outbound.retry_policy import NOT_TRIED, CircuitBreaker, Verdict, compute_backoff
from serving.crm.ports import Claim, Outbox
from serving.crm_settings import CrmSettings

__all__ = ["Channel", "Sender", "create_channels", "create_hand_off_channels"]

log = logging.getLogger("leadlight.sender")

_MARGIN = 30.0
"""Seconds that a claim lasts beyond the longest delivery."""


_SCHEMES = {"frappe": "token"}
"""What stands before a CRM's token, where it is not Bearer."""


class Channel(Protocol):
    """One CRM, as the sender sees it."""

    destination: str
    batch_size: int

    @property
    def seconds(self) -> float:
        """The longest that a delivery of ``batch_size`` scores may take."""

    def deliver(self, claims: Sequence[Claim], now: datetime) -> list[Verdict]:
        """Deliver the claims and return one verdict for each."""


_CHANNELS: dict[str, tuple[Callable[[Transport], Channel], Callable[[Transport], Channel]]] = {
    "hubspot": (HubSpotChannel, partial(HubSpotChannel, fields=HAND_OFF)),
    "dynamics": (DynamicsChannel, DynamicsNotes),
    "odoo": (partial(RecordChannel, OdooDialect()), partial(RecordChannel, OdooDialect(), fields=HAND_OFF)),
    "frappe": (partial(RecordChannel, FrappeDialect()), partial(RecordChannel, FrappeDialect(), fields=HAND_OFF)),
}
"""CRM -> what makes the channel of its scores, and that of its hand-offs."""


def create_channels(settings: CrmSettings) -> list[Channel]:
    """Create a channel for each CRM that has an address and a token."""
    writable = [crm for crm in _CHANNELS if crm in settings.writable]
    return [_CHANNELS[crm][0](_create_transport(settings, crm)) for crm in writable]


def create_hand_off_channels(settings: CrmSettings) -> dict[str, Channel]:
    """Create a channel for each CRM that the settings send hand-offs to; CRM -> channel."""
    return {crm: _CHANNELS[crm][1](_create_transport(settings, crm)) for crm in settings.hand_offs}


def _create_transport(settings: CrmSettings, crm: str) -> Transport:
    return Transport(settings.addresses[crm], settings.tokens[crm], scheme=_SCHEMES.get(crm, "Bearer"))


class Sender:
    """Sends the scores for one CRM.

    Parameters
    ----------
    attempts : int
        Attempts before a score is given up.
    clock : callable
        Returns the current time, in UTC.
    uniform : callable
        Returns a number between two.
    """

    def __init__(
        self,
        outbox: Outbox,
        channel: Channel,
        attempts: int = 16,
        breaker: CircuitBreaker | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._outbox, self._channel, self._attempts = outbox, channel, attempts
        self.breaker, self._clock, self._uniform = breaker or CircuitBreaker(), clock, uniform

    def send_due(self) -> Counter[str]:
        """Send at most one batch of scores that are due; count those done, to be retried, and given up."""
        now = self._clock()
        limit = self.breaker.limit_batch(now, self._channel.batch_size)
        if limit == 0:
            return Counter()
        # The claim outlives the slowest delivery. If it ended first, another worker could send a newer score, and
        # this one would then overwrite it with the older.
        claims = self._outbox.claim(self._channel.destination, limit, self._channel.seconds + _MARGIN)
        if not claims:
            return Counter()
        verdicts = self._channel.deliver(claims, now)
        self._update_breaker(verdicts)
        return Counter(self._settle(verdict) for verdict in verdicts)

    def run(self, stop: threading.Event, idle: float = 1.0) -> None:
        """Send until ``stop`` is set. An exception of the outbox is logged by its type, and the loop goes on."""
        while not stop.is_set():
            try:
                counts = self.send_due()
            # A full disk or an unavailable database must not end the loop for good.
            except Exception as fault:
                log.error("sending to %s: %s", self._channel.destination, type(fault).__name__)
                counts = Counter()
            if not counts:
                stop.wait(idle)

    def _update_breaker(self, verdicts: list[Verdict]) -> None:
        """Tell the circuit breaker what the verdicts say about the CRM itself."""
        now = self._clock()
        if any(verdict.crm_down for verdict in verdicts):
            self.breaker.record_failure(now)
        # A batch in which nothing was tried says nothing about the CRM.
        elif any(verdict.code != NOT_TRIED for verdict in verdicts):
            self.breaker.record_success()
        waits = [verdict.retry_after for verdict in verdicts if verdict.retry_after is not None]
        if waits:
            self.breaker.pause(now + max(waits))

    def _settle(self, verdict: Verdict) -> str:
        """Record the result of one claim."""
        claim, kind = verdict.claim, verdict.kind
        if kind == "done":
            return "done" if self._outbox.mark_done(claim) else "lost_claim"
        # A score that was not even tried does not use up an attempt.
        if kind == "retry" and (claim.attempt < self._attempts or verdict.code == NOT_TRIED):
            retry_at = self._clock() + compute_backoff(claim.attempt, self._uniform, verdict.retry_after)
            return "retry" if self._outbox.mark_failed(claim, verdict.code, retry_at) else "lost_claim"
        code = verdict.code if kind == "dead" else f"gave_up_{verdict.code}"
        log.warning("score %s for %s was given up: %s", claim.number, claim.destination, code)
        return "dead" if self._outbox.mark_failed(claim, code, None) else "lost_claim"
