"""When does a score leave for its CRM? Claims from the outbox, hands them to a channel, and writes down what became of
each.

Lives here: the loop, the end of a claim, giving up.
Does not live here: requests (``to_hubspot``, ``to_dynamics``), the waits (``verdicts``), the queue itself
(``gateway.Outbox``).

Exactly one effect: a score may be sent twice, when an answer is lost or a worker dies, but each channel looks at what
stands in the CRM first. In order: the outbox gives out the newest score of a lead alone, and never two; a claim lasts
longer than a delivery, and what it has left is looked at before a write."""

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from serving.crm.outbound.dynamics_writer import DynamicsChannel
from serving.crm.outbound.http_transport import Transport
from serving.crm.outbound.hubspot_writer import HubSpotChannel
from serving.crm.outbound.retry_policy import NOT_TRIED, CircuitBreaker, Verdict, compute_backoff
from serving.crm.ports import Claim, Outbox
from serving.crm_settings import CrmSettings

__all__ = ["Channel", "Sender", "create_channels"]

log = logging.getLogger("leadlight.sender")

_MARGIN = 30.0
"""Seconds that a claim lasts beyond the longest delivery."""


class Channel(Protocol):
    """One CRM, as the sender sees it."""

    destination: str
    most: int

    @property
    def seconds(self) -> float:
        """The longest that one delivery of ``most`` records may take."""

    def deliver(self, claims: Sequence[Claim], now: datetime) -> list[Verdict]:
        """One verdict for each claim."""


def create_channels(settings: CrmSettings) -> list[Channel]:
    """A channel for each CRM that has an address and a token."""
    made: dict[str, Callable[[Transport], Channel]] = {"hubspot": HubSpotChannel, "dynamics": DynamicsChannel}
    ready = settings.addresses.keys() & settings.tokens.keys()
    return [
        make(Transport(settings.addresses[crm], settings.tokens[crm])) for crm, make in made.items() if crm in ready
    ]


class Sender:
    """Sends the scores for one CRM.

    Parameters
    ----------
    attempts : int
        After which a score becomes a dead letter.
    clock : callable
        Gives now, in UTC.
    uniform : callable
        A number between two.
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
        """Send what is due now, one claim's worth: how many were done, are tried again, or were given up."""
        now = self._clock()
        most = self.breaker.most(now, self._channel.most)
        if most == 0:
            return Counter()
        claims = self._outbox.claim(self._channel.destination, most, self._channel.seconds + _MARGIN)
        if not claims:
            return Counter()
        verdicts = self._channel.deliver(claims, now)
        self._learn(verdicts)
        return Counter(self._end(verdict) for verdict in verdicts)

    def run(self, stop: threading.Event, idle: float = 1.0) -> None:
        """Send until told to stop. A fault of the outbox is logged by its kind, and tried again."""
        while not stop.is_set():
            try:
                counts = self.send_due()
            except Exception as fault:  # a full disk or a database away must not end the sending for good
                log.error("sending to %s: %s", self._channel.destination, type(fault).__name__)
                counts = Counter()
            if not counts:
                stop.wait(idle)

    def _learn(self, verdicts: list[Verdict]) -> None:
        """What the verdicts say of the CRM itself."""
        now = self._clock()
        if any(verdict.crm_down for verdict in verdicts):
            self.breaker.crm_down(now)
        elif any(verdict.code != NOT_TRIED for verdict in verdicts):
            self.breaker.well()
        waits = [verdict.wait for verdict in verdicts if verdict.wait is not None]
        if waits:
            self.breaker.pause(now + max(waits))

    def _end(self, verdict: Verdict) -> str:
        """Write down what became of one claim."""
        claim, kind = verdict.claim, verdict.kind
        if kind == "done":
            return "done" if self._outbox.mark_done(claim) else "lost_claim"
        if kind == "retry" and (claim.attempt < self._attempts or verdict.code == NOT_TRIED):
            later = self._clock() + compute_backoff(claim.attempt, self._uniform, verdict.wait)
            return "retry" if self._outbox.mark_failed(claim, verdict.code, later) else "lost_claim"
        code = verdict.code if kind == "dead" else f"gave_up_{verdict.code}"
        log.warning("score %s for %s is a dead letter: %s", claim.number, claim.destination, code)
        return "dead" if self._outbox.mark_failed(claim, code, None) else "lost_claim"
