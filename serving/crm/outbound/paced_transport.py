"""How are many requests in a row kept within a CRM's limits? Spread over its window, and told to wait, waiting.

Lives here: counting requests of a rolling window, waiting for ``Retry-After``, trying again after a fault that passes.
Does not live here: one request (``http_transport``), single scores that wait in the outbox (``retry_policy``).
"""

import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from serving.crm.outbound.http_transport import Reply, Requests, TransportFault

__all__ = ["LONGEST_WAIT", "PacedTransport", "WINDOW_REQUESTS", "WINDOW_SECONDS", "explain_return"]

WINDOW_SECONDS = 10.0
WINDOW_REQUESTS = 80
"""Below the 100 requests in ten seconds that we take for HubSpot's smallest limit of a private app."""

LONGEST_WAIT = timedelta(minutes=10)
"""A CRM that asks to wait longer is not waited for: its answer counts, and whoever started the run comes back later."""

_TRIES = 6
_PASSING = (429, 500, 502, 503, 504)


def explain_return(wait: timedelta | None) -> str:
    """Explain how to go on with a run that stopped.

    Parameters
    ----------
    wait : timedelta or None
        How long the CRM asked to wait.

    >>> explain_return(timedelta(hours=2))
    'It asks to wait: run the command again in 120 minutes or later; it goes on where it stopped.'
    """
    if not wait:
        return "Run the command again later; it goes on where it stopped."
    minutes = -(-wait // timedelta(minutes=1))
    unit = "minute" if minutes == 1 else "minutes"
    return f"It asks to wait: run the command again in {minutes} {unit} or later; it goes on where it stopped."


class PacedTransport:
    """Requests to one CRM that never exceed its limit, and that outlast a passing fault.

    Parameters
    ----------
    transport : Transport
    clock : callable
        Seconds, never running backwards.
    sleep : callable
        Waits so many seconds.
    """

    def __init__(
        self,
        transport: Requests,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transport, self._clock, self._sleep = transport, clock, sleep
        self._sent: deque[float] = deque(maxlen=WINDOW_REQUESTS)
        self.seconds = transport.seconds

    def send(self, method: str, path: str, body: Any = None) -> Reply:
        """Send one request when the window has room, again after a fault that may pass; the last answer counts.

        So does one that asks to wait longer than ``LONGEST_WAIT``.

        Raises
        ------
        TransportFault
            If not even the last try was answered.
        """
        for attempt in range(1, _TRIES + 1):
            self._wait_for_room()
            wait = min(2.0**attempt, 60.0)
            try:
                reply = self._transport.send(method, path, body)
            except TransportFault as fault:
                if attempt == _TRIES or fault.code == "no_token":
                    raise
            else:
                if reply.status not in _PASSING or attempt == _TRIES:
                    return reply
                asked = reply.retry_after(datetime.now(UTC))
                if asked is not None and asked > LONGEST_WAIT:
                    return reply
                # Without Retry-After a 429 ends with its window at the latest.
                wait = max(wait, WINDOW_SECONDS if reply.status == 429 else 0.0)
                wait = wait if asked is None else asked.total_seconds()
            self._sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _wait_for_room(self) -> None:
        """Wait until one more request fits into the window."""
        now = self._clock()
        if len(self._sent) == WINDOW_REQUESTS and (left := self._sent[0] + WINDOW_SECONDS - now) > 0:
            self._sleep(left)
        self._sent.append(self._clock())
