"""What would one more person on the phones bring? Fewer missed calls by half hour, and what those are worth.

Lives here: the estimate with its interval.
Does not live here: the queue (``erlang_a``), counting calls (``phone_load``), the table (``staffing_table``).

The interval counts in that other weeks would have had other calls (weeks are drawn again, with replacement), so that
patience is another one, and that booking rates are known from so many leads. That the queue is Erlang's is assumed.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from features.array_types import FloatArray
from serving.insights.estimates import TAILS, Estimate, cannot_tell, summarize_draws
from serving.insights.practice_checks.group_rates import STANDS_OUT
from serving.insights.staffing.erlang_a import (
    LONGEST_PATIENCE,
    SHORTEST_PATIENCE,
    compute_abandoned,
    estimate_patience,
)
from serving.insights.staffing.phone_load import PhoneLoad

__all__ = ["BookingRates", "Gains", "estimate_gains"]

MIN_WEEKS = 6
MIN_CALLERS = 30
_DRAWS = 200
_AWAY = (
    "more calls were missed than impatience explains; people who count as on duty were not at the phones, or on other "
    "calls"
)
_ENOUGH = (
    "fewer calls were missed than so many people would miss, however patient callers are; there are enough people, or "
    "more than the calls name (events.staff_id)"
)
_FEW_CALLERS = cannot_tell(f"it takes {MIN_CALLERS} older callers who were answered, and {MIN_CALLERS} who were missed")


@dataclass(frozen=True)
class BookingRates:
    """Bookings and leads of callers who were answered at once, and of those who were missed; ripe ones."""

    answered: tuple[int, int]
    missed: tuple[int, int]

    def draw_gap(self, rng: np.random.Generator, count: int) -> FloatArray:
        """Draw by how much the rate of the answered may exceed that of the missed, shape (count,)."""
        of_answered, of_missed = (
            rng.beta(booked + 0.5, leads - booked + 0.5, count) for booked, leads in (self.answered, self.missed)
        )
        return of_answered - of_missed

    @property
    def are_known(self) -> bool:
        """Whether there are enough of both."""
        return min(self.answered[1], self.missed[1]) >= MIN_CALLERS

    @property
    def gap(self) -> float:
        """By how much the rate of the answered exceeds that of the missed, to a tenth of a point: all digits would tell
        how many booked on either side.
        """
        (answered_booked, leads), (other, others) = self.answered, self.missed
        return round(answered_booked / max(leads, 1) - other / max(others, 1), 3)


@dataclass(frozen=True)
class Gains:
    """What one more person brings.

    Parameters
    ----------
    patience_minutes : Estimate
    fewer_missed, bookings : list of Estimate
        A week, of each half hour; the last one is of one more person in all those that the model explains.
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
        return "no call was missed in these half hours; one more person would bring none back"
    fits = _find_explained(load)
    explained = load.select(fits)
    value = _compute(explained, explained.calls, explained.missed) if fits.any() else None
    if value is None:
        return _AWAY
    patience, fewer = value
    if patience >= LONGEST_PATIENCE:
        return _ENOUGH
    drawn = []
    for _ in range(_DRAWS):
        drawn_weeks = rng.integers(0, weeks, weeks)
        again = _compute(explained, explained.calls[drawn_weeks], explained.missed[drawn_weeks])
        if again is not None:
            drawn.append((again[0], *again[1]))
    if len(drawn) < _DRAWS / 2:
        # Other weeks of the same practice would mostly not be explained.
        return _AWAY
    # Few weeks drawn again vary less than other weeks would: as a t quantile exceeds a normal one.
    wider = np.sqrt(weeks / (weeks - 1)) * stats.t.ppf(TAILS[1], weeks - 1) / stats.norm.ppf(TAILS[1])
    center = np.array([patience, *fewer])
    draws = np.maximum(center + wider * (np.array(drawn) - center), 0.0)
    gap, known_gap = rates.draw_gap(rng, len(draws)), rates.are_known
    position = np.append(np.where(fits, np.cumsum(fits) - 1, -1), len(fewer) - 1)
    missed: list[Estimate] = []
    bookings: list[Estimate] = []
    for i in position.tolist():
        if i < 0:
            missed.append(cannot_tell(_AWAY))
            bookings.append(cannot_tell(_AWAY))
            continue
        missed.append(summarize_draws(draws[:, 1 + i], float(fewer[i])))
        worth = summarize_draws(draws[:, 1 + i] * gap, float(fewer[i]) * rates.gap) if known_gap else _FEW_CALLERS
        bookings.append(worth)
    return Gains(summarize_draws(draws[:, 0], patience), missed, bookings)


def _find_explained(load: PhoneLoad) -> np.ndarray:
    """Find the half hours in which no more calls were missed than the queue explains, shape (k,), bool.

    Where people count as on duty who were away, as at lunch, one patience for all half hours explains too few.
    """
    calls, missed = load.calls.sum(axis=0), load.missed.sum(axis=0)
    rate = np.maximum(load.compute_rate(load.calls), 1e-9)
    fits = np.ones(len(calls), bool)
    while fits.any():
        now = load.select(fits)
        now_and_more = _compute(now, now.calls, now.missed)
        # As impatient as can be, where even that explains too few.
        patience = SHORTEST_PATIENCE if now_and_more is None else now_and_more[0]
        share = np.clip(compute_abandoned(rate, load.talk_minutes, load.people * load.free, patience), 1e-6, 1 - 1e-6)
        excess = (missed - calls * share) / np.sqrt(calls * share * (1 - share))
        away = fits & (excess > STANDS_OUT)
        if not away.any():
            break
        # One at a time, the farthest first: it moved the patience that the others were compared with.
        fits[int(np.where(away, excess, -np.inf).argmax())] = False
    return fits


def _compute(load: PhoneLoad, calls: FloatArray, missed: FloatArray) -> tuple[float, FloatArray] | None:
    """Return the patience, and the missed calls fewer a week with one more person: of each half hour, and of all."""
    rate, total = load.compute_rate(calls), calls.sum(axis=0)
    open_rate = np.maximum(rate, 1e-9)
    people = load.people * load.free
    patience = estimate_patience(total, float(missed.sum()), open_rate, load.talk_minutes, people)
    if not np.isfinite(patience):
        return None
    now = compute_abandoned(open_rate, load.talk_minutes, people, patience)
    with_one_more = compute_abandoned(open_rate, load.talk_minutes, people + load.free, patience)
    fewer = calls.mean(axis=0) * (now - with_one_more)
    return patience, np.append(fewer, fewer.sum())
