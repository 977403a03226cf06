"""What became of a score that was sent, and when is it tried again? Verdicts, backoff and the breaker.

Lives here: reading a status, the wait before the next attempt, leaving a CRM alone that does not answer.
Does not live here: requests (``transport``), what a CRM says of single records (``to_hubspot``, ``to_dynamics``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from serving.crm.ports import Claim

__all__ = ["NOT_TRIED", "CLAIM_EXPIRED", "CircuitBreaker", "Verdict", "compute_backoff", "classify_status"]

FIRST_WAIT = timedelta(seconds=2)
MAX_WAIT = timedelta(hours=6)

NOT_TRIED = "not_tried"
"""Code of a record that was left for later because of another one."""

CLAIM_EXPIRED = "claim_ran_out"
"""Code of a record whose claim has too little time left for a write."""

_LATER = (401, 403, 404, 407, 408, 412, 421, 423, 425, 429)
"""Refusals that another time, another token or another address may end."""


@dataclass(frozen=True)
class Verdict:
    """What became of one claim.

    Parameters
    ----------
    kind : {"done", "retry", "dead"}
    code : str
        Why: a word or ``http_500``, never a value.
    wait : timedelta or None
        What the CRM asked for.
    ill : bool
        Whether it says something of the whole CRM, not of this record: counted by the breaker.
    """

    claim: Claim
    kind: str
    code: str = ""
    wait: timedelta | None = None
    ill: bool = False


def classify_status(claim: Claim, status: int, wait: timedelta | None) -> Verdict:
    """The verdict on a request that was no success: dead where the request itself is refused, else another time. A
    redirect is not followed: it says that the address in the settings is wrong, like 404, and every score waits until
    that is mended."""
    if status in _LATER or status >= 500 or status < 400:
        return Verdict(claim, "retry", f"http_{status}", wait, crm_down=status not in (412, 423))
    return Verdict(claim, "dead", f"http_{status}")


def compute_backoff(
    attempt: int, uniform: Callable[[float, float], float], asked: timedelta | None = None
) -> timedelta:
    """The wait before the next attempt: exponential with full jitter, and never shorter than was asked for.

    Parameters
    ----------
    attempt : int
        Of the one that failed; 1 the first time.
    uniform : callable
        A number between two, such as ``random.uniform``.

    >>> compute_backoff(1, max), compute_backoff(4, max).total_seconds(), compute_backoff(30, max) == MAX_WAIT
    (datetime.timedelta(seconds=2), 16.0, True)
    """
    highest = min(FIRST_WAIT.total_seconds() * 2 ** min(attempt - 1, 40), MAX_WAIT.total_seconds())
    return (asked or timedelta()) + timedelta(seconds=uniform(0.0, highest))


class CircuitBreaker:
    """Leaves one CRM alone after failures in a row; then one record at a time asks whether it is back.

    Parameters
    ----------
    failures : int
        In a row, after which it opens.
    rest : timedelta
        For the first time; doubled up to ten minutes while the CRM stays away.
    """

    def __init__(self, failures: int = 5, rest: timedelta = timedelta(seconds=10)) -> None:
        self._failures, self._first_rest = failures, rest
        self._row, self._rests, self._until = 0, 0, None

    def most(self, now: datetime, usually: int) -> int:
        """How many records may be sent now: none while it is open, one to ask, else as many as usual."""
        if self._until is not None and now < self._until:
            return 0
        return 1 if self._row >= self._failures else usually

    def pause(self, until: datetime) -> None:
        """Send nothing before a moment, because the CRM asked for it."""
        self._until = until if self._until is None else max(self._until, until)

    def well(self) -> None:
        """The CRM answered."""
        self._row, self._rests, self._until = 0, 0, None

    def ill(self, now: datetime) -> None:
        """The CRM did not answer, or not as itself."""
        self._row += 1
        if self._row >= self._failures:
            self.pause(now + min(self._first_rest * 2 ** min(self._rests, 10), timedelta(minutes=10)))
            self._rests += 1

    @property
    def open(self) -> bool:
        """Whether failures in a row have opened it."""
        return self._row >= self._failures
