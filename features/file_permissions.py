"""Who may open the files that Leadlight writes? Nobody but their owner: files 0600, folders 0700.

Lives here: the mask of a process and of a block of code, and closing a folder that exists.
Does not live here: what is written where (each room).
"""

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["close_folder", "make_private_folder", "private_files", "set_private_umask"]

_OTHERS = 0o077


def set_private_umask() -> None:
    """Let everything that this process creates from now on belong to its owner alone."""
    os.umask(_OTHERS)


@contextmanager
def private_files() -> Iterator[None]:
    """Create files for their owner alone while the block lasts.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "scores.csv"
    >>> with private_files():
    ...     file.touch()
    >>> oct(file.stat().st_mode & 0o777)
    '0o600'
    """
    usual_mask = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(usual_mask)


def make_private_folder(folder: Path) -> Path:
    """Create a folder and the missing ones above it, open to their owner alone; close the folder if it exists.

    Cheap enough to be called before each write, because a folder may be opened to others while a service runs.
    """
    try:
        status = folder.stat()
    except FileNotFoundError:
        status = None
    if status is None or not stat.S_ISDIR(status.st_mode):
        with private_files():
            folder.mkdir(parents=True, exist_ok=True)
        status = folder.stat()
    if status.st_uid == os.geteuid() and status.st_mode & _OTHERS:
        folder.chmod(0o700)
    return folder


def close_folder(folder: Path) -> None:
    """Make everything in a folder that this user owns 0600, folders 0700; links stay as they are."""
    for path in (folder, *folder.rglob("*")):
        # Another process may delete a file meanwhile.
        with contextlib.suppress(FileNotFoundError):
            status = path.lstat()
            allowed = 0o700 if stat.S_ISDIR(status.st_mode) else 0o600
            is_ours = status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)
            if is_ours and stat.S_IMODE(status.st_mode) & ~allowed:
                path.chmod(stat.S_IMODE(status.st_mode) & allowed)
