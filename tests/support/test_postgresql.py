"""Does a throw-away PostgreSQL leave anything behind when its test processes are killed?"""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.postgresql import remove_abandoned_servers, why_not
from tests.support.shared_folder import ROOT

_HOLD = """
import sys, time
from pathlib import Path
from tests.support.postgresql import running_server
with running_server(Path(sys.argv[1])) as url:
    print(url, flush=True)
    time.sleep(600)
"""
needs_postgresql = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))


@needs_postgresql
def test_killed_test_processes_share_one_server_and_leave_neither_it_nor_its_folder(tmp_path):
    holders = [
        subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    urls = [holder.stdout.readline().strip() for holder in holders]
    port, folder = urlsplit(urls[0]).port, Path((tmp_path / "postgresql").read_text())
    assert urls[0] == urls[1] and folder.exists()

    kill(holders[0])
    time.sleep(0.5)
    assert _listens(port) and folder.name not in remove_abandoned_servers()

    kill(holders[1])
    end = time.monotonic() + 30
    while time.monotonic() < end and (folder.exists() or _listens(port)):
        time.sleep(0.1)
    assert not folder.exists()
    assert not _listens(port)


def test_folders_of_killed_runs_are_deleted_and_those_in_use_are_not(tmp_path):
    folders = {name: tmp_path / f"leadlight-postgresql-{name}" for name in ("left", "used", "new", "begun_long_ago")}
    for folder in folders.values():
        (folder / "cluster").mkdir(parents=True)
    for name in ("left", "used"):
        (folders[name] / "users").touch()
    # This process's own number: it is no server of that folder, so it must live on.
    (folders["left"] / "cluster" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    os.utime(folders["begun_long_ago"], (0, 0))

    with (folders["used"] / "users").open("r+") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        removed = remove_abandoned_servers(tmp_path)

    assert removed == ["leadlight-postgresql-begun_long_ago", "leadlight-postgresql-left"]
    assert {name for name, folder in folders.items() if folder.exists()} == {"used", "new"}


def kill(process: subprocess.Popen) -> None:
    """End a process as the system does when memory runs out."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)


def _listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
