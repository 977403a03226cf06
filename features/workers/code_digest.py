"""Which code computes here? One digest, by which workers and runs that go on know that nothing changed meanwhile.

Lives here: hashing the sources of the rooms and the versions of their libraries. Does not live here: what a model's
signals compute (``signal_fingerprint``), which digests have this one in them (``chunks.bucket_writer``,
``serving.scale``, ``training.workers``).
"""

import hashlib
import json
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from features.errors import DataError

__all__ = ["digest_code"]

_ROOMS = ("features", "training", "serving")
_LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "lightgbm", "numba")


@lru_cache(maxsize=1)
def digest_code() -> str:
    """Hash the sources of the rooms and the versions of the libraries that they compute with.

    Raises
    ------
    DataError
        If the sources cannot be read.

    >>> len(digest_code())
    64
    """
    root, digest = Path(__file__).parents[2], hashlib.sha256()
    files = [
        file for room in _ROOMS for file in sorted((root / room).rglob("*")) if file.suffix in (".py", ".toml", ".npz")
    ]
    if not files:
        raise DataError(f"code: no sources of Leadlight were found in {str(root)!r}. Install it again.")
    for file in files:
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    digest.update(json.dumps([version(library) for library in _LIBRARIES]).encode())
    return digest.hexdigest()
