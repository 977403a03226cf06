"""By which secret are a lead's records found again on this machine, and on no other? One key for each home.

Lives here: creating the key once, reading it, and hashing ids with it.
Does not live here: what is stored under such a hash (``holdout_scores``).

The key is never logged, and never part of a bundle or of MLflow. Without it nobody can test a list of ids against the
hashes.
"""

import os
import secrets
from hashlib import blake2b
from pathlib import Path

import numpy as np

from features.array_types import ObjectArray
from training.errors import BundleError

__all__ = ["hash_with_key", "read_installation_key"]

_FILE = "installation.key"
_BYTES = 32


def read_installation_key(home: Path) -> bytes:
    """Return the key of this home; create it, readable by its owner alone, where there is none.

    Raises
    ------
    BundleError
        If the file does not hold a key.
    """
    path = home / _FILE
    if not path.exists():
        _create_key(path)
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise BundleError(
            f"{_FILE}: holds {len(key)} bytes, expected {_BYTES}. Restore it from a backup, or delete it: the scores "
            "of held-out leads in this home can then no longer be read, and the next training begins anew."
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
