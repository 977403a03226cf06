"""Who is called when? A call desk with limited capacity, simulated slot by slot.

Lives here: the slots in which somebody is free to call, the queue, the attempts.
Does not live here: the chance that an attempt reaches the person (``ground_truth``).

The rule of the desk: fresh leads before repeats, within that the channel's priority, within that the newest first.
After an unanswered attempt the lead waits (2 hours, then a day, ...). After six attempts or two weeks the desk gives
up. In peak weeks the oldest leads are called late or never.

A lead that was reached, or booked by itself, stays in the queue as a *shadow*: it is called at the times at which it
would have been called otherwise, without using a slot. So every lead has a complete plan of attempts, whatever
happened to it, and its booking probability can be computed from the plan. (A shadow does not push others back, as a
lead not yet reached would; that effect is far below what one can measure.)
"""

from dataclasses import dataclass
from datetime import date
from heapq import heapify, heappop, heappush
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from scipy.special import expit

from features.synthetic import ground_truth, seasonality

__all__ = ["MAX_ATTEMPTS", "PRIORITY", "CallPlan", "compute_calls_per_hour", "draw_call_slots", "simulate_desk"]

MAX_ATTEMPTS = 6
HOUR, DAY = 3600.0, 86400.0
WAITS = np.array([2 * HOUR, 22 * HOUR, DAY, 2 * DAY, 3 * DAY])
GIVEN_UP_AFTER = 14 * DAY
PRIORITY = {"missed_call": 0, "referral": 0, "web_form": 1, "chat": 1, "directory": 2, "email": 2, "social_ad": 2}
HANDOVER = 90.0
"""Seconds after its arrival at which a lead appears on the desk's list."""
CALLS_PER_LEAD = 2.05
"""The capacity the practice pays for: calls for each inquiry that needs one. A quiet week would need about 2.6."""


@dataclass(frozen=True)
class CallPlan:
    """When each lead is called, or would have been called.

    Parameters
    ----------
    called_at : ndarray of shape (n, 6), float
        Seconds since 1970 UTC, inf where no attempt is made.
    period : ndarray of shape (n, 6), int
        Part of the day at the attempt: 0 morning, 1 afternoon, 2 evening.
    attempts_made : ndarray of shape (n,), int
        How many attempts really took place; the others belong to the shadow.
    reached : ndarray of shape (n,), bool
        Whether the last real attempt reached the person.
    """

    called_at: np.ndarray
    period: np.ndarray
    attempts_made: np.ndarray
    reached: np.ndarray


def compute_calls_per_hour(to_call: int, days: list[date]) -> int:
    """Return how many calls the desk makes in an hour, at most, with ``to_call`` leads on these days.

    >>> compute_calls_per_hour(9000, seasonality.days_between(date(2025, 5, 1), date(2026, 11, 1)))
    5
    """
    return max(
        1,
        round(to_call * CALLS_PER_LEAD / (len(seasonality.open_days(days)) * (seasonality.CLOSES - seasonality.OPENS))),
    )


def draw_call_slots(
    days: list[date], per_hour: int, zone: ZoneInfo, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the times at which the desk can make a call, in order, and the part of the day of each.

    Both of shape (slots,). ``per_hour`` times in each opening hour, evenly spread with some jitter.
    """
    opened = seasonality.open_days(days)
    hours = np.arange(seasonality.OPENS, seasonality.CLOSES)
    shape = (len(opened), len(hours), per_hour)
    within = (np.arange(per_hour) + rng.uniform(0.05, 0.95, shape)) / per_hour
    second = ((hours[None, :, None] + within) * HOUR).round()
    number = np.broadcast_to(np.array([(day - days[0]).days for day in opened], dtype=float)[:, None, None], shape)
    period = np.broadcast_to(ground_truth.period_of_hour(hours)[None, :, None], shape)
    return seasonality.to_utc(
        # Rounding can reach the next hour, in which the desk may be closed.
        number.ravel(),
        np.minimum(second, (hours[None, :, None] + 1) * HOUR - 1).ravel(),
        days[0],
        zone,
    ), period.ravel()


def simulate_desk(
    lead: dict[str, np.ndarray], when: np.ndarray, period: np.ndarray, rng: np.random.Generator
) -> CallPlan:
    """Simulate the desk from the first slot to the last.

    Parameters
    ----------
    lead : dict of arrays of shape (n,)
        ``created`` and ``returns_at`` (books by itself, inf never), seconds; ``priority`` (0 first); ``max_attempts``;
        ``reach`` log-odds; ``prefers`` (row of ``ground_truth.TIME_FIT``).
    when, period : ndarray of shape (slots,)
    """
    n = len(lead["created"])
    desk = _DeskState(lead, rng.random((n, MAX_ATTEMPTS)), WAITS * rng.uniform(0.9, 1.3, (n, 1)))
    for now, part in zip(when.tolist(), period.tolist(), strict=True):
        desk.use_slot(now, part)
    return CallPlan(desk.called_at, desk.period, desk.attempts_made, desk.reached)


class _DeskState:
    """The queue's state: leads that wait for their next time, leads that are ready to be called."""

    def __init__(self, lead: dict[str, np.ndarray], dice: np.ndarray, waits: np.ndarray):
        n = len(lead["created"])
        # Plain lists: the loop below reads single values, which is several times slower from an array.
        self.created, self.returns_at = lead["created"].tolist(), lead["returns_at"].tolist()
        self.max_attempts, self.priority = lead["max_attempts"].tolist(), lead["priority"].tolist()
        self.base, self.prefers = lead["reach"].tolist(), lead["prefers"].tolist()
        self.dice, self.waits = dice, waits
        self.called_at, self.period = np.full((n, MAX_ATTEMPTS), np.inf), np.zeros((n, MAX_ATTEMPTS), dtype=np.int8)
        self.attempts_made, self.reached = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)
        self.planned, self.gone = [0] * n, [False] * n
        self.waiting: list[tuple[float, int]] = [
            (created + HANDOVER, i) for i, created in enumerate(self.created) if self.max_attempts[i]
        ]
        self.ready: list[tuple[Any, ...]] = []
        heapify(self.waiting)

    def use_slot(self, now: float, part: int) -> None:
        """Give this slot to the first lead in line; shadows in front of it are called without using the slot."""
        while self.waiting and self.waiting[0][0] <= now:
            _, i = heappop(self.waiting)
            heappush(self.ready, (self.planned[i] > 0, self.priority[i], -self.created[i], i))
        while self.ready:
            i = heappop(self.ready)[-1]
            if now - self.created[i] < GIVEN_UP_AFTER and self.call(i, now, part):
                return

    def call(self, i: int, now: float, part: int) -> bool:
        """Call lead ``i``, or its shadow; return whether that used the slot."""
        k = self.planned[i]
        self.called_at[i, k], self.period[i, k] = now, part
        self.planned[i] = k + 1
        if k + 1 < self.max_attempts[i]:
            heappush(self.waiting, (now + float(self.waits[i, k]), i))
        self.gone[i] = self.gone[i] or self.returns_at[i] <= now
        # A lead that has left gets a shadow of the call, without a slot: its chance is needed, as if the desk had
        # gone on.
        if self.gone[i]:
            return False
        self.attempts_made[i] = k + 1
        odds = ground_truth.reach_log_odds(
            self.base[i], ground_truth.TIME_FIT[self.prefers[i], part], (now - self.created[i]) / HOUR, k
        )
        self.gone[i] = self.reached[i] = self.dice[i, k] < expit(odds)
        return True
