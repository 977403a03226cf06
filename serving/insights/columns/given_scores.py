"""Which score did each lead get when it came in, and did the score decide when it was called?

Lives here: the first scores as arrays, in the order of the leads.
Does not live here: reading them from the store (``serving.desk.store_insights``), which leads are called in order of
arrival (``serving.random_holdout``), what the order was worth (``serving.insights.practice_checks.score_value``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.array_types import DAY, FloatArray, ObjectArray, TimeArray

__all__ = ["GivenScore", "align_scores"]

MAX_DAYS_UNTIL_SCORED = 1.0
"""A lead that was scored later was not worked by a score from its arrival on."""


@dataclass(frozen=True)
class GivenScore:
    """The first score of a lead.

    Parameters
    ----------
    log_odds : float
    scored_at : datetime64[us], UTC
    in_arrival_order : bool or None
        Whether the lead was called in order of arrival, whatever its score; None where neither decided, as for a
        possible emergency.
    """

    log_odds: float
    scored_at: np.datetime64
    in_arrival_order: bool | None


def align_scores(
    given: Mapping[str, GivenScore], lead_ids: ObjectArray, arrived_at: TimeArray
) -> tuple[FloatArray, FloatArray]:
    """Return the first scores, and whether each lead was called in order of arrival.

    Returns
    -------
    log_odds : float array of shape (n,)
        NaN for a lead without a score within a day of its arrival.
    in_arrival_order : float array of shape (n,)
        1 in order of arrival, 0 in order of the score, NaN where neither decided or nothing is known.

    >>> then = np.datetime64("2026-03-05T12:00", "us")
    >>> given = {"L1": GivenScore(-0.5, then, True), "L2": GivenScore(0.25, then, False)}
    >>> ids, arrived_at = np.array(["L1", "L2", "L3"], object), np.array([then, then - 2 * DAY, then])
    >>> [values.tolist() for values in align_scores(given, ids, arrived_at)]
    [[-0.5, nan, nan], [1.0, nan, nan]]
    """
    log_odds, in_arrival_order = np.full(len(lead_ids), np.nan), np.full(len(lead_ids), np.nan)
    if not given:
        return log_odds, in_arrival_order
    for row, lead_id in enumerate(lead_ids.tolist()):
        score = given.get(lead_id)
        if score is None or (score.scored_at - arrived_at[row]) / DAY > MAX_DAYS_UNTIL_SCORED:
            continue
        log_odds[row] = score.log_odds
        if score.in_arrival_order is not None:
            in_arrival_order[row] = float(score.in_arrival_order)
    return log_odds, in_arrival_order
