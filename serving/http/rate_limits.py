"""How many requests may one caller send, and how many at once? Token buckets, limits on bad keys, growing delays after
failures, and places for requests in progress.

Lives here: counting and refusing, in memory that does not grow with the number of callers.
Does not live here: who a caller is (``authorization``), where requests pass (``middleware``).
"""

import math
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from serving.errors import RequestError

__all__ = ["Allowance", "FailedKeyLimiter", "RateLimiter", "RetryDelays", "RequestSlots"]

MAX_CALLERS = 10_000
"""Callers remembered at once; the one idle for longest is forgotten."""

FAILURES_A_MINUTE = 20

_RESET_SECONDS = 3600

_PLACE_DIVISORS = {"key": 1, "hook": 2, "person": 2, "stranger": 4}
"""Kind of caller -> what the number of places is divided by."""


@dataclass(frozen=True)
class Allowance:
    """What a caller may still send.

    Parameters
    ----------
    limit : int
        Requests at once after an idle time.
    remaining : int
        Requests that are left now.
    reset : int
        Seconds until all of them are back.
    """

    limit: int
    remaining: int
    reset: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers that say it.

        >>> Allowance(100, 98, 1).headers()[1]
        (b'ratelimit-remaining', b'98')
        """
        named = ((b"limit", self.limit), (b"remaining", self.remaining), (b"reset", self.reset))
        return [(b"ratelimit-" + name, str(value).encode()) for name, value in named]


class RateLimiter:
    """Keeps a token bucket for each caller.

    Parameters
    ----------
    rate : float
        Requests per second in the long run.
    burst : float
        Requests at once after an idle time.
    clock : callable
        Seconds, never running backwards.

    >>> rates = RateLimiter(1, 2, lambda: 0.0)
    >>> rates.take("ab12cd34").remaining, rates.take("ab12cd34").remaining
    (1, 0)
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float]) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> Allowance:
        """Take one token of the caller and return what is left; RequestError with status 429 and the seconds to wait if
        none is.
        """
        now = self._clock()
        # Popped and put back at the end: the first entry is always the caller idle for longest.
        tokens, since = self._buckets.pop(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._rate)
        # A refused request costs no token: a caller that keeps asking still gets its share.
        self._buckets[caller] = (max(tokens - 1, 0.0) if tokens >= 1 else tokens, now)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        if tokens < 1:
            wait = max(1, math.ceil((1 - tokens) / self._rate))
            message = (
                f"More than {self._rate:g} requests per second from this key, hook, person or IP address; "
                "send leads in batches, or wait."
            )
            raise RequestError(429, "rate_limited", message, retryable=True, retry_after=wait)
        reset = math.ceil((self._burst - tokens + 1) / self._rate)
        return Allowance(math.floor(self._burst), math.floor(tokens - 1), reset)


class FailedKeyLimiter:
    """Limits how many invalid keys a client may send within a minute.

    A client is slowed down, not locked out: a valid key from the same address is still accepted. Otherwise a stranger
    behind the same router could lock out a practice's own programs. Keys of 256 random bits cannot be guessed."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def add(self, client: str) -> None:
        """Count one failure; RequestError with status 429 after twenty within a minute."""
        now = self._clock()
        times = self._times.pop(client, deque(maxlen=FAILURES_A_MINUTE))
        self._times[client] = times
        if len(self._times) > MAX_CALLERS:
            self._times.popitem(last=False)
        # The deque holds at most 20 times, so the first one is the 20th last failure.
        if len(times) == FAILURES_A_MINUTE and now - times[0] < 60:
            wait = max(1, math.ceil(60 - (now - times[0])))
            message = "Too many requests without a valid API key; wait a minute, then send a valid one."
            raise RequestError(429, "too_many_failures", message, retryable=True, retry_after=wait)
        # Only failures that were let through are counted: whoever keeps trying still gets twenty a minute.
        times.append(now)


class RetryDelays:
    """Delays the next attempt after failures: some are free, then each one doubles the delay.

    An attempt is counted before it is checked, so many at once gain nothing over one after the other. An attempt that
    is refused for coming too early is not counted: waiting always helps, however many others try in the meantime.

    Parameters
    ----------
    free : int
        Failures without a delay.
    max_delay : float, seconds
    clock : callable
        Seconds, never running backwards.

    >>> delays = RetryDelays(1, 60, lambda: 0.0)
    >>> delays.count_attempt("anna"), delays.count_attempt("anna"), delays.seconds_left("anna")
    (None, None, 1)
    """

    def __init__(self, free: int, max_delay: float, clock: Callable[[], float]) -> None:
        self._free, self._max_delay, self._clock = free, max_delay, clock
        self._failed: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def seconds_left(self, key: str) -> int:
        """Return how long the next attempt under this key must still wait, 0 if it need not."""
        count, last = self._failed.get(key, (0, 0.0))
        if count <= self._free:
            return 0
        # Four free failures and a maximum of 900 s: the delays are 1, 2, 4, ... 512, 900, 900 seconds.
        return max(0, math.ceil(last + min(2.0 ** min(count - self._free - 1, 30), self._max_delay) - self._clock()))

    def count_attempt(self, key: str) -> None:
        """Count an attempt as failed until ``reset`` is called; after an hour without one, failures are forgotten."""
        now = self._clock()
        count, last = self._failed.pop(key, (0, now))
        self._failed[key] = (count + 1 if now - last < _RESET_SECONDS else 1, now)
        if len(self._failed) > MAX_CALLERS:
            self._failed.popitem(last=False)

    def reset(self, key: str) -> None:
        """Forget the failures under this key: the attempt succeeded."""
        self._failed.pop(key, None)


class RequestSlots:
    """Limits the requests being answered. Each kind of caller has places of its own, so that none can take another's.

    A place is taken once the body is in and the caller is proven: half a request holds none.

    Parameters
    ----------
    limit : int
        Places of programs with a key; hooks and people have half as many each, strangers a quarter.

    Attributes
    ----------
    in_flight : int
        Requests in progress now, those whose body is still arriving included.
    closing : bool
        Whether the service is stopping and accepts no further request.

    >>> slots = RequestSlots(4)
    >>> with slots.track(), slots.hold("stranger"):
    ...     slots.in_flight, slots.has_place("stranger"), slots.has_place("key")
    (1, False, True)
    """

    def __init__(self, limit: int) -> None:
        self.in_flight, self.closing = 0, False
        self._limits = {kind: -(-limit // divisor) for kind, divisor in _PLACE_DIVISORS.items()}
        self._held = dict.fromkeys(_PLACE_DIVISORS, 0)

    @contextmanager
    def track(self) -> Iterator[None]:
        """Count a request as begun, so that a stop waits for it; RequestError with status 503 if one has begun."""
        if self.closing:
            raise RequestError(503, "stopping", "The service is stopping; try again in a moment.", retryable=True)
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    @contextmanager
    def hold(self, kind: str) -> Iterator[None]:
        """Hold a place for one request; RequestError with status 429 if none of its kind is free."""
        # No lock is needed: every request runs on one event loop, and nothing is awaited between this check and the
        # count.
        if not self.has_place(kind):
            message = f"The service is already handling {self._limits[kind]} such requests; try again in a moment."
            raise RequestError(429, "busy", message, retryable=True, retry_after=1)
        self._held[kind] += 1
        try:
            yield
        finally:
            self._held[kind] -= 1

    def has_place(self, kind: str) -> bool:
        """Whether a place of this kind is free."""
        return self._held[kind] < self._limits[kind]
