"""Does anybody else write into this folder? A lock that lasts as long as its process.

Lives here: taking the lock, and the file that it is on. Does not live here: what a run leaves in its folder
(``chunks.bucket_writer``, ``serving.scale``).
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from features.errors import DataError

__all__ = ["list_unlocked", "lock_folder"]

_LOCK = ".lock"


@contextmanager
def lock_folder(folder: Path, command: str) -> Iterator[None]:
    """Keep a folder, made where it is missing, to this process while the block lasts.

    The system gives the lock back when the process ends, also by a kill. The empty file ``.lock`` stays: another run
    may wait at it.

    Parameters
    ----------
    command : str
        What errors begin with.

    Raises
    ------
    DataError
        If another process has the lock, or the disk has none.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with lock_folder(folder, "score"):
    ...     with lock_folder(folder, "score"):
    ...         pass
    Traceback (most recent call last):
    ...
    features.errors.DataError: score: another run is writing into ... Wait until it ends, or name another folder.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataError(
                f"{command}: another run is writing into {str(folder)!r}, expected one at a time. "
                "Wait until it ends, or name another folder."
            ) from None
        except OSError as error:
            # Some shared disks have no locks, and would let two runs in.
            raise DataError(
                f"{command}: {str(folder)!r} cannot be kept to one run ({error.strerror}), expected a disk with locks. "
                "Name a folder on another disk; NFS version 4 has them."
            ) from None
        yield


def list_unlocked(folder: Path) -> list[Path]:
    """List what is in a folder besides its lock; nothing where there is no folder."""
    return [path for path in folder.iterdir() if path.name != _LOCK] if folder.is_dir() else []
