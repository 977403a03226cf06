"""What happened to each lead? One draw from the truth: reached, booked, attended, treated or lost, and when.

Lives here: the draws, the outcomes table, how late the practice recorded each outcome.
Does not live here: the probabilities (``ground_truth``), the desk (``call_desk_simulation``).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit
import pandas as pd

from features.practice.practice import Practice
from features.synthetic import ground_truth
from features.synthetic.call_desk_simulation import CallPlan
from features.synthetic.enquiries import GENUINE, build_payer_acceptance
from features.synthetic.persons import NOT_OFFERED, PAYERS, draw_weighted

__all__ = ["LeadCourse", "draw_return_times", "build_outcomes_table", "draw_courses", "draw_decision_delays"]

MINUTE, HOUR, DAY, WEEK = 60.0, 3600.0, 86400.0, 604800.0
FRIDAY_EVENING = 1.95 * DAY
"""Friday 22:48 UTC in the week that began on Thursday, 1 January 1970."""
FAR_KM = 60.0


@dataclass(frozen=True)
class LeadCourse:
    """What happened to every lead; arrays of shape (n,), seconds since 1970 UTC, inf for never.

    Parameters
    ----------
    reached_at, booked_at : ndarray
    self_booked : ndarray, bool
        Whether the person returned without being reached, and booked.
    last_attempt_at : ndarray
        -inf without one.
    """

    reached_at: np.ndarray
    booked_at: np.ndarray
    self_booked: np.ndarray
    last_attempt_at: np.ndarray

    @property
    def settled_at(self) -> np.ndarray:
        """When the desk stops working on the lead."""
        return np.minimum(self.reached_at, self.booked_at)


def draw_return_times(lead: ground_truth.LeadParameters, created: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw when each person returns by itself to book, unless reached before; inf for never. Shape (n,)."""
    returns = rng.random(len(created)) < expit(lead.self_book + ground_truth.EFFECT_ON_RETURN * lead.effect)
    hours = ground_truth.RETURN_MEDIAN_HOURS * np.exp(ground_truth.RETURN_SPREAD * rng.standard_normal(len(created)))
    return np.where(returns & ~lead.at_once, created + hours * HOUR, np.inf)


def draw_courses(
    lead: ground_truth.LeadParameters, created: np.ndarray, returns_at: np.ndarray, plan: CallPlan, rng: np.random.Generator
) -> LeadCourse:
    """Draw what happened to each lead under the desk's plan."""
    n = len(created)
    last = np.where(plan.attempts_made > 0, plan.called_at[np.arange(n), np.maximum(plan.attempts_made, 1) - 1], -np.inf)
    reached = np.where(lead.at_once, created, np.where(plan.reached, last, np.inf))
    spoke = np.isfinite(reached)
    delay = np.where(spoke, (reached - created) / HOUR, 0.0)
    decides = rng.random(n) < expit(
        ground_truth.book_log_odds(lead.book + ground_truth.EFFECT_ON_BOOKING * lead.effect, lead.cooling, delay)
    )
    self_booked = ~spoke & np.isfinite(returns_at)
    booked = np.where(spoke & decides, reached + draw_decision_delays(n, rng), np.where(self_booked, returns_at, np.inf))
    return LeadCourse(np.where(self_booked, returns_at, reached), booked, self_booked, last)


def draw_decision_delays(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the seconds from the conversation to the booking. Shape (n,).

    They are minutes, or days as ``ground_truth.probability_booked_within`` describes.
    """
    at_once = rng.random(n) < ground_truth.SAME_CALL
    longest = ground_truth.probability_booked_within(ground_truth.LATER_MOST_DAYS)
    grid = np.linspace(0.02, ground_truth.LATER_MOST_DAYS, 4000)
    share = (ground_truth.probability_booked_within(grid) / longest - ground_truth.SAME_CALL) / (1 - ground_truth.SAME_CALL)
    return np.where(at_once, rng.uniform(2, 8, n) * MINUTE, np.interp(rng.random(n), share, grid) * DAY)


def build_outcomes_table(e: pd.DataFrame, course: LeadCourse, practice: Practice, rng: np.random.Generator) -> pd.DataFrame:
    """Build the outcomes table, not yet cut at the export.

    Its columns are ``row`` of the lead, ``occurred_at`` and ``recorded_at`` in seconds, ``stage``, ``reason``, ``value``.
    """
    n, spoke, booked = len(e), np.isfinite(course.reached_at), np.isfinite(course.booked_at)
    genuine = (e["kind"] == GENUINE).to_numpy()
    qualifies = spoke & genuine & (rng.random(n) < np.where(booked, 0.92, 0.40))
    visit = course.booked_at + rng.gamma(1.6, 5.0, n) * DAY + 4 * HOUR
    comes = booked & (rng.random(n) < 0.86)
    treated = comes & (rng.random(n) < 0.48)
    worth = np.array([*(service.value for service in practice.services), 400.0])[e["wish"]] * rng.lognormal(0, 0.25, n)
    rows = [
        _make_outcomes("reached", spoke, course.reached_at, course.reached_at + rng.uniform(1, 9, n) * MINUTE),
        _make_outcomes(
            "qualified",
            qualifies,
            np.minimum(course.reached_at + rng.uniform(2, 60, n) * MINUTE, course.booked_at),
            None,
            rng=rng,
        ),
        _make_outcomes("booked", booked, course.booked_at, None, rng=rng),
        _make_outcomes("attended", comes, visit, None, rng=rng),
        _make_outcomes("treated", treated, visit + rng.exponential(9.0, n) * DAY, None, rng=rng, value=worth.round(2)),
        _make_lost_outcomes(e, course, practice, booked & ~comes, visit, rng),
    ]
    return pd.concat(rows, ignore_index=True)


def _make_outcomes(
    stage: str,
    who: np.ndarray,
    when: np.ndarray,
    recorded: np.ndarray | None,
    rng: np.random.Generator | None = None,
    value=None,
    reason=None,
) -> pd.DataFrame:
    """One stage of those it happened to; written down soon, or late, unless ``recorded`` says when."""
    rows = np.flatnonzero(who)
    written = when[rows] + _draw_recording_delays(len(rows), rng) if recorded is None else recorded[rows]
    if recorded is None:
        batch = rng.random(len(rows)) < 0.12
        written[batch] = _next_friday(written[batch])
    return pd.DataFrame(
        {
            "row": rows,
            "occurred_at": when[rows],
            "stage": stage,
            "recorded_at": written,
            "reason": pd.Series([None] * len(rows), dtype=object) if reason is None else reason[rows],
            "value": np.full(len(rows), np.nan) if value is None else value[rows],
        }
    )


def _draw_recording_delays(n: int, rng: np.random.Generator) -> np.ndarray:
    """Seconds between an outcome and its record: mostly minutes, sometimes hours or days."""
    return (
        rng.exponential(1.0, n) * np.array([10 * MINUTE, 7 * HOUR, 1.8 * DAY])[rng.choice(3, n, p=[0.66, 0.24, 0.10])]
    )


def _next_friday(seconds: np.ndarray) -> np.ndarray:
    """The Friday evening on or after each moment: when the week's papers are typed in."""
    return np.ceil((seconds - FRIDAY_EVENING) / WEEK) * WEEK + FRIDAY_EVENING


def _make_lost_outcomes(
    e: pd.DataFrame,
    course: LeadCourse,
    practice: Practice,
    no_show: np.ndarray,
    visit: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Leads written off: most that were reached and did not book, many that never answered, few of those never called."""
    n, created = len(e), e["created"].to_numpy()
    spoke, booked, tried = np.isfinite(course.reached_at), np.isfinite(course.booked_at), np.isfinite(course.last_attempt_at)
    said_no = spoke & ~booked & (rng.random(n) < 0.86)
    given_up = ~spoke & tried & (rng.random(n) < 0.72)
    filed = ~spoke & ~tried & ((e["kind"] != GENUINE).to_numpy() | (rng.random(n) < 0.12)) & ~booked
    away = no_show & (rng.random(n) < 0.45)
    last = np.where(tried, course.last_attempt_at, created)
    wait = np.where(said_no, rng.exponential(3.0, n), rng.uniform(3, 16, n)) * DAY
    when = np.select([away, said_no], [visit + DAY, np.where(spoke, course.reached_at, 0.0) + wait], last + wait)
    reason = np.where(away, draw_weighted(rng, {"scheduling": 5, "chose_other": 3, "other": 2}, n), _draw_lost_reasons(e, practice, rng))
    unheard = (given_up | filed) & (e["kind"] == GENUINE).to_numpy()
    return _make_outcomes(
        "lost", said_no | given_up | filed | away, when, None, rng=rng, reason=np.where(unheard, "no_response", reason)
    )


def _draw_lost_reasons(e: pd.DataFrame, practice: Practice, rng: np.random.Generator) -> np.ndarray:
    """The reason staff would write down, from what is so; by chance where nothing stands out."""
    payer = e["payer"].map({name: i for i, name in enumerate(PAYERS)}).to_numpy()
    wish = np.where(e["service_known"], e["wish"], NOT_OFFERED)
    causes = [
        e["kind"] != GENUINE,
        e["duplicate"],
        e["service_known"] & ~e["offered"],
        (e["payer_in"] != "") & ~build_payer_acceptance(practice)[wish, payer],
        e["km"] > FAR_KM,
        e["intent"] == "price_only",
        e["age_in"].ne("") & ~_age_fits(e, practice),
    ]
    words = ["spam", "duplicate", "service_not_offered", "out_of_network", "out_of_area", "price", "not_eligible"]
    by_chance = draw_weighted(rng, {"scheduling": 26, "chose_other": 28, "price": 18, "other": 22, "not_eligible": 6}, len(e))
    careless = rng.random(len(e)) < 0.12
    return np.where(
        careless & (e["kind"] == GENUINE),
        by_chance,
        np.select([np.asarray(cause, dtype=bool) for cause in causes], words, by_chance),
    )


def _age_fits(e: pd.DataFrame, practice: Practice) -> np.ndarray:
    """Whether the age is one to which the service is offered."""
    low, high = (
        np.array([*(service.ages[i] for service in practice.services), (0, 200)[i]])[e["wish"]] for i in (0, 1)
    )
    return (e["age"].to_numpy() >= low) & (e["age"].to_numpy() <= high)
