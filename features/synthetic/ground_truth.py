"""How likely is each lead to book? The formulas from which outcomes are drawn, and the exact probabilities behind them.

Lives here: the two steps (reached, then booked), people who return by themselves to book, the times between.
Does not live here: how much each detail of an inquiry adds (``true_effects``), the desk's plan of attempts
(``call_desk_simulation``), the drawing (``lead_outcomes``).

A lead books in one of two ways, whichever comes first.
1. The desk reaches it. Attempt k, at a delay d after arrival, reaches the person with the log-odds
   ``reach_log_odds``. In the conversation the person decides to book with the log-odds ``book_log_odds``, which fall
   with d. The appointment is made at once or some days later.
2. The person returns by itself and books, with the log-odds ``self_book``, after a delay of its own, unless the desk
   reached it before.
Log-odds are sums over what the inquiry states (``true_effects``) and the person's own effect, which no data shows.
"""

from dataclasses import dataclass
from typing import Any

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
    "compute_booking_probabilities",
    "probability_booked_within",
    "period_of_hour",
    "reach_log_odds",
]

Numbers = Any
"""A number, or an array of numbers: the formulas take both."""

HORIZON_HOURS = 30 * 24.0
EFFECT_ON_BOOKING, EFFECT_ON_RETURN = 0.50, 0.40
"""Standard deviation, log-odds, of the person's own effect on the decision and on returning to book."""

PREFERENCES = ("", "morning", "afternoon", "evening")
TIME_FIT = np.array([[0.0, -0.10, 0.20], [0.50, -0.30, -0.30], [-0.30, 0.50, -0.10], [-0.45, -0.15, 0.80]])
"""Log-odds of answering, by the time preferred (rows, as ``PREFERENCES``) and the part of the day (columns)."""
RETURN_MEDIAN_HOURS, RETURN_SPREAD = 22.0, 1.25
DONOR_PLANS, EFFECT_NODES = 16, 7
"""Plans of other leads, and nodes of the Gauss-Hermite quadrature over the person's effect, to average over."""
SAME_CALL, LATER_MEDIAN_DAYS, LATER_SPREAD, LATER_MOST_DAYS = 0.30, 3.2, 1.05, 45.0


def period_of_hour(hour: np.ndarray) -> np.ndarray:
    """Return the part of the day: 0 morning (before 12), 1 afternoon (before 16), 2 evening.

    >>> period_of_hour(np.array([8, 12, 17]))
    array([0, 1, 2])
    """
    return (np.asarray(hour) >= 12).astype(int) + (np.asarray(hour) >= 16)


def reach_log_odds(base: Numbers, time_fit: Numbers, delay_hours: Numbers, attempt: Numbers) -> Numbers:
    """Compute the log-odds that an attempt (0 is the first) reaches the person.

    They are highest in the first minutes and fall with every hour and every unanswered call.
    """
    return base + time_fit - 0.24 * np.log1p(delay_hours * 4) - 0.10 * attempt


def book_log_odds(base: Numbers, cooling: Numbers, delay_hours: Numbers) -> Numbers:
    """Compute the log-odds that a person who is reached after ``delay_hours`` decides to book."""
    return base - cooling * np.log1p(delay_hours / 2)


def probability_booked_within(days: Numbers) -> Numbers:
    """Return the probability that an appointment, once decided on, is made within ``days``; 0 for negative days.

    >>> float(probability_booked_within(0.0)), float(probability_booked_within(45.0))
    (0.3, 1.0)
    """
    days = np.asarray(days, dtype=float)
    longest = ndtr(np.log(LATER_MOST_DAYS / LATER_MEDIAN_DAYS) / LATER_SPREAD)
    later = ndtr(np.log(np.clip(days, 1e-12, LATER_MOST_DAYS) / LATER_MEDIAN_DAYS) / LATER_SPREAD) / longest
    return np.where(days < 0, 0.0, SAME_CALL + (1 - SAME_CALL) * later)


def probability_returned_within(hours: Numbers) -> Numbers:
    """Return the probability that a person who returns by itself has done so within ``hours``."""
    return ndtr(np.log(np.maximum(hours, 1e-9) / RETURN_MEDIAN_HOURS) / RETURN_SPREAD)


@dataclass(frozen=True)
class LeadParameters:
    """What the formulas need to know about every lead; arrays of shape (n,), log-odds unless noted.

    Parameters
    ----------
    reach : ndarray
    book, cooling : ndarray
        Without the person's own effect; ``cooling`` is the loss for each factor of the delay.
    self_book : ndarray
        Returning by itself to book, without the person's own effect.
    effect : ndarray
        The person's own effect, standard normal.
    at_once : ndarray, bool
        In conversation at arrival, that is, an answered call.
    max_attempts : ndarray, int
        Attempts the desk would make at most.
    prefers : ndarray, int
        Row of ``TIME_FIT``.
    """

    reach: np.ndarray
    book: np.ndarray
    cooling: np.ndarray
    self_book: np.ndarray
    effect: np.ndarray
    at_once: np.ndarray
    max_attempts: np.ndarray
    prefers: np.ndarray


@dataclass(frozen=True)
class PlannedAttempts:
    """What a plan of attempts implies for an average person; arrays of the plan's shape, attempts first.

    Parameters
    ----------
    answers : ndarray
        Probability that the attempt reaches the person, if it takes place.
    cooled : ndarray
        Log-odds of booking lost by the time of the attempt.
    returned : ndarray
        Probability that somebody who returns by itself has returned before the attempt.
    in_time : ndarray
        Probability that a booking decided on in the attempt is made within the horizon.
    """

    answers: np.ndarray
    cooled: np.ndarray
    returned: np.ndarray
    in_time: np.ndarray


def _evaluate_attempts(lead: LeadParameters, delay_hours: np.ndarray, period: np.ndarray) -> PlannedAttempts:
    """Evaluate one plan for each lead, shape (n, k), or several, shape (n, m, k)."""
    # Adds the axes that the plan has beyond the lead's own, so that both broadcast.
    expand = (slice(None),) + (None,) * (delay_hours.ndim - 1)
    delay, called = np.minimum(delay_hours, HORIZON_HOURS), np.isfinite(delay_hours)
    nth = np.arange(delay.shape[-1])
    at_once = lead.at_once[expand] & (nth == 0)
    odds = reach_log_odds(lead.reach[expand], TIME_FIT[lead.prefers[expand], period], delay, nth)
    parts = (
        np.where(at_once, 1.0, np.where(called, expit(odds), 0.0)),
        -book_log_odds(0.0, lead.cooling[expand], delay),
        np.where(at_once, 0.0, probability_returned_within(delay)),
        probability_booked_within((HORIZON_HOURS - delay) / 24),
    )
    return PlannedAttempts(*(np.moveaxis(part, -1, 0) for part in parts))


def _accumulate_chances(
    attempts: PlannedAttempts, book: np.ndarray, self_book: np.ndarray
) -> tuple[Numbers, Numbers, Numbers]:
    """Return the probabilities of being reached by the desk, booking after that, and returning, all within the horizon.

    ``book`` (log-odds) and ``self_book`` (a probability) include the person's own effect.
    """
    reached, booked, self_booked = 0.0, 0.0, 0.0
    previous_returned, not_yet = 0.0, 1.0
    for answers, cooled, returned, in_time in zip(
        attempts.answers, attempts.cooled, attempts.returned, attempts.in_time, strict=True
    ):
        self_booked += self_book * not_yet * (returned - previous_returned)
        # Reached by this attempt: not by an earlier one, not booked alone meanwhile, and answers now.
        now = not_yet * (1 - self_book * returned) * answers
        reached, booked = reached + now, booked + now * expit(book - cooled) * in_time
        not_yet, previous_returned = not_yet * (1 - answers), returned
    self_booked = self_booked + self_book * not_yet * (probability_returned_within(HORIZON_HOURS) - previous_returned)
    return reached, booked, self_booked


def compute_booking_probabilities(
    lead: LeadParameters, delay_hours: np.ndarray, period: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute the exact probabilities of each lead, given when the desk calls it, or would call it.

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
    self_book = expit(lead.self_book + EFFECT_ON_RETURN * lead.effect)
    reached, booked, self_booked = _accumulate_chances(
        _evaluate_attempts(lead, delay_hours, period), lead.book + EFFECT_ON_BOOKING * lead.effect, self_book
    )
    when_reached = np.divide(booked, reached, out=np.full(len(reached), np.nan), where=reached > 0)
    return {"p_reached": reached, "p_booked_when_reached": when_reached, "p_booked_30d": booked + self_booked}


def estimate_booking_at_arrival(
    lead: LeadParameters,
    delay_hours: np.ndarray,
    period: np.ndarray,
    cells: list[np.ndarray],
    rng: np.random.Generator,
) -> np.ndarray:
    """Estimate ``p_booked_30d`` as far as it can be known at arrival. Shape (n,).

    The plan and the person's own effect are averaged out.

    Parameters
    ----------
    cells : list of ndarray of shape (n,), int
        Groups of leads that the desk treats alike, finest first; a lead takes the plans of ``DONOR_PLANS`` others of
        its finest group that has enough of them.
    """
    # The person's own effect is normal: its mean is taken over the few points of Gauss and Hermite, without dice.
    points, weights = np.polynomial.hermite_e.hermegauss(EFFECT_NODES)
    donors = _draw_donors(lead.max_attempts == lead.max_attempts.max(), cells, rng)
    result = np.zeros(len(donors))
    # In pieces: the arrays have leads x donors x attempts numbers.
    for start in range(0, len(donors), 2048):
        rows = slice(start, start + 2048)
        batch = LeadParameters(**{name: values[rows] for name, values in vars(lead).items()})
        plan = np.where(
            np.arange(delay_hours.shape[1]) < batch.max_attempts[:, None, None], delay_hours[donors[rows]], np.inf
        )
        plan[batch.at_once, :, 0] = 0.0
        attempts = _evaluate_attempts(batch, plan, period[donors[rows]])
        for point, weight in zip(points, weights / weights.sum(), strict=True):
            _, booked, self_booked = _accumulate_chances(
                attempts,
                (batch.book + EFFECT_ON_BOOKING * point)[:, None],
                expit(batch.self_book + EFFECT_ON_RETURN * point)[:, None],
            )
            result[rows] += weight * (booked + self_booked).mean(axis=1)
    return result


def _draw_donors(ordinary: np.ndarray, cells: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw for every lead the rows of other ordinary leads of its cell, with replacement. Shape (n, DONOR_PLANS)."""
    donors = rng.choice(np.flatnonzero(ordinary), (len(ordinary), DONOR_PLANS))
    for cell in reversed(cells):
        rows = np.flatnonzero(ordinary)
        rows = rows[np.argsort(cell[rows], kind="stable")]
        first, end = np.searchsorted(cell[rows], cell, "left"), np.searchsorted(cell[rows], cell, "right")
        enough = np.flatnonzero(end - first > DONOR_PLANS)
        drawn = first[enough, None] + (rng.random((len(enough), DONOR_PLANS)) * (end - first)[enough, None]).astype(int)
        # A lead must not be its own donor: take its neighbor in the cell.
        itself = rows[drawn] == enough[:, None]
        drawn[itself] += np.where(drawn + 1 < end[enough, None], 1, -1)[itself]
        donors[enough] = rows[drawn]
    return donors
