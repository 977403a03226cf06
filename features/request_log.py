"""What did the service answer, and from which numbers? A log of ids and numbers only, so that any score can be computed again.

Lives here: one line of JSON per scored lead, by day; reading it back for LC002.
Does not live here: comparing it with the tables (``training.checks``), the application's own log.

A lead without an id cannot be found again, so it is not logged. An id that might name a person (an address, a phone number) is kept as a hash.
"""

import json
import os
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import numpy as np

from features.types import FloatArray

__all__ = ["MOST_BYTES_A_DAY", "Request", "RequestLog", "log_id", "read_requests"]

MOST_BYTES_A_DAY = 200_000_000
"""A day's log stops growing here; the service goes on."""

_PLAIN_ID = re.compile(r"(?=.{1,80}$)(?!\+?[\d().-]{10,}$)[A-Za-z0-9_.:-]+")


def log_id(lead_id: str) -> str:
    """The id as it is logged: itself when it cannot be an address or a phone number, else a hash.

    >>> log_id("L0000123"), log_id("ann@example.org")
    ('L0000123', 'sha256:438c4c7afe600cdf')
    """
    return lead_id if _PLAIN_ID.fullmatch(lead_id) else "sha256:" + sha256(lead_id.encode(errors="replace")).hexdigest()[:16]


@dataclass(frozen=True)
class Request:
    """One scored request, as ids and numbers.

    Parameters
    ----------
    lead_id : str, as ``log_id`` gives it
    cutoff : datetime64[us], UTC; NaT without dates
    sha256 : str
        Of the bundle that answered.
    records : bool
        Whether the practice's own records were at hand (who enquired before, outcomes since), or the bundle alone.
    values : float32 array of shape (signals,)
    log_odds : float
    parts : float64 array of shape (signals,) or None
        Log-odds that each signal added; None when no explanation was asked for.
    """

    lead_id: str
    cutoff: np.datetime64
    sha256: str
    records: bool
    values: np.ndarray
    log_odds: float
    parts: FloatArray | None

    def to_line(self) -> str:
        """One line of JSON: float32 and float64 values survive it to the bit."""
        said = {
            "lead_id": self.lead_id,
            "cutoff": None if np.isnat(self.cutoff) else str(np.datetime64(self.cutoff, "us")),
            "sha256": self.sha256,
            "records": self.records,
            "log_odds": self.log_odds,
            "values": [None if value != value else value for value in self.values.astype(float).tolist()],
            "parts": None if self.parts is None else self.parts.tolist(),
        }
        return json.dumps(said, separators=(",", ":")) + "\n"

    @classmethod
    def from_line(cls, line: str) -> "Request":
        """The request that ``to_line`` wrote. ValueError, KeyError or TypeError when the line is not one."""
        said = json.loads(line)
        values = np.array([np.nan if value is None else value for value in said["values"]], np.float32)
        parts = None if said["parts"] is None else np.array(said["parts"], float)
        return cls(said["lead_id"], np.datetime64(said["cutoff"] or "NaT", "us"), said["sha256"], bool(said["records"]), values, float(said["log_odds"]), parts)


class RequestLog:
    """Appends to one file a day under ``home/requests``; an answer's lines are written in one call, so that a kill leaves whole lines."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "requests"
        self._lock = threading.Lock()

    def write(self, requests: Iterable[Request]) -> None:
        """Append the requests. OSError when the folder cannot be written."""
        content = "".join(request.to_line() for request in requests).encode()
        if not content:
            return
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._folder / f"{datetime.now(UTC):%Y-%m-%d}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if os.fstat(handle).st_size + len(content) <= MOST_BYTES_A_DAY:
                    os.write(handle, content)
            finally:
                os.close(handle)


def read_requests(home: Path) -> Iterator[Request]:
    """Every logged request, oldest day first; a line cut short by a kill is passed over."""
    for path in sorted((home / "requests").glob("*.jsonl")):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                try:
                    yield Request.from_line(line)
                except (ValueError, KeyError, TypeError):
                    continue
