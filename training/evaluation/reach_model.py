"""Will we reach this lead? The second of two models: reached within the horizon, on the same signals and folds.

Lives here: when each lead was reached, the label that follows, fitting and calibrating ``Reach``.
Does not live here: the probability of a conversion (``training.model``), the product of the two
(``training.model.predictions.Predictions.when_reached``).

A lead counts as reached after an attempt that reached the person, an answered call, a chat with somebody, a text or
e-mail that answers an attempt, or any outcome that takes a conversation (reached, qualified, booked, attended,
treated). So a lead that books was reached."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import expit

from features.array_types import DAY, FloatArray, TimeArray
from features.blocks.events import OUTBOUND
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import find_first_times
from features.practice.practice import Practice
from features.schema import STAGES
from features.tables.tables import Tables
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits, list_deciding_folds
from training.dataset.training_data import TrainingData
from training.evaluation.fold_calibration import fit_calibrator
from training.evaluation.fold_scores import score_folds
from training.evaluation.metrics import Bootstrap, calibration_bins, evaluate
from training.model.binned_folds import BinnedFolds
from training.model.calibration import Calibrator
from training.model.gradient_boosting import fit_trees
from training.model.predictions import Reach, combine_reach
from training.progress import ReportProgress, ignore_progress
from training.settings import Settings

__all__ = ["fit_reach", "label_reached", "first_reached_at"]

_IMPLY_REACHED = tuple(stage for stage in STAGES if stage != "lost")
_MIN_LEADS_PER_CLASS = 30
"""Leads reached, and leads not reached, below which there is nothing to learn."""

_MAX_SHARE = 0.99
_LEARNING_RATE_FACTOR = 2.0
"""Half as many trees that learn twice as much each: whether a lead is reached is plain, as attempts say most of it."""


def first_reached_at(tables: Tables) -> TimeArray:
    """Return when each lead was first reached, before or after it arrived. Shape (m,), NaT where it was not (yet)."""
    ids, events, outcomes = tables.leads["lead_id"], tables.events, tables.outcomes
    conversations = events[_is_conversation(events, ids)] if len(events) else events
    implied = outcomes[outcomes["stage"].isin(_IMPLY_REACHED)]
    # fmin ignores NaT: it returns the earlier of the two times, or the only one there is.
    return np.fmin(
        *(
            find_first_times(rows.get("occurred_at", pd.Series()), rows["lead_id"], ids)
            for rows in (conversations, implied)
        )
    )


def _is_conversation(events: pd.DataFrame, ids: pd.Series) -> np.ndarray:
    """Return which events are a conversation. Shape (e,)."""
    kind = events["kind"].to_numpy(object)
    reached = events["reached"].to_numpy(float) if "reached" in events else np.full(len(events), np.nan)
    outbound = np.isin(kind, OUTBOUND)
    attempts = events[outbound]
    attempted = find_first_times(attempts["occurred_at"], attempts["lead_id"], ids)
    first_attempt = pd.Series(attempted, ids.to_numpy(object))
    attempted_at = first_attempt.reindex(events["lead_id"].to_numpy(object)).to_numpy("datetime64[us]")
    # Written after our first attempt. What came before is the inquiry itself, and NaT is before nothing.
    answers = np.isin(kind, ("sms_in", "email_in")) & (to_utc_times(events["occurred_at"]) > attempted_at)
    return (
        outbound & (reached == 1)
        # Unknown counts as reached when they called, and as not reached when we did: a call that comes in has
        # somebody on it.
        | (kind == "inbound_call") & (reached != 0)
        | (kind == "chat") & (reached == 1)
        | answers
    )


def label_reached(tables: Tables, learning: LearningSet, practice: Practice) -> FloatArray | None:
    """Label each moment: 1 reached by the end of its horizon, even before the moment; 0 not. Shape (n,).

    Return None where the events cannot tell: at least one attempt must be marked as having reached the person, and
    there must be enough leads of both kinds to learn from."""
    if (
        tables.label is not None
        or not len(tables.events)
        or not (tables.events.get("reached", pd.Series(dtype=float)) == 1).any()
    ):
        return None
    moments = learning.moments
    label = (first_reached_at(tables)[moments.of_lead] <= moments.cutoff + practice.horizon_days * DAY).astype(float)
    return (
        label
        if min(label[learning.arrival].sum(), (1 - label[learning.arrival]).sum()) >= _MIN_LEADS_PER_CLASS
        else None
    )


def fit_reach(
    data: TrainingData,
    label: FloatArray | None,
    conversion_raw: FloatArray,
    bins: BinnedFolds,
    report_progress: ReportProgress = ignore_progress,
) -> tuple[Reach | None, dict]:
    """Fit the model of being reached and measure it on the held-out end of history, as JSON values.

    Return None and a sentence where the model does not apply. Its trees are calibrated on leads that came later than
    those they saw, like the conversion model's; monotone policies are about converting and stay off.

    Parameters
    ----------
    label : float array of shape (n,) or None
        Whether each moment's lead was reached; None where that is not known.
    conversion_raw : float array of shape (n,)
        Out-of-fold log-odds of a conversion before calibration, NaN where there are none.
    bins : BinnedFolds
        Of this data's rows.
    """
    learning, splits, settings = data.learning, data.splits, data.settings
    if label is None or not splits.forward:
        return None, {"said": "Not applicable: no events say which attempts reached the person."}
    # Wide trees were proven on conversions.
    reached = replace(
        data,
        learning=replace(learning, label=label),
        wide_trees=False,
        settings=replace(settings, learning_rate=min(1.0, _LEARNING_RATE_FACTOR * settings.learning_rate)),
    )
    # One more step than there are folds: the last fit, to all leads.
    scores = score_folds(
        reached,
        bins,
        lambda _, done, total: report_progress("Learning who is reached", done, total + 1),
        enforce_monotone=False,
    )
    raw = scores.whole
    booster = fit_trees(
        reached.select(), data.signals, reached.tree_settings, scores.trees_of_all, enforce_monotone=False
    )
    shift = _shift_to_unconverted(learning.label, label)
    every_fold = _fit_slope(raw, reached.learning, splits.folds, splits.forward)
    reach = Reach(booster.model_to_string(), Calibrator(every_fold.slope, shift))
    report_progress("Learning who is reached", 1, 1)
    # Without the last fold, which is measured: calibrations that had seen it would look better than they are.
    earlier = list_deciding_folds(splits.folds, len(splits.folds) - 1, splits.forward)
    slope = _fit_slope(raw, reached.learning, earlier, splits.forward).slope
    converted = fit_calibrator(conversion_raw, learning, earlier, splits.forward).calibrate(conversion_raw)
    train = splits.folds[-1].train
    shift = _shift_to_unconverted(learning.label[train], label[train])
    probability = combine_reach(expit(converted), expit(Calibrator(slope, shift).calibrate(raw)))
    return reach, _measure_reach(probability, reached.learning, splits, settings)


def _shift_to_unconverted(converted: FloatArray, reached: FloatArray) -> float:
    """Return what turns the log-odds of being reached into those of a lead that does not convert.

    By Bayes' rule their odds are the odds of all leads times the share of reached leads that do not convert, because
    every lead that converts was reached.

    >>> round(_shift_to_unconverted(np.array([1.0, 0, 0, 0]), np.array([1.0, 1, 0, 0])), 3)
    -0.693
    """
    share = min(float(converted[reached == 1].mean()), _MAX_SHARE)
    return float(np.log1p(-share))


def _fit_slope(raw: FloatArray, reached: LearningSet, folds: Sequence[Fold], forward: bool) -> Calibrator:
    """Return the slope of the calibration line, without its intercept.

    How many leads are reached follows the desk's hours from month to month, so the intercept of earlier folds is out of
    date by the time the trees have learned from all leads: it made the held-out log loss worse. Overconfidence of the
    trees is stable over time, so the slope is kept."""
    return Calibrator(slope=fit_calibrator(raw, reached, folds, forward).slope)


def _measure_reach(probability: FloatArray, reached: LearningSet, splits: Splits, settings: Settings) -> dict:
    """Compute AUC, log loss, calibration error and the ten bins on the last fold at arrival.

    Parameters
    ----------
    probability : float array of shape (n,)
        Probability of being reached, calibrated on the folds before the last.
    """
    last = splits.folds[-1].test
    first = last[reached.arrival[last]]
    label = reached.label[first]
    held_out = probability[first]
    if len(np.unique(label)) < 2:
        return {"said": "The held-out leads were all reached, or none was: nothing to measure."}
    bootstrap = Bootstrap(settings.resamples, settings.seed)
    metrics = evaluate(label, held_out, reached.moments.of_lead[first], bootstrap)
    return {
        "leads": len(first),
        "rate": round(float(label.mean()), 6),
        **{
            name: [round(value, 6) for value in (metrics[name].value, metrics[name].low, metrics[name].high)]
            for name in ("auc", "log_loss", "calibration_error")
        },
        "bins": [
            [round(predicted, 4), round(actual, 4), count]
            for predicted, actual, count in calibration_bins(label, held_out)
        ],
    }
