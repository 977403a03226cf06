"""What happened strictly before each cutoff?

The one place where events are cut, so that a signal cannot see the future.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from features.array_types import FloatArray, IntArray, TimeArray
from features.batch import Batch
from features.schema import EVENT_KINDS

__all__ = ["INBOUND", "OUTBOUND", "EventsBlock"]

INBOUND = ("form_submit", "inbound_call", "missed_call", "sms_in", "email_in", "chat", "verification")
"""Touches by which the person reaches out or answers."""
OUTBOUND = ("outbound_call", "voicemail", "sms_out", "email_out")
"""Attempts by which the practice reaches out."""
INTEREST = ("page_view", "email_open", "email_click")
"""Silent signs of interest."""


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
        return cls(
            len(batch), row, events.time[place], events.kind[place], events.reached[place], events.duration_s[place]
        )

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

    @cached_property
    def last_inbound_at(self) -> TimeArray:
        """When the person was last heard from; NaT never. Shape (n,)."""
        return self.last(*INBOUND)

    @cached_property
    def last_attempt_at(self) -> TimeArray:
        """When the practice last tried to reach the person; NaT never. Shape (n,)."""
        return self.last(*OUTBOUND)

    @cached_property
    def last_contact_at(self) -> TimeArray:
        """When the person was last heard from or reached; NaT never. Shape (n,)."""
        return np.fmax(self.last_inbound_at, self._placed(np.flatnonzero(self._are(OUTBOUND) & (self.reached == 1))))

    def count_after(self, since: TimeArray, *kinds: str) -> FloatArray:
        """How many events of these kinds each moment sees after ``since`` (n,); all of them where it is NaT.

        Shape (n,).
        """
        return np.bincount(self.row[self._are(kinds) & ~(self.time <= since[self.row])], minlength=self.moments).astype(
            float
        )

    def count_before(self, until: TimeArray, *kinds: str) -> FloatArray:
        """How many events of these kinds each moment sees before ``until`` (n,); all of them where it is NaT.

        Shape (n,).
        """
        return np.bincount(self.row[self._are(kinds) & ~(self.time >= until[self.row])], minlength=self.moments).astype(
            float
        )

    def first_after(self, since: TimeArray, *kinds: str) -> TimeArray:
        """Time of the earliest event of these kinds after ``since`` (n,); NaT where there is none or ``since`` is NaT.

        Shape (n,).
        """
        return self._placed(np.flatnonzero(self._are(kinds) & (self.time > since[self.row]))[::-1])

    def count_decayed(self, cutoff: TimeArray, half_life: np.timedelta64, *kinds: str) -> FloatArray:
        """Events of these kinds, each worth half as much for every ``half_life`` that it lies before ``cutoff`` (n,).

        Shape (n,).
        """
        chosen = self._are(kinds)
        row = self.row[chosen]
        return np.bincount(row, 0.5 ** ((cutoff[row] - self.time[chosen]) / half_life), minlength=self.moments)

    def longest_s(self, *kinds: str) -> FloatArray:
        """The longest event of these kinds, seconds; NaN where none tells its duration. Shape (n,)."""
        chosen = self._are(kinds) & ~np.isnan(self.duration_s)
        longest = np.full(self.moments, -1.0)
        np.maximum.at(longest, self.row[chosen], self.duration_s[chosen])
        return np.where(longest < 0, np.nan, longest)

    def count_ways(self, *ways: tuple[str, ...]) -> FloatArray:
        """In how many of these ways (each some kinds of events) there was an event. Shape (n,)."""
        used = np.zeros((self.moments, len(ways) + 1), bool)
        used[self.row, _way_of(ways)[self.kind]] = True
        return used[:, :-1].sum(axis=1).astype(float)

    def _are(self, kinds: tuple[str, ...]) -> np.ndarray:
        """Whether each event is of these kinds."""
        return _among(kinds)[self.kind]

    def _placed(self, chosen: IntArray) -> TimeArray:
        """The time of the last of ``chosen`` for each moment (a later assignment overwrites an earlier one)."""
        times = np.full(self.moments, np.datetime64("NaT"), "datetime64[us]")
        times[self.row[chosen]] = self.time[chosen]
        return times


@cache
def _among(kinds: tuple[str, ...]) -> np.ndarray:
    """For each kind of event, whether it is one of these."""
    return np.isin(EVENT_KINDS, kinds)


@cache
def _way_of(ways: tuple[tuple[str, ...], ...]) -> IntArray:
    """For each kind of event, which of the ways it belongs to; the number of ways where none."""
    return np.array(
        [next((place for place, way in enumerate(ways) if kind in way), len(ways)) for kind in EVENT_KINDS], np.intp
    )
