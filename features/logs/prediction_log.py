"""What did the service answer, and from which numbers? A log of ids and numbers only, so that any score can be computed
again from its receipt.

Lives here: one line of JSON per score that was shown, by day; its receipt; reading it back for LC002 and ``leadlight
replay``. Does not live here: files and days (``day_files``), comparing with the tables (``training.checks``), the
application's own log.

An id that might name a person (an address, a phone number) is kept as a hash. A lead without an id has a line and a
receipt all the same."""

import json
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from features.array_types import FloatArray
from features.logs.daily_jsonl import DailyFiles

__all__ = [
    "RECEIPT_PATTERN",
    "LoggedPrediction",
    "PredictionLog",
    "ShownAnswer",
    "find_prediction",
    "to_log_id",
    "read_newest_predictions",
    "read_in_arrival_order",
    "read_predictions",
]

_ARRIVAL = '"arrival":true'

RECEIPT_PATTERN = re.compile(r"[0-9a-f]{20}")
"""What a receipt looks like."""

_PLAIN_ID = re.compile(r"(?=.{1,80}$)(?!\+?[\d().-]{10,}$)[A-Za-z0-9_.:-]+")


def to_log_id(lead_id: str) -> str:
    """The id as it is logged: itself when it cannot be an address or a phone number, else a hash.

    >>> to_log_id("L0000123"), to_log_id("ann@example.org")
    ('L0000123', 'sha256:438c4c7afe600cdf')
    """
    return (
        lead_id
        if _PLAIN_ID.fullmatch(lead_id)
        else "sha256:" + sha256(lead_id.encode(errors="replace")).hexdigest()[:16]
    )


@dataclass(frozen=True)
class ShownAnswer:
    """What was said of a score, beside its log-odds.

    Parameters
    ----------
    probability, low, high : float
    reach : float or None
        Probability of being reached; None where the model does not say.
    grade : str
    reasons : int
        The most reasons that were shown; 0 when no explanation was asked for.
    words : str or None
        The start of the sha256 of the reasons shown, word for word and to the bit; None without explanation.
    """

    probability: float
    low: float
    high: float
    reach: float | None
    grade: str
    reasons: int
    words: str | None


@dataclass(frozen=True)
class LoggedPrediction:
    """One score that was shown, as ids and numbers.

    Parameters
    ----------
    lead_id : str or None
        As ``to_log_id`` gives it; None for a lead without an id.
    cutoff : datetime64[us], UTC; NaT without dates
    sha256 : str
        Of the bundle that answered.
    records : bool
        Whether the practice's own records were at hand (who enquired before, outcomes since), or the bundle alone.
    values : float32 array of shape (signals,)
    log_odds : float
    parts : float64 array of shape (signals,) or None
        Log-odds that each signal added; None when no explanation was asked for.
    shown : Shown or None
        None in lines of versions that wrote no receipt.
    arrival : bool
        Whether the lead was put in front of people in order of arrival, whatever its score.
    written_at : str
        When the line was written, ISO 8601 in UTC; empty before.
    """

    lead_id: str | None
    cutoff: np.datetime64
    sha256: str
    records: bool
    values: np.ndarray
    log_odds: float
    parts: FloatArray | None
    shown: ShownAnswer | None = None
    arrival: bool = False
    written_at: str = ""

    @cached_property
    def receipt(self) -> str:
        """The address of what was computed: 20 hex digits of the sha256 of the bundle's sha256, cutoff, values,
        log-odds and parts.

        >>> one = LoggedPrediction(
        ...     "L1", np.datetime64("2026-03-05", "us"), "ab12", True, np.array([1.5, np.nan], np.float32), 0.25, None
        ... )
        >>> one.receipt, one.receipt == LoggedPrediction.from_line(one.to_line()).receipt
        ('90085cbb09f681263d29', True)
        """
        return sha256(self._computed.encode()).hexdigest()[:20]

    @cached_property
    def _computed(self) -> str:
        """What the score was made from and what came out, as JSON: float32 and float64 values survive it to the bit."""
        return json.dumps(
            {
                "cutoff": None if np.isnat(self.cutoff) else str(np.datetime64(self.cutoff, "us")),
                "sha256": self.sha256,
                "log_odds": self.log_odds,
                "values": [None if value != value else value for value in self.values.astype(float).tolist()],
                "parts": None if self.parts is None else self.parts.tolist(),
            },
            separators=(",", ":"),
        )

    def to_line(self, written_at: str = "") -> str:
        """One line of JSON, without its end."""
        said: dict[str, Any] = {
            "receipt": self.receipt,
            "written_at": written_at,
            "lead_id": self.lead_id,
            "records": self.records,
        }
        said |= {"shown": None if self.shown is None else vars(self.shown)} | (
            {"arrival": True} if self.arrival else {}
        )
        return json.dumps(said, separators=(",", ":"))[:-1] + "," + self._computed[1:]

    @classmethod
    def from_line(cls, line: str) -> "LoggedPrediction":
        """The request that ``to_line`` wrote. ValueError, KeyError or TypeError when the line is not one."""
        said = json.loads(line)
        values = np.array([np.nan if value is None else value for value in said["values"]], np.float32)
        parts = None if said["parts"] is None else np.array(said["parts"], float)
        cutoff, shown = np.datetime64(said["cutoff"] or "NaT", "us"), said.get("shown")
        return cls(
            said["lead_id"],
            cutoff,
            said["sha256"],
            bool(said["records"]),
            values,
            float(said["log_odds"]),
            parts,
            None if shown is None else ShownAnswer(**shown),
            said.get("arrival") is True,
            str(said.get("written_at", "")),
        )


class PredictionLog:
    """Writes under ``home/requests``; an answer's lines are written in one call.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``.

    Attributes
    ----------
    written, lost : int
        Scores whose line was written, and scores that were shown without one, since the log was opened.
    """

    def __init__(self, home: Path) -> None:
        self._files = DailyFiles(home / "requests")
        self._counting = threading.Lock()
        self.written = self.lost = 0

    def write(self, requests: Sequence[LoggedPrediction]) -> None:
        """Append the requests.

        Raises
        ------
        OSError
            If the folder or the disk takes no more, or the day's file is full; none of the requests has a receipt then.
        """
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        try:
            self._files.append([request.to_line(now) for request in requests])
        except OSError:
            with self._counting:
                self.lost += len(requests)
            raise
        with self._counting:
            self.written += len(requests)


def read_predictions(home: Path) -> Iterator[LoggedPrediction]:
    """Every logged request, oldest day first; a line cut short by a kill is passed over."""
    return _whole(DailyFiles(home / "requests").read_lines())


def read_in_arrival_order(home: Path) -> Iterator[LoggedPrediction]:
    """Every logged request about a lead that was put in front of people in order of arrival, oldest day first."""
    return _whole(line for line in DailyFiles(home / "requests").read_lines() if _ARRIVAL in line)


def read_newest_predictions(home: Path, sha256: str, most: int) -> list[LoggedPrediction]:
    """The newest requests that a bundle answered about leads with an id, at most so many, oldest first; however long
    the log is, only its newest days are read.
    """
    lines = DailyFiles(home / "requests").read_newest(f'"sha256":"{sha256}"', most)
    return [one for one in _whole(lines) if one.lead_id is not None]


def _whole(lines: Iterable[str]) -> Iterator[LoggedPrediction]:
    """The requests of those lines that are whole."""
    for line in lines:
        try:
            yield LoggedPrediction.from_line(line)
        except (ValueError, KeyError, TypeError):
            continue


def find_prediction(home: Path, receipt: str) -> LoggedPrediction | None:
    """The newest logged request with that receipt, None when there is none.

    ValueError, KeyError or TypeError when its line was damaged.
    """
    line = DailyFiles(home / "requests").find_newest(f'"receipt":"{receipt}"')
    return None if line is None else LoggedPrediction.from_line(line)
