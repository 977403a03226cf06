"""How likely does each lead book? The formulas from which the outcomes are drawn, and the exact probabilities that
follow from them.

Lives here: the two steps (reached, then booked), the person who books alone, the times between.
Does not live here: what each thing said is worth (``worth``), the desk's plan of attempts (``desk``), the drawing
(``course``).

A lead books in one of two ways, whichever comes first.
1. The desk reaches it: attempt k, at a delay d after arrival, reaches the person with the chance ``reach_log_odds``. In
   the conversation the person decides to book with the chance ``book_log_odds``, which falls with d. The appointment is
   made at once or some days later.
2. The person comes back alone and books, with the chance ``alone``, after a delay of its own, unless the desk was there
   before.
Log-odds are sums over what is said (``worth``) and the person's own effect, which no data shows.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

__all__ = [
    "RETURN_MEDIAN_HOURS",
    "RETURN_SPREAD",
    "LeadParameters",
    "PREFERENCES",
    "TIME_FIT",
    "estimate_booking_at_arrival",
    "book_log_odds",
    "chance",
    "compute_booking_probabilities",
    "probability_booked_within",
    "period_of_hour",
    "reach_log_odds",
]

HORIZON_HOURS = 30 * 24.0
EFFECT_ON_BOOKING, EFFECT_ON_RETURN = 0.50, 0.40
"""Spread, log-odds, of the person's own effect on the decision and on coming back alone."""

PREFERENCES = ("", "morning", "afternoon", "evening")
TIME_FIT = np.array([[0.0, -0.10, 0.20], [0.50, -0.30, -0.30], [-0.30, 0.50, -0.10], [-0.45, -0.15, 0.80]])
"""Log-odds of answering, by the time preferred (rows, as ``PREFERENCES``) and the part of the day (columns)."""
RETURN_MEDIAN_HOURS, RETURN_SPREAD = 22.0, 1.25
SAME_CALL, LATER_MEDIAN_DAYS, LATER_SPREAD, LATER_MOST_DAYS = 0.30, 3.2, 1.05, 45.0


def expit(log_odds):
    """The probability of log-odds.

    >>> float(expit(0.0))
    0.5
    """
    return expit(log_odds)


def period_of_hour(hour: np.ndarray) -> np.ndarray:
    """0 morning (to 12), 1 afternoon (to 16), 2 evening.

    >>> period_of_hour(np.array([8, 12, 17]))
    array([0, 1, 2])
    """
    return (np.asarray(hour) >= 12).astype(int) + (np.asarray(hour) >= 16)


def reach_log_odds(base, time_fit, delay_hours, attempt):
    """Log-odds that an attempt (0 is the first) reaches the person: warm in the first minutes, colder with every hour
    and every call in vain."""
    return base + time_fit - 0.24 * np.log1p(delay_hours * 4) - 0.10 * attempt


def book_log_odds(base, cooling, delay_hours):
    """Log-odds that a person who is reached after ``delay_hours`` decides to book."""
    return base - cooling * np.log1p(delay_hours / 2)


def probability_booked_within(days):
    """The chance that an appointment, once decided on, is made within so many days. 0 for negative ones.

    >>> float(probability_booked_within(0.0)), float(probability_booked_within(45.0))
    (0.3, 1.0)
    """
    days = np.asarray(days, dtype=float)
    longest = ndtr(np.log(LATER_MOST_DAYS / LATER_MEDIAN_DAYS) / LATER_SPREAD)
    later = ndtr(np.log(np.clip(days, 1e-12, LATER_MOST_DAYS) / LATER_MEDIAN_DAYS) / LATER_SPREAD) / longest
    return np.where(days < 0, 0.0, SAME_CALL + (1 - SAME_CALL) * later)


def probability_returned_within(hours):
    """The chance that a person who comes back alone has done so within so many hours."""
    return ndtr(np.log(np.maximum(hours, 1e-9) / RETURN_MEDIAN_HOURS) / RETURN_SPREAD)


@dataclass(frozen=True)
class LeadParameters:
    """What the formulas need of every lead; arrays of shape (n,), log-odds where nothing else is said.

    Parameters
    ----------
    reach : ndarray
    book, cooling : ndarray
        Without the person's own effect; ``cooling`` is the loss for each factor of the delay.
    alone : ndarray
        Coming back alone to book, without the person's own effect.
    effect : ndarray
        The person's own, standard normal.
    at_once : ndarray, bool
        In conversation at arrival: an answered call.
    most : ndarray, int
        Attempts the desk would make.
    prefers : ndarray, int
        Row of ``TIME_FIT``.
    """

    reach: np.ndarray
    book: np.ndarray
    cooling: np.ndarray
    alone: np.ndarray
    effect: np.ndarray
    at_once: np.ndarray
    most: np.ndarray
    prefers: np.ndarray


@dataclass(frozen=True)
class PlannedAttempts:
    """What a plan of attempts means before anything is known of the person; arrays of the plan's shape, attempts first.

    Parameters
    ----------
    answers : ndarray
        Chance that the attempt reaches the person, if it takes place.
    cooled : ndarray
        Log-odds of booking lost by then.
    by_then : ndarray
        Chance that somebody who comes back alone has come before it.
    in_time : ndarray
        Chance that a booking decided on then is made within the horizon.
    """

    answers: np.ndarray
    cooled: np.ndarray
    by_then: np.ndarray
    in_time: np.ndarray


def _evaluate_attempts(lead: LeadParameters, delay_hours: np.ndarray, period: np.ndarray) -> PlannedAttempts:
    """The attempts of one plan for each lead, shape (n, k), or of several, shape (n, m, k)."""
    alike = (slice(None),) + (None,) * (delay_hours.ndim - 1)
    delay, called = np.minimum(delay_hours, HORIZON_HOURS), np.isfinite(delay_hours)
    nth = np.arange(delay.shape[-1])
    at_once = lead.at_once[alike] & (nth == 0)
    odds = reach_log_odds(lead.reach[alike], TIME_FIT[lead.prefers[alike], period], delay, nth)
    parts = (
        np.where(at_once, 1.0, np.where(called, expit(odds), 0.0)),
        -book_log_odds(0.0, lead.cooling[alike], delay),
        np.where(at_once, 0.0, probability_returned_within(delay)),
        probability_booked_within((HORIZON_HOURS - delay) / 24),
    )
    return PlannedAttempts(*(np.moveaxis(part, -1, 0) for part in parts))


def _accumulate_chances(attempts: PlannedAttempts, book: np.ndarray, alone: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chances to be reached by the desk, to book after that, and to come back alone, all within the horizon.

    ``book`` (log-odds) and ``alone`` (a chance) hold the person's own effect.
    """
    reached, booked, came_alone, before, not_yet = 0.0, 0.0, 0.0, 0.0, 1.0
    for answers, cooled, by_then, in_time in zip(
        attempts.answers, attempts.cooled, attempts.by_then, attempts.in_time, strict=True
    ):
        came_alone += alone * not_yet * (by_then - before)
        now = not_yet * (1 - alone * by_then) * answers
        reached, booked = reached + now, booked + now * expit(book - cooled) * in_time
        not_yet, before = not_yet * (1 - answers), by_then
    return reached, booked, came_alone + alone * not_yet * (probability_returned_within(HORIZON_HOURS) - before)


def compute_booking_probabilities(lead: LeadParameters, delay_hours: np.ndarray, period: np.ndarray) -> dict[str, np.ndarray]:
    """The exact probabilities of each lead, given when the desk calls it, or would call it.

    Parameters
    ----------
    lead : Lead of n leads
    delay_hours, period : ndarray of shape (n, k)
        The plan: hours after arrival, inf for no attempt, and the part of the day.

    Returns
    -------
    dict of arrays of shape (n,)
        ``p_reached`` (by the desk, or in the arriving call), ``p_booked_when_reached`` (NaN where nobody is ever
        called) and ``p_booked_30d``, all within 30 days of arrival.
    """
    alone = expit(lead.alone + EFFECT_ON_RETURN * lead.effect)
    reached, booked, came_alone = _accumulate_chances(
        _evaluate_attempts(lead, delay_hours, period), lead.book + EFFECT_ON_BOOKING * lead.effect, alone
    )
    when_reached = np.divide(booked, reached, out=np.full(len(reached), np.nan), where=reached > 0)
    return {"p_reached": reached, "p_booked_when_reached": when_reached, "p_booked_30d": booked + came_alone}


def estimate_booking_at_arrival(
    lead: LeadParameters,
    delay_hours: np.ndarray,
    period: np.ndarray,
    cells: list[np.ndarray],
    rng: np.random.Generator,
    plans: int = 16,
    nodes: int = 7,
) -> np.ndarray:
    """``p_booked_30d`` as far as it can be known at arrival: the plan and the person's own effect are averaged out.
    Shape (n,).

    Parameters
    ----------
    cells : list of ndarray of shape (n,), int
        Groups of leads for which the desk acts alike, finest first; a lead takes the plans of ``plans`` others of its
        finest group with enough of them.
    nodes : int
        Of the Gauss-Hermite quadrature over the person's effect.
    """
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    donors = _draw_donors(lead.most == lead.most.max(), cells, plans, rng)
    result = np.zeros(len(donors))
    for start in range(0, len(donors), 2048):
        rows = slice(start, start + 2048)
        some = LeadParameters(**{name: values[rows] for name, values in vars(lead).items()})
        plan = np.where(np.arange(delay_hours.shape[1]) < some.most[:, None, None], delay_hours[donors[rows]], np.inf)
        plan[some.at_once, :, 0] = 0.0
        attempts = _evaluate_attempts(some, plan, period[donors[rows]])
        for point, weight in zip(points, weights / weights.sum(), strict=True):
            _, booked, came_alone = _accumulate_chances(
                attempts,
                (some.book + EFFECT_ON_BOOKING * point)[:, None],
                expit(some.alone + EFFECT_ON_RETURN * point)[:, None],
            )
            result[rows] += weight * (booked + came_alone).mean(axis=1)
    return result


def _draw_donors(ordinary: np.ndarray, cells: list[np.ndarray], plans: int, rng: np.random.Generator) -> np.ndarray:
    """For every lead the rows of ``plans`` other ordinary leads of its cell, drawn with replacement.

    Shape (n, plans).
    """
    donors = rng.choice(np.flatnonzero(ordinary), (len(ordinary), plans))
    for cell in reversed(cells):
        rows = np.flatnonzero(ordinary)
        rows = rows[np.argsort(cell[rows], kind="stable")]
        first, after = np.searchsorted(cell[rows], cell, "left"), np.searchsorted(cell[rows], cell, "right")
        enough = np.flatnonzero(after - first > plans)
        drawn = first[enough, None] + (rng.random((len(enough), plans)) * (after - first)[enough, None]).astype(int)
        own = rows[drawn] == enough[:, None]
        drawn[own] += np.where(drawn + 1 < after[enough, None], 1, -1)[own]
        donors[enough] = rows[drawn]
    return donors
