"""By which secret are a lead's records found again in this installation, and nowhere else? One key for each home.

Lives here: creating the key once, reading it, and hashing ids with it.
Does not live here: what is stored under such a hash (``prediction_log``, the store's audit, the scores of held-out
leads).

An id may be a phone number, and there are few enough of those to try them all. The key is never logged, and never part
of a bundle, of MLflow or of the store. Without it nobody can test a list of ids against the hashes.
"""

import hmac
import os
import secrets
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path

import numpy as np

from features.array_types import ObjectArray
from features.errors import DataError

__all__ = ["IdHasher", "hash_with_key", "hash_without_key", "is_log_id", "read_installation_key"]

_FILE = "installation.key"
_BYTES = 32


def read_installation_key(home: Path) -> bytes:
    """Return the key of this home; create it, readable by its owner alone, where there is none.

    Raises
    ------
    DataError
        If the file does not hold a key.
    """
    path = home / _FILE
    if not path.exists():
        _create_key(path)
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise DataError(
            f"{_FILE}: holds {len(key)} bytes, expected {_BYTES}. Restore it from a backup. If it is lost, delete "
            "it and run leadlight rekey: what was hashed with it can then no longer be found by a lead's id."
        )
    return key


def _create_key(path: Path) -> None:
    """Write a new key in one step; the key of another process that was faster stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{_FILE}-{secrets.token_hex(8)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def hash_with_key(texts: ObjectArray, key: bytes) -> np.ndarray:
    """Hash each text to 64 bits with a key, ignoring case. Shape as given, uint64.

    >>> first, again, other = hash_with_key(np.array(["L1", "l1 ", "L2"], object), b"k")
    >>> [bool(first == hash) for hash in (again, other, *hash_with_key(np.array(["L1"], object), b"another"))]
    [True, False, False]
    """
    hashes = [
        blake2b(str(text).strip().casefold().encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest()
        for text in texts
    ]
    return np.frombuffer(b"".join(hashes), ">u8").astype(np.uint64)


_LOG_PREFIX = "id:"
_LOG_DIGITS = 24


@dataclass(frozen=True)
class IdHasher:
    """Hashes the ids of leads for the logs and the audit.

    Parameters
    ----------
    key : bytes
        The installation's.

    >>> hasher = IdHasher(b"k")
    >>> hasher.hash("L-1") == hasher.hash("L-1"), hasher.hash("L-1") == IdHasher(b"other").hash("L-1")
    (True, False)
    """

    key: bytes = field(repr=False)

    @classmethod
    def of_home(cls, home: Path) -> "IdHasher":
        """Return the hasher with a home's key, which is created where there is none."""
        return cls(read_installation_key(home))

    def hash(self, lead_id: str) -> str:
        """Return 64 hexadecimal digits."""
        return self.add_key(hash_without_key(lead_id))

    def add_key(self, plain_hash: str) -> str:
        """Return the keyed hash of an id of which only the hash without a key is known, as versions before wrote it.

        >>> IdHasher(b"k").add_key(hash_without_key("L-1")) == IdHasher(b"k").hash("L-1")
        True
        """
        return hmac.digest(self.key, plain_hash.encode(), "sha256").hex()

    def log_id(self, lead_id: str) -> str:
        """Return the id as the logs of scores name it."""
        return _LOG_PREFIX + self.hash(lead_id)[:_LOG_DIGITS]

    @property
    def fingerprint(self) -> str:
        """Return a mark by which another key is noticed; it says nothing about the key."""
        return hmac.new(self.key, b"leadlight installation", sha256).hexdigest()[:16]


def hash_without_key(lead_id: str) -> str:
    """Return the hash by which versions before keys named a lead.

    >>> hash_without_key("L-1")[:12]
    '3f4d74109fa7'
    """
    return sha256(lead_id.encode("utf-8", "surrogatepass")).hexdigest()


def is_log_id(text: str) -> bool:
    """Whether a text is an id as ``IdHasher.log_id`` returns it.

    >>> is_log_id(IdHasher(b"k").log_id("L-1")), is_log_id("L-1"), is_log_id("id:7")
    (True, False, False)
    """
    digits = text.removeprefix(_LOG_PREFIX)
    return text.startswith(_LOG_PREFIX) and len(digits) == _LOG_DIGITS and set(digits) <= set("0123456789abcdef")
