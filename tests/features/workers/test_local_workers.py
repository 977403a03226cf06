"""Do several processes do what a loop does, with one thread each, and is it an error when all of them die?"""

import os
import signal

import pytest

from features.errors import WorkersError
from features.workers.local_workers import LocalWorkers, run_in_order


def die(number: int) -> int:
    """A task that no process survives."""
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_workers_that_always_die_are_an_error_and_no_endless_run():
    with LocalWorkers(1) as workers, pytest.raises(WorkersError, match="died 3 times before finishing a task"):
        list(workers.run(die, [0, 1]))


def test_processes_compute_with_one_thread_and_this_one_keeps_its_variables():
    before = os.environ.get("OMP_NUM_THREADS")

    with LocalWorkers(1) as workers:
        told = run_in_order(workers, tell_threads, 3)

    assert told == [(0, "1"), (1, "1"), (2, "1")] and os.environ.get("OMP_NUM_THREADS") == before


def tell_threads(number: int) -> tuple[int, str]:
    """A task that returns how many threads it may use."""
    return number, os.environ["OMP_NUM_THREADS"]
