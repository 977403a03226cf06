"""Which leads does the working order sort? Open leads as plain arrays, each with what its place depends on.

Lives here: the arrays, their units and what counts as unknown. Does not live here: the order (``working_order``), where
they come from (``queue_columns``).
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray

__all__ = ["CallCandidates", "NEVER"]

NEVER = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class CallCandidates:
    """Open leads as the order sees them; arrays of shape (n,), n may be 0. Make one with ``CallCandidates.of``.

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
        When the person last got in touch (a reply, a second inquiry); NaT not since the lead arrived.
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
    "callback_at": (NEVER, "datetime64[us]"),
    "last_attempt_at": (NEVER, "datetime64[us]"),
    "attempts": (0, np.intp),
    "do_not_contact": (False, bool),
    "can_call": (True, bool),
    "can_write": (False, bool),
    "callable_from": (NEVER, "datetime64[us]"),
    "obstacle": (None, object),
    "is_preference_only": (False, bool),
    "in_arrival_share": (False, bool),
    "human_place": (np.nan, float),
    "human_grade": (None, object),
    "last_heard_at": (NEVER, "datetime64[us]"),
}
_KINDS = {"lane": object, "probability": float, "arrived_at": "datetime64[us]"} | {
    name: kind for name, (_, kind) in _DEFAULTS.items()
}
