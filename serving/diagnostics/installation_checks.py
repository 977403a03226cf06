"""What can be wrong with an installation? Each check looks at one thing and says what it found and what to do.

Lives here: the checks of ``leadlight doctor``. Does not live here: printing them (``doctor``).

A check changes nothing but for a file that it makes and removes at once; it reads no lead and says no value, only names
of files, versions and times."""

import os
import shutil
import socket
import sqlite3
import stat
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from features import kernels
from features.errors import LeadlightError
from features.logs.daily_jsonl import MAX_BYTES_PER_DAY
from serving.errors import KeyFileError
from serving.http.api_keys import KeyFile
from serving.settings import Settings, list_unknown_variables
from training.bundle import Bundle, find_bundle, parse_model_name, read_pointer

__all__ = ["Finding", "run_checks"]

MONTHS_OF_A_MODEL = timedelta(days=180)
SOON = timedelta(days=14)
LEAST_FREE_BYTES = 2_000_000_000
MOST_LOG_BYTES = 20_000_000_000


@dataclass(frozen=True)
class Finding:
    """One line: ``state`` is ok, note (nothing is broken) or mend; ``words`` say what was found and what to do."""

    state: str
    words: str


def run_checks(settings: Settings, host: str, port: int, now: datetime) -> Iterable[Finding]:
    """Every check, in the order in which faults cause one another."""
    yield from packages()
    yield from variables()
    yield home_writable(settings.home)
    yield disk(settings.home)
    bundle, found = model(settings)
    yield found
    if bundle is not None:
        yield age(bundle, now)
    yield clock(settings.home, bundle, now)
    yield from alias(settings)
    yield compile_cache(settings.home)
    yield from keys(settings.home, now)
    yield from modes(settings.home)
    yield from request_log(settings.home, now)
    yield port_free(host, port)


def packages(requires: Iterable[str] | None = None) -> Iterable[Finding]:
    """Python and every package against the floors and ceilings that the project declares."""
    if sys.version_info < (3, 11):
        yield Finding(
            "mend", f"Python is {sys.version.split()[0]}, expected 3.11 or newer. Install it, then make setup."
        )
    wrong = list(
        filter(None, map(_wrong_package, metadata.requires("leadlight") or () if requires is None else requires))
    )
    for words in wrong:
        yield Finding("mend", f"{words}. Install what the lock names: make setup.")
    if not wrong:
        yield Finding("ok", f"Python {sys.version.split()[0]} and every package are within their limits.")


def _wrong_package(line: str) -> str | None:
    """What is wrong with a declared package; None when nothing is, or it is not needed here."""
    needed = Requirement(line)
    if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
        return None
    try:
        version = metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return f"{needed.name} is not installed, expected {needed.specifier or 'any version'}"
    return (
        None
        if needed.specifier.contains(version, prereleases=True)
        else f"{needed.name} is {version}, expected {needed.specifier}"
    )


def variables() -> Iterable[Finding]:
    """LEADLIGHT_ variables that nothing reads."""
    for name in list_unknown_variables():
        yield Finding("note", f"{name} is set and nothing reads it. Compare it with the table in serving/README.md.")


def home_writable(home: Path) -> Finding:
    """Whether the folder of models and records takes a file."""
    try:
        with tempfile.TemporaryFile(dir=home):
            return Finding("ok", f"{home} can be written.")
    except OSError as fault:
        return Finding(
            "mend",
            f"{home} cannot be written ({fault.strerror}). Make the folder, or set LEADLIGHT_HOME to one that this user owns.",
        )


def disk(home: Path, free: int | None = None) -> Finding:
    """Whether there is room for records."""
    try:
        free = shutil.disk_usage(home).free if free is None else free
    except OSError as fault:
        return Finding("mend", f"the disk under {home} cannot be looked at ({fault.strerror}). Make the folder.")
    if free < LEAST_FREE_BYTES:
        return Finding(
            "mend",
            f"the disk under {home} has {free / 1e9:.1f} GB free, expected {LEAST_FREE_BYTES / 1e9:.0f}. Scores will go without receipts: make room.",
        )
    return Finding("ok", f"The disk has {free / 1e9:.0f} GB free.")


def model(settings: Settings) -> tuple[Bundle | None, Finding]:
    """The bundle that the service would take up, read whole and held against its sums."""
    try:
        bundle, version = find_bundle(settings.model, settings.home)
    except LeadlightError as fault:
        return None, Finding("mend", str(fault))
    return bundle, Finding("ok", f"Model {bundle.name} {version} is whole ({bundle.sha256[:12]}).")


def age(bundle: Bundle, now: datetime) -> Finding:
    """Whether the model is older than half a year."""
    days = (now - datetime.fromisoformat(bundle.created_at)).days
    if days > MONTHS_OF_A_MODEL.days:
        return Finding(
            "note", f"The model is {days} days old. See whether it still holds: leadlight monitor, leadlight retrain."
        )
    return Finding("ok", f"The model is {max(days, 0)} days old.")


def clock(home: Path, bundle: Bundle | None, now: datetime) -> Finding:
    """Whether this machine's clock is behind what was written before."""
    written = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in (home / "pointers").glob("*/*.json")]
    latest = max([*written, *([datetime.fromisoformat(bundle.created_at)] if bundle is not None else [])], default=now)
    if latest > now + timedelta(minutes=5):
        return Finding(
            "mend",
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, and the model was written at {latest:%Y-%m-%d %H:%M}. Set the clock: scores depend on it.",
        )
    return Finding("ok", f"The clock says {now:%Y-%m-%d %H:%M} UTC.")


def alias(settings: Settings) -> Iterable[Finding]:
    """Whether MLflow's champion is the pointer's; read from its SQLite database, where there is one."""
    database = settings.home / "mlflow.db"
    name, wanted = parse_model_name(settings.model)
    if not database.is_file() or wanted.isdigit() or Path(settings.model).is_dir():
        return
    try:
        pointer = read_pointer(settings.home, wanted, name)
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            row = opened.execute(
                "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?", (name, wanted)
            ).fetchone()
    except sqlite3.Error:
        yield Finding(
            "mend", f"{database} cannot be read. Restore it from a backup; the service does not need it, training does."
        )
        return
    except LeadlightError:
        return  # said by the check of the model
    if row is None or str(row[0]) != pointer.version:
        found = "has no such alias" if row is None else f"says version {row[0]}"
        yield Finding(
            "mend",
            f"the pointer says {name}@{wanted} is version {pointer.version}, MLflow {found}. Promote one of them again: leadlight promote.",
        )
    else:
        yield Finding("ok", f"MLflow and the pointer both say {name}@{wanted} is version {pointer.version}.")


def compile_cache(home: Path) -> Finding:
    """Whether compiled code can be kept, so that a start takes seconds."""
    own = os.environ.get("NUMBA_CACHE_DIR", "")
    places = [Path(own)] if own else [Path(kernels.__path__[0]), Path.home() / ".cache", home]
    if any(os.access(place, os.W_OK) for place in places):
        return Finding("ok", "Compiled code can be kept.")
    return Finding(
        "mend",
        "compiled code cannot be kept, so each start compiles for itself. Set NUMBA_CACHE_DIR to a folder that this user owns.",
    )


def keys(home: Path, now: datetime) -> Iterable[Finding]:
    """Keys that are missing, expired or soon to expire."""
    try:
        every = KeyFile(home).read_all()
    except KeyFileError as fault:
        yield Finding("mend", str(fault))
        return
    live = [key for key in every if key.is_active(now)]
    if not live:
        yield Finding(
            "note",
            "There is no live key, so no program can ask for scores. Make one: leadlight key add --role crm --name NAME.",
        )
    for key in every:
        if not key.is_active(now):
            yield Finding(
                "note",
                f"Key {key.prefix} of {key.name} expired on {key.expires_at}. Take it back: leadlight key revoke {key.prefix}.",
            )
        elif not key.is_active(now + SOON):
            yield Finding(
                "note",
                f"Key {key.prefix} of {key.name} expires on {key.expires_at}. Make the next one: leadlight key add --role {key.role} --name {key.name}.",
            )
    if live:
        yield Finding("ok", f"{len(live)} live {'key' if len(live) == 1 else 'keys'}.")


def modes(home: Path) -> Iterable[Finding]:
    """Files that others on this machine could read and should not, or could write."""
    private = [
        home / "keys.json",
        home / "promotions" / "key",
        *(home / "requests").glob("*.jsonl"),
        *(home / "shadow").glob("*.jsonl"),
    ]
    open_to = [path for path in private if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    loose = [
        path
        for path in (home, home / "pointers", *(home / "pointers").glob("*/*.json"))
        if path.exists() and path.stat().st_mode & stat.S_IWOTH
    ]
    for path in open_to:
        yield Finding(
            "mend", f"{path} can be opened by others (mode {stat.S_IMODE(path.stat().st_mode):o}). chmod 600 {path}"
        )
    for path in loose:
        yield Finding("mend", f"{path} can be written by anybody, who could put another model in. chmod o-w {path}")
    if not open_to and not loose:
        yield Finding("ok", "Keys and records are their owner's alone.")


def request_log(home: Path, now: datetime) -> Iterable[Finding]:
    """Whether the record of answers nears what a day, or the disk, takes."""
    files = list((home / "requests").glob("*.jsonl"))
    total = sum(path.stat().st_size for path in files)
    today = next((path.stat().st_size for path in files if path.stem == f"{now.astimezone(UTC):%Y-%m-%d}"), 0)
    if today > 0.9 * MAX_BYTES_PER_DAY:
        yield Finding(
            "mend",
            f"today's record of answers holds {today / 1e6:.0f} of {MAX_BYTES_PER_DAY / 1e6:.0f} MB; scores beyond it have no receipt. Ask for fewer again.",
        )
    elif total > MOST_LOG_BYTES:
        yield Finding(
            "mend",
            f"the record of answers holds {total / 1e9:.0f} GB. Move the oldest days from {home / 'requests'} to where you keep them.",
        )
    else:
        yield Finding("ok", f"The record of answers holds {total / 1e6:.0f} MB.")


def port_free(host: str, port: int) -> Finding:
    """Whether the service could listen, or does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return Finding("ok", f"Port {port} of {host} is free.")
    except OSError as fault:
        if _answers(host, port):
            return Finding("ok", f"The service answers on port {port} of {host}.")
        return Finding(
            "mend",
            f"port {port} of {host} cannot be used ({fault.strerror}), and it is not our service that answers there. Choose another: leadlight serve --port.",
        )


def _answers(host: str, port: int) -> bool:
    """Whether it is our service that listens."""
    try:
        with urllib.request.urlopen(f"http://{f'[{host}]' if ':' in host else host}:{port}/livez", timeout=2) as answer:
            return answer.read(100) == b'{"alive":true}'
    except (urllib.error.URLError, OSError, ValueError):
        return False
