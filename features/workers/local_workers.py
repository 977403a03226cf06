"""Who runs a task many times on one machine? A loop, or several processes with one thread each.

Lives here: both, and what happens when a process is killed. Does not live here: the tasks (``serving.scale`` has those
of buckets, ``training.workers`` those of folds), a cluster (``dask_workers``).
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Protocol

from features.errors import WorkersError

__all__ = ["ATTEMPTS", "LocalWorkers", "Loop", "Task", "Workers", "run_in_order"]

Task = Callable[[int], Any]
"""A pure function of a number, with everything else bound; any process can run it, any number of times."""

ATTEMPTS = 3
_SECONDS_BETWEEN_LOOKS = 0.5
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS")


class Workers(Protocol):
    """Runs a task for each of some numbers.

    Attributes
    ----------
    lost : int
        Workers that were lost so far; their tasks were given to others.
    """

    lost: int

    def run(self, task: Task, numbers: Sequence[int]) -> Iterator[Any]:
        """Yield what the task returns for each number, in the order in which they finish."""


def run_in_order(workers: Workers, task: Task, count: int) -> list[Any]:
    """Run a task for the numbers below ``count``; return the results in their order.

    >>> run_in_order(Loop(), lambda number: number * number, 4)
    [0, 1, 4, 9]
    """
    return [result for _, result in sorted(workers.run(partial(_keep_number, task), range(count)), key=_get_number)]


def _keep_number(task: Task, number: int) -> tuple[int, Any]:
    """Return a result beside its number."""
    return number, task(number)


def _get_number(numbered: tuple[int, Any]) -> int:
    """Return the number of a result: the result itself need not have an order."""
    return numbered[0]


class Loop:
    """Runs the task here, one number after the other."""

    lost = 0

    def run(self, task: Task, numbers: Sequence[int]) -> Iterator[Any]:
        """Yield what the task returns for each number."""
        yield from map(task, numbers)


class LocalWorkers:
    """Runs the task in several processes, for as long as the ``with`` block lasts.

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

    def run(self, task: Task, numbers: Sequence[int]) -> Iterator[Any]:
        """Yield what the task returns for each number, in the order in which they finish.

        Raises
        ------
        WorkersError
            If processes die again and again before any of them has finished a task.
        """
        waiting, failures = list(numbers), 0
        while waiting:
            waiting_before = len(waiting)
            for number, result in self._run_until_broken(task, waiting):
                waiting.remove(number)
                yield result
            if not waiting:
                return
            self.lost += 1
            failures = failures + 1 if len(waiting) == waiting_before else 0
            if failures == ATTEMPTS:
                raise WorkersError(
                    f"workers: processes died {ATTEMPTS} times before finishing a task, because memory ran out or they "
                    "could not start, which is said above. Use fewer workers; where buckets are scored, make more and "
                    "smaller ones (leadlight bucket --buckets); a script of yours needs if __name__ == '__main__'."
                )

    def _run_until_broken(self, task: Task, numbers: Sequence[int]) -> Iterator[tuple[int, Any]]:
        """Yield the numbers that finish, with their results, until all have or a process was killed."""
        running: dict[Future[Any], int] = {}
        queue = iter(list(numbers))
        try:
            while True:
                # Two for each process: one that runs, and one that waits at its door.
                while len(running) < 2 * self._count and (number := next(queue, None)) is not None:
                    running[self._open().submit(task, number)] = number
                if not running:
                    return
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    number = running.pop(future)
                    yield number, future.result()
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
