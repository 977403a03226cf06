"""A throw-away PostgreSQL for tests: a folder of its own, a free port, gone with the last process that uses it."""

import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy

from tests.support.shared_folder import ROOT, locked

__all__ = ["new_database", "remove_abandoned_servers", "running_server", "why_not"]

PASSWORD = "s3cret-and-never-shown"
PREFIX = "leadlight-postgresql-"
USERS = "users"
"""A file in the server's folder, on which every process that uses the server holds a shared lock."""

_STARTED: list[subprocess.Popen] = []
_WATCHDOG = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.support.postgresql import watch
watch(Path(sys.argv[2]))
"""
"""A process of its own, in a session of its own: a test process that is killed runs no cleanup."""


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
def running_server(shared: Path) -> Iterator[str]:
    """Yield the URL of the run's server, with a password that it checks.

    Whichever process asks first starts it; the others use it too. It stops, and its folder goes, when the last of them
    is done or dead.

    Parameters
    ----------
    shared : Path
        A folder that the processes of one run share; the server's own folder is named in its file ``postgresql``.
    """
    note = shared / "postgresql"
    with contextlib.ExitStack() as held:
        with locked(shared / "postgresql.lock"):
            folder = Path(note.read_text()) if note.exists() else None
            if folder is None or not _register(folder, held):
                # Outside of pytest's folder, which only its owner can enter: PostgreSQL runs as nobody.
                folder = Path(tempfile.mkdtemp(prefix=PREFIX))
                (folder / USERS).touch()
                _register(folder, held)
                (folder / "url").write_text(_start(folder))
                note.write_text(str(folder))
        yield (folder / "url").read_text()


@contextmanager
def new_database(shared: Path, name: str) -> Iterator[str]:
    """Yield the URL of a new database of the run's server, its name made this process's own."""
    name = f"{name}_{os.getpid()}"
    with running_server(shared) as url:
        engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(f"CREATE DATABASE {name}"))
        engine.dispose()
        yield url.rsplit("/", 1)[0] + f"/{name}"


def remove_abandoned_servers(temporary: Path | None = None) -> list[str]:
    """Stop servers and delete folders that nobody uses anymore, of runs whose watchdog was killed as well; their names.

    Each process of a run holds a lock on the file of users while it lives, so a lock that can be had means nobody is
    there. A folder without that file was left within the first moments of a run: it is given ten minutes.
    """
    removed = []
    for folder in sorted((temporary or Path(tempfile.gettempdir())).glob(f"{PREFIX}*")):
        try:
            with (folder / USERS).open("r+") as users:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(folder)
        except FileNotFoundError:
            if not folder.exists() or time.time() - folder.stat().st_mtime < 600:
                continue
        except OSError:  # in use, or another user's
            continue
        shutil.rmtree(folder, ignore_errors=True)
        removed.append(folder.name)
    return removed


def _register(folder: Path, held: contextlib.ExitStack) -> bool:
    """Become a user of the server until ``held`` ends; False when the watchdog has begun to stop it, or has."""
    try:
        users = held.enter_context((folder / USERS).open("r+"))
        # Shared: there are many users. The watchdog waits for the exclusive lock, which it gets after the last of them.
        fcntl.flock(users, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _start(folder: Path) -> str:
    """Start a server whose files are in ``folder``, and its watchdog; the server's URL."""
    data, secret, log = folder / "cluster", folder / "password", folder / "log"
    secret.write_text(PASSWORD)
    log.touch()
    watchdog = [sys.executable, "-c", _WATCHDOG, str(ROOT), str(folder)]
    # Without the streams of the test process: a worker of xdist is over when its standard output is closed everywhere.
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    _STARTED.append(subprocess.Popen(watchdog, cwd="/", start_new_session=True, **streams))
    _hand_over(folder)
    port = _free_port()
    _run("initdb", "-D", data, "-U", "practice", "-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync", "-E", "UTF8")
    settings = [f"port={port}", f"unix_socket_directories={folder}", "listen_addresses=127.0.0.1", "fsync=off"]
    command = _as_nobody("postgres", "-D", data, *(word for setting in settings for word in ("-c", setting)))
    with log.open("ab") as output:
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True
        )
    _STARTED.append(server)
    _wait_until_ready(server, data / "postmaster.pid", log)
    return f"postgresql+psycopg://practice:{PASSWORD}@127.0.0.1:{port}/postgres"


def watch(folder: Path) -> None:
    """Wait until no process uses the server, however the last of them ended; then stop it and delete its folder."""
    with (folder / USERS).open("r+") as users:
        fcntl.flock(users, fcntl.LOCK_EX)
        _stop(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _stop(folder: Path) -> None:
    """Stop the server of a folder at once, if it runs: nothing in it is kept."""
    try:
        process_id = int((folder / "cluster" / "postmaster.pid").read_text().splitlines()[0])
        # The number may be another program's by now: a server names its folder in its command.
        if str(folder).encode() not in Path(f"/proc/{process_id}/cmdline").read_bytes():
            return
        os.kill(process_id, signal.SIGQUIT)
        for _ in range(100):
            time.sleep(0.1)
            os.kill(process_id, 0)
    except (OSError, ValueError, IndexError):
        return  # there was none, or it is gone


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
