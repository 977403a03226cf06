"""Which columns look known only after contact, or after the outcome?

Lives here: suspicious headers, how well one column alone predicts the label, missing values that depend on the label.
Does not live here: personal data, ids and barred words (``mapping.type_inference``); the check on a trained model
(``training.checks``).
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.mapping.type_inference import split_header
from features.parsing.scalars import to_category, to_number, to_yes_no

__all__ = ["SUSPECT_AUC", "LeakageEvidence", "measure_evidence", "find_name_suspicion"]

SUSPECT_AUC = 0.80
"""A column that alone ranks leads better than this (AUC, cross-validated) is a suspect."""

SUSPECT_MISSING_AUC = 0.75
"""So is a column whose missing values alone rank leads better than this (AUC)."""

_FOLDS = 5
_BINS = 20
_ROW_LIMIT = 40_000
_PATTERNS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"\bduration\b|\btalk time\b|\bcall length\b|\bhandle time\b", "a call's length is known only after the call"),
        (
            r"(?:^|\b(?:lead|contact|deal|opportunity|call|appointment|sales|pipeline|crm|visit|booking|current) )"
            r"(?:status|stage|lifecycle stage)$",
            "a status or stage moves with the outcome",
        ),
        (r"\btags?\b|\bdisposition\b|\boutcome\b|\bresult\b", "such tags are usually set after contact"),
        (
            r"\blead (?:quality|profile|score|grade|rating|temperature)\b|^(?:quality|rating|grade)$",
            "such a judgement is usually made after contact",
        ),
        (
            r"\basymmetrique\b|\bscore\b|\b(?:activity|profile|engagement) index\b",
            "an index or score is usually assigned later, by another system",
        ),
        (
            r"\blast (?:notable )?"
            r"(?:activity|contact|contacted|call|called|modified|touch|engagement|interaction|updated|update|seen|reply)\b",
            "the last activity is overwritten until the end, the conversion included",
        ),
        (
            r"\b(?:modified|updated) ?(?:at|on|date|time)?$|\bnext (?:activity|step|action|follow up)\b",
            "it is overwritten after contact",
        ),
        (
            r"\b(?:close|closed|won|lost|loss|converted|conversion|booked|booking|cancel\w*|reject\w*)\b"
            r".*\b(?:date|at|on|day|time|by|reason)\b"
            r"|\breason (?:lost|for loss)\b",
            "it tells when or why a lead ended",
        ),
        (r"\b(?:sms|text|reminder)s? (?:received|sent|delivered)\b|\breminders?\b", "a reminder is sent after booking"),
        (
            r"^(?:notes?|remarks|follow ups?|follow up notes|call summary)$",
            "notes are written during and after contact",
        ),
        (r"\b(?:opportunity|revenue|invoice|contract|deal)\b", "it exists only for leads that went on"),
        (
            r"\b(?:contact|call) attempts\b|\bnumber of (?:calls|attempts|contacts)\b|\btimes contacted\b",
            "it counts contacts up to the end",
        ),
        (r"\b(?:checked in|check in|arrived|attended|showed up)\b", "it is known only on the day of the visit"),
    )
)


@dataclass(frozen=True)
class LeakageEvidence:
    """Hold how well one column alone predicts the label.

    Parameters
    ----------
    auc : float
        Of a cross-validated score from this column only; 0.5 is no better than chance; NaN if not measurable.
    missing_auc : float
        The same for whether the value is missing, in the direction that ranks better.
    """

    auc: float
    missing_auc: float

    @property
    def reason(self) -> str | None:
        """Return why the figures make the column a suspect; None if they do not."""
        if self.auc > SUSPECT_AUC:
            return (
                f"alone it predicts the label with AUC {self.auc:.2f} (cross-validated), "
                "more than a fact known beforehand should"
            )
        if self.missing_auc > SUSPECT_MISSING_AUC:
            return (
                f"whether it is filled predicts the label with AUC {self.missing_auc:.2f}: "
                "it seems to be filled in after the outcome"
            )
        return None


def find_name_suspicion(header: str) -> str | None:
    """Return why a header looks like something known only later; None if it does not.

    >>> find_name_suspicion("Call Duration"), find_name_suspicion("Lead Source")
    ("a call's length is known only after the call", None)
    """
    name = " ".join(split_header(header))
    return next((reason for pattern, reason in _PATTERNS if pattern.search(name)), None)


def measure_evidence(
    values: Any, kind: str, label: FloatArray, missing: frozenset[str], seed: int = 7
) -> LeakageEvidence:
    """Measure how well one column predicts ``label`` (shape (n,), 1, 0 or NaN). Rows are thinned evenly to 40,000.

    >>> label = np.tile([0.0, 1.0], 100)
    >>> measure_evidence(label, "number", label, frozenset()).auc
    1.0
    """
    labeled = np.flatnonzero(~np.isnan(label))
    if len(labeled) > _ROW_LIMIT:
        labeled = labeled[np.linspace(0, len(labeled) - 1, _ROW_LIMIT).astype(np.intp)]
    truth = label[labeled] == 1
    if min(truth.sum(), (~truth).sum()) < 20:
        return LeakageEvidence(np.nan, np.nan)
    column = values.iloc[labeled] if isinstance(values, pd.Series) else np.asarray(values)[labeled]
    levels, filled = _encode_levels(column, kind, missing)
    order = np.random.default_rng(seed).permutation(len(labeled))
    score = np.empty(len(labeled))
    for fold in range(_FOLDS):
        is_held_out = np.zeros(len(labeled), bool)
        is_held_out[order[fold::_FOLDS]] = True
        rates = _estimate_rates(levels[~is_held_out], truth[~is_held_out], int(levels.max()) + 1)
        score[is_held_out] = rates[levels[is_held_out]]
    by_filling = _compute_auc(filled.astype(float), truth)
    return LeakageEvidence(_compute_auc(score, truth), max(by_filling, 1 - by_filling))


def _encode_levels(column: Any, kind: str, missing: frozenset[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return (level of each value, whether it is present); level 0 is missing.

    Levels of numbers are quantile bins; levels of anything else are the distinct values.
    """
    if kind in ("number", "yes_no", "date"):
        if getattr(column, "dtype", None) is not None and column.dtype.kind == "f":
            numbers = np.asarray(column, float)
        else:
            numbers = (to_yes_no if kind == "yes_no" else to_number)(column, missing)[0]
        is_present = ~np.isnan(numbers)
        edges = np.empty(0)
        if is_present.any():
            edges = np.unique(np.quantile(numbers[is_present], np.linspace(0, 1, _BINS + 1)[1:-1]))
        return np.where(is_present, np.searchsorted(edges, numbers, side="right") + 1, 0), is_present
    codes = pd.factorize(to_category(column, missing)[0])[0] + 1
    return codes, codes > 0


def _estimate_rates(levels: np.ndarray, truth: np.ndarray, level_count: int) -> FloatArray:
    """Estimate the success rate of each level, shrunk toward the overall rate as if by ten more rows."""
    totals = np.bincount(levels, minlength=level_count)
    successes = np.bincount(levels, weights=truth, minlength=level_count)
    return (successes + 10 * truth.mean()) / (totals + 10)


def _compute_auc(score: FloatArray, truth: np.ndarray) -> float:
    """Compute the area under the ROC curve; ties count half."""
    ranks = pd.Series(score).rank().to_numpy()
    wins = int(truth.sum())
    return float((ranks[truth].sum() - wins * (wins + 1) / 2) / (wins * (len(truth) - wins)))
