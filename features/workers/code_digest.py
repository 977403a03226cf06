"""Which code computes here? One digest, by which workers and runs that go on know that nothing changed meanwhile.

Lives here: hashing the sources of the rooms and the versions of their libraries. Does not live here: what a model's
signals compute (``signal_fingerprint``), which digests have this one in them (``chunks.bucket_writer``,
``serving.scale``, ``training.workers``).
"""

import hashlib
import json
import sys
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from features.errors import DataError

__all__ = ["digest_code"]

_ROOMS = ("features", "training", "serving")
_SUFFIXES = (".py", ".toml", ".npz", ".txt")
"""Code, weights and vocabularies; pages, styles and what messages were learned from compute nothing here."""
_LIBRARIES = (
    *("numpy", "scipy", "pandas", "pyarrow", "lightgbm", "numba", "scikit-learn"),
    # What is read of a file, and of a lead's fields.
    *("openpyxl", "sqlalchemy", "charset-normalizer"),
    *("phonenumbers", "email-validator", "zipcodes", "holidays", "rapidfuzz", "faker", "names"),
)


@lru_cache(maxsize=1)
def digest_code() -> str:
    """Hash the sources of the rooms, and the versions of Python and of the libraries that they read and compute with.

    Raises
    ------
    DataError
        If the sources cannot be read.

    >>> len(digest_code())
    64
    """
    root, digest = Path(__file__).parents[2], hashlib.sha256()
    files = [file for room in _ROOMS for file in sorted((root / room).rglob("*")) if file.suffix in _SUFFIXES]
    if not files:
        raise DataError(f"code: no sources of Leadlight were found in {str(root)!r}. Install it again.")
    for file in files:
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    # Python's own tables of letters differ from one minor version to the next.
    versions = [*sys.version_info[:2], *(version(library) for library in _LIBRARIES)]
    digest.update(json.dumps(versions).encode())
    return digest.hexdigest()
