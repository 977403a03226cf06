"""Until when may this thread wait for another writer? A request waits seconds, a background job longer.

Lives here: a deadline for each thread. Does not live here: waiting (``connection``), how long a request may take
(``serving.api.thread_pools``).
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["limit_waiting", "seconds_to_wait"]

_thread = threading.local()


@contextmanager
def limit_waiting(deadline: float) -> Iterator[None]:
    """Let writers of this thread wait no longer than until ``deadline``, in seconds of ``time.monotonic``.

    >>> with limit_waiting(time.monotonic() - 1):
    ...     seconds_to_wait(30)
    0.0
    >>> seconds_to_wait(30)
    30
    """
    previous = getattr(_thread, "deadline", None)
    _thread.deadline = deadline if previous is None else min(deadline, previous)
    try:
        yield
    finally:
        _thread.deadline = previous


def seconds_to_wait(longest: float) -> float:
    """Return how long a writer of this thread may wait now: ``longest`` where no deadline is set."""
    deadline = getattr(_thread, "deadline", None)
    return longest if deadline is None else min(max(deadline - time.monotonic(), 0.0), longest)
