"""What do the tests kill? A scheduler of Dask and its workers, each a process of its own."""

import subprocess
import sys
from typing import NamedTuple

import pytest


class DaskProcesses(NamedTuple):
    """A scheduler, its address, and two workers."""

    scheduler: subprocess.Popen
    address: str
    workers: tuple[subprocess.Popen, ...]


def require_dask():
    """Return ``distributed``; skip the test where the extra ``scale`` is not installed."""
    return pytest.importorskip("distributed", reason="Dask is not installed; it comes with the extra scale")


@pytest.fixture
def dask_processes():
    """Started for one test, and ended with it."""
    require_dask()
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    scheduler = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.PIPE, text=True)
    started = []
    try:
        lines = iter(scheduler.stderr.readline, "")
        address = next(line.split()[-1] for line in lines if "Scheduler at:" in line)
        for _ in range(2):
            command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny"]
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            started.append(subprocess.Popen([*command, "--no-dashboard", "--death-timeout", "60"], **quiet))
        yield DaskProcesses(scheduler, address, tuple(started))
    finally:
        for process in (scheduler, *started):
            process.kill()
            process.wait()
