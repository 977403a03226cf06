"""Who may call the API? API keys: created, listed, revoked and looked up, in one small file.

Lives here: ``home/keys.json``, which holds hashes of keys and never a key; the permissions of each role.
Does not live here: which route needs which permission (``authorization``), the command line (``serving.cli.keys``).

The file is written atomically and read again when it has changed, so keys can be changed while the service runs."""

import dataclasses
import fcntl
import hmac
import json
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from features.durable_files import replace_file
from features.file_permissions import make_private_folder
from serving.errors import KeyFileError

__all__ = ["MAX_ACTIVE_KEYS", "ROLES", "Key", "KeyFile", "parse_lifetime"]

ROLES: dict[str, frozenset[str]] = {
    "crm": frozenset({"describe", "score", "bento", "leads", "events", "outcomes", "feedback"}),
    # Not "bento": BentoML's own route writes down every score.
    "test": frozenset({"describe", "score"}),
    "desk": frozenset({"describe", "queue"}),
    "manager": frozenset({"describe", "queue", "model", "metrics", "insights"}),
    # An assistant, and whoever runs it: numbers through /mcp and nothing else, not even the documentation.
    "assistant": frozenset({"mcp"}),
    "admin": frozenset(
        {
            "mcp",
            "describe",
            "score",
            "bento",
            "leads",
            "events",
            "outcomes",
            "feedback",
            "queue",
            "model",
            "metrics",
            "insights",
        }
    ),
}
"""Role -> its permissions."""

MAX_ACTIVE_KEYS = 2
"""Keys of one name that may be active at once: the one in use and its replacement."""

_KEY = re.compile(r"llk_([a-z0-9]{8})[0-9a-f]{64}")
_PREFIX_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_LIFETIME = re.compile(r"([1-9][0-9]{0,4})([hdw])")


@dataclass(frozen=True)
class Key:
    """One key, without its secret.

    Parameters
    ----------
    prefix : str
        The eight characters after ``llk_``; people and logs name the key by them.
    sum : str
        sha256 of the entire key, in hex.
    name : str
        The program or person that holds it.
    role : str
        One of ``ROLES``.
    created_at : str
        ISO 8601 in UTC.
    expires_at : str or None
        The key is refused from this time on; None never expires.
    hook : str or None
        The only hook that accepts the key, such as "typeform"; None for a key of every route of its role.
    """

    prefix: str
    sum: str
    name: str
    role: str
    created_at: str
    expires_at: str | None = None
    hook: str | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether the key is accepted at ``now``."""
        return self.expires_at is None or now < datetime.fromisoformat(self.expires_at)


class KeyFile:
    """The keys of an installation.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``; the keys are in its ``keys.json``, readable only by its owner.
    clock : callable
        Returns the current time, in UTC.

    >>> import tempfile
    >>> keys = KeyFile(Path(tempfile.mkdtemp()))
    >>> text, key = keys.add("crm", "hubspot", None)
    >>> keys.find(text) == key, keys.find(text[:-1] + "x"), text.startswith(f"llk_{key.prefix}")
    (True, None, True)
    """

    def __init__(self, home: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path, self.clock = Path(home) / "keys.json", clock
        self._lock = threading.Lock()
        # The file's time, size and inode when it was last read: a changed file has another version.
        self._version: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    def read_all(self) -> tuple[Key, ...]:
        """Return every key, oldest first; none if there is no file.

        Raises
        ------
        KeyFileError
            If the file cannot be read or is not a valid key file. No key is accepted then.
        """
        with self._lock:
            try:
                with open(self.path, encoding="utf-8") as file:
                    stat = os.fstat(file.fileno())
                    version = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
                    if version != self._version:
                        self._keys, self._version = _parse_keys(file.read()), version
            except FileNotFoundError:
                self._keys, self._version = (), None
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
                self._version = None
                raise KeyFileError(
                    f"keys: {str(self.path)!r} cannot be read ({type(fault).__name__}). "
                    "Move it away and create new keys: leadlight key add."
                ) from None
            return self._keys

    def list_active(self) -> list[Key]:
        """Return the keys that are accepted now; KeyFileError as in ``read_all``."""
        now = self.clock()
        return [key for key in self.read_all() if key.is_active(now)]

    def find(self, text: str) -> Key | None:
        """Return the key that a caller sent, expired or not; None if it is unknown. KeyFileError as in ``read_all``."""
        well_formed = _KEY.fullmatch(text) is not None
        digest = sha256(text.encode(errors="replace")).hexdigest()
        match = None
        # Every hash is compared, each in constant time: the time taken tells nothing about the keys that exist.
        for key in self.read_all():
            if hmac.compare_digest(key.sum, digest) and well_formed:
                match = key
        return match

    def add(
        self, role: str, name: str, lifetime: timedelta | None, replace: bool = False, hook: str | None = None
    ) -> tuple[str, Key]:
        """Create a key; return its text, which is stored nowhere, and its record.

        Raises
        ------
        KeyFileError
            If the role or the name is invalid, the name has two active keys and ``replace`` is not set, or the file
            cannot be read.
        """
        if role not in ROLES:
            raise KeyFileError(f"key: the role is {role[:20]!r}, expected one of {', '.join(ROLES)}.")
        if not _NAME.fullmatch(name):
            raise KeyFileError(
                "key: --name is not valid, expected up to 40 letters, digits, dots, dashes and underscores, "
                "such as hubspot. Choose such a name."
            )
        now = self.clock()
        with self._locked_file():
            keys = [key for key in self.read_all() if not (replace and key.name == name)]
            active = [key.prefix for key in keys if key.name == name and key.is_active(now)]
            if len(active) >= MAX_ACTIVE_KEYS:
                raise KeyFileError(
                    f"key: {name} already has {len(active)} active keys, the maximum. "
                    f"Revoke one first: leadlight key revoke {active[0]}."
                )
            text, key = _generate_key(role, name, now, lifetime, {key.prefix for key in keys})
            key = dataclasses.replace(key, hook=hook)
            self._write([*keys, key])
        return text, key

    def revoke(self, prefix: str) -> Key:
        """Revoke a key and return its record; KeyFileError if no key has that prefix."""
        prefix = prefix.removeprefix("llk_")[:8]
        with self._locked_file():
            keys = self.read_all()
            revoked = next((key for key in keys if key.prefix == prefix), None)
            if revoked is None:
                raise KeyFileError("key: no key has that prefix. List the keys: leadlight key list.")
            self._write([key for key in keys if key is not revoked])
        return revoked

    @contextmanager
    def _locked_file(self) -> Iterator[None]:
        """Hold the lock of the file: one change at a time, across processes."""
        make_private_folder(self.path.parent)
        with open(os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, keys: list[Key]) -> None:
        """Replace the file atomically."""
        replace_file(self.path, json.dumps({"keys": [asdict(key) for key in keys]}, indent=1).encode())


def parse_lifetime(text: str) -> timedelta:
    """Parse a key's lifetime such as ``90d``; KeyFileError for anything else.

    >>> parse_lifetime("90d").days, parse_lifetime("36h").total_seconds() / 3600
    (90, 36.0)
    """
    if not (match := _LIFETIME.fullmatch(text)):
        raise KeyFileError(f"key: --expires is {text[:20]!r}, expected a number with h, d or w, such as 90d.")
    return int(match[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[match[2]]


def _generate_key(
    role: str, name: str, now: datetime, lifetime: timedelta | None, used_prefixes: set[str]
) -> tuple[str, Key]:
    """Generate a key of 256 random bits behind a prefix that no other key has."""
    prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(8))
    while prefix in used_prefixes:
        prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(8))
    text = f"llk_{prefix}{secrets.token_hex(32)}"
    expires = None if lifetime is None else (now + lifetime).isoformat(timespec="seconds")
    return text, Key(prefix, sha256(text.encode()).hexdigest(), name, role, now.isoformat(timespec="seconds"), expires)


def _parse_keys(text: str) -> tuple[Key, ...]:
    """Parse the file's text. ValueError, KeyError or TypeError if it is not a key file."""
    keys = tuple(Key(**record) for record in json.loads(text)["keys"])
    for key in keys:
        if (
            key.role not in ROLES
            or not re.fullmatch(r"[0-9a-f]{64}", key.sum)
            or not re.fullmatch(r"[a-z0-9]{8}", key.prefix)
        ):
            raise ValueError("not a valid key")
        if key.hook is not None and not re.fullmatch(r"[a-z]{1,40}", key.hook):
            raise ValueError("not the name of a hook")
        if datetime.fromisoformat(key.expires_at or key.created_at).tzinfo is None:
            raise ValueError("a time without a time zone")
    return keys
