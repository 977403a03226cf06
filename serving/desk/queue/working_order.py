"""In which order are the open leads called, and why does each stand where it stands? The working order: a policy that
one can read.

Lives here: the order, from plain arrays and a given moment.
Does not live here: the settings (``features.practice.queue_policy``), the hours at which people may be called
(``contact_hours``), each place in words (``order_words``), the leads themselves.

From the first place to the last:

1. what sounds urgent: whatever the score, whatever the hour, however often it was called. Who was not called yet comes
   before who did not answer, then who waited longest. It is tried again soon ``urgent_attempts`` times, then after the
   pauses that everybody has, and stands first again after each;
2. promised callbacks that are due, the earliest promise first;
3. everybody else who may be called now, the largest expected gain of a call first. The nurture lane is no bar of its
   own: a lead with a low score that has just arrived may be worth more than a likely one that has cooled for days.
   Among these stand, at places of their own: those whom a person put at a place; those who waited longer for a first
   call than anybody should (a share of the calls, the longest first); and those of the arrival share
   (``serving.random_holdout``), in order of arrival, whatever their score;
4. who may not be called yet, by the moment from which they may: a promise for later, a pause after a call that nobody
   answered, the hour. When nobody else is left to call, the next call goes to the largest gain among those who only
   asked for another time of day: a wish, no ban.

Who asked not to be contacted stands apart from all of them and in no list of calls.

Nobody starves: as long as somebody has waited too long for a first call, at least every ``1 / longest_wait_share``-th
call of part 3 (of those that the arrival share leaves) goes to the one who has waited longest. So whoever has ``k``
others that have waited longer is called within ``(k + 1) / longest_wait_share`` such calls, whatever scores come in
later."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from features.array_types import HOUR, MINUTE, FloatArray, IntArray, ObjectArray, TimeArray
from features.practice.queue_policy import QueuePolicy
from serving.random_holdout import interleave_holdout, count_holdout_positions

__all__ = ["ORDER_GROUPS", "CallCandidates", "WorkingOrder", "compute_expected_gain", "compute_working_order"]

ORDER_GROUPS = ("urgent", "callback", "placed", "waited", "arrival", "gain", "later", "apart")
"""By what a lead stands where it stands."""

URGENT, CALLBACK, PLACED, WAITED, ARRIVAL, GAIN, LATER, DO_NOT_CONTACT = range(len(ORDER_GROUPS))
_NEVER = np.datetime64("NaT", "us")
_QUARTER_HOUR = 0.25
"""Hours: what cools, cools fastest in the first quarter of an hour."""
_MIN_LOSS = 0.02
"""Share of the chance lost by tomorrow where the model sees none lost: nothing keeps for ever."""


@dataclass(frozen=True)
class CallCandidates:
    """Open leads as the order sees them; arrays of shape (n,), n may be 0. Make one with ``OpenLeads.of``.

    Parameters
    ----------
    lane : object array
        "urgent", "normal" or "nurture"; see ``serving.scoring.priority_lanes``. A person's grade is counted in it by
        whoever fills it in.
    probability : float array
        Chance of a booking as of now; where a person gave a grade, what that grade stands for.
    arrived_at : datetime64[us] array, UTC
        NaT not known: comes last in order of arrival, and nobody can say how long it has waited.
    probability_tomorrow : float array
        The same if nobody does anything for a day; NaN unknown.
    value : float array
        Money of the service asked for; NaN unknown, which counts as the middle of those known.
    callback_at : datetime64[us] array
        When somebody promised to call; NaT nothing promised.
    last_attempt_at : datetime64[us] array
        NaT never tried.
    attempts : int array
        Calls without an answer so far.
    do_not_contact : bool array
    callable_from : datetime64[us] array
        From when the hour allows a call; NaT now. As ``ContactHours`` says it, with ``because``.
    obstacle : object array
        What stands in the way until then, in words; None where nothing does.
    is_preference_only : bool array
        Whether that is nothing but the time of day that the person asked for.
    in_arrival_share : bool array
    human_place : float array
        Where a person put the lead, 1 for the first place after what is urgent or promised; NaN nobody did. Counts
        until the next attempt.
    human_grade : object array
        The grade that a person gave; None nobody did.
    last_heard_at : datetime64[us] array
        When the person last made itself heard (a reply, a second enquiry); NaT not since it arrived.
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
    callable_from: TimeArray
    obstacle: ObjectArray
    is_preference_only: np.ndarray
    in_arrival_share: np.ndarray
    human_place: FloatArray
    human_grade: ObjectArray
    last_heard_at: TimeArray

    @classmethod
    def of(
        cls, lane: Sequence[str], probability: Sequence[float], arrived_at: Sequence, **known: Sequence
    ) -> "CallCandidates":
        """Leads of which at least the lane, the chance and the arrival are known; the rest as if nothing was said.

        >>> some = CallCandidates.of(["normal", "urgent"], [0.3, 0.1], ["2026-11-20T09:00"] * 2)
        >>> len(some), some.attempts.tolist()
        (2, [0, 0])
        """
        n = len(lane)
        unknown = {name: np.full(n, empty, kind) for name, (empty, kind) in _EMPTY.items()}
        given = {"lane": lane, "probability": probability, "arrived_at": arrived_at} | known
        made = {name: np.array(values, _KINDS[name]) for name, values in given.items()}
        wrong = [name for name, values in made.items() if values.shape != (n,)]
        if wrong:
            raise ValueError(
                f"open leads: found {made[wrong[0]].shape} values of {wrong[0]}, expected ({n},) as of lane."
            )
        return cls(**(unknown | made))

    def __len__(self) -> int:
        """Number of leads."""
        return len(self.lane)

    def take(self, rows: np.ndarray) -> "CallCandidates":
        """Some of the leads."""
        return CallCandidates(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


_EMPTY = {
    "probability_tomorrow": (np.nan, float),
    "value": (np.nan, float),
    "callback_at": (_NEVER, "datetime64[us]"),
    "last_attempt_at": (_NEVER, "datetime64[us]"),
    "attempts": (0, np.intp),
    "do_not_contact": (False, bool),
    "callable_from": (_NEVER, "datetime64[us]"),
    "obstacle": (None, object),
    "is_preference_only": (False, bool),
    "in_arrival_share": (False, bool),
    "human_place": (np.nan, float),
    "human_grade": (None, object),
    "last_heard_at": (_NEVER, "datetime64[us]"),
}
_KINDS = {"lane": object, "probability": float, "arrived_at": "datetime64[us]"} | {
    name: kind for name, (_, kind) in _EMPTY.items()
}


@dataclass(frozen=True)
class WorkingOrder:
    """Where n leads stand.

    Parameters
    ----------
    rows : int array of shape (listed,)
        Everybody who may be called, now or later, in working order.
    do_not_contact_rows : int array of shape (n - listed,)
        Who asked not to be contacted, those that sound urgent first, then by arrival.
    group : int array of shape (n,)
        By what each stands where it stands: a position in ``ORDER_GROUPS``.
    ready : bool array of shape (n,)
        Whether each may be called now. What is urgent keeps its place at the top in a pause, and is not ready then; the
        hour never holds it back.
    lane : object array of shape (n,)
        The lane to show: "urgent", "callback due", "normal" or "nurture".
    spare : bool array of shape (n,)
        Whether nothing but the time of day that the person asked for holds it back: to be called when nobody else is
        left.
    not_before : datetime64[us] array of shape (n,)
        From when each may be called; NaT now.
    waiting_since : datetime64[us] array of shape (n,)
        Arrival, or the end of the pause after the last attempt.
    gain : float array of shape (n,)
        What the middle of the list is ordered by.
    """

    rows: IntArray
    do_not_contact_rows: IntArray
    group: IntArray
    ready: np.ndarray
    lane: ObjectArray
    spare: np.ndarray
    not_before: TimeArray
    waiting_since: TimeArray
    gain: FloatArray

    @property
    def to_call(self) -> IntArray:
        """The rows that may be called now, the next one first: in working order, and after them those whom only a wish
        holds back, by gain.
        """
        spare = np.flatnonzero(self.spare)
        return np.concatenate([self.rows[self.ready[self.rows]], spare[np.argsort(-self.gain[spare], kind="stable")]])

    @property
    def next_call(self) -> int | None:
        """The row to call now; None when nobody may be called now."""
        return next(iter(self.to_call.tolist()), None)


def compute_expected_gain(leads: CallCandidates, now: np.datetime64, policy: QueuePolicy) -> FloatArray:
    """What a call now is expected to bring. Shape (n,), to be compared only.

    chance x (1 + quarters of an hour since the person was last heard of) ** -cooling x value ** value_weight x share of
    the chance lost by tomorrow ** decay_weight. A lead that arrived at an unknown time counts as cool as the middle of
    the others.

    >>> some = CallCandidates.of(["normal"] * 2, [0.4, 0.3], ["2026-11-20T09:00", "2026-11-20T11:45"])
    >>> compute_expected_gain(some, np.datetime64("2026-11-20T12:45"), QueuePolicy(cooling=0.5)).round(3).tolist()
    [0.1, 0.134]
    """
    gain = np.nan_to_num(leads.probability)
    if policy.cooling:
        hours = (np.datetime64(now, "us") - np.fmax(leads.arrived_at, leads.last_heard_at)) / HOUR
        gain = gain * (1 + np.maximum(_fill_with_median(hours, 0.0), 0) / _QUARTER_HOUR) ** -policy.cooling
    if policy.value_weight:
        gain = gain * _fill_with_median(leads.value, 1.0) ** policy.value_weight
    if policy.decay_weight:
        lost = 1 - np.divide(
            leads.probability_tomorrow, leads.probability, out=np.full(len(leads), np.nan), where=leads.probability > 0
        )
        gain = gain * np.clip(_fill_with_median(lost, 1.0), _MIN_LOSS, 1.0) ** policy.decay_weight
    return gain


def compute_working_order(
    leads: CallCandidates, now: np.datetime64, policy: QueuePolicy, share: float = 0.0, called: int = 0
) -> WorkingOrder:
    """The order in which n open leads are called at one moment. Deterministic; who ties stands by arrival.

    Parameters
    ----------
    now : datetime64, UTC
    share : float, 0 to 0.5
        Share of the calls of part 3 that goes to leads of the arrival share.
    called : int, 0 or more
        Calls made since any fixed day, all kinds together: the two shares count on from there, list after list.
    """
    now = np.datetime64(now, "us")
    urgent, contactable = leads.lane == "urgent", ~leads.do_not_contact
    due, promised = _check_promises(leads, now, policy)
    waiting_since, paused_until = _compute_waits(leads, now, urgent & (leads.attempts < policy.urgent_attempts), policy)
    hour = np.where(due | urgent, _NEVER, leads.callable_from)
    not_before = np.fmax(np.fmax(np.where(due, _NEVER, paused_until), promised), hour)
    ready, gain = np.isnat(not_before), compute_expected_gain(leads, now, policy)
    placed = ~np.isnan(leads.human_place) & np.isnat(paused_until)
    waited = ready & (leads.attempts == 0) & ((now - leads.arrived_at) / HOUR > policy.longest_wait_hours)
    standing = np.select(
        [~contactable, urgent, due, placed, ~ready, waited, leads.in_arrival_share],
        [DO_NOT_CONTACT, URGENT, CALLBACK, PLACED, LATER, WAITED, ARRIVAL],
        GAIN,
    )
    lanes = _OrderParts(leads, standing, waiting_since, not_before, gain)
    rows = np.concatenate(
        [lanes.urgent(ready), lanes.callbacks(), lanes.middle(policy.longest_wait_share, share, called), lanes.later()]
    )
    spare = (standing == LATER) & leads.is_preference_only & np.isnat(paused_until) & np.isnat(promised)
    shown = np.where(due & ~urgent, "callback due", leads.lane)
    ready = ready & contactable | (standing == PLACED)
    return WorkingOrder(rows, lanes.apart(), standing, ready, shown, spare, not_before, waiting_since, gain)


def _check_promises(leads: CallCandidates, now: np.datetime64, policy: QueuePolicy) -> tuple[np.ndarray, TimeArray]:
    """Which promised calls are due, and from when those for later are; a promise is kept by any attempt from shortly
    before its time on.
    """
    from_when = leads.callback_at - policy.callback_minutes_before * MINUTE
    kept = leads.last_attempt_at >= from_when
    return (from_when <= now) & ~kept, np.where(from_when > now, from_when, _NEVER)


def _compute_waits(leads: CallCandidates, now: np.datetime64, soon: np.ndarray, policy: QueuePolicy) -> tuple[TimeArray, TimeArray]:
    """Since when each lead waits for a call, and until when its pause after the last attempt lasts (NaT no pause now);
    ``soon``: who is tried again soon.
    """
    pauses = np.array([policy.pause_hours(number) for number in range(1, len(policy.retry_hours) + 1)])
    hours = pauses[np.clip(leads.attempts, 1, len(pauses)) - 1]
    hours = np.where(soon, policy.urgent_retry_minutes / 60, hours)
    again = leads.last_attempt_at + (hours * 3600e6).astype("timedelta64[us]")
    return np.where(np.isnat(again), leads.arrived_at, again), np.where(again > now, again, _NEVER)


def _fill_with_median(values: FloatArray, otherwise: float) -> FloatArray:
    """Unknown values as the middle of the known ones."""
    known = values[~np.isnan(values)]
    return np.where(np.isnan(values), np.median(known) if len(known) else otherwise, values)


@dataclass(frozen=True)
class _OrderParts:
    """The parts of the order, each sorted by its own rule and then by arrival."""

    leads: CallCandidates
    group: IntArray
    waiting_since: TimeArray
    not_before: TimeArray
    gain: FloatArray

    def _sorted(self, standing: int, *keys: np.ndarray) -> IntArray:
        """The rows of one standing by these keys, the first one foremost, then by arrival and row."""
        rows = np.flatnonzero(self.standing == standing)
        return rows[np.lexsort([_to_sort_key(self.leads.arrived_at)[rows], *(key[rows] for key in reversed(keys))])]

    def urgent(self, ready: np.ndarray) -> IntArray:
        return self._sorted(URGENT, ~ready, self.leads.attempts > 0, _to_sort_key(self.waiting_since))

    def callbacks(self) -> IntArray:
        return self._sorted(CALLBACK, _to_sort_key(self.leads.callback_at))

    def middle(self, wait_share: float, arrival_share: float, called: int) -> IntArray:
        """Everybody else who may be called now."""
        by_gain = self._sorted(GAIN, -self.gain)
        waited, arrived = self._sorted(WAITED), self._sorted(ARRIVAL)
        rows = interleave_holdout(by_gain, waited, wait_share, called - count_holdout_positions(called, arrival_share))
        rows = interleave_holdout(rows, arrived, arrival_share, called)
        for row in self._sorted(PLACED, self.leads.human_place):
            rows = np.insert(rows, min(max(int(self.leads.human_place[row]) - 1, 0), len(rows)), row)
        return rows

    def later(self) -> IntArray:
        return self._sorted(LATER, _to_sort_key(self.not_before), -self.gain)

    def apart(self) -> IntArray:
        return self._sorted(DO_NOT_CONTACT, self.leads.lane != "urgent")


def _to_sort_key(times: TimeArray) -> IntArray:
    """Times as numbers to sort by; NaT after all."""
    return np.where(np.isnat(times), np.iinfo(np.int64).max, times.astype("datetime64[us]").astype(np.int64))
