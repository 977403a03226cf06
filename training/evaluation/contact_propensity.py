"""How was contact given out in the past, and what does that do to the label? A lead that nobody called is no plain
negative.

Lives here: who was called and when, how far that could be foreseen at arrival, and the model's figures where contact is
accounted for. Does not live here: the model of being reached (``reach``), the conversion's figures (``held_out``).

All of it is association: who was called was chosen, by the desk's rules and by its hours. Inverse propensity weights
(Horvitz and Thompson 1952) undo only what could be known at arrival."""

from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier

from features.array_types import HOUR, FloatArray, TimeArray
from features.calendar.timezones import to_local_time, to_utc_times
from features.point_in_time.outcomes import find_first_times
from features.tables.tables import Tables
from training.dataset.labels import LearningSet
from training.dataset.time_splits import Splits
from training.evaluation.metrics import evaluate
from training.evaluation.reach_model import first_reached_at

__all__ = ["measure_contact", "describe_contact"]

SOON = 24 * HOUR
"""Called within this time counts as called soon."""

MAX_WEIGHT = 10.0
"""Inverse propensity weights are clipped here; the effective sample size says what is left."""

MIN_PROPENSITY = 0.1
"""Below this foreseen chance of a call within 24 hours hardly any lead was called: no weight can stand for those."""

_CALLS = ("outbound_call", "voicemail")
_MIN_LEADS = 50
_NOT_APPLICABLE = "Not applicable: no events say when leads were called."


def measure_contact(
    tables: Tables,
    rows: np.ndarray,
    log_odds: FloatArray,
    learning: LearningSet,
    splits: Splits,
    seed: int,
    timezone: str,
) -> dict[str, Any]:
    """What was done with leads that had to be called, as JSON values; a sentence where no event says it.

    Parameters
    ----------
    rows : float32 array of shape (n, signals)
    log_odds : float array of shape (n,)
        Calibrated forward predictions, NaN where no fold predicts the moment.
    """
    kinds = tables.events["kind"] if len(tables.events) else ()
    if not splits.forward or "created_at" not in tables.leads or not np.isin(_CALLS, kinds).any():
        return {"said": _NOT_APPLICABLE}
    created_at, called_at = to_utc_times(tables.leads["created_at"]), first_called_at(tables)
    lead = learning.moments.of_lead
    to_call = learning.arrival & ~(first_reached_at(tables) <= created_at)[lead]
    wait_hours = ((called_at - created_at) / HOUR)[lead]
    soon = (wait_hours <= SOON / HOUR).astype(float)
    never = np.isnan(wait_hours)
    probability = expit(log_odds)
    propensity = _predict_propensity(_add_arrival_columns(rows, created_at, lead, timezone), soon, to_call, splits, seed)
    seen = np.flatnonzero(to_call & ~np.isnan(log_odds) & ~np.isnan(propensity))
    if min((len(seen), int(never[seen].sum()), int(soon[seen].sum()))) < _MIN_LEADS or len(np.unique(soon[seen])) < 2:
        return {
            "said": f"Too few leads to say how contact was given out ({len(seen)} predicted, {int(never[seen].sum())} of them never called)."
        }
    some, uncalled, called = np.flatnonzero(to_call), seen[never[seen]], seen[~never[seen]]
    return {
        "leads": len(some),
        "spoken_with_at_arrival": int((learning.arrival & ~to_call).sum()),
        "never_called": _share(never[some]),
        "called_soon": _share(soon[some]),
        "hours_to_first_call": _waits_by_group(wait_hours, some, tables, lead, created_at, timezone)
        | {"score_tenth": _waits_by_score(wait_hours, probability, seen)},
        "propensity_auc": _auc(soon[seen], propensity[seen], seed),
        "same_score": {
            name: _predicted_and_actual(probability, learning.label, who)
            for name, who in (("never_called", uncalled), ("called", called))
        },
        "model_on": {
            name: _measure_fit(probability, learning.label, who, seed) for name, who in (("all", seen), ("called", called))
        },
        "hardly_any_chance": _share(propensity[seen] < MIN_PROPENSITY),
        "weighted": _weigh_by_propensity(probability, learning.label, propensity, seen[soon[seen] == 1]),
    }


def describe_contact(figures: dict[str, Any]) -> list[str]:
    """The figures in at most six lines.

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
        f"Contact. Of {figures['leads']:,} leads to call, {_percent(figures['called_soon'])} in 100 were called within 24 hours and "
        f"{_percent(figures['never_called'])} in 100 never; the model of who is called soon has AUC {figures['propensity_auc']:.2f}.",
        f"  Leads that nobody called converted {_percent(never['happened'])} in 100 where the score says {_percent(never['said'])}; "
        f"those called, {_percent(called['happened'])} where it says {_percent(called['said'])}. Association, not cause.",
        f"  AUC on all of them {everyone['auc']:.3f}, on those called {only['auc']:.3f}; calibration error {everyone['calibration_error']:.3f} and {only['calibration_error']:.3f}.",
        f"  Weighted as if every lead had the same chance of a call within 24 hours: said {_percent(weighted['said'])}, "
        f"happened {_percent(weighted['happened'])} in 100 ({weighted['leads']:,} leads worth {weighted['effective_leads']:,.0f}).",
        f"  It cannot speak for the {_percent(figures['hardly_any_chance'])} in 100 who had hardly any chance of such a call.",
    ]


def first_called_at(tables: Tables) -> TimeArray:
    """When each lead was first called by the practice. Shape (m,), NaT never (or not yet)."""
    calls = tables.events[tables.events["kind"].isin(_CALLS)]
    return find_first_times(calls["occurred_at"], calls["lead_id"], tables.leads["lead_id"])


def _add_arrival_columns(rows: np.ndarray, created_at: TimeArray, lead: np.ndarray, timezone: str) -> np.ndarray:
    """The matrix with what the desk also saw: hour and day of the week of arrival, and how many leads came in the 24
    hours before.
    """
    local = to_local_time(created_at, timezone)
    ordered = np.sort(created_at)
    crowd = np.searchsorted(ordered, created_at) - np.searchsorted(ordered, created_at - SOON)
    return np.column_stack([rows, np.column_stack([_hour(local), _weekday(local), crowd])[lead]])


def _predict_propensity(rows: np.ndarray, soon: FloatArray, to_call: np.ndarray, splits: Splits, seed: int) -> FloatArray:
    """Chance of a call within 24 hours as foreseen from earlier leads. Shape (n,), NaN where no fold predicts it."""
    chance = np.full(len(soon), np.nan)
    for fold in splits.folds:
        train, test = (side[to_call[side]] for side in (fold.train, fold.test))
        if len(np.unique(soon[train])) == 2:
            model = HistGradientBoostingClassifier(
                max_iter=80, max_leaf_nodes=8, learning_rate=0.08, early_stopping=False, random_state=seed
            )
            varied = _varying_columns(rows[train])
            chance[test] = model.fit(rows[train][:, varied], soon[train]).predict_proba(rows[test][:, varied])[:, 1]
    return chance


def _varying_columns(rows: np.ndarray) -> np.ndarray:
    """Columns that hold at least two different numbers; scikit-learn's histograms fail on a column without any."""
    known = ~np.isnan(rows)
    return np.where(known, rows, np.inf).min(axis=0) < np.where(known, rows, -np.inf).max(axis=0)


def _waits_by_group(
    wait_hours: FloatArray, some: np.ndarray, tables: Tables, lead: np.ndarray, created_at: TimeArray, timezone: str
) -> dict[str, Any]:
    """Median hours to the first call, and the share never called, by channel, part of the day and day of the week."""
    local = to_local_time(created_at, timezone)[lead]
    groups = {"weekday": np.array(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], object)[_weekday(local)]}
    groups["hour"] = np.array([f"{hour:02d} to {hour + 4:02d}" for hour in range(0, 24, 4)], object)[_hour(local) // 4]
    if "channel" in tables.leads:
        groups["channel"] = tables.leads["channel"].to_numpy(object)[lead]
    values = {name: sorted({key for key in keys[some] if key is not None}) for name, keys in groups.items()}
    return {
        name: {value: _summarize_wait(wait_hours[some][keys[some] == value]) for value in values[name]}
        for name, keys in groups.items()
    }


def _waits_by_score(wait_hours: FloatArray, probability: FloatArray, seen: np.ndarray) -> dict[str, Any]:
    """The same by tenth of the score, lowest first."""
    tenths = np.array_split(seen[np.argsort(probability[seen], kind="stable")], 10)
    return {str(number): _summarize_wait(wait_hours[tenth]) for number, tenth in enumerate(tenths, 1)}


def _summarize_wait(wait_hours: FloatArray) -> dict[str, Any]:
    called = wait_hours[~np.isnan(wait_hours)]
    median = round(float(np.median(called)), 3) if len(called) else None
    return {"leads": len(wait_hours), "median_hours": median, "never_called": _share(np.isnan(wait_hours))}


def _predicted_and_actual(probability: FloatArray, label: FloatArray, some: np.ndarray) -> dict[str, Any]:
    return {"leads": len(some), "said": _share(probability[some]), "happened": _share(label[some])}


def _measure_fit(probability: FloatArray, label: FloatArray, some: np.ndarray, seed: int) -> dict[str, Any]:
    """AUC and calibration error on some leads; None where only one class is there."""
    if len(np.unique(label[some])) < 2:
        return {"leads": len(some), "auc": None, "calibration_error": None}
    found = evaluate(label[some], probability[some], some, resamples=2, seed=seed)
    return {"leads": len(some), **{name: round(found[name].value, 6) for name in ("auc", "calibration_error")}}


def _weigh_by_propensity(probability: FloatArray, label: FloatArray, propensity: FloatArray, called: np.ndarray) -> dict[str, Any]:
    """Said and happened among leads called soon, each standing for those like it that were not.

    Weights clipped at 10.
    """
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
    return round(
        evaluate(label, score, np.arange(len(label)), resamples=2, seed=seed, is_probability=False)["auc"].value, 6
    )


def _hour(local: TimeArray) -> np.ndarray:
    """Hour of the day, 0 to 23."""
    return ((local - local.astype("datetime64[D]")) // np.timedelta64(1, "h")).astype(int)


def _weekday(local: TimeArray) -> np.ndarray:
    """Day of the week, 0 Monday to 6 Sunday (1 January 1970 was a Thursday).

    >>> _weekday(np.array(["1970-01-01", "2026-11-23"], "datetime64[us]")).tolist()
    [3, 0]
    """
    return (local.astype("datetime64[D]").astype(int) + 3) % 7


def _share(values: np.ndarray) -> float:
    return round(float(np.mean(values)), 6)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
