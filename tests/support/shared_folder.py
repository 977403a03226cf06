"""Where do the processes of one test run find each other? One folder, and locks on files in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["ROOT", "find_shared_folder", "locked"]

ROOT = Path(__file__).parents[2]


def find_shared_folder(base_temp: Path) -> Path:
    """Return the folder that every process of this run sees.

    pytest-xdist gives each worker ``<run>/popen-gw0``, ``<run>/popen-gw1``; without it the run has one folder.
    """
    return base_temp.parent if "PYTEST_XDIST_WORKER" in os.environ else base_temp


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes wait for. The kernel releases it when the holder dies, however it died."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
