"""Does the service go on doing what it does by itself, and end all of it when it stops?"""

import threading
import time

from serving.http.rate_limits import RequestSlots
from serving.runtime.background_jobs import BackgroundJobs
from serving.runtime.graceful_shutdown import GracefulShutdown


def test_a_chore_that_fails_is_said_by_its_kind_and_done_again(caplog):
    done, twice = [], threading.Event()

    def work():
        done.append(1)
        if len(done) == 2:
            twice.set()
        raise OSError("a path that nobody should read")

    chores = BackgroundJobs()
    chores.run_every(0.01, "tidy", work, first=0.0)

    assert twice.wait(10)
    chores.stop(10)
    assert "tidy: OSError" in caplog.text and "nobody should read" not in caplog.text


def test_the_stop_ends_what_goes_on_and_waits_for_it_only_so_long():
    chores, ended, released = BackgroundJobs(), threading.Event(), threading.Event()
    chores.start("patient", lambda stop: (stop.wait(30), ended.set()))
    chores.start("deaf", lambda stop: released.wait(30))
    began = time.monotonic()

    GracefulShutdown(RequestSlots(1), chores, 0.0)._finish(0)
    released.set()

    assert ended.is_set() and 0.9 < time.monotonic() - began < 10


def test_nothing_is_done_before_its_first_pause():
    chores, done = BackgroundJobs(), []
    chores.run_every(0.001, "again", lambda: done.append(1), first=60)
    chores.stop(10)

    assert done == []
