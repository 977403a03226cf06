"""Where do log lines go that must be kept? One file a day in a folder, whole lines only, searched newest day first.

Lives here: appending, the day's size limit, finding a line.
Does not live here: what a line contains (``prediction_log``, ``shadow_log``).
"""

import errno
import fcntl
import os
import re
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from features.durable_files import replace_file
from features.file_permissions import make_private_folder

__all__ = ["MAX_BYTES_PER_DAY", "DailyFiles"]

MAX_BYTES_PER_DAY = 200_000_000
"""A day's file grows no larger than this; the writer gets an OSError."""


class DailyFiles:
    """The files of one folder, ``2026-03-05.jsonl`` and so on, one per day in UTC.

    Parameters
    ----------
    folder : Path
        Created with the first line; only its owner can read the files.

    >>> import tempfile
    >>> files = DailyFiles(Path(tempfile.mkdtemp()) / "new")
    >>> files.append(["one", "two"])
    >>> list(files.read_lines()), files.find_newest("tw"), files.find_newest("three")
    (['one', 'two'], 'two', None)
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def append(self, lines: Sequence[str]) -> None:
        """Append whole lines in one call, so that a kill leaves whole lines.

        Raises
        ------
        OSError
            If the folder or the disk is full or not writable, or the day's file is full. None of the lines counts then.
        """
        if not lines:
            return
        content = "".join(f"{line}\n" for line in lines).encode()
        with self._lock:
            make_private_folder(self._folder)
            handle = _open_locked(self._folder / f"{datetime.now(UTC):%Y-%m-%d}.jsonl")
            try:
                size = os.fstat(handle).st_size
                if size + len(content) > MAX_BYTES_PER_DAY:
                    raise OSError(errno.EFBIG, f"the day's file holds its {MAX_BYTES_PER_DAY:,} bytes")
                # A line cut short by a kill must not swallow the first of the new ones.
                is_cut = size and os.pread(handle, 1, size - 1) != b"\n"
                content = b"\n" + content if is_cut else content
                if os.write(handle, content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            finally:
                os.close(handle)

    def read_lines(self) -> Iterator[str]:
        """Yield every line, oldest day first, without its end; replace what is not UTF-8 in a damaged line."""
        for path in self._list_files():
            with open(path, encoding="utf-8", errors="replace") as file:
                for line in file:
                    yield line.rstrip("\n")

    def find_newest(self, text: str) -> str | None:
        """Return the first line with ``text`` in the newest day that has one; None when no day has."""
        pattern = text.encode()
        for path in reversed(self._list_files()):
            with open(path, "rb") as file:
                for line in file:
                    if pattern in line:
                        return line.decode(errors="replace").rstrip("\n")
        return None

    def read_newest(self, text: str, limit: int) -> list[str]:
        """Return the newest lines with ``text``, at most ``limit``, oldest first; open no earlier day than needed.

        >>> import tempfile
        >>> files = DailyFiles(Path(tempfile.mkdtemp()))
        >>> files.append(["a1", "b1", "a2", "a3"])
        >>> files.read_newest("a", 2)
        ['a2', 'a3']
        """
        matches: list[str] = []
        for path in reversed(self._list_files()):
            with open(path, encoding="utf-8", errors="replace") as file:
                # A deque of limited length keeps the newest lines of the day.
                newest = deque((line.rstrip("\n") for line in file if text in line), limit - len(matches))
                matches = [*newest, *matches]
            if len(matches) == limit:
                break
        return matches

    def delete_lines(self, pattern: re.Pattern[bytes], found: Collection[bytes]) -> int:
        """Delete every line in which the first group of a pattern is one of ``found``, and return how many; writers
        wait for one file at a time.

        >>> import tempfile
        >>> files = DailyFiles(Path(tempfile.mkdtemp()))
        >>> files.append(["a1", "b1", "a2"])
        >>> files.delete_lines(re.compile(rb"([a-z])"), {b"a", b"c"}), list(files.read_lines())
        (2, ['b1'])
        """

        def keep(line: bytes) -> bytes:
            match = pattern.search(line)
            return b"" if match is not None and match[1] in found else line

        return sum(_replace_lines(path, keep) for path in self._list_files())

    def rewrite_lines(self, rewrite: Callable[[str], str | None]) -> int:
        """Replace lines by what ``rewrite`` returns for them, without their ends; None keeps one. Return how many files
        changed.

        Every line of every file is looked at: two versions may have written into one day's file.

        >>> import tempfile
        >>> files = DailyFiles(Path(tempfile.mkdtemp()))
        >>> files.append(["old 1", "new 2"])
        >>> rewrite = {"old 1": "new 1"}.get
        >>> files.rewrite_lines(rewrite), list(files.read_lines()), files.rewrite_lines(rewrite)
        (1, ['new 1', 'new 2'], 0)
        """

        def replace_line(line: bytes) -> bytes:
            # Line by line: one damaged line must not keep the others from being rewritten.
            try:
                new = rewrite(line.decode().rstrip("\n"))
            except UnicodeDecodeError:
                return line
            return line if new is None else f"{new}\n".encode()

        old = [path for path in self._list_files() if _has_old_line(path, replace_line)]
        return sum(_replace_lines(path, replace_line) > 0 for path in old)

    def delete_before(self, day: date) -> int:
        """Delete the files of earlier days, and return how many."""
        old = [path for path in self._list_files() if path.stem < day.isoformat()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _list_files(self) -> list[Path]:
        """List the files, oldest day first."""
        return sorted(self._folder.glob("*.jsonl"))


def _open_locked(path: Path) -> int:
    """Open a day's file for appending and lock it against other processes; the lock ends when it is closed."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # The file may have been replaced by one with fewer lines while this waited for its lock.
        if path.exists() and os.fstat(handle).st_ino == path.stat().st_ino:
            return handle
        os.close(handle)


def _has_old_line(path: Path, replace_line: Callable[[bytes], bytes]) -> bool:
    """Whether a file has a line that is to be replaced; without its lock, which whoever answers a score waits for."""
    with open(path, "rb") as file:
        return any(replace_line(line) != line for line in file)


def _replace_lines(path: Path, replace_line: Callable[[bytes], bytes]) -> int:
    """Replace each line of a file by what is returned for it, nothing for one to delete; return how many changed."""
    handle = _open_locked(path)
    try:
        with open(path, "rb") as file:
            lines = file.readlines()
        new_lines = [replace_line(line) for line in lines]
        changed = sum(new != line for new, line in zip(new_lines, lines, strict=True))
        if changed:
            replace_file(path, b"".join(new_lines))
        return changed
    finally:
        os.close(handle)
