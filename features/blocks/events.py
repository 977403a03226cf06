"""What happened strictly before each cutoff?

Lives here: the events that each moment may see, counted and timed. It is the only file that cuts events, so that no
signal can see the future.
Does not live here: what a count says about a lead (``signals.engagement``).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from features.array_types import FloatArray, IntArray, TimeArray
from features.arrays.computed_once import computed_once
from features.batch import Batch
from features.schema import EVENT_KINDS

__all__ = ["INBOUND", "OUTBOUND", "SAME_ATTEMPT", "EventsBlock"]

INBOUND = ("form_submit", "inbound_call", "missed_call", "sms_in", "email_in", "chat", "verification")
"""Events in which the person reaches out or answers."""
OUTBOUND = ("outbound_call", "voicemail", "sms_out", "email_out")
"""Attempts of the practice to reach the person."""
INTEREST = ("page_view", "email_open", "email_click")
"""Signs of interest without a contact."""
SAME_ATTEMPT = np.timedelta64(5, "m")
"""A voicemail this soon after a call of ours was left in that call: both are one attempt."""


@dataclass(frozen=True)
class EventsBlock:
    """Events that each moment sees.

    Parameters
    ----------
    moments : int
        Number of moments, n.
    row : int array of shape (s,)
        The moment that sees each event; ascending, and events of one moment in order of time.
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
        # Position of each event among its moment's events, plus where the events of that lead begin.
        first = np.repeat(np.cumsum(counts) - counts, counts)
        event = np.arange(len(row)) - first + events.starts[batch.of_lead][row]
        is_past = events.time[event] < batch.cutoff[row]
        row, event = row[is_past], event[is_past]
        return cls(
            len(batch), row, events.time[event], events.kind[event], events.reached[event], events.duration_s[event]
        )

    def count(self, *kinds: str) -> FloatArray:
        """Count the events of these kinds that each moment sees. Shape (n,)."""
        return self._count(self._is_of_kind(kinds))

    def first(self, *kinds: str) -> TimeArray:
        """Return the time of the earliest event of these kinds; NaT none. Shape (n,)."""
        # Reversed, so that the earliest event is assigned last and wins.
        return self._find_last_times(np.flatnonzero(self._is_of_kind(kinds))[::-1])

    def last(self, *kinds: str) -> TimeArray:
        """Return the time of the latest event of these kinds; NaT none. Shape (n,)."""
        return self._find_last_times(np.flatnonzero(self._is_of_kind(kinds)))

    def count_reached(self) -> FloatArray:
        """Count the attempts that reached the person. Shape (n,)."""
        return self._count(self._is_of_kind(OUTBOUND) & (self.reached == 1))

    @computed_once
    def is_attempt(self) -> np.ndarray:
        """Whether each event is an attempt of its own, bool of shape (s,): a call with the voicemail left in it is one.

        Many phone systems log the two as two events.
        """
        calls, voicemails = self._is_of_kind(("outbound_call",)), self._is_of_kind(("voicemail",))
        if not (calls.any() and voicemails.any()):
            return self._is_of_kind(OUTBOUND)
        # Events of one moment at the same time are in no order, so they are looked at together.
        starts = np.ones(len(self.row), bool)
        starts[1:] = (self.row[1:] != self.row[:-1]) | (self.time[1:] != self.time[:-1])
        instant = np.cumsum(starts) - 1
        has_call = np.bincount(instant[calls], minlength=instant[-1] + 1) > 0
        last_call = np.maximum.accumulate(np.where(has_call, np.arange(len(has_call)), -1))[instant]
        row, time = self.row[starts], self.time[starts]
        is_near = (last_call >= 0) & (row[last_call] == self.row) & (self.time - time[last_call] <= SAME_ATTEMPT)
        return self._is_of_kind(OUTBOUND) & ~(voicemails & is_near)

    def count_attempts(self, since: TimeArray | None = None) -> FloatArray:
        """Count the attempts that each moment sees, after ``since`` (n,) where it is given and not NaT. Shape (n,)."""
        return self._count(self.is_attempt if since is None else self.is_attempt & ~(self.time <= since[self.row]))

    @computed_once
    def last_inbound_at(self) -> TimeArray:
        """When the person last reached out or answered; NaT never. Shape (n,)."""
        return self.last(*INBOUND)

    @computed_once
    def last_attempt_at(self) -> TimeArray:
        """When the practice last tried to reach the person; NaT never. Shape (n,)."""
        return self.last(*OUTBOUND)

    @computed_once
    def last_contact_at(self) -> TimeArray:
        """When the person last reached out, answered or was reached; NaT never. Shape (n,)."""
        return np.fmax(
            self.last_inbound_at,
            self._find_last_times(np.flatnonzero(self._is_of_kind(OUTBOUND) & (self.reached == 1))),
        )

    def count_after(self, since: TimeArray, *kinds: str) -> FloatArray:
        """Count the events of these kinds that each moment sees after ``since`` (n,); all of them where it is NaT.

        Shape (n,).
        """
        return self._count(self._is_of_kind(kinds) & ~(self.time <= since[self.row]))

    def count_before(self, until: TimeArray, *kinds: str) -> FloatArray:
        """Count the events of these kinds that each moment sees before ``until`` (n,); all of them where it is NaT.

        Shape (n,).
        """
        return self._count(self._is_of_kind(kinds) & ~(self.time >= until[self.row]))

    def first_after(self, since: TimeArray, *kinds: str) -> TimeArray:
        """Return the time of the earliest event of these kinds after ``since`` (n,); NaT without one or without
        ``since``.

        Shape (n,).
        """
        return self._find_last_times(np.flatnonzero(self._is_of_kind(kinds) & (self.time > since[self.row]))[::-1])

    def count_decayed(self, cutoff: TimeArray, half_life: np.timedelta64, *kinds: str) -> FloatArray:
        """Count events of these kinds, each worth half as much for every ``half_life`` that it lies before ``cutoff``
        (n,).

        Shape (n,).
        """
        selected = self._is_of_kind(kinds)
        row = self.row[selected]
        return np.bincount(row, 0.5 ** ((cutoff[row] - self.time[selected]) / half_life), minlength=self.moments)

    def longest_s(self, *kinds: str) -> FloatArray:
        """Return the duration of the longest event of these kinds in seconds; NaN where none has one. Shape (n,)."""
        selected = self._is_of_kind(kinds) & ~np.isnan(self.duration_s)
        longest = np.full(self.moments, -1.0)
        np.maximum.at(longest, self.row[selected], self.duration_s[selected])
        return np.where(longest < 0, np.nan, longest)

    def count_ways(self, *ways: tuple[str, ...]) -> FloatArray:
        """Count in how many of these ways (each some kinds of events) there was an event. Shape (n,)."""
        used = np.zeros((self.moments, len(ways) + 1), bool)
        used[self.row, _number_ways(ways)[self.kind]] = True
        return used[:, :-1].sum(axis=1).astype(float)

    def _count(self, counted: np.ndarray) -> FloatArray:
        """Count the events of a mask that each moment sees. Shape (n,)."""
        return np.bincount(self.row[counted], minlength=self.moments).astype(float)

    def _is_of_kind(self, kinds: tuple[str, ...]) -> np.ndarray:
        """Return whether each event is of one of these kinds."""
        return _flag_kinds(kinds)[self.kind]

    def _find_last_times(self, positions: IntArray) -> TimeArray:
        """Return for each moment the time of the last of these events: a later assignment overwrites an earlier one."""
        times = np.full(self.moments, np.datetime64("NaT"), "datetime64[us]")
        times[self.row[positions]] = self.time[positions]
        return times


@cache
def _flag_kinds(kinds: tuple[str, ...]) -> np.ndarray:
    """Return for each kind of event whether it is one of these."""
    return np.isin(EVENT_KINDS, kinds)


@cache
def _number_ways(ways: tuple[tuple[str, ...], ...]) -> IntArray:
    """Return for each kind of event which of the ways it belongs to; the number of ways where none."""
    numbers = [next((number for number, way in enumerate(ways) if kind in way), len(ways)) for kind in EVENT_KINDS]
    return np.array(numbers, np.intp)
