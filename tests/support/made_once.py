"""What two test processes need, made by whichever comes first and read by the other.

Lives here: results kept in a file, within a run or between runs under a fingerprint of the code that made them.
Does not live here: what is made (the ``conftest.py`` of each room), the lock (``shared_folder``).
"""

import hashlib
import io
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cloudpickle

import features.signals  # noqa: F401  (fills the catalogue)
from features.registry import CATALOGUE, Signal
from tests.support.shared_folder import ROOT, locked

__all__ = ["compute_code_fingerprint", "drop_other_fingerprints", "make_once"]

_CACHE_SUFFIXES = (".pyc", ".nbi", ".nbc")


def make_once(path: Path, make: Callable[[], Any]) -> Any:
    """Return what ``make`` returns, from ``path`` if a process has made it there already.

    A process that dies half-way leaves no file under this name: it is written beside it, then renamed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.with_suffix(".lock")):
        if not path.exists():
            result = make()
            unfinished = path.with_suffix(f".{os.getpid()}")
            unfinished.write_bytes(_dump(result))
            unfinished.rename(path)
            return result
    return _Unpickler(io.BytesIO(path.read_bytes())).load()


def compute_code_fingerprint(*folders_and_files: str) -> str:
    """Return a digest of these sources, the interpreter and the pinned packages: a changed one makes all of it anew."""
    digest = hashlib.sha256(sys.version.encode())
    for name in (*folders_and_files, "requirements-test.lock"):
        path = ROOT / name
        files = sorted(filter(_is_source, path.rglob("*"))) if path.is_dir() else [path]
        for file in files:
            digest.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:20]


def _is_source(path: Path) -> bool:
    """Return whether a file is part of the code, and not what running it leaves behind.

    A model, a word list or a style sheet decides what is made as much as a module does.
    """
    is_cache = any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(ROOT).parts)
    return path.is_file() and not is_cache and path.suffix not in _CACHE_SUFFIXES


def drop_other_fingerprints(folder: Path, fingerprint: str) -> None:
    """Delete what other code made: only today's is kept."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.name != fingerprint:
            shutil.rmtree(path, ignore_errors=True)


class _Pickler(cloudpickle.Pickler):
    """Writes a signal of the catalogue as its name: read back, it is the catalogue's own object and not its equal."""

    def persistent_id(self, value: Any) -> str | None:
        is_declared = isinstance(value, Signal) and CATALOGUE.get(value.name) is value
        return value.name if is_declared else None


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, name: str) -> Signal:
        return CATALOGUE[name]


def _dump(result: Any) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer).dump(result)
    return buffer.getvalue()
