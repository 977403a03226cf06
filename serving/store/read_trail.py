"""Who looked at a patient's record? Every read becomes a line of the audit, before the record is shown.

Lives here: collecting reads and writing them together, so that many readers share one transaction.
Does not live here: the lines and their chain (``serving.store.database.audit_chain``), what counts as a read (the
routes that show a record: ``serving.api``, ``serving.desk.pages``).

A reader waits until its line is on the disk, a few milliseconds. Where the store cannot be written for longer, the
record is shown after a second all the same and the line follows as soon as the store can be written: somebody may be on
the phone. It is kept in memory until then, and lost if the process is killed in that time.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from serving.errors import StoreUnavailable
from serving.store.database.audit_chain import RecordRead

__all__ = ["ReadTrail"]

_WAIT_SECONDS, _RETRY_SECONDS, _CLOSE_SECONDS = 1.0, 1.0, 5.0
_MAX_PENDING = 10_000
"""Reads that wait to be written; no further record is shown then."""

_PUNCTUAL_SECONDS = 5.0
"""A line that is written later than this says how much later."""

log = logging.getLogger("leadlight.reads")

Write = Callable[[Sequence[tuple[RecordRead, int | None]]], None]


class ReadTrail:
    """Writes who read what, from any thread.

    Parameters
    ----------
    write : callable
        Writes reads, each with the seconds since it happened where that is long, in one transaction.

    >>> written = []
    >>> trail = ReadTrail(written.extend)
    >>> trail.record(RecordRead("anna", "read", "desk", ("L-1",)))
    >>> trail.close(), written[0][0].reader
    (None, 'anna')
    """

    def __init__(self, write: Write) -> None:
        self._write = write
        self._news = threading.Condition()
        self._pending: list[tuple[RecordRead, float]] = []
        self._recorded = self._written = 0
        self._thread: threading.Thread | None = None
        self._closing = False

    def record(self, *reads: RecordRead) -> None:
        """Write reads, and return once they are on the disk, or after a second.

        Raises
        ------
        StoreUnavailable
            If too many reads wait to be written already.
        """
        with self._news:
            if len(self._pending) >= _MAX_PENDING:
                raise StoreUnavailable("reads: the store has not been writable for long; nobody's record is shown.")
            self._pending += [(read, time.monotonic()) for read in reads]
            self._recorded += len(reads)
            number = self._recorded
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="leadlight-reads", daemon=True)
                self._thread.start()
            self._news.notify_all()
            self._news.wait_for(lambda: self._written >= number, _WAIT_SECONDS)

    def close(self) -> None:
        """Write what waits, for at most five seconds, and end the thread; a later read starts another."""
        with self._news:
            thread, self._thread, self._closing = self._thread, None, True
            self._news.notify_all()
        if thread is not None:
            thread.join(_CLOSE_SECONDS)
        self._closing = False

    def close_after(self, stop: threading.Event) -> None:
        """Wait for the service's stop, then close: a background job."""
        stop.wait()
        self.close()

    def _run(self) -> None:
        """Write what waits, all of it at once, until the trail is closed."""
        while True:
            with self._news:
                self._news.wait_for(lambda: self._pending or self._closing)
                batch = list(self._pending)
                if not batch:
                    return
            if self._try_to_write(batch):
                with self._news:
                    del self._pending[: len(batch)]
                    self._written += len(batch)
                    self._news.notify_all()
            elif self._closing:
                log.error("reads: %d reads could not be written before the store was closed", len(batch))
                return
            else:
                time.sleep(_RETRY_SECONDS)

    def _try_to_write(self, batch: list[tuple[RecordRead, float]]) -> bool:
        now = time.monotonic()
        delays = [int(now - since) if now - since > _PUNCTUAL_SECONDS else None for _, since in batch]
        try:
            self._write([(read, delay) for (read, _), delay in zip(batch, delays, strict=True)])
        # Whatever it is: the thread must not end while reads wait.
        except Exception as fault:
            log.error("reads: %d reads wait to be written: %s", len(batch), type(fault).__name__)
            return False
        return True
