"""How does a fit reach a worker, and its result come back? As files in one private folder, each array once.

Lives here: writing and reading them. Does not live here: running fits (``fit_workers``), what a fit is (``fold_fits``).

Workers map the arrays into memory, so that a matrix lies there once for all of a machine's workers. A fit's file is
named by its content and by the code, so a result that an interrupted run left is known again. Reading a pickle runs
what is in it, so no process reads one that another user could have written.
"""

import hashlib
import io
import os
import pickle
import stat
import tempfile
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from features.durable_files import replace_file
from features.errors import WorkersError
from features.workers.code_digest import digest_code

__all__ = ["Fit", "FitFiles", "is_own", "run_fit"]

Fit = Callable[[], Any]
"""A pure function of what it holds; any process can run it, any number of times."""

_LARGE_BYTES = 1 << 16
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH

_one_at_a_time = threading.Lock()
"""Fits share their rows in bins and the number of BLAS threads, and a worker of Dask may have several threads."""


class FitFiles:
    """Files of the fits of one training, in a folder that all workers see.

    Parameters
    ----------
    folder : Path
        Made where it is missing; only its owner may read it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._names: dict[int, tuple[np.ndarray, str]] = {}

    def write(self, fit: Fit) -> str:
        """Write a fit; return its name, the same for the same fit of the same code."""
        buffer = io.BytesIO()
        _Pickler(buffer, self._name_array).dump(fit)
        content = buffer.getvalue()
        name = hashlib.sha256(digest_code().encode() + content).hexdigest()
        if not _get_fit_file(self._folder, name).exists():
            replace_file(_get_fit_file(self._folder, name), content)
        return name

    def _name_array(self, array: np.ndarray) -> str:
        """Return the name of an array's file, written where it is missing."""
        # The array is kept, so that no other one gets its number.
        written = self._names.get(id(array))
        if written is not None:
            return written[1]
        digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
        # As bytes where they are: the matrix may be most of what memory holds.
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        name = f"{digest.hexdigest()}.npy"
        if not (self._folder / name).exists():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            replace_file(self._folder / name, buffer.getvalue())
        self._names[id(array)] = array, name
        return name


class _Pickler(pickle.Pickler):
    """Pickles what a fit holds, but large arrays by the name of their file."""

    def __init__(self, buffer: io.BytesIO, name_array: Callable[[np.ndarray], str]) -> None:
        super().__init__(buffer, protocol=5)
        self._name_array = name_array

    def persistent_id(self, value: Any) -> str | None:
        """Return the name of a large array's file; None for what is pickled."""
        if type(value) is np.ndarray and value.dtype != object and value.nbytes >= _LARGE_BYTES:
            return self._name_array(value)
        return None


class _Unpickler(pickle.Unpickler):
    """Reads what ``_Pickler`` wrote."""

    def __init__(self, buffer: io.BytesIO, folder: Path) -> None:
        super().__init__(buffer)
        self._folder = folder

    def persistent_load(self, name: Any) -> np.ndarray:
        """Return an array, mapped into memory."""
        return _map_array(self._folder / name)


def run_fit(folder: str, names: tuple[str, ...], number: int) -> Any:
    """Return the result of the fit of this number; what an earlier run left of it is used.

    A fit computes with one thread, whatever the process was started with: with more, sums end in other bits.

    Raises
    ------
    WorkersError
        If this process runs other code than the one that wrote the fit, does not see the folder, or another user could
        have written into it.
    """
    result = Path(folder) / f"{names[number]}.result"
    if result.exists():
        return pickle.loads(_read_own(result))
    content = _read_own(_get_fit_file(Path(folder), names[number]))
    if hashlib.sha256(digest_code().encode() + content).hexdigest() != names[number]:
        raise _describe_other_code()
    with _one_at_a_time, threadpool_limits(1, user_api="blas"):
        value = _Unpickler(io.BytesIO(content), Path(folder)).load()()
    replace_file(result, pickle.dumps(value, protocol=5))
    return value


def _read_own(file: Path) -> bytes:
    """Read a file that this user wrote, and nobody else can write: WorkersError otherwise."""
    try:
        with file.open("rb") as handle:
            # Of the file that is open, whatever takes its place meanwhile.
            if is_own(os.fstat(handle.fileno()), file.parent):
                return handle.read()
    except FileNotFoundError:
        raise WorkersError(
            f"workers: this worker does not find {str(file.parent)!r}, expected the folder of the run under the same "
            "path on every machine. Name an --out on a disk that all of them see."
        ) from None
    raise WorkersError(
        f"workers: a file in {str(file.parent)!r} is another user's or writable by others, expected one that this user "
        "alone writes. Delete the folder, and name an --out that nobody else can write into."
    )


def is_own(status: os.stat_result, folder: Path) -> bool:
    """Return whether a file in a folder, or the folder, is this user's, and no other one may write into it."""
    try:
        return status.st_uid == _find_own_user(folder) and not status.st_mode & _OTHERS_WRITE
    except PermissionError:
        return False


@lru_cache(maxsize=8)
def _find_own_user(folder: Path) -> int:
    """Return who owns what this process writes into a folder: on some shared disks not the user that it runs as."""
    with tempfile.TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_uid


def _describe_other_code() -> WorkersError:
    """Describe a worker that would compute with other code."""
    return WorkersError(
        "workers: this worker runs another version of Leadlight, or of a library it computes with, than the process "
        "that trains. Install the same on both; where a model was loaded from MLflow, whose code then comes first in "
        "sys.path, start a new Python."
    )


@lru_cache(maxsize=64)
def _map_array(file: Path) -> np.ndarray:
    """Map an array's file into memory; the same object for the same file, so that what is made of it is known again."""
    return np.load(file, mmap_mode="r").view(np.ndarray)


def _get_fit_file(folder: Path, name: str) -> Path:
    """Return the file of a fit."""
    return folder / f"{name}.fit"
