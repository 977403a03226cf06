"""What can be wrong with an installation? Each check looks at one thing and says what it found and how to fix it.

Lives here: the checks of ``leadlight doctor``. Does not live here: those of hooks (``hook_checks``) and of the
model (``model_checks``), printing them (``serving.cli.doctor``).

A check changes nothing, except for a file that it creates and removes at once. It reads no lead and shows no values,
only names of files, versions and times."""

import json
import os
import shutil
import socket
import stat
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from features import kernels
from features.logs.daily_jsonl import MAX_BYTES_PER_DAY
from serving.crm.inbound.delivery_journal import list_deliveries
from serving.diagnostics.model_checks import Finding, check_alias, check_model, check_model_age, check_practice_file
from serving.errors import KeyFileError
from serving.http.api_keys import KeyFile
from serving.settings import Settings, list_unknown_variables
from training.bundle import Bundle

__all__ = ["run_checks"]

EXPIRES_SOON = timedelta(days=14)
MIN_FREE_BYTES = 2_000_000_000
MAX_LOG_BYTES = 20_000_000_000


def run_checks(settings: Settings, host: str, port: int, now: datetime) -> Iterable[Finding]:
    """Run every check, in an order in which a problem comes before its consequences."""
    yield from check_packages()
    yield from check_variables()
    yield check_home(settings.home)
    yield check_disk(settings.home)
    bundle, finding = check_model(settings)
    yield finding
    if bundle is not None:
        yield check_model_age(bundle, now)
        yield from check_practice_file(settings.home, bundle)
    yield check_clock(settings.home, bundle, now)
    yield from check_alias(settings)
    yield check_compile_cache(settings.home)
    yield from check_keys(settings.home, now)
    yield from check_permissions(settings.home)
    yield from check_request_log(settings.home, now)
    yield from check_deliveries(settings.home)
    yield check_port(host, port)


def check_deliveries(home: Path) -> Iterable[Finding]:
    """Look for deliveries of CRMs that could not be worked off: what was acknowledged is not in the store."""
    set_aside = list_deliveries(home / "deliveries", "failed")
    if set_aside:
        yield Finding(
            "fix",
            f"{len(set_aside)} deliveries of CRMs are set aside in {home / 'deliveries'}: the log says why "
            f"({set_aside[0].name} and so on). They are tried once more at each start, and deleted with the logs of "
            "scores.",
        )


def check_packages(requires: Iterable[str] | None = None) -> Iterable[Finding]:
    """Compare Python and every package with the versions that the project declares."""
    python = sys.version.split()[0]
    if sys.version_info < (3, 11):  # noqa: UP036  (an installation may run under a Python that pip never checked)
        yield Finding("fix", f"Python is {python}, expected 3.11 or newer. Install it, then run make setup.")
    lines = metadata.requires("leadlight") or () if requires is None else requires
    faults = [fault for fault in map(_find_package_fault, lines) if fault is not None]
    for fault in faults:
        yield Finding("fix", f"{fault}. Install the locked versions: make setup.")
    if not faults:
        yield Finding("ok", f"Python {python} and every package have supported versions.")


def _find_package_fault(line: str) -> str | None:
    """Return what is wrong with a required package, None if nothing is or it is not needed here."""
    required = Requirement(line)
    if required.marker is not None and not required.marker.evaluate({"extra": ""}):
        return None
    try:
        version = metadata.version(required.name)
    except metadata.PackageNotFoundError:
        return f"{required.name} is not installed, expected {required.specifier or 'any version'}"
    if required.specifier.contains(version, prereleases=True):
        return None
    return f"{required.name} is {version}, expected {required.specifier}"


def check_variables() -> Iterable[Finding]:
    """Look for LEADLIGHT_ variables that nothing reads."""
    for name in list_unknown_variables():
        yield Finding("note", f"{name} is set but unknown. Check the table of variables in serving/README.md.")


def check_home(home: Path) -> Finding:
    """Check that the folder of models and records is writable."""
    try:
        with tempfile.TemporaryFile(dir=home):
            return Finding("ok", f"{home} is writable.")
    except OSError as fault:
        return Finding(
            "fix",
            f"{home} is not writable ({fault.strerror}). "
            "Create the folder, or set LEADLIGHT_HOME to one that this user owns.",
        )


def check_disk(home: Path, free: int | None = None) -> Finding:
    """Check that there is disk space for records."""
    try:
        free = shutil.disk_usage(home).free if free is None else free
    except OSError as fault:
        return Finding("fix", f"the disk of {home} cannot be checked ({fault.strerror}). Create the folder.")
    if free < MIN_FREE_BYTES:
        return Finding(
            "fix",
            f"the disk of {home} has {free / 1e9:.1f} GB free, expected {MIN_FREE_BYTES / 1e9:.0f}. "
            "Free some space: scores will have no receipts.",
        )
    return Finding("ok", f"The disk has {free / 1e9:.0f} GB free.")


def check_clock(home: Path, bundle: Bundle | None, now: datetime) -> Finding:
    """Check that this machine's clock is not behind files written earlier."""
    times = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in (home / "pointers").glob("*/*.json")]
    latest = max([*times, *([datetime.fromisoformat(bundle.created_at)] if bundle is not None else [])], default=now)
    if latest > now + timedelta(minutes=5):
        return Finding(
            "fix",
            f"the clock says {now:%Y-%m-%d %H:%M} UTC, but the model was written at {latest:%Y-%m-%d %H:%M}. "
            "Set the clock: scores depend on it.",
        )
    return Finding("ok", f"The clock says {now:%Y-%m-%d %H:%M} UTC.")


def check_compile_cache(home: Path) -> Finding:
    """Check that compiled code can be cached, so that a start takes seconds."""
    configured = os.environ.get("NUMBA_CACHE_DIR", "")
    folders = [Path(configured)] if configured else [Path(kernels.__path__[0]), Path.home() / ".cache", home]
    if any(os.access(folder, os.W_OK) for folder in folders):
        return Finding("ok", "Compiled code can be cached.")
    return Finding(
        "fix",
        "compiled code cannot be cached, so every start compiles it again. "
        "Set NUMBA_CACHE_DIR to a folder that this user owns.",
    )


def check_keys(home: Path, now: datetime) -> Iterable[Finding]:
    """Look for missing, expired or soon expiring keys."""
    try:
        all_keys = KeyFile(home).read_all()
    except KeyFileError as fault:
        yield Finding("fix", str(fault))
        return
    active = [key for key in all_keys if key.is_active(now)]
    if not active:
        yield Finding(
            "note",
            "There is no active API key, so no program can get scores. "
            "Create one: leadlight key add --role crm --name NAME.",
        )
    for key in all_keys:
        if not key.is_active(now):
            yield Finding(
                "note",
                f"Key {key.prefix} of {key.name} expired on {key.expires_at}. "
                f"Revoke it: leadlight key revoke {key.prefix}.",
            )
        elif not key.is_active(now + EXPIRES_SOON):
            yield Finding(
                "note",
                f"Key {key.prefix} of {key.name} expires on {key.expires_at}. "
                f"Create the next one: leadlight key add --role {key.role} --name {key.name}.",
            )
    if active:
        yield Finding("ok", f"{len(active)} active API {'key' if len(active) == 1 else 'keys'}.")


def check_permissions(home: Path) -> Iterable[Finding]:
    """Look for private files that other users of this machine can open, and files that they can write."""
    private = [
        home,
        home / "keys.json",
        home / "hooks",
        *(home / "hooks").glob("*.secret"),
        home / "installation.key",
        home / "promotions" / "key",
        *(home / "holdout").glob("*.npz"),
        *(home / "requests").glob("*.jsonl"),
        *(home / "shadow").glob("*.jsonl"),
    ]
    exposed = [path for path in private if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    writable = [
        path
        for path in (home, home / "pointers", *(home / "pointers").glob("*/*.json"))
        if path.exists() and path.stat().st_mode & stat.S_IWOTH
    ]
    for path in exposed:
        yield Finding(
            "fix",
            f"{path} can be opened by others (mode {stat.S_IMODE(path.stat().st_mode):o}). "
            f"Run chmod {'700' if path.is_dir() else '600'} {path}",
        )
    for path in writable:
        yield Finding("fix", f"{path} can be written by anybody, who could replace the model. Run chmod o-w {path}")
    if not exposed and not writable:
        yield Finding("ok", "Keys and records are accessible only to their owner.")


def check_request_log(home: Path, now: datetime) -> Iterable[Finding]:
    """Check the size of the request log against the limits of a day and of the disk."""
    files = list((home / "requests").glob("*.jsonl"))
    total = sum(path.stat().st_size for path in files)
    today = next((path.stat().st_size for path in files if path.stem == f"{now.astimezone(UTC):%Y-%m-%d}"), 0)
    if today > 0.9 * MAX_BYTES_PER_DAY:
        yield Finding(
            "fix",
            f"today's request log has {today / 1e6:.0f} of {MAX_BYTES_PER_DAY / 1e6:.0f} MB; "
            "scores beyond that have no receipt. Send fewer repeated requests.",
        )
    elif total > MAX_LOG_BYTES:
        yield Finding(
            "fix",
            f"the request log has {total / 1e9:.0f} GB. Move the oldest days from {home / 'requests'} to an archive.",
        )
    else:
        yield Finding("ok", f"The request log has {total / 1e6:.0f} MB.")


def check_port(host: str, port: int) -> Finding:
    """Check that the service can listen on the port, or already does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server does: a port in TIME_WAIT after a restart is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return Finding("ok", f"Port {port} of {host} is free.")
    except OSError as fault:
        if _is_our_service(host, port):
            return Finding("ok", f"The service answers on port {port} of {host}.")
        return Finding(
            "fix",
            f"port {port} of {host} cannot be used ({fault.strerror}), and another program answers there. "
            "Choose another port: leadlight serve --port.",
        )


def _is_our_service(host: str, port: int) -> bool:
    """Whether the service is what answers on the port."""
    try:
        with urllib.request.urlopen(f"http://{f'[{host}]' if ':' in host else host}:{port}/livez", timeout=2) as answer:
            return _is_liveness(answer.read(1_000))
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _is_liveness(body: bytes) -> bool:
    """Whether this is what /livez answers."""
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, dict) and answer.get("alive") is True
