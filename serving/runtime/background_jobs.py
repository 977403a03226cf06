"""What does the service do by itself, beside answering? Threads that work until the service stops, and end with it.

Lives here: beginning and ending them. Does not live here: what they do (``intake``, ``records``, ``store``,
``hooks.sender``)."""

import logging
import threading
import time
from collections.abc import Callable

__all__ = ["BackgroundJobs"]

log = logging.getLogger("leadlight.chores")


class BackgroundJobs:
    """Threads of the service, none of which keeps the process alive."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def run(self, name: str, work: Callable[[threading.Event], None]) -> None:
        """Run work that goes on until it is told to stop."""
        thread = threading.Thread(target=work, args=(self._stop,), name=f"leadlight-{name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def every(self, seconds: float, name: str, work: Callable[[], object], first: float | None = None) -> None:
        """Do work again and again, with a pause before each time. What goes wrong is logged by its kind, and tried
        again.

        Parameters
        ----------
        first : float, optional
            Another pause before the first time, seconds.
        """

        def again(stop: threading.Event) -> None:
            pause = seconds if first is None else first
            while not stop.wait(pause):
                pause = seconds
                try:
                    work()
                except Exception as fault:  # a full disk or a database away must not end the chore for good
                    log.error("%s: %s", name, type(fault).__name__)

        self.run(name, again)

    def end(self, seconds: float) -> None:
        """Tell all of them to stop, and wait that long at most.

        What a sender still has under way is claimed again later.
        """
        self._stop.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
