"""By when does the person want to come? Of the times that a message states, the one that they wish for.

Lives here: choosing among a message's times by what it says as a whole.
Does not live here: finding times (``text.message_reader``, ``text.times.time_expressions``), the labels
(``text.label_reader``).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from features.array_types import FloatArray
from features.text.message_readings import MessageReadings, StatedTime
from features.text.times.time_choice import choose_times

__all__ = ["choose_by_rules", "choose_wished_days"]

_FEW_WORDS, _LEAST_WISH_OF_FEW_WORDS = 6, 0.15
_LEAST_WISH, _LEAST_WISH_IN_EMERGENCY = 0.3, 0.8
"""Probability of a wish to be seen below which a time is none of it: "are you open Monday?", "chest pain, worse today".
Of the messages learned from, 6 and 3 of 765 right times are lost so, and 22 and 31 of 302 wrong ones."""
_NO_CARE = ("spam", "test", "not_a_lead")
_NO_WISH = ("red_flag", "price_only", "callback", "second_opinion", "price_objection", "distance_objection", "fear")

_AS_SOON_AS_POSSIBLE = 1.0
_NAMED_DAYS = ("tomorrow", "manana")


def choose_wished_days(
    readings: MessageReadings, probability: FloatArray, labels: Sequence[str], is_said: Mapping[str, np.ndarray]
) -> FloatArray:
    """Return by when each writer wants to be seen. Shape (m,), days, NaN where they do not say so.

    What rules say is one fact among those by which learned weights choose (``text.times.time_choice``).

    Parameters
    ----------
    probability : float array of shape (m, k), of ``labels``
    said : dict
        Label -> bool array of shape (m,)
    """
    by_rules = choose_by_rules(readings, probability[:, labels.index("appointment")], is_said)
    return choose_times(readings.reader.time_model, readings, probability, labels, by_rules)


def choose_by_rules(readings: MessageReadings, wish: FloatArray, is_said: Mapping[str, np.ndarray]) -> FloatArray:
    """Return the same by rules alone.

    Mostly that is the soonest time. Who moves a visit writes two: the one they have, and then the one they want.

    Parameters
    ----------
    wish : float array of shape (m,); probability of a wish to be seen
    said : dict
        Label -> bool array of shape (m,)
    """
    if np.isnan(readings.stated_days).all():
        return readings.stated_days.copy()
    is_long = readings.word_count > _FEW_WORDS
    days = np.where(readings.mentions("has_visit") | ~is_long, readings.days, readings.stated_days)
    no_care = np.logical_or.reduce([is_said[label] for label in _NO_CARE])
    least = np.where(is_said["red_flag"], _LEAST_WISH_IN_EMERGENCY, _LEAST_WISH)
    # "Tues the 22nd" alone, or with a complaint, is an answer, and a wish: of so few words the labels are guesses.
    says_more = np.logical_or.reduce([is_said[label] for label in _NO_WISH])
    asks = is_said["information_only"] & (is_long | (wish < _LEAST_WISH_OF_FEW_WORDS))
    days[asks | (is_long & (no_care | (says_more & ~(wish >= least))))] = np.nan
    # "The first available on or after the 14th": the soonest time is none of a calendar, and another one bounds it.
    vague = days == _AS_SOON_AS_POSSIBLE
    if vague.any():
        named = [readings.reader.number[day] for day in _NAMED_DAYS if day in readings.reader.number]
        vague &= ~readings.holds_any(named) & readings.holds_any(readings.reader.bounds)
    for row in np.flatnonzero(vague).tolist():
        days[row] = _find_bound(readings.list_times(row))
    moves = is_said["change_visit"] & is_long & ~no_care & ~np.isnan(readings.stated_days)
    for row in np.flatnonzero(moves).tolist():
        days[row] = _choose_new_time(readings.list_times(row))
    return days


def _choose_new_time(times: list[StatedTime]) -> float:
    """Return the last time that a "to" leads to, else the last of several, the only one if it is not called off."""
    if len({time.days for time in times}) == 1 and times[-1].is_called_off:
        return np.nan
    led_to = [time for time in times if time.is_led_to]
    return (led_to or times)[-1].days


def _find_bound(times: list[StatedTime]) -> float:
    """Return the earliest day at which the person can come, where one is said beside "the first available", else 1.

    A day of the calendar that is tomorrow is a wish of its own: "Thursday, or any day after the 20th".
    """
    if any(time.is_date and time.days == _AS_SOON_AS_POSSIBLE for time in times):
        return _AS_SOON_AS_POSSIBLE
    return max((time.days for time in times if time.is_not_before), default=_AS_SOON_AS_POSSIBLE)
