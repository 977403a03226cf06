"""Who may call us? API keys: made, listed, taken back and looked up, in one small file.

Lives here: ``home/keys.json``, which holds sums of keys and never a key; what each role may do.
Does not live here: which address needs what (``guard``), words on a terminal (``key_commands``).

The file is written whole or not at all and read again when it has changed, so that keys are changed while the service
runs."""

import fcntl
import hmac
import json
import os
import re
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from serving.errors import KeyFileError

__all__ = ["MAX_ACTIVE_KEYS", "ROLES", "Key", "KeyFile", "parse_lifetime"]

ROLES: dict[str, frozenset[str]] = {
    "crm": frozenset({"describe", "score", "leads", "events", "outcomes", "feedback"}),
    "desk": frozenset({"describe", "queue"}),
    "manager": frozenset({"describe", "queue", "model", "metrics", "insights"}),
    "admin": frozenset(
        {"describe", "score", "leads", "events", "outcomes", "feedback", "queue", "model", "metrics", "insights"}
    ),
}
"""Role -> what it may do."""

MAX_ACTIVE_KEYS = 2
"""Keys of one name that may be live at once: the one in use, and the one that takes its place."""

_KEY = re.compile(r"llk_([a-z0-9]{8})[0-9a-f]{64}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_SPAN = re.compile(r"([1-9][0-9]{0,4})([hdw])")


@dataclass(frozen=True)
class Key:
    """One key, without its secret.

    Parameters
    ----------
    prefix : str
        The eight characters after ``llk_``, by which people and logs name the key.
    sum : str
        sha256 of the whole key, in hex.
    name : str
        The program or the person that has it.
    role : str
        One of ``ROLES``.
    created_at : str
        ISO 8601 in UTC.
    expires_at : str or None
        From this moment on the key is refused; None for never.
    """

    prefix: str
    sum: str
    name: str
    role: str
    created_at: str
    expires_at: str | None = None

    def is_active(self, now: datetime) -> bool:
        """Whether the key is taken at ``now``."""
        return self.expires_at is None or now < datetime.fromisoformat(self.expires_at)


class KeyFile:
    """The keys of an installation.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``; the keys are in its ``keys.json``, readable by its owner alone.
    clock : callable
        Gives now, in UTC.

    >>> import tempfile
    >>> keys = KeyFile(Path(tempfile.mkdtemp()))
    >>> text, key = keys.add("crm", "hubspot", None)
    >>> keys.find(text) == key, keys.find(text[:-1] + "x"), text.startswith(f"llk_{key.prefix}")
    (True, None, True)
    """

    def __init__(self, home: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.path, self.clock = Path(home) / "keys.json", clock
        self._reading = threading.Lock()
        self._mark: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    def read_all(self) -> tuple[Key, ...]:
        """Every key, oldest first; none where there is no file.

        Raises
        ------
        KeyFileError
            If the file cannot be read, or is not one of ours. No key is taken then.
        """
        with self._reading:
            try:
                with open(self.path, encoding="utf-8") as file:
                    stat = os.fstat(file.fileno())
                    mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
                    if mark != self._mark:
                        self._keys, self._mark = _keys_in(file.read()), mark
            except FileNotFoundError:
                self._keys, self._mark = (), None
            except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
                self._mark = None
                raise KeyFileError(
                    f"keys: {str(self.path)!r} cannot be used ({type(fault).__name__}). Move it away and make new keys: leadlight key add."
                ) from None
            return self._keys

    def is_active(self) -> list[Key]:
        """The keys that are taken now; KeyFileError as ``all``."""
        now = self.clock()
        return [key for key in self.read_all() if key.is_active(now)]

    def find(self, given: str) -> Key | None:
        """The key that a caller gave, expired or not; None when it is none of ours. KeyFileError as ``all``.

        Every sum is compared, each in constant time, so that the time taken says nothing about the keys there are.
        """
        shaped = _KEY.fullmatch(given) is not None
        told = sha256(given.encode(errors="replace")).hexdigest()
        found = None
        for key in self.read_all():
            if hmac.compare_digest(key.sum, told) and shaped:
                found = key
        return found

    def add(self, role: str, name: str, lasts: timedelta | None, replace: bool = False) -> tuple[str, Key]:
        """A new key, and what is kept of it. The key itself is said here and never again.

        Raises
        ------
        KeyFileError
            If the role or the name is not one, the name has two live keys and ``replace`` is not set, or the file
            cannot be used.
        """
        if role not in ROLES:
            raise KeyFileError(f"key: the role is {role[:20]!r}, expected one of {', '.join(ROLES)}.")
        if not _NAME.fullmatch(name):
            raise KeyFileError(
                "key: --name has another form than expected: up to 40 letters, digits, dots, dashes and underscores, such as hubspot. Choose such a name."
            )
        now = self.clock()
        with self._changing():
            keys = [key for key in self.read_all() if not (replace and key.name == name)]
            live = [key.prefix for key in keys if key.name == name and key.is_active(now)]
            if len(live) >= MAX_ACTIVE_KEYS:
                raise KeyFileError(
                    f"key: {name} has {len(live)} live keys, the most there may be. Take one back first: leadlight key revoke {live[0]}."
                )
            text, key = _made(role, name, now, lasts, {key.prefix for key in keys})
            self._write([*keys, key])
        return text, key

    def revoke(self, prefix: str) -> Key:
        """Take a key back; KeyFileError if none has that prefix. The key that is gone."""
        wanted = prefix.removeprefix("llk_")[:8]
        with self._changing():
            keys = self.read_all()
            gone = next((key for key in keys if key.prefix == wanted), None)
            if gone is None:
                raise KeyFileError("key: no key has that prefix. See those that exist: leadlight key list.")
            self._write([key for key in keys if key is not gone])
        return gone

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One at a time, whichever process it is."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, keys: list[Key]) -> None:
        """The whole file, or none of it."""
        handle, draft = tempfile.mkstemp(dir=self.path.parent, prefix=".keys-")  # mkstemp gives 0600
        try:
            with open(handle, "w", encoding="utf-8") as file:
                json.dump({"keys": [asdict(key) for key in keys]}, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self.path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise


def parse_lifetime(written: str) -> timedelta:
    """How long a key lasts, as people write it; KeyFileError for anything else.

    >>> parse_lifetime("90d").days, parse_lifetime("36h").total_seconds() / 3600
    (90, 36.0)
    """
    if not (found := _SPAN.fullmatch(written)):
        raise KeyFileError(f"key: --expires is {written[:20]!r}, expected a number with h, d or w, such as 90d.")
    return int(found[1]) * {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[found[2]]


def _made(role: str, name: str, now: datetime, lasts: timedelta | None, taken: set[str]) -> tuple[str, Key]:
    """A key of 256 random bits behind a prefix that no other key has."""
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    while prefix in taken:
        prefix = "".join(secrets.choice(_LETTERS) for _ in range(8))
    text = f"llk_{prefix}{secrets.token_hex(32)}"
    expires = None if lasts is None else (now + lasts).isoformat(timespec="seconds")
    return text, Key(prefix, sha256(text.encode()).hexdigest(), name, role, now.isoformat(timespec="seconds"), expires)


def _keys_in(text: str) -> tuple[Key, ...]:
    """The keys in the file's text. ValueError, KeyError or TypeError when it is not one of ours."""
    keys = tuple(Key(**plain) for plain in json.loads(text)["keys"])
    for key in keys:
        if (
            key.role not in ROLES
            or not re.fullmatch(r"[0-9a-f]{64}", key.sum)
            or not re.fullmatch(r"[a-z0-9]{8}", key.prefix)
        ):
            raise ValueError("not a key of ours")
        if datetime.fromisoformat(key.expires_at or key.created_at).tzinfo is None:
            raise ValueError("a time without a zone")
    return keys
