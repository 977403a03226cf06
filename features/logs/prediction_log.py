"""What did the service answer, and from which numbers? A log of ids and numbers, to recompute any score by its receipt.

Lives here: one line of JSON per score shown, by day; its receipt; reading it back for LC002 and ``leadlight replay``.
Does not live here: files and days (``daily_jsonl``), comparing with the tables (``training.checks``), the
application's own log.

A lead's id is stored as a hash under the installation's key: it may be a name or a phone number. A lead without an id
gets a line and a receipt too.
"""

import errno
import json
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np

from features.array_types import FloatArray
from features.errors import DataError
from features.logs.daily_jsonl import DailyFiles
from features.logs.installation_key import IdHasher
from features.logs.json_numbers import format_number
from features.logs.prediction_encoding import compute_receipt, encode_computations

__all__ = [
    "RECEIPT_PATTERN",
    "LoggedPrediction",
    "PredictionLog",
    "ShownAnswer",
    "find_prediction",
    "name_leads",
    "to_log_id",
    "read_newest_predictions",
    "read_in_arrival_order",
    "read_predictions",
]

_ARRIVAL = '"arrival":true'

RECEIPT_PATTERN = re.compile(r"[0-9a-f]{20}")
"""The form of a receipt."""

_PLAIN_ID = re.compile(r"(?=.{1,80}$)(?!\+?[\d().-]{10,}$)[A-Za-z0-9_.:-]+")


def to_log_id(lead_id: str) -> str:
    """Return a name for the logs: itself if it cannot be an address or a phone number, else a hash without a key.

    For names of our own, such as a key's or a user's. Versions before keys named leads so, too.

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
    """What an answer showed besides the log-odds.

    Parameters
    ----------
    probability, low, high : float
    reach : float or None
        Probability of being reached; None without a reach model.
    grade : str
    reasons : int
        The limit of reasons shown; 0 without explanation.
    words : str or None
        The start of the sha256 of the texts and numbers of the reasons shown; None without explanation.
    """

    probability: float
    low: float
    high: float
    reach: float | None
    grade: str
    reasons: int
    words: str | None

    def encode(self) -> str:
        """Encode as ``json.dumps`` does, without spaces.

        >>> ShownAnswer(0.25, 0.1, 0.5, None, "B", 4, None).encode()
        '{"probability":0.25,"low":0.1,"high":0.5,"reach":null,"grade":"B","reasons":4,"words":null}'
        """
        reach = "null" if self.reach is None else format_number(self.reach)
        words = "null" if self.words is None else f'"{self.words}"'
        return (
            f'{{"probability":{format_number(self.probability)},"low":{format_number(self.low)},'
            f'"high":{format_number(self.high)},"reach":{reach},"grade":{json.dumps(self.grade)},'
            f'"reasons":{self.reasons},"words":{words}}}'
        )


@dataclass(frozen=True)
class LoggedPrediction:
    """One score that was shown, as ids and numbers.

    Parameters
    ----------
    lead_id : str or None
        None for a lead without an id. Of a line that was read, the hash that the log has; ``name_leads`` finds the ids.
    cutoff : datetime64[us], UTC; NaT without dates
    sha256 : str
        Hash of the bundle that answered.
    records : bool
        Whether the practice's own records (earlier inquiries, outcomes since) were used besides the bundle.
    values : float32 array of shape (signals,)
    log_odds : float
    parts : float64 array of shape (signals,) or None
        Log-odds that each signal added; None without explanation.
    shown : Shown or None
        None in lines of versions that wrote no receipt.
    arrival : bool
        Whether the lead was shown in order of arrival, whatever its score.
    written_at : str
        When the line was written, ISO 8601 in UTC; empty before that.
    level : float
        Log-odds by which outcomes since training had moved every score; part of ``log_odds``.
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
    level: float = 0.0

    @cached_property
    def receipt(self) -> str:
        """The receipt: 20 hex digits of the sha256 of the bundle's hash, cutoff, values, log-odds and parts.

        >>> prediction = LoggedPrediction(
        ...     "L1", np.datetime64("2026-03-05", "us"), "ab12", True, np.array([1.5, np.nan], np.float32), 0.25, None
        ... )
        >>> prediction.receipt, prediction.receipt == LoggedPrediction.from_line(prediction.to_line()).receipt
        ('90085cbb09f681263d29', True)
        """
        return compute_receipt(encode_computations([self])[0])

    def to_line(self, written_at: str = "", hasher: IdHasher | None = None) -> str:
        """Return one line of JSON, without its end; with a ``hasher`` it names the lead by a hash."""
        return self._join_line(encode_computations([self])[0], self.receipt, written_at, hasher)

    def _join_line(self, computation: str, receipt: str, written_at: str, hasher: IdHasher | None) -> str:
        """Return the line, from its encoded computation and its receipt."""
        lead_id = self.lead_id if hasher is None or self.lead_id is None else hasher.log_id(self.lead_id)
        shown = "null" if self.shown is None else self.shown.encode()
        arrival = ',"arrival":true' if self.arrival else ""
        # Receipt and time are our own and hold nothing that JSON escapes.
        return (
            f'{{"receipt":"{receipt}","written_at":"{written_at}","lead_id":{json.dumps(lead_id)},'
            f'"records":{"true" if self.records else "false"},"shown":{shown}{arrival},{computation[1:]}'
        )

    @classmethod
    def from_line(cls, line: str) -> "LoggedPrediction":
        """Parse a line of ``to_line``; raise ValueError, KeyError or TypeError when it is not one."""
        fields = json.loads(line)
        # JSON has no NaN. float32, as the model reads them, so that the replay equals the answer to the bit.
        values = np.array([np.nan if value is None else value for value in fields["values"]], np.float32)
        parts = None if fields["parts"] is None else np.array(fields["parts"], float)
        cutoff, shown = np.datetime64(fields["cutoff"] or "NaT", "us"), fields.get("shown")
        return cls(
            fields["lead_id"],
            cutoff,
            fields["sha256"],
            bool(fields["records"]),
            values,
            float(fields["log_odds"]),
            parts,
            None if shown is None else ShownAnswer(**shown),
            fields.get("arrival") is True,
            str(fields.get("written_at", "")),
            float(fields.get("level", 0.0)),
        )


class PredictionLog:
    """Writes under ``home/requests``; the lines of one answer are written in one call.

    Parameters
    ----------
    home : Path
        The folder ``mlruns``.

    Attributes
    ----------
    written, lost : int
        Scores whose line was written, and scores shown without one, since the log was opened.
    """

    def __init__(self, home: Path) -> None:
        self._files, self._home = DailyFiles(home / "requests"), home
        self._counting = threading.Lock()
        self.written = self.lost = 0

    def write(self, predictions: Sequence[LoggedPrediction]) -> list[str]:
        """Append the predictions, and return their receipts.

        Raises
        ------
        OSError
            If the folder or the disk is full or not writable, the day's file is full, or the installation's key is
            damaged; then no receipt was stored.
        """
        now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
        try:
            hasher = self._hasher
            computations = encode_computations(predictions)
            receipts = [compute_receipt(computation) for computation in computations]
            rows = zip(predictions, computations, receipts, strict=True)
            self._files.append(
                [prediction._join_line(computation, receipt, now, hasher) for prediction, computation, receipt in rows]
            )
        except OSError:
            with self._counting:
                self.lost += len(predictions)
            raise
        with self._counting:
            self.written += len(predictions)
        return receipts

    @cached_property
    def _hasher(self) -> IdHasher:
        try:
            return IdHasher.of_home(self._home)
        except DataError as fault:
            raise OSError(errno.EINVAL, str(fault)) from None


def name_leads(
    predictions: Iterable[LoggedPrediction], lead_ids: Iterable[str], home: Path
) -> Iterator[LoggedPrediction]:
    """Yield predictions that were read under ``home`` with the ids of their leads, as far as those are among
    ``lead_ids``.
    """
    hasher = IdHasher.of_home(home)
    ids = {name: lead_id for lead_id in lead_ids for name in (to_log_id(lead_id), hasher.log_id(lead_id))}
    for prediction in predictions:
        lead_id = prediction.lead_id
        yield prediction if lead_id is None else replace(prediction, lead_id=ids.get(lead_id, lead_id))


def read_predictions(home: Path) -> Iterator[LoggedPrediction]:
    """Yield every logged prediction, oldest day first; skip lines cut short by a kill."""
    return _parse_lines(DailyFiles(home / "requests").read_lines())


def read_in_arrival_order(home: Path) -> Iterator[LoggedPrediction]:
    """Yield every logged prediction of a lead that was shown in order of arrival, oldest day first."""
    return _parse_lines(line for line in DailyFiles(home / "requests").read_lines() if _ARRIVAL in line)


def read_newest_predictions(home: Path, sha256: str, limit: int) -> list[LoggedPrediction]:
    """Return the newest predictions of a bundle for leads with an id, at most ``limit``, oldest first.

    However long the log is, only its newest days are read.
    """
    lines = DailyFiles(home / "requests").read_newest(f'"sha256":"{sha256}"', limit)
    return [prediction for prediction in _parse_lines(lines) if prediction.lead_id is not None]


def _parse_lines(lines: Iterable[str]) -> Iterator[LoggedPrediction]:
    """Yield the predictions of the lines that are whole."""
    for line in lines:
        try:
            yield LoggedPrediction.from_line(line)
        except (ValueError, KeyError, TypeError):
            continue


def find_prediction(home: Path, receipt: str) -> LoggedPrediction | None:
    """Return the newest logged prediction with that receipt, None when there is none.

    Raises ValueError, KeyError or TypeError when its line is damaged.
    """
    line = DailyFiles(home / "requests").find_newest(f'"receipt":"{receipt}"')
    return None if line is None else LoggedPrediction.from_line(line)
