"""How does slow work stay off the event loop? In a small pool of threads.

Lives here: the pool and its size. Does not live here: what runs in it (``scoring_routes``, ``lead_routes``,
``serving.desk.pages.routes``)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["SCORING_THREADS", "ScoringThreads"]

SCORING_THREADS = 2

T = TypeVar("T")


class ScoringThreads:
    """Runs functions in a pool of threads; the event loop is free in the meantime."""

    def __init__(self, count: int = SCORING_THREADS) -> None:
        self._pool = ThreadPoolExecutor(count, "leadlight-score")

    async def run(self, function: Callable[[], T]) -> T:
        """Run a function in the pool and return its result."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)
