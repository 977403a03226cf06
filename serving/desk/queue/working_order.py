"""In which order are the open leads called, and why is each at its position? The working order: a policy that people
can read.

Lives here: the order, from plain arrays and a given moment.
Does not live here: the arrays (``call_candidates``), what a call is expected to bring (``expected_gain``), the settings
(``features.practice.queue_policy``), the hours at which people may be called (``contact_hours``), each position in
words (``order_explanations``), the leads themselves (``queue_columns``).

From first to last:

1. possible emergencies: whatever the score, whatever the hour, however often it was called. Leads not called yet come
   before those that did not answer, then those that waited longest. An urgent lead is retried soon
   ``urgent_attempts`` times, then after the same pauses as the others, and comes first again after each;
2. promised callbacks that are due, the earliest promise first;
3. everybody else who may be called now, the largest expected gain of a call first. The nurture lane alone holds nobody
   back: a lead with a low score that has just arrived may be worth more than a likely one that has cooled for days.
   Mixed into these are: leads that a person put at a place; leads that waited too long for a first call (a share of the
   calls, the longest first); and the leads of the arrival share (``serving.random_holdout``), in order of arrival,
   whatever their score;
4. leads that may not be called yet, by the moment from which they may: a promise for later, a pause after a call that
   nobody answered, the hour. When nobody else is left to call, the next call goes to the largest gain among those who
   only asked for another time of day: that is a preference, not a prohibition.

The list of calls holds only who can be called. Who can only be written to, who cannot be reached at all, spam, and
who asked not to be contacted are listed apart, and in no list of calls.

Nobody starves: as long as somebody has waited too long for a first call, at least every ``1 / longest_wait_share``-th
call of part 3 (of those that the arrival share leaves) goes to the one who has waited longest. So a lead with ``k``
others that have waited longer is called within ``(k + 1) / longest_wait_share`` such calls, whatever scores arrive
later."""

from dataclasses import dataclass

import numpy as np

from features.array_types import HOUR, MINUTE, FloatArray, IntArray, ObjectArray, TimeArray
from features.practice.queue_policy import QueuePolicy
from serving.desk.queue.call_candidates import NEVER, CallCandidates
from serving.desk.queue.expected_gain import compute_expected_gain
from serving.random_holdout import count_holdout_positions, interleave_holdout

__all__ = ["ORDER_GROUPS", "WorkingOrder", "compute_working_order"]

ORDER_GROUPS = (
    "urgent",
    "callback",
    "placed",
    "waited",
    "arrival",
    "gain",
    "later",
    "apart",
    "write",
    "missing",
    "spam",
)
"""The rules that put a lead at its position, in the order of the constants below."""

URGENT, CALLBACK, PLACED, WAITED, ARRIVAL, GAIN, LATER, DO_NOT_CONTACT, WRITE, MISSING, SPAM = range(len(ORDER_GROUPS))


@dataclass(frozen=True)
class WorkingOrder:
    """The order of n leads.

    Parameters
    ----------
    rows : int array of shape (listed,)
        All that may be called, now or later, in working order.
    do_not_contact_rows : int array
        Those that asked not to be contacted, urgent ones first, then by arrival.
    write_rows, missing_rows, spam_rows : int arrays
        Those that can only be written to, those that nothing reaches, and spam: in no list of calls. Urgent ones first,
        then those written to long enough ago, then by gain.
    group : int array of shape (n,)
        The rule that put each at its position: an index into ``ORDER_GROUPS``.
    ready : bool array of shape (n,)
        Whether each may be called now. An urgent lead stays at the top during a pause, and is not ready then; the hour
        never holds it back.
    lane : object array of shape (n,)
        The lane to show: "urgent", "callback due", "normal" or "nurture".
    spare : bool array of shape (n,)
        Whether only the time of day that the person asked for holds it back: to be called when nobody else is left.
    not_before : datetime64[us] array of shape (n,)
        From when each may be called; NaT now.
    waiting_since : datetime64[us] array of shape (n,)
        Arrival, or the end of the pause after the last attempt.
    gain : float array of shape (n,)
        What part 3 of the list is ordered by.
    """

    rows: IntArray
    do_not_contact_rows: IntArray
    write_rows: IntArray
    missing_rows: IntArray
    spam_rows: IntArray
    group: IntArray
    ready: np.ndarray
    lane: ObjectArray
    spare: np.ndarray
    not_before: TimeArray
    waiting_since: TimeArray
    gain: FloatArray

    @property
    def lists(self) -> dict[str, IntArray]:
        """Every list by its name: each of the n leads is on one of them."""
        return {
            "call": self.rows,
            "write": self.write_rows,
            "missing": self.missing_rows,
            "spam": self.spam_rows,
            "apart": self.do_not_contact_rows,
        }

    @property
    def to_call(self) -> IntArray:
        """The rows that may be called now, the next one first: in working order, then those that only a preference for
        another time holds back, by gain.
        """
        spare = np.flatnonzero(self.spare)
        return np.concatenate([self.rows[self.ready[self.rows]], spare[np.argsort(-self.gain[spare], kind="stable")]])

    @property
    def next_call(self) -> int | None:
        """The row to call now; None when nobody may be called now."""
        return next(iter(self.to_call.tolist()), None)


def compute_working_order(
    leads: CallCandidates, now: np.datetime64, policy: QueuePolicy, share: float = 0.0, called: int = 0
) -> WorkingOrder:
    """Compute the order in which n open leads are called at one moment. Deterministic; ties are in order of arrival.

    Parameters
    ----------
    now : datetime64, UTC
    share : float, 0 to 0.5
        Share of the calls of part 3 that goes to leads of the arrival share.
    called : int, 0 or more
        Calls made since any fixed day, all kinds together: the two shares continue from there, list after list.
    """
    now = np.datetime64(now, "us")
    urgent = leads.lane == "urgent"
    due, promised = _check_promises(leads, now, policy)
    waiting_since, paused_until = _compute_waits(leads, now, urgent & (leads.attempts < policy.urgent_attempts), policy)
    # A promise that is due and an urgent lead ignore the hour; everybody else waits for it.
    hour = np.where(due | urgent, NEVER, leads.callable_from)
    not_before = np.fmax(np.fmax(np.where(due, NEVER, paused_until), promised), hour)
    ready, gain = np.isnat(not_before), compute_expected_gain(leads, now, policy)
    # The first rule that is true puts a lead at its position.
    has_waited = (now - leads.arrived_at) / HOUR > policy.longest_wait_hours
    rules = {
        DO_NOT_CONTACT: leads.do_not_contact,
        SPAM: leads.lane == "spam",
        WRITE: ~leads.can_call & leads.can_write,
        MISSING: ~leads.can_call,
        URGENT: urgent,
        CALLBACK: due,
        PLACED: ~np.isnan(leads.human_place) & np.isnat(paused_until),
        LATER: ~ready,
        # Attempts count from the last answer on: who was spoken with has none and was called all the same.
        WAITED: ready & np.isnat(leads.last_attempt_at) & (leads.attempts == 0) & has_waited,
        ARRIVAL: leads.in_arrival_share,
    }
    group = np.select(list(rules.values()), list(rules), GAIN)
    parts = _OrderParts(leads, group, waiting_since, not_before, gain)
    rows = np.concatenate(
        [
            parts.sort_urgent(ready),
            parts.sort_callbacks(),
            parts.mix_middle(policy.longest_wait_share, share, called),
            parts.sort_later(),
        ]
    )
    spare = (group == LATER) & leads.is_preference_only & np.isnat(paused_until) & np.isnat(promised)
    # A person who puts a lead at a place wants it called now, whatever the hour.
    ready = ready & ~np.isin(group, (DO_NOT_CONTACT, SPAM, WRITE, MISSING)) | (group == PLACED)
    return WorkingOrder(
        rows=rows,
        do_not_contact_rows=parts.sort_do_not_contact(),
        write_rows=parts.sort_apart(WRITE),
        missing_rows=parts.sort_apart(MISSING),
        spam_rows=parts.sort_apart(SPAM),
        group=group,
        ready=ready,
        lane=np.where(due & ~urgent, "callback due", leads.lane),
        spare=spare,
        not_before=not_before,
        waiting_since=waiting_since,
        gain=gain,
    )


def _check_promises(leads: CallCandidates, now: np.datetime64, policy: QueuePolicy) -> tuple[np.ndarray, TimeArray]:
    """Return which promised calls are due, and from when the later ones are.

    A promise is kept by any attempt from shortly before its time on.
    """
    due_from = leads.callback_at - policy.callback_minutes_before * MINUTE
    is_kept = leads.last_attempt_at >= due_from
    return (due_from <= now) & ~is_kept, np.where(due_from > now, due_from, NEVER)


def _compute_waits(
    leads: CallCandidates, now: np.datetime64, soon: np.ndarray, policy: QueuePolicy
) -> tuple[TimeArray, TimeArray]:
    """Return since when each lead waits for a call, and the end of its pause after the last attempt (NaT no pause now).

    ``soon``: which leads are retried soon.
    """
    pauses = np.array([policy.pause_hours(number) for number in range(1, len(policy.retry_hours) + 1)])
    hours = pauses[np.clip(leads.attempts, 1, len(pauses)) - 1]
    hours = np.where(soon, policy.urgent_retry_minutes / 60, hours)
    retry_at = leads.last_attempt_at + (hours * 3600e6).astype("timedelta64[us]")
    return np.where(np.isnat(retry_at), leads.arrived_at, retry_at), np.where(retry_at > now, retry_at, NEVER)


@dataclass(frozen=True)
class _OrderParts:
    """The parts of the order, each sorted by its own rule and then by arrival."""

    leads: CallCandidates
    group: IntArray
    waiting_since: TimeArray
    not_before: TimeArray
    gain: FloatArray

    def _sort_group(self, group: int, *keys: np.ndarray) -> IntArray:
        """Sort the rows of one group by these keys, the first one foremost, then by arrival and row."""
        rows = np.flatnonzero(self.group == group)
        # lexsort takes its foremost key last.
        return rows[np.lexsort([_to_sort_key(self.leads.arrived_at)[rows], *(key[rows] for key in reversed(keys))])]

    def sort_urgent(self, ready: np.ndarray) -> IntArray:
        """Sort part 1."""
        return self._sort_group(URGENT, ~ready, self.leads.attempts > 0, _to_sort_key(self.waiting_since))

    def sort_callbacks(self) -> IntArray:
        """Sort part 2."""
        return self._sort_group(CALLBACK, _to_sort_key(self.leads.callback_at))

    def mix_middle(self, wait_share: float, arrival_share: float, called: int) -> IntArray:
        """Sort part 3, and mix the two shares and the human places into it."""
        by_gain = self._sort_group(GAIN, -self.gain)
        waited, arrived = self._sort_group(WAITED), self._sort_group(ARRIVAL)
        rows = interleave_holdout(by_gain, waited, wait_share, called - count_holdout_positions(called, arrival_share))
        rows = interleave_holdout(rows, arrived, arrival_share, called)
        for row in self._sort_group(PLACED, self.leads.human_place):
            rows = np.insert(rows, min(max(int(self.leads.human_place[row]) - 1, 0), len(rows)), row)
        return rows

    def sort_later(self) -> IntArray:
        """Sort part 4."""
        return self._sort_group(LATER, _to_sort_key(self.not_before), -self.gain)

    def sort_apart(self, group: int) -> IntArray:
        """Sort those of one group that nobody calls."""
        return self._sort_group(group, self.leads.lane != "urgent", ~np.isnat(self.not_before), -self.gain)

    def sort_do_not_contact(self) -> IntArray:
        """Sort those that must not be contacted."""
        return self._sort_group(DO_NOT_CONTACT, self.leads.lane != "urgent")


def _to_sort_key(times: TimeArray) -> IntArray:
    """Return times as numbers to sort by; NaT after all."""
    return np.where(np.isnat(times), np.iinfo(np.int64).max, times.astype("datetime64[us]").astype(np.int64))
