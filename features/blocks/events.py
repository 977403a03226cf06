"""What happened strictly before each cutoff? The one place where events are cut, so that a signal cannot see the future."""

from dataclasses import dataclass

import numpy as np

from features.batch import Batch
from features.schema import EVENT_KINDS
from features.types import FloatArray, IntArray, TimeArray

__all__ = ["INBOUND", "OUTBOUND", "EventsBlock"]

INBOUND = ("form_submit", "inbound_call", "missed_call", "sms_in", "email_in", "chat", "verification")
"""Touches by which the person reaches out or answers."""
OUTBOUND = ("outbound_call", "voicemail", "sms_out", "email_out")
"""Attempts by which the practice reaches out."""
INTEREST = ("page_view", "email_open", "email_click")
"""Silent signs of interest."""

_CODE = {kind: code for code, kind in enumerate(EVENT_KINDS)}


@dataclass(frozen=True)
class EventsBlock:
    """Events seen from each moment.

    Parameters
    ----------
    moments : int
        Number of moments, n.
    row : int array of shape (s,)
        The moment that sees each event; ascending, and events of one moment in the order of time.
    time : datetime64[us] array of shape (s,)
    kind : int8 array of shape (s,)
    reached, duration_s : float arrays of shape (s,)
    """

    moments: int
    row: IntArray
    time: TimeArray
    kind: np.ndarray
    reached: FloatArray
    duration_s: FloatArray

    @classmethod
    def of(cls, batch: Batch) -> "EventsBlock":
        """Lay each lead's events beside each of its moments, and keep those with ``occurred_at < cutoff``."""
        events = batch.events
        counts = np.diff(events.starts)[batch.of_lead]
        row = np.repeat(np.arange(len(batch)), counts)
        place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts) + events.starts[batch.of_lead][row]
        seen = events.time[place] < batch.cutoff[row]
        row, place = row[seen], place[seen]
        return cls(len(batch), row, events.time[place], events.kind[place], events.reached[place], events.duration_s[place])

    def count(self, *kinds: str) -> FloatArray:
        """How many events of these kinds each moment sees. Shape (n,)."""
        return np.bincount(self.row[self._are(kinds)], minlength=self.moments).astype(float)

    def first(self, *kinds: str) -> TimeArray:
        """Time of the earliest event of these kinds; NaT none. Shape (n,)."""
        chosen = np.flatnonzero(self._are(kinds))[::-1]
        return self._placed(chosen)

    def last(self, *kinds: str) -> TimeArray:
        """Time of the latest event of these kinds; NaT none. Shape (n,)."""
        return self._placed(np.flatnonzero(self._are(kinds)))

    def count_reached(self) -> FloatArray:
        """How many attempts reached the person. Shape (n,)."""
        return np.bincount(self.row[self._are(OUTBOUND) & (self.reached == 1)], minlength=self.moments).astype(float)

    def _are(self, kinds: tuple[str, ...]) -> np.ndarray:
        wanted = np.zeros(len(EVENT_KINDS), bool)
        wanted[[_CODE[kind] for kind in kinds]] = True
        return wanted[self.kind]

    def _placed(self, chosen: IntArray) -> TimeArray:
        """The time of the last of ``chosen`` for each moment (a later assignment overwrites an earlier one)."""
        times = np.full(self.moments, np.datetime64("NaT"), "datetime64[us]")
        times[self.row[chosen]] = self.time[chosen]
        return times
