"""Which deliveries of CRMs are acknowledged and not yet worked off? One file for each, on the disk before the answer.

Lives here: keeping a delivery, working deliveries off in order, trying again, setting aside what cannot be done, and
how long that is kept.
Does not live here: what a delivery means (``hubspot``, ``salesforce``), which hooks are kept first (``routes``).

Files and not rows: a delivery must be kept while another program holds the database, and a CRM waits a few seconds
only. A file is deleted once its delivery is in the store; working one off twice changes nothing, because changes carry
the sender's own times.

What is set aside holds the body as it came, so names and messages: it is tried once more after each start, because a
new version may be able to do it, and deleted with the logs of scores.
"""

import base64
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.durable_files import replace_file
from features.file_permissions import make_private_folder
from serving.crm.ports import HookRequest
from serving.errors import RequestError

__all__ = ["MAX_KEPT", "Delivery", "DeliveryJournal", "list_deliveries"]

MAX_KEPT = 5_000
"""Deliveries that wait at once; further ones are refused, and their CRM sends them again."""

_MAX_FAILURES = 5
"""Unexpected failures of one delivery before it is set aside, so that those after it are not held up for ever."""

_PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)
_LOOK_SECONDS = 1.0

log = logging.getLogger("leadlight.hooks")


@dataclass(frozen=True)
class Delivery:
    """One call of a hook, proven and acknowledged.

    Parameters
    ----------
    path : str
    request : HookRequest
    received_at : datetime
        In UTC.
    request_id : str
    """

    path: str
    request: HookRequest
    received_at: datetime
    request_id: str

    def encode(self) -> bytes:
        """Encode it for the file. Headers are left out: they hold the signature or the key, which were checked."""
        content = {
            "path": self.path,
            "method": self.request.method,
            "body": base64.b64encode(self.request.body).decode(),
            "received_at": self.received_at.isoformat(),
            "request_id": self.request_id,
        }
        return json.dumps(content).encode()

    @classmethod
    def decode(cls, content: bytes) -> "Delivery":
        """Return what was encoded; ValueError or KeyError if it is something else."""
        values = json.loads(content)
        request = HookRequest(values["method"], values["path"], {}, base64.b64decode(values["body"], validate=True))
        return cls(values["path"], request, datetime.fromisoformat(values["received_at"]), values["request_id"])


class DeliveryJournal:
    """The deliveries of an installation that wait to be worked off.

    Parameters
    ----------
    folder : Path
        ``home/deliveries``, open to its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = make_private_folder(folder)
        self._lock, self._news = threading.Lock(), threading.Event()
        deliveries = self._list("json")
        self._waiting = len(deliveries)
        # A number never falls below one that was given: after a clock was set back, too, the order stays.
        self._last = int(deliveries[-1].stem) if deliveries else 0

    @property
    def waiting(self) -> int:
        """How many deliveries wait."""
        return self._waiting

    def keep(self, delivery: Delivery) -> None:
        """Write a delivery to the disk; it may be acknowledged once this returns.

        Raises
        ------
        RequestError
            With status 503 if too many wait, or the disk cannot write.
        """
        with self._lock:
            if self._waiting >= MAX_KEPT:
                raise _refuse("Too many deliveries wait to be worked off.")
            self._waiting += 1
            self._last = max(self._last + 1, time.time_ns())
            file = self._folder / f"{self._last:020d}.json"
        try:
            replace_file(file, delivery.encode())
        except OSError as fault:
            with self._lock:
                self._waiting -= 1
            log.error("a delivery could not be kept: %s", type(fault).__name__)
            raise _refuse("The delivery could not be kept: the disk does not write.") from None
        self._news.set()

    def run(self, stop: threading.Event, work: Callable[[Delivery], None]) -> None:
        """Work deliveries off in order until stopped; those that are left are worked off after the next start.

        ``work`` raises RequestError for what cannot be done: one that is retryable is tried again until it can.
        """
        failures = 0
        set_aside = self._list("failed")
        while not stop.is_set():
            files = self._list("json")
            # What waits has its turn first; while a model is loaded or the store is away, nothing is used up.
            if not files and set_aside and self._try_once_more(set_aside[0], work):
                del set_aside[0]
                continue
            if not files:
                self._news.wait(_LOOK_SECONDS)
                self._news.clear()
                continue
            for file in files:
                while not stop.is_set() and not self._work_off(file, work, failures):
                    stop.wait(_PAUSES[min(failures, len(_PAUSES) - 1)])
                    failures += 1
                failures = 0
                if stop.is_set():
                    break

    def _try_once_more(self, file: Path, work: Callable[[Delivery], None]) -> bool:
        """Work off what an earlier run set aside; it stays set aside if that fails again. False if it cannot be judged
        yet.
        """
        try:
            work(Delivery.decode(file.read_bytes()))
        # As in _work_off: nothing may stop the deliveries that follow.
        except Exception as fault:
            if isinstance(fault, RequestError) and (fault.retryable or fault.status >= 500):
                return False
            log.error("%s stays set aside: %s", file.name, type(fault).__name__)
            return True
        log.info("%s is worked off", file.name)
        file.unlink(missing_ok=True)
        return True

    def delete_set_aside(self, before: datetime) -> int:
        """Delete what was received before a moment and set aside, and return how many deliveries."""
        limit = int(before.timestamp() * 1e9)
        old = [file for file in self._list("failed") if int(file.stem) < limit]
        for file in old:
            file.unlink(missing_ok=True)
        if old:
            log.warning("%d deliveries that were set aside are deleted: they are as old as logs may be", len(old))
        return len(old)

    def _work_off(self, file: Path, work: Callable[[Delivery], None], failures: int) -> bool:
        """Work one delivery off; return False if it is to be tried again."""
        request_id = file.stem
        try:
            delivery = Delivery.decode(file.read_bytes())
            request_id = delivery.request_id
            work(delivery)
        except RequestError as error:
            if error.retryable or error.status >= 500:
                if failures == 0:
                    log.warning("request %s: its delivery waits: %s", request_id, error.code)
                return False
            log.warning("request %s: its delivery was refused: %s", request_id, error.code)
        # Whatever it is: a delivery that was acknowledged is neither lost nor in the way of those after it.
        except Exception as fault:
            if failures + 1 < _MAX_FAILURES:
                return False
            log.error(
                "request %s: its delivery is set aside as %s.failed: %s", request_id, file.stem, type(fault).__name__
            )
            file.rename(file.with_suffix(".failed"))
            self._count_done()
            return True
        file.unlink(missing_ok=True)
        self._count_done()
        return True

    def _count_done(self) -> None:
        with self._lock:
            self._waiting -= 1

    def _list(self, suffix: str) -> list[Path]:
        return list_deliveries(self._folder, suffix)


def list_deliveries(folder: Path, suffix: str) -> list[Path]:
    """List the deliveries of a folder in order: those that wait (json), or those that were set aside (failed)."""
    return sorted(path for path in folder.glob(f"*.{suffix}") if path.stem.isdigit())


def _refuse(reason: str) -> RequestError:
    return RequestError(503, "not_kept", f"{reason} Nothing was kept; send it again.", retryable=True)
