"""Which orders are compared at the call desk? Plain ones, the practice's own, the score, ours with several settings,
and the true chances as a ceiling.

Lives here: the orders. Does not live here: playing them (``desk_play``), the leads and their scores (``desk_world``).
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from scipy.special import expit

from features.practice.queue_policy import QueuePolicy
from features.synthetic import ground_truth, seasonality
from serving.desk.queue.call_candidates import CallCandidates
from serving.desk.queue.contact_hours import ContactHours
from serving.desk.queue.working_order import compute_working_order
from serving.random_holdout import select_holdout
from tests.bench.desk_play import HORIZON, HOUR, Desk, Order
from tests.bench.desk_world import GRID, WISHES, DeskWorld

Key = Callable[[Desk, float, int, np.ndarray], np.ndarray]
_CONTACT_HOURS = (f"Mon-Fri {seasonality.OPENS:02d}:00-{seasonality.CLOSES:02d}:00",)


def largest(key: Key) -> Order:
    """The order that calls the row with the largest key, the earliest arrival of those that tie."""
    return lambda desk, now, part, rows: int(rows[np.argmax(key(desk, now, part, rows))])


def newest(desk: Desk, now: float, part: int, rows: np.ndarray) -> np.ndarray:
    """Newest first."""
    return desk.world.created[rows]


def oldest(desk: Desk, now: float, part: int, rows: np.ndarray) -> np.ndarray:
    """Oldest first."""
    return -desk.world.created[rows]


def own_desk(desk: Desk, now: float, part: int, rows: np.ndarray) -> np.ndarray:
    """As the invented practice calls: fresh leads before repeats, then the channel's priority, then the newest."""
    return np.lexsort([desk.world.created[rows], -desk.world.priority[rows], desk.calls[rows] == 0]).argsort()


def rules(desk: Desk, now: float, part: int, rows: np.ndarray) -> np.ndarray:
    """The usual rules' points at arrival, the newest of those that tie."""
    return np.lexsort([desk.world.created[rows], desk.world.rules[rows]]).argsort()


def score(desk: Desk, now: float, part: int, rows: np.ndarray) -> np.ndarray:
    """The probability as of now."""
    return said(desk.world.chance, desk, now, rows)


def said(table: np.ndarray, desk: Desk, now: float, rows: np.ndarray, later_hours: float = 0.0) -> np.ndarray:
    """What the model says of leads so long after arrival and after so many calls, read off the grid."""
    hours, grid = np.log1p((now - desk.world.created[rows]) / HOUR + later_hours), np.log1p(GRID)
    right = np.clip(np.searchsorted(grid, hours), 1, len(grid) - 1)
    part = np.clip((hours - grid[right - 1]) / (grid[right] - grid[right - 1]), 0, 1)
    calls = np.minimum(desk.calls[rows], table.shape[1] - 1)
    return table[rows, calls, right - 1] * (1 - part) + table[rows, calls, right] * part


def true_gain(desk: Desk, now: float, part: int, rows: np.ndarray) -> np.ndarray:
    """The ceiling, which no desk can know: the true chance that this call books somebody who would not have come back
    alone.
    """
    own, hours = desk.world.own, (now - desk.world.created[rows]) / HOUR
    answers = expit(
        ground_truth.reach_log_odds(
            own.reach[rows], ground_truth.TIME_FIT[own.prefers[rows], part], hours, desk.calls[rows]
        )
    )
    book = expit(
        ground_truth.book_log_odds(
            own.book[rows] + ground_truth.EFFECT_ON_BOOKING * own.effect[rows], own.cooling[rows], hours
        )
    )
    alone, by_now = (
        expit(own.self_book[rows] + ground_truth.EFFECT_ON_RETURN * own.effect[rows]),
        ground_truth.probability_returned_within(hours),
    )
    still_alone = alone * (ground_truth.probability_returned_within(HORIZON / HOUR) - by_now) / (1 - alone * by_now)
    return answers * (book * ground_truth.probability_booked_within((HORIZON / HOUR - hours) / 24) - still_alone)


@dataclass(frozen=True)
class Ours:
    """The working order of ``serving.desk.queue.working_order``, as the desk's page would make it before every call.

    Parameters
    ----------
    share : float
        Share of calls in order of arrival.
    urgent, wishes : bool
        Whether urgent wording counts, and the time of day that people asked for.
    """

    policy: QueuePolicy = field(default_factory=QueuePolicy)
    share: float = 0.05
    urgent: bool = True
    wishes: bool = True

    def __call__(self, desk: Desk, now: float, part: int, rows: np.ndarray) -> int | None:
        """The row to call now."""
        world = desk.world
        moment = np.datetime64(int(now), "s").astype("datetime64[us]")
        leads = CallCandidates.of(
            self._lanes(desk, now, rows),
            said(world.chance, desk, now, rows),
            _times(world.created[rows]),
            value=world.value[rows],
            probability_tomorrow=said(world.chance, desk, now, rows, 24.0),
            attempts=desk.calls[rows],
            last_attempt_at=_times(desk.last[rows]),
            in_arrival_share=_chosen(len(world), self.share)[rows],
            callable_from=_hours(world, moment)[world.wish[rows]] if self.wishes else _NEVER[rows * 0],
        )
        # Calls are made in the desk's hours only.
        leads = replace(leads, is_preference_only=~np.isnat(leads.callable_from))
        found = compute_working_order(leads, moment, self.policy, self.share, desk.made).next_call
        return None if found is None else int(rows[found])

    def _lanes(self, desk: Desk, now: float, rows: np.ndarray) -> np.ndarray:
        """The lane as of the last hour of the grid."""
        hour = np.searchsorted(GRID, (now - desk.world.created[rows]) / HOUR, side="right") - 1
        lanes = desk.world.lane[rows, np.minimum(desk.calls[rows], desk.world.lane.shape[1] - 1), hour]
        return lanes if self.urgent else np.where(lanes == "urgent", "normal", lanes)


_NEVER = np.array(["NaT"], "datetime64[us]")


@cache
def _chosen(leads: int, share: float) -> np.ndarray:
    """Which leads stand in order of arrival."""
    return select_holdout([str(row) for row in range(leads)], share, "desk")


_KEPT: dict[np.datetime64, np.ndarray] = {}


def _hours(world: DeskWorld, moment: np.datetime64) -> np.ndarray:
    """From when each of ``WISHES`` may be met; looked up once for every moment, whichever order asks."""
    if moment not in _KEPT:
        practice = replace(world.practice, desk=QueuePolicy(contact_hours=_CONTACT_HOURS))
        _KEPT[moment] = ContactHours.at(moment, practice, WISHES, np.full(len(WISHES), np.nan)).callable_from
    return _KEPT[moment]


def _times(seconds: np.ndarray) -> np.ndarray:
    """Seconds since 1970 as times; NaT for never."""
    known = np.isfinite(seconds)
    return np.where(
        known, (np.where(known, seconds, 0) * 1e6).astype("int64").astype("datetime64[us]"), np.datetime64("NaT", "us")
    )
