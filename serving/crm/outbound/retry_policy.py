"""Was a score delivered, and when is it retried? Verdicts, backoff and a circuit breaker.

Lives here: classifying a status, the wait before the next attempt, pausing while a CRM does not answer.
Does not live here: requests (``http_transport``), a CRM's results for single records (``hubspot_writer``,
``dynamics_writer``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from serving.crm.ports import Claim

__all__ = ["NOT_TRIED", "CLAIM_EXPIRED", "CircuitBreaker", "Verdict", "compute_backoff", "classify_status"]

FIRST_WAIT = timedelta(seconds=2)
MAX_WAIT = timedelta(hours=6)

NOT_TRIED = "not_tried"
"""Code of a score that was left for later because of another one."""

CLAIM_EXPIRED = "claim_ran_out"
"""Code of a score whose claim has too little time left for a write."""

_RETRYABLE = (401, 403, 404, 407, 408, 412, 421, 423, 425, 429)
"""Refusals that may end later, or with another token or address."""


@dataclass(frozen=True)
class Verdict:
    """The result of one delivery.

    Parameters
    ----------
    kind : {"done", "retry", "dead"}
    code : str
        The reason: a word or ``http_500``, never a value.
    retry_after : timedelta or None
        The wait that the CRM asked for.
    crm_down : bool
        Whether the CRM itself failed, not this record: counted by the circuit breaker.
    """

    claim: Claim
    kind: str
    code: str = ""
    retry_after: timedelta | None = None
    crm_down: bool = False


def classify_status(claim: Claim, status: int, retry_after: timedelta | None) -> Verdict:
    """Return the verdict on a failed request: dead if the request itself is refused, else retry.

    A redirect is not followed. Like a 404 it means that the configured address is wrong, and every score waits until
    that is fixed."""
    # 412 (changed meanwhile) and 423 (locked) speak of one record; the CRM itself is well.
    if status in _RETRYABLE or status >= 500 or status < 400:
        return Verdict(claim, "retry", f"http_{status}", retry_after, crm_down=status not in (412, 423))
    return Verdict(claim, "dead", f"http_{status}")


def compute_backoff(
    attempt: int, uniform: Callable[[float, float], float], retry_after: timedelta | None = None
) -> timedelta:
    """Compute the wait before the next attempt: exponential with full jitter, never shorter than ``retry_after``.

    Parameters
    ----------
    attempt : int
        Number of the attempt that failed, from 1.
    uniform : callable
        Returns a number between two, such as ``random.uniform``.

    >>> compute_backoff(1, max), compute_backoff(4, max).total_seconds(), compute_backoff(30, max) == MAX_WAIT
    (datetime.timedelta(seconds=2), 16.0, True)
    """
    # The exponent is capped too: 2 ** 1100 seconds is no float any more.
    highest = min(FIRST_WAIT.total_seconds() * 2 ** min(attempt - 1, 40), MAX_WAIT.total_seconds())
    # Full jitter: many scores that failed together must not come back together.
    return (retry_after or timedelta()) + timedelta(seconds=uniform(0.0, highest))


class CircuitBreaker:
    """Pauses after consecutive failures of one CRM; then tries one score at a time until the CRM is back.

    Example with 5 failures and a pause of 10 s: the fifth failure in a row pauses for 10 s, then one score is tried; if
    it fails, for 20 s, then 40 s, up to 600 s; the first success ends it.

    Parameters
    ----------
    failures : int
        Consecutive failures after which it opens.
    pause : timedelta
        Length of the first pause; doubled up to ten minutes while the CRM keeps failing.
    """

    def __init__(self, failures: int = 5, pause: timedelta = timedelta(seconds=10)) -> None:
        self._max_failures, self._first_pause = failures, pause
        self._failures, self._pauses = 0, 0
        self._paused_until: datetime | None = None

    def limit_batch(self, now: datetime, batch_size: int) -> int:
        """Return how many scores may be sent now: none during a pause, one to try after it, else a full batch."""
        if self._paused_until is not None and now < self._paused_until:
            return 0
        # Half-open: one score asks whether the CRM is back. A full batch would cost a hundred attempts to learn the
        # same.
        return 1 if self.is_open else batch_size

    def pause(self, until: datetime) -> None:
        """Send nothing before ``until``, because the CRM asked for it."""
        # The later moment counts: a Retry-After of five seconds must not cut a pause of ten minutes short.
        self._paused_until = until if self._paused_until is None else max(self._paused_until, until)

    def record_success(self) -> None:
        """Record that the CRM answered."""
        self._failures, self._pauses, self._paused_until = 0, 0, None

    def record_failure(self, now: datetime) -> None:
        """Record that the CRM did not answer, or failed itself."""
        self._failures += 1
        if self.is_open:
            self.pause(now + min(self._first_pause * 2 ** min(self._pauses, 10), timedelta(minutes=10)))
            self._pauses += 1

    @property
    def is_open(self) -> bool:
        """Whether consecutive failures have opened it."""
        return self._failures >= self._max_failures
