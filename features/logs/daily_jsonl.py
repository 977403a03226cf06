"""Where do lines go that must stay? One file a day in a folder, whole lines only, read newest day first when something
is looked for.

Lives here: appending, the day's limit, finding a line. Does not live here: what a line says (``request_log``,
``shadow_log``)."""

import errno
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["MAX_BYTES_PER_DAY", "DailyFiles"]

MAX_BYTES_PER_DAY = 200_000_000
"""A day's file stops growing here; whoever writes is told."""


class DailyFiles:
    """The files of one folder, ``2026-03-05.jsonl`` and so on, by days in UTC.

    Parameters
    ----------
    folder : Path
        Made when the first line is written; only its owner can read what is written.

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
        """Append whole lines in one call, so that a kill leaves whole lines; after a line that was cut short all the
        same, a new one begins.

        Raises
        ------
        OSError
            If the folder or the disk takes no more, or the day's file is full. What is written of the lines then does
            not count.
        """
        if not lines:
            return
        content = "".join(f"{line}\n" for line in lines).encode()
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(
                self._folder / f"{datetime.now(UTC):%Y-%m-%d}.jsonl", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600
            )
            try:
                size = os.fstat(handle).st_size
                if size + len(content) > MAX_BYTES_PER_DAY:
                    raise OSError(errno.EFBIG, f"the day's file holds its {MAX_BYTES_PER_DAY:,} bytes")
                cut = size and os.pread(handle, 1, size - 1) != b"\n"
                content = b"\n" + content if cut else content
                if os.write(handle, content) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            finally:
                os.close(handle)

    def read_lines(self) -> Iterator[str]:
        """Every line, oldest day first, without its end; what is not UTF-8 in a damaged line is replaced."""
        for path in self._days():
            with open(path, encoding="utf-8", errors="replace") as file:
                for line in file:
                    yield line.rstrip("\n")

    def find_newest(self, text: str) -> str | None:
        """The first line that holds ``text`` in the newest day that has one; None when no day has."""
        wanted = text.encode()
        for path in reversed(self._days()):
            with open(path, "rb") as file:
                for line in file:
                    if wanted in line:
                        return line.decode(errors="replace").rstrip("\n")
        return None

    def read_newest(self, text: str, most: int) -> list[str]:
        """The newest lines that hold ``text``, at most so many, oldest first. Days before them are not opened.

        >>> import tempfile
        >>> files = DailyFiles(Path(tempfile.mkdtemp()))
        >>> files.append(["a1", "b1", "a2", "a3"])
        >>> files.read_newest("a", 2)
        ['a2', 'a3']
        """
        found: list[str] = []
        for path in reversed(self._days()):
            with open(path, encoding="utf-8", errors="replace") as file:
                found = [*deque((line.rstrip("\n") for line in file if text in line), most - len(found)), *found]
            if len(found) == most:
                break
        return found

    def _days(self) -> list[Path]:
        """The files, oldest day first."""
        return sorted(self._folder.glob("*.jsonl"))
