"""Will we reach this lead? The second of two models: reached within the horizon, on the same signals and the same
folds.

Lives here: when each lead was reached, the label that follows, fitting and calibrating ``Reach``.
Does not live here: the probability of a conversion (``fit``), the product of the two (``scored.Scored.when_reached``).

Reached is: an attempt that reached the person; an answered call, or a chat with somebody; a text or e-mail that answers
an attempt; and every outcome that nobody comes to without a conversation (reached, qualified, booked, attended,
treated). So who books was reached."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import expit

from features.array_types import DAY, FloatArray, TimeArray
from features.blocks.events import OUTBOUND
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import find_first_times
from features.practice.practice import Practice
from features.registry import Signal
from features.schema import STAGES
from features.tables.tables import Tables
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Fold, Splits
from training.evaluation.metrics import calibration_bins, evaluate
from training.evaluation.out_of_fold import fit_calibrator, predict_folds
from training.model.calibration import Calibrator
from training.model.gradient_boosting import fit_booster
from training.model.predictions import Reach
from training.settings import Settings

__all__ = ["fit_reach", "label_reached", "first_reached_at"]

_IMPLY_REACHED = tuple(stage for stage in STAGES if stage != "lost")
_MIN_LEADS_PER_CLASS = 30
"""With fewer leads reached, or not reached, than this there is nothing to learn."""

Step = Callable[[str, int, int], None]


def first_reached_at(tables: Tables) -> TimeArray:
    """When each lead was first reached, before or after it arrived. Shape (m,), NaT where it was not (yet)."""
    ids, events, outcomes = tables.leads["lead_id"], tables.events, tables.outcomes
    spoken = events[_is_conversation(events, ids)] if len(events) else events
    implied = outcomes[outcomes["stage"].isin(_IMPLY_REACHED)]
    return np.fmin(
        *(find_first_times(found.get("occurred_at", pd.Series()), found["lead_id"], ids) for found in (spoken, implied))
    )


def _is_conversation(events: pd.DataFrame, ids: pd.Series) -> np.ndarray:
    """Which events are a conversation. Shape (e,)."""
    kind = events["kind"].to_numpy(object)
    reached = events["reached"].to_numpy(float) if "reached" in events else np.full(len(events), np.nan)
    outbound = np.isin(kind, OUTBOUND)
    tried = events[outbound]
    first_try = pd.Series(find_first_times(tried["occurred_at"], tried["lead_id"], ids), ids.to_numpy(object))
    tried_at = first_try.reindex(events["lead_id"].to_numpy(object)).to_numpy("datetime64[us]")
    answers = np.isin(kind, ("sms_in", "email_in")) & (to_utc_times(events["occurred_at"]) > tried_at)
    return (
        outbound & (reached == 1)
        | (kind == "inbound_call") & (reached != 0)
        | (kind == "chat") & (reached == 1)
        | answers
    )


def label_reached(tables: Tables, learning: LearningSet, practice: Practice) -> FloatArray | None:
    """1 reached by the end of each moment's horizon, even before the moment; 0 not. Shape (n,). None where events
    cannot say.

    They can say it when at least one attempt is marked as having reached the person, and both kinds of lead are there
    to learn from."""
    if (
        tables.label is not None
        or not len(tables.events)
        or not (tables.events.get("reached", pd.Series(dtype=float)) == 1).any()
    ):
        return None
    moments = learning.moments
    label = (first_reached_at(tables)[moments.of_lead] <= moments.cutoff + practice.horizon_days * DAY).astype(float)
    return label if min(label[learning.arrival].sum(), (1 - label[learning.arrival]).sum()) >= _MIN_LEADS_PER_CLASS else None


def fit_reach(
    rows: np.ndarray,
    label: FloatArray | None,
    learning: LearningSet,
    splits: Splits,
    signals: Sequence[Signal],
    settings: Settings,
    step: Step,
) -> tuple[Reach | None, dict]:
    """The model of being reached and its figures on the held-out end of history, as JSON values; None and a sentence
    where it does not apply.

    The trees that are calibrated saw only earlier leads, as those of the conversion; monotone policies are about
    converting and stay off."""
    if label is None or not splits.forward:
        return None, {"said": "Not applicable: no events say which attempts reached the person."}
    reached = replace(learning, label=label)
    raw = predict_folds(
        rows,
        reached,
        splits,
        signals,
        settings,
        lambda _, done, of: step("Learning who is reached", done, of + 1),
        policy=False,
    )
    booster = fit_booster(rows, label, learning.position, learning.moments.of_lead, signals, settings, policy=False)
    reach = Reach(booster.model_to_string(), _fit_slope(raw, reached, splits.folds, splits.forward))
    step("Learning who is reached", 1, 1)
    return reach, _measure_reach(raw, reached, splits, settings)


def _fit_slope(raw: FloatArray, reached: LearningSet, folds: Sequence[Fold], forward: bool) -> Calibrator:
    """The calibration line without its level.

    How many are reached follows the desk's hours from month to month, so the level of earlier folds is stale by the
    time the trees have learnt from all leads: it made the held-out log loss worse. Whether the trees are too sure of
    themselves lasts."""
    return Calibrator(slope=fit_calibrator(raw, reached, folds, forward).slope)


def _measure_reach(raw: FloatArray, reached: LearningSet, splits: Splits, settings: Settings) -> dict:
    """AUC, calibration error and the ten bins on the last fold at arrival, its spread calibrated on the folds before
    it.
    """
    last = splits.folds[-1].test
    first = last[reached.arrival[last]]
    label, said = (
        reached.label[first],
        expit(_fit_slope(raw, reached, splits.folds[:-1], splits.forward).log_odds(raw[first])),
    )
    if len(np.unique(label)) < 2:
        return {"said": "The held-out leads were all reached, or none was: nothing to measure."}
    found = evaluate(label, said, reached.moments.of_lead[first], settings.resamples, settings.seed)
    return {
        "leads": len(first),
        "rate": round(float(label.mean()), 6),
        **{
            name: [round(value, 6) for value in (found[name].value, found[name].low, found[name].high)]
            for name in ("auc", "log_loss", "calibration_error")
        },
        "bins": [
            [round(predicted, 4), round(happened, 4), count]
            for predicted, happened, count in calibration_bins(label, said)
        ],
    }
