"""A throw-away PostgreSQL server for tests: a folder of its own, a free port, gone with the process that started it."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["running_server", "why_not"]

PASSWORD = "s3cret-and-never-shown"


def why_not() -> str | None:
    """Why there can be no server here, in words; None when there can."""
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        return "PostgreSQL is not installed here (no initdb and pg_ctl on the path), so it was not tried"
    if importlib.util.find_spec("psycopg") is None:
        return "the driver is not installed (pip install 'leadlight[postgresql]'), so PostgreSQL was not tried"
    if os.geteuid() == 0 and shutil.which("runuser") is None:
        return "PostgreSQL refuses to run as root and there is no runuser, so it was not tried"
    return None


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """Start a server whose files stand in ``folder``; its URL with a password that it checks. Stopped at the end."""
    data, secret, log = folder / "cluster", folder / "password", folder / "log"
    secret.write_text(PASSWORD)
    log.touch()
    _hand_over(folder)
    port = _free_port()
    _run("initdb", "-D", data, "-U", "practice", "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync", "-E", "UTF8")
    settings = [f"port={port}", f"unix_socket_directories={folder}", "listen_addresses=127.0.0.1", "fsync=off"]
    command = _as_nobody("postgres", "-D", data, *(word for setting in settings for word in ("-c", setting)))
    # A test process that is killed runs no cleanup, so a watchdog holds the reading end of a pipe: it closes with us.
    watchdog = [sys.executable, "-c", _WATCHDOG, data / "postmaster.pid", folder]
    with log.open("ab") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, cwd="/", start_new_session=True)
        guard = subprocess.Popen([*map(str, watchdog)], stdin=subprocess.PIPE, cwd="/", start_new_session=True)
    try:
        _wait_until_ready(server, data / "postmaster.pid", log)
        yield f"postgresql+psycopg://practice:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        server.wait(timeout=60)
        guard.kill()
        guard.wait(timeout=60)


_WATCHDOG = """
import os, shutil, signal, sys, time
sys.stdin.read()
try:
    number = int(open(sys.argv[1]).readline())
    os.kill(number, signal.SIGQUIT)
    for _ in range(100):
        time.sleep(0.1)
        os.kill(number, 0)
except (OSError, ValueError):
    pass
shutil.rmtree(sys.argv[2], ignore_errors=True)
"""
"""Stops the server and deletes its folder when the test process is gone, however it ended."""


def _wait_until_ready(server: subprocess.Popen, pid_file: Path, log: Path) -> None:
    """Wait until the server accepts connections."""
    for _ in range(600):
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL stopped at once: {log.read_text()[-2000:]}")
        # The eighth line of the file is the server's state, which pg_ctl waits for too.
        lines = pid_file.read_text().splitlines() if pid_file.exists() else []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL was not ready within 60 seconds: {log.read_text()[-2000:]}")


def _as_nobody(program: str, *arguments: object) -> list[str]:
    """The command of one of PostgreSQL's programs, as nobody when we are root (it refuses root)."""
    as_other = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    path = shutil.which(program) or str(Path(shutil.which("initdb")).resolve().with_name(program))
    return [*as_other, path, *map(str, arguments)]


def _run(program: str, *arguments: object) -> None:
    """Run one of PostgreSQL's programs to its end."""
    command = _as_nobody(program, *arguments)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, cwd="/")


def _hand_over(folder: Path) -> None:
    """Let nobody write where the server's files go, and reach it."""
    if os.geteuid() == 0:
        owner = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, owner.pw_uid, owner.pw_gid)


def _free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
