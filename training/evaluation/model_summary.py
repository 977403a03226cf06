"""What does the report show of a model? Verdict, value at the desk, segments, reliability and provenance.

Lives here: collecting what the report shows of the held-out leads, as JSON values of the model's figures.
Does not live here: each figure (``readiness``, ``lift``, ``slice_metrics``, ``provenance``,
``training.model.rules_baseline``), the page (``training.report``).
"""

import re
from typing import Any

import numpy as np

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from features.calendar.timezones import to_local_time
from features.practice.clinic_map import ClinicMap
from features.practice.practice import Practice
from features.privacy.category_levels import find_personal
from features.tables.tables import Tables
from training.evaluation.lift import lift_by_capacity
from training.evaluation.metrics import Bootstrap, calibration_bins
from training.evaluation.out_of_fold import Evaluation
from training.evaluation.provenance import code_sha256, data_sha256, package_versions
from training.evaluation.readiness import SERVED, admit_earlier_folds, assess_readiness, mention_rule_gaps
from training.evaluation.slice_metrics import measure_slices
from training.model.rules_baseline import RuleScore
from training.settings import Settings

__all__ = ["summarize_model", "slice_leads"]

NEWEST_DAYS = 30
_MIN_RULES = 5
_MIN_NEWEST_LEADS = 100
_AGES = "Age band"
_AGE = re.compile(
    r"(?:under|over|below|above|<|>|up to)?\s*\d{1,3}(?:\s*(?:-|–|to)\s*\d{1,3}|\s*\+| (?:and|or) \w+)?(?: years?)?"
)
"""18-39, 75+, under 18, 65 and older."""
_ORDERS = ("Leadlight", "Rules score", "Newest first")
"""Rankings that a desk could call in."""


def summarize_model(
    tables: Tables, practice: Practice, evaluation: Evaluation, rules: RuleScore, settings: Settings, forward: bool
) -> dict[str, Any]:
    """Collect what the report shows beside the metrics, as JSON values."""
    arrived = _arrival_times(tables, practice, evaluation.leads)
    bootstrap = Bootstrap(settings.resamples, settings.seed)
    orders = {name: evaluation.scores[name] for name in _ORDERS if name in evaluation.scores}
    worth = _booking_values(tables, practice, evaluation.leads)
    value = lift_by_capacity(arrived, evaluation.label, orders, worth, bootstrap) if forward else None
    scores, gaps = evaluation.scores | {SERVED: evaluation.served}, _describe_rule_gaps(rules)
    verdict = assess_readiness(evaluation.label, scores, value, forward, bootstrap, evaluation.before)
    verdict = mention_rule_gaps(verdict, gaps)
    return {
        "verdict": admit_earlier_folds(verdict, evaluation.ranking),
        "value": value,
        "rules": _summarize_rules(rules),
        "slices": measure_slices(
            evaluation.label,
            evaluation.probability,
            slice_leads(tables, practice, evaluation.leads),
            Bootstrap(min(settings.resamples, 200), settings.seed),
        ),
        "reliability": _reliability(evaluation, arrived),
        "provenance": {
            "data_sha256": data_sha256(tables),
            "code_sha256": code_sha256(),
            "versions": package_versions(),
            "seed": settings.seed,
        },
    }


def _arrival_times(tables: Tables, practice: Practice, leads: IntArray) -> TimeArray:
    """Return when each lead arrived, on the practice's clock; NaT without dates."""
    if "created_at" not in tables.leads:
        return np.full(len(leads), np.datetime64("NaT"), "datetime64[us]")
    return to_local_time(tables.created_at, practice.timezone)[leads]


def slice_leads(tables: Tables, practice: Practice, leads: IntArray) -> dict[str, ObjectArray]:
    """Return the slice of each of these rows of the leads table: title -> month, clinic, channel, service or age band.

    Dimensions that the data does not have are left out.
    """
    arrived = _arrival_times(tables, practice, leads)
    slices = {} if np.isnat(arrived).any() else {"Month": arrived.astype("datetime64[M]").astype(str).astype(object)}
    for title, column in (
        ("Clinic asked for", "preferred_clinic"),
        ("Channel", "channel"),
        ("Service asked for", "service_requested"),
        (_AGES, "age_band"),
    ):
        if column in tables.leads and tables.leads[column].notna().any():
            slices[title] = tables.leads[column].to_numpy(object)[leads]
    clinic_map = ClinicMap.from_practice(practice)
    for title, names, entries in (
        ("Clinic asked for", clinic_map.clinic_names, practice.clinics),
        ("Service asked for", clinic_map.service_names, practice.services),
    ):
        if title in slices and entries:
            # Position -1 (a clinic or service that practice.toml does not list) picks the last name, "another".
            entry_names = np.array([*(entry.name for entry in entries), "another"], object)
            named = entry_names[clinic_map.find_positions(slices[title], names)]
            slices[title] = np.where(np.equal(slices[title], None), None, named)
    return {title: _hide_personal(title, slice_of) for title, slice_of in slices.items()}


def _hide_personal(title: str, slice_of: ObjectArray) -> ObjectArray:
    """Put the values that identify a person into one slice, because slices have their names in reports."""
    values = [value for value in slice_of if value is not None]
    if title == _AGES:
        # Barred from the score, and here so that it can be seen whether it treats ages alike. Only bands stand.
        others = {value for value in values if not _AGE.fullmatch(value.strip().casefold())}
        return np.array(["another" if value in others else value for value in slice_of], object)
    personal = find_personal(title, values)
    if not personal:
        return slice_of
    return np.array(["a name or contact" if value in personal else value for value in slice_of], object)


def _booking_values(tables: Tables, practice: Practice, leads: IntArray) -> FloatArray | None:
    """Return what a booking of each lead would be worth, by its service; None where practice.toml gives no value."""
    if "service_requested" not in tables.leads or all(np.isnan(service.value) for service in practice.services):
        return None
    clinic_map = ClinicMap.from_practice(practice)
    requested = tables.leads["service_requested"].to_numpy(object)[leads]
    values = np.array([*(service.value for service in practice.services), np.nan])
    return values[clinic_map.find_positions(requested, clinic_map.service_names)]


def _describe_rule_gaps(rules: RuleScore) -> str:
    """Say why the rules are a weak benchmark here; empty where they are not."""
    if not rules.can_rank:
        return "no rule could be applied to this data"
    if rules.is_custom or len(rules.used) >= _MIN_RULES:
        return ""
    total = len(rules.used) + len(rules.left_out)
    return f"only {len(rules.used)} of the {total} default rules apply to this data, so write your own"


def _summarize_rules(rules: RuleScore) -> dict[str, Any]:
    """Return the rules that the model was compared with."""
    return {
        "own": rules.is_custom,
        "used": [
            {"when": rule.when, "points": rule.points, "holds_for": round(share, 6)} for rule, share in rules.used
        ],
        "left_out": [{"when": rule.when, "points": rule.points, "why": why} for rule, why in rules.left_out],
    }


def _reliability(evaluation: Evaluation, arrived: TimeArray) -> dict[str, Any]:
    """Return predicted rate, actual rate and leads in bins of equal count.

    For all held-out leads, and for those of the newest month where there are enough.
    """
    reliability: dict[str, Any] = {"all": _bins(evaluation.label, evaluation.probability, 10)}
    if np.isnat(arrived).any():
        return reliability
    newest = arrived > arrived.max() - np.timedelta64(NEWEST_DAYS, "D")
    if _MIN_NEWEST_LEADS <= newest.sum() < len(newest):
        reliability["newest"] = _bins(evaluation.label[newest], evaluation.probability[newest], 5)
    return reliability


def _bins(label: FloatArray, probability: FloatArray, bins: int) -> list[list[float]]:
    """Return the calibration bins, rounded."""
    return [
        [round(predicted, 6), round(actual, 6), leads]
        for predicted, actual, leads in calibration_bins(label, probability, bins)
    ]
