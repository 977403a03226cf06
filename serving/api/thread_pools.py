"""How does slow work stay off the event loop, and off other slow work? Scores, writes, hooks and pages each have
threads of their own.

Lives here: the pools, how long a request waits for its turn and for the store. Does not live here: what runs in them
(``scoring_routes``, ``lead_routes``, ``hook_routes``, ``serving.desk.routes.desk_routes``).

While another program holds the store, writers wait. With one pool for everything they held every thread, and a score,
which needs no store, waited half a minute with them.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from serving.errors import RequestError
from serving.store.database.write_deadlines import limit_waiting

__all__ = ["STORE_SECONDS", "ThreadPool", "ThreadPools"]

STORE_SECONDS = 3.0
"""How long a request waits for the store, counted from when it was handed to its pool."""

T = TypeVar("T")


class ThreadPool:
    """Runs functions in threads; the event loop is free in the meantime.

    Parameters
    ----------
    name : str
    count : int
    store_seconds : float or None
        How long a function waits for its turn and for other writers of the store, together; None for functions that
        need no store.
    """

    def __init__(self, name: str, count: int = 2, store_seconds: float | None = STORE_SECONDS) -> None:
        self._pool, self._store_seconds = ThreadPoolExecutor(count, f"leadlight-{name}"), store_seconds

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function in the pool and return its result.

        Raises
        ------
        RequestError
            With status 503 if its turn did not come in time.
        """
        deadline = None if self._store_seconds is None else time.monotonic() + self._store_seconds
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: _run_until(deadline, function))


class ThreadPools:
    """The pools of a service."""

    def __init__(self) -> None:
        self.scores = ThreadPool("scores", store_seconds=None)
        self.writes, self.hooks, self.pages = ThreadPool("writes"), ThreadPool("hooks"), ThreadPool("pages")
        # Insights take seconds and are computed in a process of their own: waiting for them must hold up no page.
        self.insights = ThreadPool("insights", store_seconds=None)
        # Keeping a delivery needs the disk and no store: it must not wait behind hooks that wait for the store.
        self.deliveries = ThreadPool("deliveries", store_seconds=None)


def _run_until(deadline: float | None, function: Callable[[], T]) -> T:
    if deadline is None:
        return function()
    if time.monotonic() >= deadline:
        message = "The store is busy: another program writes to it. Nothing of this was written. Send it again."
        raise RequestError(503, "store_unavailable", message, retryable=True)
    with limit_waiting(deadline):
        return function()
