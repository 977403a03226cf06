"""How does the service stop without failing anybody? Not ready, nothing new, what runs is finished, then the end.

Lives here: what a signal to stop begins. Does not live here: counting requests in work (``limits``), the server
(``service``)."""

import logging
import signal
import threading
import time
from types import FrameType

from serving.http.rate_limits import RequestSlots
from serving.runtime.background_jobs import BackgroundJobs

__all__ = ["STOP_SECONDS", "GracefulShutdown"]

STOP_SECONDS = 10.0
"""What is not answered by then is given up."""

log = logging.getLogger("leadlight.stopping")


class GracefulShutdown:
    """Stands before the server's own handlers of SIGTERM and SIGINT and calls them once no request is in work.

    Parameters
    ----------
    work : Work
    chores : Chores
        What the service does by itself; told to end with it.
    seconds : float
        The longest wait.
    """

    def __init__(self, work: RequestSlots, chores: BackgroundJobs, seconds: float = STOP_SECONDS) -> None:
        self._work, self._chores, self._seconds = work, chores, seconds
        self._server: dict[int, object] = {}

    def install(self) -> None:
        """Take the signals, where the server took them before; only the main thread may.

        A server without handlers keeps its ways.
        """
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            if callable(signal.getsignal(number)):
                self._server[number] = signal.signal(number, self._begin)

    def _begin(self, number: int, frame: FrameType | None) -> None:
        """The first signal begins the end; a second Ctrl-C goes straight to the server."""
        if not self._work.closing:
            self._work.closing = True
            threading.Thread(target=self._finish, args=(number,), name="leadlight-stopping", daemon=True).start()
        elif number == signal.SIGINT:
            self._tell_server(number)

    def _finish(self, number: int) -> None:
        """Wait for what runs, then let the server stop; it does not wait for what is left."""
        log.info("stopping: %d requests in work", self._work.now)
        until = time.monotonic() + self._seconds
        while self._work.now and time.monotonic() < until:
            time.sleep(0.02)
        left = self._work.now
        self._chores.stop(max(1.0, until - time.monotonic()))
        self._tell_server(number)
        if left:
            log.warning("stopping: %d requests were not answered within %g seconds", left, self._seconds)
            self._tell_server(signal.SIGINT)

    def _tell_server(self, number: int) -> None:
        """Call the handler that the server had."""
        handler = self._server.get(number)
        if callable(handler):
            handler(number, None)
