"""Does anybody else write into this folder? A lock that lasts as long as its process.

Lives here: taking the lock, the file that it is on, and shared disks whose locks other machines do not see. Does not
live here: what a run leaves in its folder (``chunks.bucket_writer``, ``serving.scale``).

``flock`` and not ``lockf``, which a process gives up when it opens and closes the file once more. On NFS the server
keeps both, unless the disk is mounted so that each machine keeps its own.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

from features.errors import DataError

__all__ = ["delete_locked", "list_unlocked", "lock_folder"]

_LOCK = ".lock"
_MOUNTS = Path("/proc/self/mounts")
_ESCAPE = re.compile(r"\\([0-7]{3})")
_OF_ONE_MACHINE = {
    "nfs": {"nolock", "local_lock=flock", "local_lock=all"},
    "nfs4": {"nolock", "local_lock=flock", "local_lock=all"},
    "cifs": {"nobrl"},
    "smb3": {"nobrl"},
}
"""Kind of shared disk -> options of its mount with which another machine does not see a lock."""


@contextmanager
def lock_folder(folder: Path, command: str) -> Iterator[None]:
    """Keep a folder, made where it is missing, to this process while the block lasts.

    The system gives the lock back when the process ends, also by a kill. The empty file ``.lock`` stays: another run
    may wait at it; but for a folder that was deleted meanwhile (``delete_locked``).

    Parameters
    ----------
    command : str
        What errors begin with.

    Raises
    ------
    DataError
        If another process has the lock, or the disk has none that other machines see.

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
    _require_shared_locks(folder, command)
    with (folder / _LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _require_same_file(folder / _LOCK, handle.fileno())
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
    if not (folder / _LOCK).exists():
        with suppress(OSError):
            folder.rmdir()


def delete_locked(folder: Path) -> None:
    """Delete a folder while this process has its lock.

    On NFS a file that is open stays under another name until it is closed, and so does its folder: no reason to end a
    run that is finished. The lock's own is closed, and the folder gone, when the block of ``lock_folder`` ends.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with lock_folder(folder, "score"):
    ...     delete_locked(folder)
    >>> folder.exists()
    False
    """
    rmtree(folder, ignore_errors=True)


def _require_same_file(lock: Path, handle: int) -> None:
    """Refuse a lock on a file that the run before deleted while this one waited at it: BlockingIOError."""
    if not lock.exists() or not os.path.samestat(os.stat(lock), os.fstat(handle)):
        raise BlockingIOError


def _require_shared_locks(folder: Path, command: str) -> None:
    """Refuse a shared disk on which two machines would each get the lock: DataError."""
    # Only Linux lists its mounts here; elsewhere the system's own answer has to do.
    mounts = _MOUNTS.read_text(errors="replace") if _MOUNTS.exists() else ""
    if option := _find_local_option(folder.resolve(), mounts):
        raise DataError(
            f"{command}: {str(folder)!r} is on a shared disk mounted with {option!r}, so another machine would not see "
            "that a run is writing into it. Expected locks that all machines see: mount it without that option, or "
            "name a folder on another disk."
        )


def _find_local_option(folder: Path, mounts: str) -> str:
    """Return the option of a folder's mount by which locks are those of one machine; empty where there is none.

    >>> mounts = "host:/a /data nfs4 rw,vers=4.2,local_lock=none 0 0\\nhost:/b /data/b nfs rw,nolock 0 0"
    >>> _find_local_option(Path("/data/a"), mounts), _find_local_option(Path("/data/b/c"), mounts)
    ('', 'nolock')
    """
    rows = [[_decode_escapes(field) for field in line.split()] for line in mounts.split("\n")]
    over = [(Path(row[1]), row[2], row[3]) for row in rows if len(row) > 3 and folder.is_relative_to(row[1])]
    if not over:
        return ""
    # The last of equal ones: a later mount hides an earlier one.
    _, kind, options = max(reversed(over), key=lambda mount: len(mount[0].parts))
    return min(_OF_ONE_MACHINE.get(kind, set()) & set(options.split(",")), default="")


def _decode_escapes(field: str) -> str:
    r"""Return a field of the list of mounts as it is called: a space in a path is written as a number there.

    >>> _decode_escapes(r"/mnt/two\040words")
    '/mnt/two words'
    """
    return _ESCAPE.sub(lambda code: chr(int(code[1], 8)), field)


def list_unlocked(folder: Path) -> list[Path]:
    """List what is in a folder besides its lock; nothing where there is no folder."""
    return [path for path in folder.iterdir() if path.name != _LOCK] if folder.is_dir() else []
