"""How many bodies may be on their way at once? Those that come slowly are counted by client, and the oldest gives way.

Lives here: counting bodies that are not complete yet, ending the slowest, the memory they may hold together.
Does not live here: reading a body (``request_body``), places of requests whose body is in (``rate_limits``).
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from serving.errors import RequestError

__all__ = ["Arrival", "Arrivals"]

MAX_SLOW_PER_CLIENT = 16
"""Bodies of one key or address that may take longer than the grace, at once."""

MAX_BYTES = 64 * 1024 * 1024
"""Bytes of all bodies that are not complete. A body that comes whole with its headers is never counted."""

GRACE_SECONDS = 1.0
"""A younger body is not ended: in that time a fast connection delivers the largest body."""


@dataclass(eq=False)
class Arrival:
    """One body that is on its way."""

    owner: "Arrivals"
    client: str
    since: float
    timeout: asyncio.Timeout
    size: int = 0

    def grow(self, count: int) -> None:
        """Count bytes of a body that is not complete yet.

        Raises
        ------
        RequestError
            With status 429 if the unfinished bodies hold too much memory and none is old enough to be ended.
        """
        self.owner.count(self, count)


class Arrivals:
    """The bodies that are on their way.

    Without it, 40 half-sent requests held every place for ten seconds. With it a half-sent body holds none, and more
    than ``per_client`` of them end the oldest of the same client: strangers only stop one another.

    Parameters
    ----------
    per_client : int
    max_bytes : int
    grace : float, seconds
    """

    def __init__(
        self, per_client: int = MAX_SLOW_PER_CLIENT, max_bytes: int = MAX_BYTES, grace: float = GRACE_SECONDS
    ) -> None:
        self._per_client, self._max_bytes, self._grace = per_client, max_bytes, grace
        # In order of arrival, the oldest first: all of them, and those of each client.
        self._all: dict[Arrival, None] = {}
        self._by_client: dict[str, dict[Arrival, None]] = {}
        self.bytes_held = 0

    @contextmanager
    def track(self, client: str, timeout: asyncio.Timeout) -> Iterator[Arrival]:
        """Follow one body until it is complete; ``timeout`` is expired early if it must give way."""
        arrival = Arrival(self, client, asyncio.get_running_loop().time(), timeout)
        try:
            yield arrival
        finally:
            self._remove(arrival)

    def count(self, arrival: Arrival, size: int) -> None:
        """Count bytes of an unfinished body, and end the oldest ones while there are too many or they hold too much."""
        self._all.setdefault(arrival)
        siblings = self._by_client.setdefault(arrival.client, {})
        siblings.setdefault(arrival)
        arrival.size += size
        self.bytes_held += size
        while len(siblings) > self._per_client and self._end(next(iter(siblings))):
            pass
        while self.bytes_held > self._max_bytes and self._all:
            if not self._end(next(iter(self._all))):
                message = "Too many large requests are arriving at once; try again in a moment."
                raise RequestError(429, "busy", message, retryable=True, retry_after=1)

    def _end(self, arrival: Arrival) -> bool:
        """Expire a body's timeout; False if it is too young for that."""
        now = asyncio.get_running_loop().time()
        if now - arrival.since < self._grace:
            return False
        self._remove(arrival)
        if not arrival.timeout.expired():
            arrival.timeout.reschedule(now)
        return True

    def _remove(self, arrival: Arrival) -> None:
        """Forget a body that is complete, or has given way."""
        if arrival in self._all:
            del self._all[arrival]
            self.bytes_held -= arrival.size
            siblings = self._by_client[arrival.client]
            del siblings[arrival]
            if not siblings:
                del self._by_client[arrival.client]
