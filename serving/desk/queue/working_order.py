"""In which order are the open leads called, and why is each at its position? The working order: a policy that people
can read.

Lives here: the order, from plain arrays and a given moment.
Does not live here: the settings (``features.practice.queue_policy``), the hours at which people may be called
(``contact_hours``), each position in words (``order_explanations``), the leads themselves (``queue_columns``).

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

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.array_types import HOUR, MINUTE, FloatArray, IntArray, ObjectArray, TimeArray
from features.practice.queue_policy import QueuePolicy
from serving.random_holdout import count_holdout_positions, interleave_holdout

__all__ = ["ORDER_GROUPS", "CallCandidates", "WorkingOrder", "compute_expected_gain", "compute_working_order"]

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
_NEVER = np.datetime64("NaT", "us")
_QUARTER_HOUR = 0.25
"""Hours: a lead cools fastest in the first quarter of an hour."""
_MIN_LOSS = 0.02
"""Share of the chance lost by tomorrow where the model predicts no loss: every lead cools in the end."""


@dataclass(frozen=True)
class CallCandidates:
    """Open leads as the order sees them; arrays of shape (n,), n may be 0. Make one with ``OpenLeads.of``.

    Parameters
    ----------
    lane : object array
        As in ``serving.scoring.priority_lanes``. A person's grade is already counted in.
    probability : float array
        Chance of a booking as of now; where a person gave a grade, within that grade's limits.
    arrived_at : datetime64[us] array, UTC
        NaT unknown: comes last in order of arrival, and its wait is unknown.
    probability_tomorrow : float array
        The same if nobody does anything for a day; NaN unknown.
    value : float array
        Value of the requested service; NaN unknown, which counts as the median of the known ones.
    callback_at : datetime64[us] array
        When somebody promised to call; NaT no promise.
    last_attempt_at : datetime64[us] array
        NaT no attempt yet.
    attempts : int array
        Calls without an answer so far.
    do_not_contact : bool array
    can_call, can_write : bool array
        Whether a phone number that works, and an e-mail address, is known.
    callable_from : datetime64[us] array
        From when the hour allows a call; NaT now. As in ``ContactHours``, with ``obstacle``.
    obstacle : object array
        What prevents a call until then, in words; None where nothing does.
    is_preference_only : bool array
        Whether that is only the time of day that the person asked for.
    in_arrival_share : bool array
    human_place : float array
        Where a person put the lead, 1 for the first place after what is urgent or promised; NaN nobody did. Valid
        until the next attempt.
    human_grade : object array
        The grade that a person gave; None for none.
    last_heard_at : datetime64[us] array
        When the person last got in touch (a reply, a second enquiry); NaT not since the lead arrived.
    """

    lane: ObjectArray
    probability: FloatArray
    arrived_at: TimeArray
    probability_tomorrow: FloatArray
    value: FloatArray
    callback_at: TimeArray
    last_attempt_at: TimeArray
    attempts: IntArray
    do_not_contact: np.ndarray
    can_call: np.ndarray
    can_write: np.ndarray
    callable_from: TimeArray
    obstacle: ObjectArray
    is_preference_only: np.ndarray
    in_arrival_share: np.ndarray
    human_place: FloatArray
    human_grade: ObjectArray
    last_heard_at: TimeArray

    @classmethod
    def of(
        cls, lane: Sequence[str], probability: Sequence[float], arrived_at: Sequence, **others: Sequence
    ) -> "CallCandidates":
        """Build leads from at least the lane, the chance and the arrival; other fields count as unknown where omitted.

        >>> leads = CallCandidates.of(["normal", "urgent"], [0.3, 0.1], ["2026-11-20T09:00"] * 2)
        >>> len(leads), leads.attempts.tolist()
        (2, [0, 0])
        """
        n = len(lane)
        defaults = {name: np.full(n, empty, kind) for name, (empty, kind) in _DEFAULTS.items()}
        fields = {"lane": lane, "probability": probability, "arrived_at": arrived_at} | others
        arrays = {name: np.array(values, _KINDS[name]) for name, values in fields.items()}
        misshapen = [name for name, values in arrays.items() if values.shape != (n,)]
        if misshapen:
            raise ValueError(
                f"open leads: found {arrays[misshapen[0]].shape} values of {misshapen[0]}, expected ({n},) as of lane."
            )
        return cls(**(defaults | arrays))

    def __len__(self) -> int:
        """Return the number of leads."""
        return len(self.lane)

    def take(self, rows: np.ndarray) -> "CallCandidates":
        """Return some of the leads."""
        return CallCandidates(**{column.name: getattr(self, column.name)[rows] for column in dataclasses.fields(self)})


_DEFAULTS = {
    "probability_tomorrow": (np.nan, float),
    "value": (np.nan, float),
    "callback_at": (_NEVER, "datetime64[us]"),
    "last_attempt_at": (_NEVER, "datetime64[us]"),
    "attempts": (0, np.intp),
    "do_not_contact": (False, bool),
    "can_call": (True, bool),
    "can_write": (False, bool),
    "callable_from": (_NEVER, "datetime64[us]"),
    "obstacle": (None, object),
    "is_preference_only": (False, bool),
    "in_arrival_share": (False, bool),
    "human_place": (np.nan, float),
    "human_grade": (None, object),
    "last_heard_at": (_NEVER, "datetime64[us]"),
}
_KINDS = {"lane": object, "probability": float, "arrived_at": "datetime64[us]"} | {
    name: kind for name, (_, kind) in _DEFAULTS.items()
}


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


def compute_expected_gain(leads: CallCandidates, now: np.datetime64, policy: QueuePolicy) -> FloatArray:
    """Compute what a call now is expected to bring. Shape (n,), to be compared only.

    chance x (1 + quarters of an hour since the person last got in touch) ** -cooling x value ** value_weight x share of
    the chance lost by tomorrow ** decay_weight. A lead that arrived at an unknown time counts as cool as the median of
    the others.

    >>> leads = CallCandidates.of(["normal"] * 2, [0.4, 0.3], ["2026-11-20T09:00", "2026-11-20T11:45"])
    >>> compute_expected_gain(leads, np.datetime64("2026-11-20T12:45"), QueuePolicy(cooling=0.5)).round(3).tolist()
    [0.1, 0.134]
    """
    gain = np.nan_to_num(leads.probability)
    if policy.cooling:
        # fmax and not maximum: a lead that was never heard from again counts from its arrival, not as unknown.
        hours = (np.datetime64(now, "us") - np.fmax(leads.arrived_at, leads.last_heard_at)) / HOUR
        gain = gain * (1 + np.maximum(_fill_with_median(hours, 0.0), 0) / _QUARTER_HOUR) ** -policy.cooling
    if policy.value_weight:
        gain = gain * _fill_with_median(leads.value, 1.0) ** policy.value_weight
    if policy.decay_weight:
        loss = 1 - np.divide(
            leads.probability_tomorrow, leads.probability, out=np.full(len(leads), np.nan), where=leads.probability > 0
        )
        gain = gain * np.clip(_fill_with_median(loss, 1.0), _MIN_LOSS, 1.0) ** policy.decay_weight
    return gain


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
    urgent, contactable = leads.lane == "urgent", ~leads.do_not_contact
    due, promised = _check_promises(leads, now, policy)
    waiting_since, paused_until = _compute_waits(leads, now, urgent & (leads.attempts < policy.urgent_attempts), policy)
    # A promise that is due and an urgent lead ignore the hour; everybody else waits for it.
    hour = np.where(due | urgent, _NEVER, leads.callable_from)
    not_before = np.fmax(np.fmax(np.where(due, _NEVER, paused_until), promised), hour)
    ready, gain = np.isnat(not_before), compute_expected_gain(leads, now, policy)
    placed = ~np.isnan(leads.human_place) & np.isnat(paused_until)
    waited = ready & (leads.attempts == 0) & ((now - leads.arrived_at) / HOUR > policy.longest_wait_hours)
    is_spam = leads.lane == "spam"
    group = np.select(
        [
            ~contactable,
            is_spam,
            ~leads.can_call & leads.can_write,
            ~leads.can_call,
            urgent,
            due,
            placed,
            ~ready,
            waited,
            leads.in_arrival_share,
        ],
        [DO_NOT_CONTACT, SPAM, WRITE, MISSING, URGENT, CALLBACK, PLACED, LATER, WAITED, ARRIVAL],
        GAIN,
    )
    is_callable = contactable & ~is_spam & leads.can_call
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
    shown_lane = np.where(due & ~urgent, "callback due", leads.lane)
    # A person who puts a lead at a place wants it called now, whatever the hour.
    ready = ready & is_callable | (group == PLACED)
    return WorkingOrder(
        rows=rows,
        do_not_contact_rows=parts.sort_do_not_contact(),
        write_rows=parts.sort_apart(WRITE),
        missing_rows=parts.sort_apart(MISSING),
        spam_rows=parts.sort_apart(SPAM),
        group=group,
        ready=ready,
        lane=shown_lane,
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
    return (due_from <= now) & ~is_kept, np.where(due_from > now, due_from, _NEVER)


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
    return np.where(np.isnat(retry_at), leads.arrived_at, retry_at), np.where(retry_at > now, retry_at, _NEVER)


def _fill_with_median(values: FloatArray, default: float) -> FloatArray:
    """Replace unknown values by the median of the known ones, or by ``default`` where none is known."""
    known_values = values[~np.isnan(values)]
    return np.where(np.isnan(values), np.median(known_values) if len(known_values) else default, values)


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
