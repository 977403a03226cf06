"""What happened to each lead? One draw from the truth: reached, booked, attended, treated or lost, and when.

Lives here: the draws, the outcomes table, how late the practice recorded each outcome.
Does not live here: the probabilities (``ground_truth``), the desk (``call_desk_simulation``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from features.practice.practice import Practice
from features.synthetic import ground_truth
from features.synthetic.call_desk_simulation import CallPlan
from features.synthetic.inquiries import GENUINE, build_payer_acceptance
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
    lead: ground_truth.LeadParameters,
    created: np.ndarray,
    returns_at: np.ndarray,
    plan: CallPlan,
    rng: np.random.Generator,
) -> LeadCourse:
    """Draw what happened to each lead under the desk's plan."""
    n = len(created)
    last = np.where(
        # The last attempt made; without one the index is held at 0, and the condition drops what it reads.
        plan.attempts_made > 0,
        plan.called_at[np.arange(n), np.maximum(plan.attempts_made, 1) - 1],
        -np.inf,
    )
    reached = np.where(lead.at_once, created, np.where(plan.reached, last, np.inf))
    spoke = np.isfinite(reached)
    delay = np.where(spoke, (reached - created) / HOUR, 0.0)
    decides = rng.random(n) < expit(
        ground_truth.book_log_odds(lead.book + ground_truth.EFFECT_ON_BOOKING * lead.effect, lead.cooling, delay)
    )
    self_booked = ~spoke & np.isfinite(returns_at)
    booked = np.where(
        spoke & decides, reached + draw_decision_delays(n, rng), np.where(self_booked, returns_at, np.inf)
    )
    return LeadCourse(np.where(self_booked, returns_at, reached), booked, self_booked, last)


def draw_decision_delays(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the seconds from the conversation to the booking. Shape (n,).

    They are minutes, or days as ``ground_truth.probability_booked_within`` describes.
    """
    at_once = rng.random(n) < ground_truth.SAME_CALL
    longest = ground_truth.probability_booked_within(ground_truth.LATER_MOST_DAYS)
    grid = np.linspace(0.02, ground_truth.LATER_MOST_DAYS, 4000)
    share = (ground_truth.probability_booked_within(grid) / longest - ground_truth.SAME_CALL) / (
        1 - ground_truth.SAME_CALL
    )
    return np.where(at_once, rng.uniform(2, 8, n) * MINUTE, np.interp(rng.random(n), share, grid) * DAY)


def build_outcomes_table(
    e: pd.DataFrame, course: LeadCourse, practice: Practice, rng: np.random.Generator
) -> pd.DataFrame:
    """Build the outcomes table, not yet cut at the export.

    Its columns are ``row`` of the lead, ``occurred_at``, ``stage``, ``recorded_at``, ``reason``, ``value``; times in
    seconds.
    """
    n, spoke, booked = len(e), np.isfinite(course.reached_at), np.isfinite(course.booked_at)
    genuine = (e["kind"] == GENUINE).to_numpy()
    qualifies = spoke & genuine & (rng.random(n) < np.where(booked, 0.92, 0.40))
    visit = course.booked_at + rng.gamma(1.6, 5.0, n) * DAY + 4 * HOUR
    comes = booked & (rng.random(n) < 0.86)
    treated = comes & (rng.random(n) < 0.48)
    worth = np.array([*(service.value for service in practice.services), 400.0])[e["wish"]] * rng.lognormal(0, 0.25, n)
    reached_recorded_at = (course.reached_at + rng.uniform(1, 9, n) * MINUTE)[spoke]
    tables = [_make_outcomes("reached", spoke, course.reached_at, reached_recorded_at)]

    # The order of the draws decides every byte of the invented practice: a new stage goes to the end.
    def add_stage(stage: str, occurs: np.ndarray, when: np.ndarray, value: np.ndarray | None = None) -> None:
        tables.append(_make_outcomes(stage, occurs, when, _draw_recorded_at(occurs, when, rng), value))

    qualified_at = np.minimum(course.reached_at + rng.uniform(2, 60, n) * MINUTE, course.booked_at)
    add_stage("qualified", qualifies, qualified_at)
    add_stage("booked", booked, course.booked_at)
    add_stage("attended", comes, visit)
    add_stage("treated", treated, visit + rng.exponential(9.0, n) * DAY, worth.round(2))
    tables.append(_make_lost_outcomes(e, course, practice, np.where(booked & ~comes, visit, np.inf), rng))
    return pd.concat(tables, ignore_index=True)


def _make_outcomes(
    stage: str,
    occurs: np.ndarray,
    when: np.ndarray,
    recorded_at: np.ndarray,
    value: np.ndarray | None = None,
    reason: np.ndarray | None = None,
) -> pd.DataFrame:
    """Make the outcomes of one stage for the leads that reach it; ``recorded_at`` has an entry for each of them."""
    rows = np.flatnonzero(occurs)
    return pd.DataFrame(
        {
            "row": rows,
            "occurred_at": when[rows],
            "stage": stage,
            "recorded_at": recorded_at,
            "reason": pd.Series([None] * len(rows), dtype=object) if reason is None else reason[rows],
            "value": np.full(len(rows), np.nan) if value is None else value[rows],
        }
    )


def _draw_recorded_at(occurs: np.ndarray, when: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw when each outcome is recorded: soon, or late, or with the week's papers. One entry for each that occurs."""
    rows = np.flatnonzero(occurs)
    recorded_at = when[rows] + _draw_recording_delays(len(rows), rng)
    weekly = rng.random(len(rows)) < 0.12
    recorded_at[weekly] = _next_friday(recorded_at[weekly])
    return recorded_at


def _draw_recording_delays(n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the seconds between an outcome and its record: mostly minutes, sometimes hours or days."""
    return (
        rng.exponential(1.0, n) * np.array([10 * MINUTE, 7 * HOUR, 1.8 * DAY])[rng.choice(3, n, p=[0.66, 0.24, 0.10])]
    )


def _next_friday(seconds: np.ndarray) -> np.ndarray:
    """Return the Friday evening on or after each time: when the week's papers are typed in."""
    return np.ceil((seconds - FRIDAY_EVENING) / WEEK) * WEEK + FRIDAY_EVENING


def _make_lost_outcomes(
    e: pd.DataFrame,
    course: LeadCourse,
    practice: Practice,
    missed_visit_at: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw the leads that are closed as lost.

    Most that were reached and did not book, many that never answered, few of those never called, some that missed
    their visit (``missed_visit_at``, inf for none).
    """
    n, created = len(e), e["created"].to_numpy()
    spoke, booked, attempted = (
        np.isfinite(course.reached_at),
        np.isfinite(course.booked_at),
        np.isfinite(course.last_attempt_at),
    )
    declined = spoke & ~booked & (rng.random(n) < 0.86)
    given_up = ~spoke & attempted & (rng.random(n) < 0.72)
    filed = ~spoke & ~attempted & ((e["kind"] != GENUINE).to_numpy() | (rng.random(n) < 0.12)) & ~booked
    no_show = np.isfinite(missed_visit_at) & (rng.random(n) < 0.45)
    last = np.where(attempted, course.last_attempt_at, created)
    wait = np.where(declined, rng.exponential(3.0, n), rng.uniform(3, 16, n)) * DAY
    when = np.select(
        [no_show, declined], [missed_visit_at + DAY, np.where(spoke, course.reached_at, 0.0) + wait], last + wait
    )
    reason = np.where(
        no_show,
        draw_weighted(rng, {"scheduling": 5, "chose_other": 3, "other": 2}, n),
        _draw_lost_reasons(e, practice, rng),
    )
    unheard = (given_up | filed) & (e["kind"] == GENUINE).to_numpy()
    lost = declined | given_up | filed | no_show
    recorded_at = _draw_recorded_at(lost, when, rng)
    return _make_outcomes("lost", lost, when, recorded_at, reason=np.where(unheard, "no_response", reason))


def _draw_lost_reasons(e: pd.DataFrame, practice: Practice, rng: np.random.Generator) -> np.ndarray:
    """Draw the reason that staff would record: the first true cause, or a random one where nothing stands out."""
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
    reasons = ["spam", "duplicate", "service_not_offered", "out_of_network", "out_of_area", "price", "not_eligible"]
    by_chance = draw_weighted(
        rng, {"scheduling": 26, "chose_other": 28, "price": 18, "other": 22, "not_eligible": 6}, len(e)
    )
    careless = rng.random(len(e)) < 0.12
    return np.where(
        careless & (e["kind"] == GENUINE),
        by_chance,
        np.select([np.asarray(cause, dtype=bool) for cause in causes], reasons, by_chance),
    )


def _age_fits(e: pd.DataFrame, practice: Practice) -> np.ndarray:
    """Return whether the service is offered at the person's age."""
    low, high = (
        np.array([*(service.ages[i] for service in practice.services), (0, 200)[i]])[e["wish"]] for i in (0, 1)
    )
    return (e["age"].to_numpy() >= low) & (e["age"].to_numpy() <= high)
