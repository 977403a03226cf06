"""What becomes of the leads when a desk calls them in this order? The invented practice's later months, played call by
call with the known truth.

Lives here: the desk's slots, its rules that hold for every order, the dice, what is counted.
Does not live here: the orders (``desk_orders``), the leads and their scores (``desk_world``).

Every order plays the same leads with the same dice: whether a person's k-th call is answered, decides to book, books
after how long, comes back alone and when, hangs on numbers drawn once for each lead. The chances are the formulas of
``synthetic.ground_truth``: a call is answered and a decision falls the less often the later it comes. For every order
the practice's own pauses hold after a call in vain, six calls or two weeks are the end, and nobody who booked alone is
called. Who was spoken with is off the list, whatever was decided."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.synthetic import call_desk_simulation, ground_truth, lead_outcomes, seasonality
from tests.bench.desk_world import DeskWorld

HOUR, DAY = 3600.0, 86400.0
HORIZON = ground_truth.HORIZON_HOURS * HOUR


@dataclass(frozen=True)
class Dice:
    """What chance holds for each lead, whoever calls it when; arrays of n rows."""

    answers: np.ndarray
    decides: np.ndarray
    thinks: np.ndarray
    leaves: np.ndarray

    @classmethod
    def of(cls, world: DeskWorld, seed: int) -> "Dice":
        """One throw for every lead."""
        rng, n = np.random.default_rng([seed, 8]), len(world)
        return cls(
            rng.random((n, call_desk_simulation.MAX_ATTEMPTS)),
            rng.random(n),
            lead_outcomes.draw_decision_delays(n, rng),
            lead_outcomes.draw_return_times(world.own, world.created, rng),
        )


@dataclass
class Desk:
    """What the desk knows while it plays; arrays of n rows, seconds since 1970 UTC.

    Parameters
    ----------
    open : bool array
        Arrived, not spoken with, not gone, not given up.
    calls : int array
    last : float array, -inf never called
    again : float array
        From when it may be called again.
    """

    world: DeskWorld
    open: np.ndarray
    calls: np.ndarray
    last: np.ndarray
    again: np.ndarray
    made: int = 0


Order = Callable[[Desk, float, int, np.ndarray], int | None]
"""(desk, now, part of the day, rows that may be called) -> the row to call."""


@dataclass(frozen=True)
class Played:
    """What came of one order.

    Parameters
    ----------
    calls : int
    reached, booked : bool arrays of shape (n,), booked within 30 days of arrival, by a call or alone
    alone : bool array of shape (n,)
        Who would have booked within 30 days of arrival had nobody been called.
    first_call : float array of shape (n,)
        Hours from arrival to the first call; NaN never called.
    waited : float array of shape (n,)
        Hours from arrival to the first call, or until it booked alone, was given up, or the play ended.
    """

    calls: int
    reached: np.ndarray
    booked: np.ndarray
    alone: np.ndarray
    first_call: np.ndarray
    waited: np.ndarray


def slots(world: DeskWorld, calls_per_lead: float, seed: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """The moments at which the desk can make a call, so many for each lead, and the part of the day of each."""
    zone = world.practice.zone
    first, last = (seasonality.local_parts(np.array([moment]), zone)[0].date() for moment in (world.start, world.stop))
    days = seasonality.days_between(first, last)
    hours = len(seasonality.open_days(days)) * (seasonality.CLOSES - seasonality.OPENS)
    wanted = calls_per_lead * len(world) / hours
    rng = np.random.default_rng(seed)
    when, period = call_desk_simulation.draw_call_slots(days, int(np.ceil(wanted)), zone, rng)
    kept = rng.random(len(when)) < wanted / np.ceil(wanted)
    return when[kept], period[kept]


def play(world: DeskWorld, order: Order, when: np.ndarray, period: np.ndarray, dice: Dice) -> Played:
    """Give every slot to the lead that the order names."""
    n, own = len(world), world.own
    state = Desk(
        world, np.zeros(n, bool), np.zeros(n, int), np.full(n, -np.inf), world.created + call_desk_simulation.HANDOVER
    )
    reached_at, first, closed = (
        np.full(n, np.inf),
        np.full(n, np.inf),
        np.minimum(dice.leaves, world.created + call_desk_simulation.GIVEN_UP_AFTER),
    )
    spoken = np.zeros(n, bool)
    for now, part in zip(when.tolist(), period.tolist(), strict=True):
        state.open = (world.created <= now) & (now < closed) & ~spoken & (state.calls < own.max_attempts)
        rows = np.flatnonzero(state.open & (state.again <= now))
        row = order(state, now, part, rows) if len(rows) else None
        if row is None:
            continue
        delay, nth = (now - world.created[row]) / HOUR, state.calls[row]
        odds = ground_truth.reach_log_odds(own.reach[row], ground_truth.TIME_FIT[own.prefers[row], part], delay, nth)
        first[row] = min(first[row], now)
        state.last[row], state.again[row] = (
            now,
            now + call_desk_simulation.WAITS[min(nth, len(call_desk_simulation.WAITS) - 1)],
        )
        state.calls[row] += 1
        state.made += 1
        if dice.answers[row, nth] < expit(odds):
            spoken[row], reached_at[row] = True, now
    return _counted(world, dice, state, spoken, reached_at, first, closed)


def _counted(
    world: DeskWorld,
    dice: Dice,
    state: Desk,
    spoken: np.ndarray,
    reached_at: np.ndarray,
    first: np.ndarray,
    closed: np.ndarray,
) -> Played:
    """Who booked in the end, and how long everybody waited."""
    own, delay = world.own, np.where(spoken, (np.where(spoken, reached_at, 0.0) - world.created) / HOUR, 0.0)
    odds = ground_truth.book_log_odds(own.book + ground_truth.EFFECT_ON_BOOKING * own.effect, own.cooling, delay)
    by_call = spoken & (dice.decides < expit(odds)) & (reached_at + dice.thinks <= world.created + HORIZON)
    alone = dice.leaves <= world.created + HORIZON
    until = np.minimum(np.minimum(first, closed), world.stop)
    return Played(
        state.made,
        spoken,
        by_call | ~spoken & alone,
        alone,
        np.where(np.isfinite(first), (first - world.created) / HOUR, np.nan),
        (until - world.created) / HOUR,
    )
