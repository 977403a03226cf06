"""Who was called in the past, and how does that bias the label? A lead that nobody called is not a true negative.

Lives here: who was called and when, how well that could be predicted at arrival, and the model's metrics once contact
is accounted for.
Does not live here: the model of being reached (``reach_model``), the conversion model's metrics (``out_of_fold``).

All of it is association: the desk chose whom to call, by its rules and its hours. Inverse propensity weights (Horvitz
and Thompson 1952) correct only for what could be known at arrival."""

from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from features.array_types import HOUR, FloatArray, TimeArray
from features.calendar.timezones import to_local_time
from features.point_in_time.outcomes import find_first_times
from features.tables.tables import Tables
from training.dataset.time_splits import Splits
from training.dataset.training_data import TrainingData
from training.evaluation.metrics import Bootstrap, evaluate
from training.evaluation.reach_model import first_reached_at

__all__ = ["measure_contact", "describe_contact"]

SOON = 24 * HOUR
"""Called within this time counts as called soon."""

MAX_WEIGHT = 10.0
"""Inverse propensity weights are clipped here; the effective sample size shows how much data is left."""

MIN_PROPENSITY = 0.1
"""Below this predicted chance of a call within 24 hours hardly any lead was called, so weights cannot represent it."""

_CALLS = ("outbound_call", "voicemail")
_MIN_LEADS = 50
_NOT_APPLICABLE = "Not applicable: no events say when leads were called."


def measure_contact(tables: Tables, data: TrainingData, log_odds: FloatArray, timezone: str) -> dict[str, Any]:
    """Measure how leads were called and what that does to the metrics, as JSON values.

    Return a sentence alone where no event shows a call.

    Parameters
    ----------
    log_odds : float array of shape (n,)
        Calibrated forward predictions, NaN where no fold predicts the moment.
    timezone : str, the practice's
    """
    learning, splits, seed = data.learning, data.splits, data.settings.seed
    kinds = tables.events["kind"] if len(tables.events) else ()
    if not splits.forward or "created_at" not in tables.leads or not np.isin(_CALLS, kinds).any():
        return {"said": _NOT_APPLICABLE}
    created_at, called_at = tables.created_at, first_called_at(tables)
    lead = learning.moments.of_lead
    # Who was spoken with before arriving as a lead needs no first call.
    to_call = learning.arrival & ~(first_reached_at(tables) <= created_at)[lead]
    wait_hours = ((called_at - created_at) / HOUR)[lead]
    soon = (wait_hours <= SOON / HOUR).astype(float)
    never = np.isnan(wait_hours)
    probability = expit(log_odds)
    propensity = _predict_propensity(
        _add_arrival_columns(data.rows, created_at, lead, timezone), soon, to_call, splits, seed
    )
    scored = np.flatnonzero(to_call & ~np.isnan(log_odds) & ~np.isnan(propensity))
    uncalled, called = scored[never[scored]], scored[~never[scored]]
    if min(len(scored), len(uncalled), int(soon[scored].sum())) < _MIN_LEADS or len(np.unique(soon[scored])) < 2:
        return {
            "said": f"Too few leads to measure contact bias ({len(scored)} predicted, {len(uncalled)} of them never "
            f"called; {_MIN_LEADS} of each are needed)."
        }
    leads_to_call = np.flatnonzero(to_call)
    return {
        "leads": len(leads_to_call),
        "spoken_with_at_arrival": int((learning.arrival & ~to_call).sum()),
        "never_called": _share(never[leads_to_call]),
        "called_soon": _share(soon[leads_to_call]),
        "hours_to_first_call": _waits_by_group(wait_hours, leads_to_call, tables, lead, created_at, timezone)
        | {"score_tenth": _waits_by_score(wait_hours, probability, scored)},
        "propensity_auc": _auc(soon[scored], propensity[scored], seed),
        "same_score": {
            name: _predicted_and_actual(probability, learning.label, rows)
            for name, rows in (("never_called", uncalled), ("called", called))
        },
        "model_on": {
            name: _measure_fit(probability, learning.label, rows, seed)
            for name, rows in (("all", scored), ("called", called))
        },
        "hardly_any_chance": _share(propensity[scored] < MIN_PROPENSITY),
        "weighted": _weigh_by_propensity(probability, learning.label, propensity, scored[soon[scored] == 1]),
    }


def describe_contact(figures: dict[str, Any]) -> list[str]:
    """Describe the figures in at most six lines.

    >>> describe_contact({"said": "Not applicable: no events say when leads were called."})
    ['Contact. Not applicable: no events say when leads were called.']
    """
    if "said" in figures:
        return [f"Contact. {figures['said']}"]
    never, called, weighted = (
        figures["same_score"]["never_called"],
        figures["same_score"]["called"],
        figures["weighted"],
    )
    everyone, only = figures["model_on"]["all"], figures["model_on"]["called"]
    return [
        f"Contact. Of {figures['leads']:,} leads to call, {_percent(figures['called_soon'])}% were called within "
        f"24 hours and {_percent(figures['never_called'])}% never; the model of who is called soon has "
        f"AUC {figures['propensity_auc']:.2f}.",
        f"  Never called: predicted {_percent(never['said'])}%, actual {_percent(never['happened'])}%; "
        f"called: predicted {_percent(called['said'])}%, actual {_percent(called['happened'])}%. "
        "Association, not cause.",
        f"  AUC on all of them {everyone['auc']:.3f}, on those called {only['auc']:.3f}; calibration error "
        f"{everyone['calibration_error']:.3f} and {only['calibration_error']:.3f}.",
        f"  Weighted as if every lead had the same chance of a call within 24 hours: predicted "
        f"{_percent(weighted['said'])}%, actual {_percent(weighted['happened'])}% ({weighted['leads']:,} leads, "
        f"effective sample size {weighted['effective_leads']:,.0f}).",
        f"  Not covered: the {_percent(figures['hardly_any_chance'])}% of leads with hardly any chance of such a call.",
    ]


def first_called_at(tables: Tables) -> TimeArray:
    """Return when the practice first called each lead. Shape (m,), NaT never (or not yet)."""
    calls = tables.events[tables.events["kind"].isin(_CALLS)]
    return find_first_times(calls["occurred_at"], calls["lead_id"], tables.leads["lead_id"])


def _add_arrival_columns(rows: np.ndarray, created_at: TimeArray, lead: np.ndarray, timezone: str) -> np.ndarray:
    """Add what the desk also saw: hour and weekday of arrival, and how many leads came in the 24 hours before."""
    local = to_local_time(created_at, timezone)
    ordered = np.sort(created_at)
    crowd = np.searchsorted(ordered, created_at) - np.searchsorted(ordered, created_at - SOON)
    return np.column_stack([rows, np.column_stack([_hour(local), _weekday(local), crowd])[lead]])


def _predict_propensity(
    rows: np.ndarray, soon: FloatArray, to_call: np.ndarray, splits: Splits, seed: int
) -> FloatArray:
    """Predict a call within 24 hours from earlier leads. Shape (n,), probability, NaN where no fold predicts it."""
    chance = np.full(len(soon), np.nan)
    for fold in splits.folds:
        train, test = (side[to_call[side]] for side in (fold.train, fold.test))
        # A classifier of one class would predict it with certainty, and a weight of one over that would be made up.
        if len(np.unique(soon[train])) == 2:
            model = HistGradientBoostingClassifier(
                max_iter=80, max_leaf_nodes=8, learning_rate=0.08, early_stopping=False, random_state=seed
            )
            columns = _varying_columns(rows[train])
            model.fit(rows[train][:, columns], soon[train])
            chance[test] = model.predict_proba(rows[test][:, columns])[:, 1]
    return chance


def _varying_columns(rows: np.ndarray) -> np.ndarray:
    """Return which columns hold at least two different numbers; scikit-learn's histograms fail on an empty column."""
    filled = ~np.isnan(rows)
    return np.where(filled, rows, np.inf).min(axis=0) < np.where(filled, rows, -np.inf).max(axis=0)


def _waits_by_group(
    wait_hours: FloatArray, rows: np.ndarray, tables: Tables, lead: np.ndarray, created_at: TimeArray, timezone: str
) -> dict[str, Any]:
    """Summarize the waits for a first call by channel, part of the day and day of the week."""
    local = to_local_time(created_at, timezone)[lead]
    groups = {"weekday": np.array(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], object)[_weekday(local)]}
    groups["hour"] = np.array([f"{hour:02d} to {hour + 4:02d}" for hour in range(0, 24, 4)], object)[_hour(local) // 4]
    if "channel" in tables.leads:
        groups["channel"] = tables.leads["channel"].to_numpy(object)[lead]
    values = {name: sorted({key for key in keys[rows] if key is not None}) for name, keys in groups.items()}
    return {
        name: {value: _summarize_wait(wait_hours[rows][keys[rows] == value]) for value in values[name]}
        for name, keys in groups.items()
    }


def _waits_by_score(wait_hours: FloatArray, probability: FloatArray, rows: np.ndarray) -> dict[str, Any]:
    """Summarize the waits by tenth of the score, lowest first."""
    tenths = np.array_split(rows[np.argsort(probability[rows], kind="stable")], 10)
    return {str(number): _summarize_wait(wait_hours[tenth]) for number, tenth in enumerate(tenths, 1)}


def _summarize_wait(wait_hours: FloatArray) -> dict[str, Any]:
    """Return the number of leads, the median hours to the first call, and the share never called."""
    called = wait_hours[~np.isnan(wait_hours)]
    median = round(float(np.median(called)), 3) if len(called) else None
    return {"leads": len(wait_hours), "median_hours": median, "never_called": _share(np.isnan(wait_hours))}


def _predicted_and_actual(probability: FloatArray, label: FloatArray, rows: np.ndarray) -> dict[str, Any]:
    """Return the number of leads, their mean probability and their conversion rate."""
    return {"leads": len(rows), "said": _share(probability[rows]), "happened": _share(label[rows])}


def _measure_fit(probability: FloatArray, label: FloatArray, rows: np.ndarray, seed: int) -> dict[str, Any]:
    """Compute AUC and calibration error on these rows; None where only one class is there."""
    if len(np.unique(label[rows])) < 2:
        return {"leads": len(rows), "auc": None, "calibration_error": None}
    # Two resamples are enough: only the value is used, not its interval.
    metrics = evaluate(label[rows], probability[rows], rows, Bootstrap(2, seed))
    return {"leads": len(rows), **{name: round(metrics[name].value, 6) for name in ("auc", "calibration_error")}}


def _weigh_by_propensity(
    probability: FloatArray, label: FloatArray, propensity: FloatArray, called: np.ndarray
) -> dict[str, Any]:
    """Compute predicted and actual rate of the leads called soon, weighted to represent those that were not.

    Weights are clipped at ``MAX_WEIGHT``.
    """
    # A lead that was called although it had hardly any chance would otherwise stand for a hundred others.
    weight = np.minimum(1 / propensity[called], MAX_WEIGHT)
    return {
        "leads": len(called),
        "effective_leads": round(float(weight.sum() ** 2 / (weight**2).sum()), 1),
        "clipped": _share(1 / propensity[called] > MAX_WEIGHT),
        "said": round(float(np.average(probability[called], weights=weight)), 6),
        "happened": round(float(np.average(label[called], weights=weight)), 6),
        "said_unweighted": _share(probability[called]),
        "happened_unweighted": _share(label[called]),
    }


def _auc(label: FloatArray, score: FloatArray, seed: int) -> float:
    metrics = evaluate(label, score, np.arange(len(label)), Bootstrap(2, seed), is_probability=False)
    return round(metrics["auc"].value, 6)


def _hour(local: TimeArray) -> np.ndarray:
    """Return the hour of the day, 0 to 23."""
    return ((local - local.astype("datetime64[D]")) // np.timedelta64(1, "h")).astype(int)


def _weekday(local: TimeArray) -> np.ndarray:
    """Return the day of the week, 0 Monday to 6 Sunday (1 January 1970 was a Thursday).

    >>> _weekday(np.array(["1970-01-01", "2026-11-23"], "datetime64[us]")).tolist()
    [3, 0]
    """
    return (local.astype("datetime64[D]").astype(int) + 3) % 7


def _share(values: np.ndarray) -> float:
    return round(float(np.mean(values)), 6)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
