"""How many calls come in by half hour, and how many people are there to answer them?

Lives here: counting calls, people and their time on other calls, by half hour of the days from Monday to Friday.
Does not live here: the queue (``erlang_a``), what one more person brings (``staffing_table``).
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray, IntArray
from serving.insights.columns.phone_calls import PhoneCalls

__all__ = ["PhoneLoad", "count_load"]

HALF_HOURS = 48
MIN_CALLS = 30
"""Calls of a half hour, over all weeks."""

_STAFFED = 0.2
"""Share of the calls of a half hour that is answered; where it is less, nobody is there on most days."""

_WEEKDAYS = 5
_LEAST_PEOPLE = 0.25
_USUAL = 0.25


@dataclass(frozen=True)
class PhoneLoad:
    """Half hours in which somebody answers, from Monday to Friday.

    Parameters
    ----------
    half_hour : int array of shape (k,)
        Of the day, 0 to 47.
    calls, missed : float arrays of shape (weeks, k)
        Calls that came in, and those that nobody answered.
    people : float array of shape (k,)
        On duty, on an average day.
    free : float array of shape (k,)
        Share of their time in which they are on no outgoing call.
    talk_minutes : float
        Mean length of an answered call.
    """

    half_hour: IntArray
    calls: FloatArray
    missed: FloatArray
    people: FloatArray
    free: FloatArray
    talk_minutes: float

    def select(self, mask: np.ndarray) -> "PhoneLoad":
        """Return some half hours, by a bool array of shape (k,)."""
        half_hours = self.half_hour[mask], self.calls[:, mask], self.missed[:, mask]
        return PhoneLoad(*half_hours, self.people[mask], self.free[mask], self.talk_minutes)

    def compute_rate(self, calls: FloatArray) -> FloatArray:
        """Compute calls a minute from the calls of each week, shape (weeks, k)."""
        return calls.mean(axis=0) / (30.0 * _WEEKDAYS)


def count_load(calls: PhoneCalls, first_day: int, end_day: int) -> PhoneLoad | str:
    """Count the calls of whole weeks.

    Parameters
    ----------
    first_day, end_day : int
        Days since January 1, 1970; ``end_day`` is not over and does not count.

    Returns
    -------
    PhoneLoad or str
        Why nothing can be said, where nothing can.
    """
    weeks = (end_day - first_day) // 7
    first = end_day - 7 * weeks
    on_workdays = (calls.day >= first) & (calls.day < end_day) & ((calls.day + 3) % 7 < _WEEKDAYS)
    came_in = on_workdays & calls.came_in
    if weeks < 1 and calls.came_in.any():
        return "less than a week of calls is on record"
    if not came_in.any():
        return "no call from Monday to Friday is on record"
    named = on_workdays & (calls.person >= 0)
    if not named.any():
        return "no call names who of ours was on it (events.staff_id), so it is not known how many were on duty"
    talk = calls.minutes[came_in & calls.answered]
    talk = talk[np.isfinite(talk) & (talk > 0)]
    if not len(talk):
        return "no call says how long it took (events.duration_s)"

    def by_week(rows: np.ndarray) -> FloatArray:
        cell = (calls.day[rows] - first) // 7 * HALF_HOURS + calls.half_hour[rows]
        return np.bincount(cell, minlength=weeks * HALF_HOURS).reshape(weeks, HALF_HOURS).astype(float)

    total, missed = by_week(came_in), by_week(came_in & ~calls.answered)
    sums = total.sum(axis=0)
    usable = np.flatnonzero((sums >= MIN_CALLS) & (missed.sum(axis=0) <= (1 - _STAFFED) * sums))
    if not len(usable):
        return f"no half hour in which somebody answers has {MIN_CALLS} calls"
    people, busy = _count_people(calls, np.flatnonzero(named), weeks * _WEEKDAYS)
    people = np.maximum(people, _LEAST_PEOPLE)
    free = np.clip(1 - busy / (30.0 * people), 0.1, 1.0)
    return PhoneLoad(usable, total[:, usable], missed[:, usable], people[usable], free[usable], float(talk.mean()))


def _count_people(calls: PhoneCalls, rows: IntArray, days: int) -> tuple[FloatArray, FloatArray]:
    """Count who is on duty and the minutes of their outgoing calls, by half hour on an average day. Shape (48,) each.

    A person is on duty on a day with a call of theirs, from when they usually begin to when they usually end: the first
    call of a quarter of their days comes no later than that, and few calls of a day alone would let everybody come
    late.
    """
    key = calls.day[rows] * (int(calls.person.max()) + 1) + calls.person[rows]
    keys, shift = np.unique(key, return_inverse=True)
    shifts = len(keys)
    begin, end = np.full(shifts, HALF_HOURS), np.zeros(shifts, np.int64)
    np.minimum.at(begin, shift, calls.half_hour[rows])
    np.maximum.at(end, shift, calls.half_hour[rows])
    person = keys % (int(calls.person.max()) + 1)
    for number in np.unique(person).tolist():
        of_person = person == number
        begin[of_person] = np.minimum(begin[of_person], np.quantile(begin[of_person], _USUAL, method="lower"))
        end[of_person] = np.maximum(end[of_person], np.quantile(end[of_person], 1 - _USUAL, method="higher"))
    changes = np.bincount(begin, minlength=HALF_HOURS + 1) - np.bincount(end + 1, minlength=HALF_HOURS + 1)
    went_out = rows[~calls.came_in[rows]]
    busy = np.bincount(calls.half_hour[went_out], np.nan_to_num(calls.minutes[went_out]), HALF_HOURS)
    return np.cumsum(changes)[:HALF_HOURS] / days, busy / days
