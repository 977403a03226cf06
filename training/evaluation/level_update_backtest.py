"""How calibrated would the scores of held-out leads have been, had their level followed outcomes as they ripened?

Lives here: the filter that earlier folds teach, and the followed scores of the held-out leads, in steps of time.
Does not live here: the filter (``training.model.level_update``), following after training
(``training.bundle.leads_since_training``), the judgment (``training.checks.calibration``).
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from features.array_types import DAY, FloatArray, IntArray, TimeArray
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold
from training.model.calibration import Calibrator
from training.model.level_update import LevelFilter, RipenedLeads

__all__ = ["fit_level_filter", "predict_followed"]

_STEPS = 20
"""Times at which the level is computed anew over the held-out leads; the service does so more often."""


def fit_level_filter(
    raw: FloatArray, learning: LearningSet, folds: Sequence[Fold], calibrator: Calibrator
) -> LevelFilter:
    """Learn from forward folds how far the level moves, and how late conversions are recorded.

    Parameters
    ----------
    raw : float array of shape (n,)
        Out-of-fold scores.
    """
    arrivals = [fold.test[learning.arrival[fold.test]] for fold in folds]
    log_odds = [calibrator.calibrate(raw[rows]) for rows in arrivals]
    labels = [learning.label[rows] for rows in arrivals]
    conversions = _measure_days(learning.converted_known_at, learning, arrivals)
    conversion_days = np.concatenate([np.empty(0), *conversions])
    # Beside a table of outcomes silence says something; a file of known answers says nothing of the other leads.
    answer_days = (
        [] if conversions or learning.known_order is None else _measure_days(learning.known_at, learning, arrivals)
    )
    return LevelFilter.from_folds(log_odds, labels, conversion_days[~np.isnan(conversion_days)], answer_days)


def _measure_days(times: TimeArray | None, learning: LearningSet, arrivals: Sequence[IntArray]) -> list[FloatArray]:
    """Measure the days from each arrival to its time, for each fold; NaN where it has none, empty without times."""
    return [] if times is None else [(times[rows] - learning.moments.cutoff[rows]) / DAY for rows in arrivals]


def predict_followed(
    log_odds: FloatArray, learning: LearningSet, rows: IntArray, level_filter: LevelFilter
) -> FloatArray | None:
    """Return the probability of held-out leads at the level that was known when each arrived; None without dates.

    Parameters
    ----------
    log_odds : float array of shape (t,)
        Calibrated scores of the held-out leads.
    rows : int array of shape (t,)
        Their rows of the learning set, at arrival.

    Returns
    -------
    Float array of shape (t,)
    """
    cutoff = learning.moments.cutoff[rows]
    if not len(rows) or np.isnat(cutoff).any() or learning.known_at is None:
        return None
    followed = log_odds.copy()
    for step in np.array_split(np.argsort(cutoff, kind="stable"), _STEPS):
        if len(step):
            leads = _collect_known(log_odds, learning, rows, level_filter, cutoff[step[0]])
            followed[step] += level_filter.follow(leads).offset
    return expit(followed)


def _collect_known(
    log_odds: FloatArray, learning: LearningSet, rows: IntArray, level_filter: LevelFilter, now: np.datetime64
) -> RipenedLeads:
    """Collect what was known at ``now`` of the held-out leads that had arrived."""
    assert learning.known_at is not None, "checked by the caller"
    cutoff, label = learning.moments.cutoff[rows], learning.label[rows]
    is_final = learning.known_at[rows] <= now
    if learning.converted_known_at is None:
        share_known, converted = is_final.astype(float), label
        log_odds = log_odds + level_filter.compute_known_odds((now - cutoff) / DAY)
    else:
        # NaT compares as False: no conversion was recorded.
        is_recorded = learning.converted_known_at[rows] <= now
        converted = is_recorded.astype(float)
        share_known = np.where(is_final, 1.0, level_filter.compute_share_known((now - cutoff) / DAY))
    visible = (cutoff < now) & (share_known > 0)
    return RipenedLeads(cutoff.astype(np.int64).astype(float), log_odds, converted, share_known).take(visible)
