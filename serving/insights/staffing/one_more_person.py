"""What would one more person on the phones bring? Fewer missed calls by half hour, and what those are worth.

Lives here: the estimate with its interval.
Does not live here: the queue (``erlang_a``), counting calls (``phone_load``), the table (``staffing_table``).

The interval counts in that other weeks would have had other calls (weeks are drawn again, with replacement), so that
patience is another one, and that booking rates are known from so many leads. That the queue is Erlang's is assumed.
"""

from dataclasses import dataclass

import numpy as np

from features.array_types import FloatArray
from serving.insights.estimates import Estimate, cannot_tell, summarize_draws
from serving.insights.staffing.erlang_a import LONGEST_PATIENCE, compute_abandoned, estimate_patience
from serving.insights.staffing.phone_load import PhoneLoad

__all__ = ["BookingRates", "Gains", "estimate_gains"]

MIN_WEEKS = 6
MIN_CALLERS = 30
_DRAWS = 200


@dataclass(frozen=True)
class BookingRates:
    """Bookings and leads of callers who were answered at once, and of those who were missed; ripe ones."""

    answered: tuple[int, int]
    missed: tuple[int, int]

    def draw_gap(self, rng: np.random.Generator, count: int) -> FloatArray:
        """Draw by how much the rate of the answered may exceed that of the missed, shape (count,)."""
        one, other = (
            rng.beta(booked + 0.5, leads - booked + 0.5, count) for booked, leads in (self.answered, self.missed)
        )
        return one - other

    @property
    def gap(self) -> float:
        """By how much the rate of the answered exceeds that of the missed."""
        return self.answered[0] / self.answered[1] - self.missed[0] / self.missed[1]


@dataclass(frozen=True)
class Gains:
    """What one more person brings.

    Parameters
    ----------
    patience_minutes : Estimate
    fewer_missed, bookings : list of Estimate
        A week, of each half hour; the last one is of one more person in all of them.
    """

    patience_minutes: Estimate
    fewer_missed: list[Estimate]
    bookings: list[Estimate]


def estimate_gains(load: PhoneLoad, rates: BookingRates, rng: np.random.Generator) -> Gains | str:
    """Estimate what one more person brings, by half hour.

    Returns
    -------
    Gains or str
        Why nothing can be said, where nothing can.
    """
    weeks = len(load.calls)
    if weeks < MIN_WEEKS:
        return f"{weeks} of the {MIN_WEEKS} weeks of calls that it takes"
    if not load.missed.sum():
        return "no call was missed in these half hours: one more person would bring none back"
    value = _compute(load, load.calls, load.missed)
    if value is None:
        return (
            "more calls were missed than impatience explains: people were not at the phones, or on other calls, while "
            "they count as on duty"
        )
    patience, fewer = value
    if patience >= LONGEST_PATIENCE:
        return "fewer calls were missed than the model explains, however patient callers are: there are enough people"
    drawn = []
    for _ in range(_DRAWS):
        chosen = rng.integers(0, weeks, weeks)
        again = _compute(load, load.calls[chosen], load.missed[chosen])
        if again is not None:
            drawn.append((again[0], *again[1]))
    draws = np.array(drawn)
    missed = [summarize_draws(draws[:, 1 + i], float(fewer[i])) for i in range(len(fewer))]
    if min(rates.answered[1], rates.missed[1]) < MIN_CALLERS:
        known = f"it takes {MIN_CALLERS} older callers who were answered, and {MIN_CALLERS} who were missed"
        bookings: list[Estimate] = [cannot_tell(known)] * len(fewer)
    else:
        gap = rates.draw_gap(rng, len(draws))
        bookings = [summarize_draws(draws[:, 1 + i] * gap, float(fewer[i]) * rates.gap) for i in range(len(fewer))]
    return Gains(summarize_draws(draws[:, 0], patience), missed, bookings)


def _compute(load: PhoneLoad, calls: FloatArray, missed: FloatArray) -> tuple[float, FloatArray] | None:
    """Return the patience, and the missed calls fewer a week with one more person: of each half hour, and of all."""
    rate, total = load.compute_rate(calls), calls.sum(axis=0)
    open_rate = np.maximum(rate, 1e-9)
    people = load.people * load.free
    patience = estimate_patience(total, float(missed.sum()), open_rate, load.talk_minutes, people)
    if not np.isfinite(patience):
        return None
    now = compute_abandoned(open_rate, load.talk_minutes, people, patience)
    then = compute_abandoned(open_rate, load.talk_minutes, people + load.free, patience)
    fewer = calls.mean(axis=0) * (now - then)
    return patience, np.append(fewer, fewer.sum())
