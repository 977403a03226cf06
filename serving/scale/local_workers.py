"""Who runs a step over many buckets on one machine? A loop, or several processes with one thread each.

Lives here: both, and what happens when a process is killed. Does not live here: the steps (``bucket_job``), a cluster
(``dask_workers``).
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

from serving.errors import ServiceError

__all__ = ["Line", "LocalWorkers", "Loop", "Task", "Workers"]

Line = dict[str, Any]
"""What a step returns of a bucket: small enough to travel, all that JSON has."""
Task = Callable[[int], Line]
"""One step, with its job bound; any process can run it."""

ATTEMPTS = 3
_SECONDS_BETWEEN_LOOKS = 0.5
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")


class Workers(Protocol):
    """Runs a step over buckets.

    Attributes
    ----------
    lost : int
        Workers that were lost so far; their buckets were given to others.
    """

    lost: int

    def run(self, task: Task, buckets: Sequence[int]) -> Iterator[Line]:
        """Yield what the step returns of each bucket, in the order in which they finish."""


class Loop:
    """Runs the step here, one bucket after the other."""

    lost = 0

    def run(self, task: Task, buckets: Sequence[int]) -> Iterator[Line]:
        """Yield what the step returns of each bucket."""
        yield from map(task, buckets)


class LocalWorkers:
    """Runs the step in several processes, for as long as the ``with`` block lasts.

    Parameters
    ----------
    count : int
    """

    def __init__(self, count: int) -> None:
        self.lost = 0
        self._count = count
        self._pool: ProcessPoolExecutor | None = None
        self._environment = ExitStack()

    def __enter__(self) -> "LocalWorkers":
        # A process that starts reads these variables, whenever the pool starts it.
        self._environment.enter_context(_one_thread_each())
        return self

    def __exit__(self, *raised: object) -> None:
        self._close()
        self._environment.close()

    def run(self, task: Task, buckets: Sequence[int]) -> Iterator[Line]:
        """Yield what the step returns of each bucket, in the order in which they finish.

        Raises
        ------
        ServiceError
            If processes die again and again before any of them has finished a bucket.
        """
        waiting, failures = list(buckets), 0
        while waiting:
            waiting_before = len(waiting)
            for bucket, line in self._run_until_broken(task, waiting):
                waiting.remove(bucket)
                yield line
            if not waiting:
                return
            self.lost += 1
            failures = failures + 1 if len(waiting) == waiting_before else 0
            if failures == ATTEMPTS:
                raise ServiceError(
                    f"score: worker processes died {ATTEMPTS} times before finishing a bucket, probably because memory "
                    "ran out. Use fewer workers, or make more and smaller buckets (leadlight bucket --buckets)."
                )

    def _run_until_broken(self, task: Task, buckets: Sequence[int]) -> Iterator[tuple[int, Line]]:
        """Yield the buckets that finish, with their lines, until all have or a process was killed."""
        running: dict[Future[Line], int] = {}
        queue = iter(list(buckets))
        try:
            while True:
                # Two for each process: one that runs, and one that waits at its door.
                while len(running) < 2 * self._count and (bucket := next(queue, None)) is not None:
                    running[self._open().submit(task, bucket)] = bucket
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    bucket = running.pop(future)
                    yield bucket, future.result()
        except BrokenProcessPool:
            self._close()

    def _open(self) -> ProcessPoolExecutor:
        """Return the pool, made where there is none."""
        if self._pool is None:
            # Spawned, not forked: a copy of a process whose libraries have threads may hang.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._count, context, _end_with_parent, (os.getpid(),))
        return self._pool

    def _close(self) -> None:
        """End the pool."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _end_with_parent(parent: int) -> None:
    """Let this worker end when the process that started it does, also by a kill."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start now compute with one thread."""
    previous = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in previous.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
