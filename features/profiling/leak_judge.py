"""Which columns know the outcome in advance, on what evidence, and what does leaving them out cost?

Lives here: the judgment, the same for an export that is profiled and for tables that are trained on. A name alone
convicts nothing; a name with evidence, strong evidence alone, late recording, and columns that are too strong together
do.
Does not live here: the evidence (``leakage_detection``, ``late_recording``, ``joint_strength``, ``late_headers``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from features.array_types import FloatArray, TimeArray
from features.profiling.joint_strength import JointStrength, assign_folds
from features.profiling.labels.outcome_words import classify_status
from features.profiling.late_headers import find_late_header, is_planned_date
from features.profiling.late_recording import LeadAges
from features.profiling.leakage_detection import LeakageEvidence, measure_evidence, select_labeled_rows

__all__ = ["JudgedColumn", "LeakSuspicion", "find_leak_suspects"]

SUSPECT_JOINT_AUC = 0.90
"""Columns that together with ours rank leads better than this (AUC, cross-validated) know more than an arrival tells.

Measured on real exports: the columns known at arrival reach .87 (X Education), .79 (bank calls), .65 (appointments)."""

ASKED_JOINT_AUC = 0.82
ASKED_JUMP = 0.30
"""A jump from our own columns to all columns of this size, to at least this AUC, is asked about."""

_STRONG_COLUMN_AUC = 0.65
_AGE_AUC = 0.55
_DELAY_AUC = 0.65
_LATER_SHARE = 0.2
_LATER_SHARE_NAMED = 0.5
_STAGE_COVERAGE = 0.8
_JOINT_ROWS = 10_000


@dataclass(frozen=True)
class JudgedColumn:
    """Hold one column of an export for the judgment.

    Parameters
    ----------
    values : array or Series of shape (n,)
    kind : str
        One of ``schema.CUSTOM_KINDS``.
    times : datetime64[us] array of shape (n,), optional
        The times of a column of dates.
    filled : bool array of shape (n,), optional
        Whether there is a value; taken from the values if omitted.
    """

    values: Any
    kind: str
    times: TimeArray | None = None
    filled: np.ndarray | None = None


@dataclass(frozen=True)
class LeakSuspicion:
    """Hold why a column is suspected, whether it is left out, and the AUC of a small model with it and without it."""

    reason: str
    left_out: bool = True
    auc_with: float = np.nan
    auc_without: float = np.nan

    def describe(self) -> str:
        """Describe the evidence, with the price of leaving the column out.

        >>> LeakSuspicion("it is filled late", True, 0.81, 0.72).describe()
        'it is filled late; a small model ranks leads with AUC 0.81 with it and 0.72 without it'
        """
        if np.isnan(self.auc_with):
            return self.reason
        return (
            f"{self.reason}; a small model ranks leads with AUC {self.auc_with:.2f} with it and {self.auc_without:.2f} "
            "without it"
        )


def find_leak_suspects(
    columns: Mapping[str, JudgedColumn],
    known_columns: Mapping[str, JudgedColumn],
    label: FloatArray,
    created_at: TimeArray | None,
    missing: frozenset[str] = frozenset(),
) -> dict[str, LeakSuspicion]:
    """Return column -> suspicion, for the columns that seem to know the outcome in advance.

    Parameters
    ----------
    columns : dict
        Columns under judgment, by their headers.
    own : dict
        Columns known at arrival, such as the source: what the others are compared with.
    label : float array of shape (n,)
        1 booked, 0 not, NaN not known.
    created_at : datetime64[us] array of shape (n,), optional
    """
    ages = LeadAges(label, created_at)
    evidence = {name: _measure(column, label, ages, missing) for name, column in columns.items()}
    suspects = {
        name: LeakSuspicion(reason)
        for name, column in columns.items()
        if (reason := _find_reason(name, column, evidence[name], ages, missing)) is not None
    }
    own_evidence = {
        name: measure_evidence(judged.values, judged.kind, label, missing, _JOINT_ROWS)
        for name, judged in known_columns.items()
    }
    thinned = evidence
    if np.count_nonzero(~np.isnan(label)) > _JOINT_ROWS:
        thinned = {name: _measure(column, label, ages, missing, _JOINT_ROWS) for name, column in columns.items()}
    joint = _build_joint(thinned, own_evidence, label)
    if joint is None:
        return suspects
    rest = [name for name in columns if name not in suspects]
    suspects |= _find_joint_suspects(joint, list(known_columns), rest, evidence)
    base = [*known_columns, *(name for name in columns if name not in suspects or not suspects[name].left_out)]
    return {name: _add_price(suspicion, name, joint, base) for name, suspicion in suspects.items()}


def _measure(
    column: JudgedColumn, label: FloatArray, ages: LeadAges, missing: frozenset[str], limit: int = 40_000
) -> LeakageEvidence:
    """Measure a column's evidence; for dates the better of the date itself and the delay since the inquiry."""
    if column.times is None:
        return measure_evidence(column.values, column.kind, label, missing, limit)
    dates = np.where(np.isnat(column.times), np.nan, column.times.astype("int64").astype(float))
    by_date = measure_evidence(dates, "number", label, missing, limit)
    delay = ages.measure_delay(column.times)
    if delay is None:
        return by_date
    by_delay = measure_evidence(delay, "number", label, missing, limit)
    return by_delay if by_delay.auc > by_date.auc else by_date


def _find_reason(
    name: str, column: JudgedColumn, evidence: LeakageEvidence, ages: LeadAges, missing: frozenset[str]
) -> str | None:
    """Return why one column alone is a suspect; None if it is not."""
    filled = _find_filled(column)
    grounds = (
        _find_named_reason(name, evidence),
        None if column.times is not None and is_planned_date(name) else evidence.reason,
        ages.find_late_filling(filled),
        _find_reason_by_delay(name, column, evidence, ages),
        None if column.times is None or is_planned_date(name) else ages.find_recording(column.times),
        ages.find_filling_with_age(filled) if evidence.exceeds(evidence.missing_auc, _AGE_AUC) else None,
        _find_stage_reason(column, evidence),
        ages.find_overwriting(column.values, column.kind, missing)
        if column.kind in ("category", "crowded_category", "yes_no")
        else None,
    )
    return next((reason for reason in grounds if reason is not None), None)


def _find_named_reason(name: str, evidence: LeakageEvidence) -> str | None:
    """Return the reason of a late header whose evidence bears it out."""
    late = find_late_header(name)
    if late is None:
        return None
    if evidence.exceeds(evidence.auc, late.min_auc):
        return f"{late.reason}; alone it predicts the label with AUC {evidence.auc:.2f}"
    if evidence.exceeds(evidence.missing_auc, late.min_missing_auc):
        return f"{late.reason}; whether it is filled predicts the label with AUC {evidence.missing_auc:.2f}"
    return None


def _find_reason_by_delay(name: str, column: JudgedColumn, evidence: LeakageEvidence, ages: LeadAges) -> str | None:
    """Return the reason of dates that lie after the inquiry and tell the outcome; None for days chosen beforehand."""
    delay = None if column.times is None or is_planned_date(name) else ages.measure_delay(column.times)
    if delay is None or np.isnan(delay).all():
        return None
    later, late = float((delay[~np.isnan(delay)] > 1).mean()), find_late_header(name)
    if late is not None and later >= _LATER_SHARE_NAMED:
        return f"{late.reason}; {later:.0%} of its dates lie after the inquiry"
    if not evidence.exceeds(evidence.auc, _DELAY_AUC):
        return None
    if later < _LATER_SHARE:
        return None
    return f"{later:.0%} of its dates lie after the inquiry, and they predict the label with AUC {evidence.auc:.2f}"


def _find_stage_reason(column: JudgedColumn, evidence: LeakageEvidence) -> str | None:
    """Return the reason of a column whose values are stages of a lead and go with the label."""
    if column.kind != "category" or not evidence.exceeds(evidence.auc, _AGE_AUC):
        return None
    texts, counts = np.unique(
        np.array([text for text in column.values if isinstance(text, str)], str), return_counts=True
    )
    meanings = [classify_status(text) for text in texts.tolist()]
    covered = sum(count for count, meaning in zip(counts.tolist(), meanings, strict=True) if meaning)
    decided = {"booked", "not_booked"} & set(meanings)
    if len(decided) < 2 or covered < _STAGE_COVERAGE * max(counts.sum(), 1):
        return None
    return f"its values are stages of a lead ({', '.join(texts[:3].tolist())}), which move with the outcome"


def _find_filled(column: JudgedColumn) -> np.ndarray:
    """Return which rows of a column have a value."""
    if column.filled is not None:
        return column.filled
    return np.array(
        [value is not None and value == value and value != "" for value in np.asarray(column.values, object)]
    )


def _build_joint(
    evidence: Mapping[str, LeakageEvidence], known_columns: Mapping[str, LeakageEvidence], label: FloatArray
) -> JointStrength | None:
    """Build the small model over all columns; None with too few leads."""
    rows = select_labeled_rows(label, _JOINT_ROWS)
    scores = {
        name: judged.score for name, judged in (dict(evidence) | dict(known_columns)).items() if len(judged.score)
    }
    return JointStrength(scores, label[rows] == 1, assign_folds(len(rows))) if scores else None


def _find_joint_suspects(
    joint: JointStrength, known_columns: list[str], rest: list[str], evidence: Mapping[str, LeakageEvidence]
) -> dict[str, LeakSuspicion]:
    """Return the strong ones among columns that are too strong together, or that jump far above our own."""
    strong = [name for name in rest if evidence[name].exceeds(evidence[name].auc, _STRONG_COLUMN_AUC)]
    together, alone = joint.compute_auc([*known_columns, *rest]), joint.compute_auc(known_columns)
    is_too_strong = together > SUSPECT_JOINT_AUC
    if not strong or not (is_too_strong or (together >= ASKED_JOINT_AUC and together - alone >= ASKED_JUMP)):
        return {}
    finding = f"all columns together rank leads with AUC {together:.2f}, those known at arrival alone with {alone:.2f}"
    return {
        name: LeakSuspicion(f"{finding}; this one alone reaches {evidence[name].auc:.2f}", left_out=is_too_strong)
        for name in strong
    }


def _add_price(suspicion: LeakSuspicion, name: str, joint: JointStrength, base: list[str]) -> LeakSuspicion:
    """Return the suspicion with the AUC of a small model with the column and without it."""
    others = [judged for judged in base if judged != name]
    return replace(suspicion, auc_with=joint.compute_auc([*others, name]), auc_without=joint.compute_auc(others))
