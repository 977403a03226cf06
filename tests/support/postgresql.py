"""A throw-away PostgreSQL server for tests: a cluster in a folder of its own, on a free port, gone with the session."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
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
    _run(
        "pg_ctl",
        "-D",
        data,
        "-l",
        log,
        "-w",
        "-o",
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off",
        "start",
    )
    try:
        yield f"postgresql+psycopg://practice:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        _run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _run(program: str, *arguments: object) -> None:
    """Run one of PostgreSQL's programs, as nobody when we are root (it refuses root)."""
    as_other = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    command = [*as_other, shutil.which(program), *map(str, arguments)]
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
