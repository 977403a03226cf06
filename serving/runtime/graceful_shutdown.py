"""How does the service stop without failing a request? Not ready, no new requests, finish those in progress, then exit.

Lives here: what SIGTERM and SIGINT start. Does not live here: counting requests (``serving.http.rate_limits``), the
server (``serving.service``)."""

import logging
import signal
import threading
import time
from types import FrameType

from serving.http.rate_limits import RequestSlots
from serving.runtime.background_jobs import BackgroundJobs

__all__ = ["STOP_SECONDS", "GracefulShutdown"]

STOP_SECONDS = 10.0
"""Requests not answered by then are abandoned."""

log = logging.getLogger("leadlight.stopping")


class GracefulShutdown:
    """Takes the place of the server's handlers of SIGTERM and SIGINT and calls them once no request is in progress.

    Parameters
    ----------
    slots : RequestSlots
    jobs : BackgroundJobs
        Stopped with the service.
    seconds : float
        The longest wait.
    """

    def __init__(self, slots: RequestSlots, jobs: BackgroundJobs, seconds: float = STOP_SECONDS) -> None:
        self._slots, self._jobs, self._seconds = slots, jobs, seconds
        self._server_handlers: dict[int, object] = {}

    def install(self) -> None:
        """Replace the server's handlers by ours; only the main thread may. A signal without one is left alone."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            if callable(signal.getsignal(number)):
                self._server_handlers[number] = signal.signal(number, self._begin)

    def _begin(self, number: int, frame: FrameType | None) -> None:
        """Start the shutdown at the first signal; a second Ctrl-C goes straight to the server."""
        if not self._slots.closing:
            self._slots.closing = True
            threading.Thread(target=self._finish, args=(number,), name="leadlight-stopping", daemon=True).start()
        elif number == signal.SIGINT:
            self._call_server(number)

    def _finish(self, number: int) -> None:
        """Wait for the requests in progress, then let the server stop."""
        log.info("stopping: %d requests in progress", self._slots.in_flight)
        deadline = time.monotonic() + self._seconds
        while self._slots.in_flight and time.monotonic() < deadline:
            time.sleep(0.02)
        unanswered = self._slots.in_flight
        self._jobs.stop(max(1.0, deadline - time.monotonic()))
        self._call_server(number)
        if unanswered:
            # uvicorn waits for open requests after the first signal; SIGINT after it makes it give them up.
            log.warning("stopping: %d requests were not answered within %g seconds", unanswered, self._seconds)
            self._call_server(signal.SIGINT)

    def _call_server(self, number: int) -> None:
        """Call the server's own handler."""
        handler = self._server_handlers.get(number)
        if callable(handler):
            handler(number, None)
