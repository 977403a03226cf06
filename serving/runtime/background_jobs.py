"""What runs in the background? Threads that work until the service stops.

Lives here: starting and stopping them. Does not live here: what they do (``serving.leads``, ``serving.store``,
``serving.crm.outbound.sender``)."""

import logging
import threading
import time
from collections.abc import Callable

__all__ = ["BackgroundJobs"]

log = logging.getLogger("leadlight.jobs")


class BackgroundJobs:
    """Runs the service's threads; none keeps the process alive."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, name: str, function: Callable[[threading.Event], None]) -> None:
        """Start a function that runs until its event is set."""
        thread = threading.Thread(target=function, args=(self._stop,), name=f"leadlight-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def run_every(self, seconds: float, name: str, function: Callable[[], object], first: float | None = None) -> None:
        """Run a function again and again, waiting before each run. An exception is logged by its type and the function
        runs again.

        Parameters
        ----------
        first : float, optional
            Wait before the first run, seconds; ``seconds`` when left out.
        """

        def repeat(stop: threading.Event) -> None:
            pause = seconds if first is None else first
            while not stop.wait(pause):
                pause = seconds
                try:
                    function()
                # A full disk or an unavailable database must not end the job for good.
                except Exception as fault:
                    log.error("%s: %s", name, type(fault).__name__)

        self.start(name, repeat)

    def stop(self, seconds: float) -> None:
        """Tell all threads to stop, and wait at most that long. A score still being sent is claimed again later."""
        self._stop.set()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
