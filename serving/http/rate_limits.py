"""How much may one caller ask, and how much at once? Token buckets, counts of failed keys, growing waits, and a cap on
requests in work.

Lives here: counting and refusing; memory that does not grow with the number of callers.
Does not live here: who a caller is (``guard``), where requests pass (``gate``).
"""

import math
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from serving.errors import RequestError

__all__ = ["FailedKeyLimiter", "RateLimiter", "RetryDelays", "RequestSlots"]

MOST_CALLERS = 10_000
"""Callers remembered at once; the one not heard of for longest is forgotten."""

FAILURES_A_MINUTE = 20

_FORGIVEN_SECONDS = 3600


class RateLimiter:
    """A token bucket for each caller.

    Parameters
    ----------
    rate : float
        Requests a second in the long run.
    burst : float
        Requests at once after a pause.
    clock : callable
        Seconds, never running backwards.

    >>> rates = RateLimiter(1, 2, lambda: 0.0)
    >>> rates.take("ab12cd34"), rates.take("ab12cd34")
    (None, None)
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count one request of the caller; RequestError with status 429 and the seconds to wait when it has had its
        share.
        """
        now = self._clock()
        tokens, since = self._buckets.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        self._buckets[caller] = (max(tokens - 1, 0.0) if tokens >= 1 else tokens, now)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        if tokens < 1:
            wait = max(1, math.ceil((1 - tokens) / self._rate))
            words = f"More than {self._rate:g} requests a second came from this key or this address; send leads in batches, or wait."
            raise RequestError(429, "rate_limited", words, retryable=True, retry_after=wait)


class FailedKeyLimiter:
    """How often a client has come with a key that is not taken, in the last minute.

    A client is slowed, not locked out: a good key from the same address is taken all the same, or a stranger behind the
    same router could keep a practice's own programs out. Keys of 256 random bits are not found by trying."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def add(self, client: str) -> None:
        """Count one failure; RequestError with status 429 after twenty within a minute."""
        now = self._clock()
        times = self._times.pop(client, deque(maxlen=FAILURES_A_MINUTE))
        self._times[client] = times
        if len(self._times) > MOST_CALLERS:
            self._times.popitem(last=False)
        if len(times) == FAILURES_A_MINUTE and now - times[0] < 60:
            wait = max(1, math.ceil(60 - (now - times[0])))
            words = "Too many requests without a key that is taken; wait a minute, then send the right one."
            raise RequestError(429, "too_many_failures", words, retryable=True, retry_after=wait)
        times.append(now)


class RetryDelays:
    """A growing wait between failures: some are free, then each one doubles the wait for the next try.

    A try is counted before it is looked at, so that many at once are no more than one after the other. What is refused
    for coming too early is not counted: waiting always helps, however many others try meanwhile.

    Parameters
    ----------
    free : int
        Failures without a wait.
    longest : float, seconds
        No wait is longer.
    clock : callable
        Seconds, never running backwards.

    >>> waits = RetryDelays(1, 60, lambda: 0.0)
    >>> waits.begin("anna"), waits.begin("anna"), waits.seconds("anna")
    (None, None, 1)
    """

    def __init__(self, free: int, longest: float, clock: Callable[[], float]) -> None:
        self._free, self._longest, self._clock = free, longest, clock
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def seconds(self, key: str) -> int:
        """How long a try under this key must still wait; 0 when it need not."""
        count, last = self._failed.get(key, (0, 0.0))
        if count <= self._free:
            return 0
        return max(0, math.ceil(last + min(2.0 ** min(count - self._free - 1, 30), self._longest) - self._clock()))

    def begin(self, key: str) -> None:
        """Count a try as failed until ``forgive`` says otherwise.

        After an hour without one, earlier failures are forgotten.
        """
        now = self._clock()
        count, last = self._failed.pop(key, (0, now))
        self._failed[key] = (count + 1 if now - last < _FORGIVEN_SECONDS else 1, now)
        if len(self._failed) > MOST_CALLERS:
            self._failed.popitem(last=False)

    def forgive(self, key: str) -> None:
        """The try was a good one: its key is as new."""
        self._failed.pop(key, None)


class RequestSlots:
    """The requests in work: each holds its body in memory, so they are counted before a body is read.

    Parameters
    ----------
    most : int

    Attributes
    ----------
    now : int
        Requests in work at this moment.
    closing : bool
        Whether the service is stopping: no further request is taken.

    >>> work = RequestSlots(1)
    >>> with slots.hold():
    ...     work.now
    1
    """

    def __init__(self, most: int) -> None:
        self.most, self.now, self.closing = most, 0, False

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place for one request; RequestError, at once, with status 429 when there is none, 503 when the service is
        stopping.
        """
        if self.closing:
            raise RequestError(503, "stopping", "The service is stopping; try again in a moment.", retryable=True)
        if self.now >= self.most:
            words = f"The service has {self.most} requests in work; try again in a moment."
            raise RequestError(429, "busy", words, retryable=True, retry_after=1)
        self.now += 1
        try:
            yield
        finally:
            self.now -= 1
