"""How well does one column alone predict the label, by its values and by being filled?

Lives here: the cross-validated score of one column, the evidence of its values and of its missing values.
Does not live here: several columns together (``joint_strength``), names (``late_headers``), when a column is filled
(``late_recording``), the judgment (``leak_judge``), personal data and ids (``mapping.type_inference``).
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import FloatArray, IntArray, ObjectArray
from features.arrays.dictionary_encoding import map_distinct
from features.parsing.column_values import to_category, to_number, to_yes_no
from features.profiling.joint_strength import FOLDS, assign_folds, compute_auc

__all__ = ["SUSPECT_AUC", "LeakageEvidence", "count_words", "measure_evidence", "select_labeled_rows"]

SUSPECT_AUC = 0.80
"""A column that alone ranks leads better than this (AUC, cross-validated) is a suspect."""

SUSPECT_MISSING_AUC = 0.75
"""So is a column whose missing values alone rank leads better than this (AUC)."""

SUSPECT_LIFT = 4.0
"""So is a column that is filled this many times as often for one outcome as for the other, if that ranks leads."""

_LIFT_AUC = 0.60
_MIN_PER_CLASS = 20
_BINS = 20
_ROW_LIMIT = 40_000
_LEAST = 1e-4


@dataclass(frozen=True)
class LeakageEvidence:
    """Hold how well one column alone predicts the label.

    Parameters
    ----------
    auc : float
        Of a cross-validated score from this column only; 0.5 is no better than chance; NaN if not measurable.
    missing_auc : float
        The same for whether the value is missing, in the direction that ranks better.
    filled_booked, filled_not : float
        Share of the booked and of the other leads for which the column is filled.
    error : float
        Standard error of an AUC in these rows.
    score : float array of shape (n,)
        Log-odds of each labeled row by this column alone, estimated without the row; empty if not measurable.
    """

    auc: float
    missing_auc: float
    filled_booked: float = np.nan
    filled_not: float = np.nan
    error: float = 0.0
    score: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)

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
        more, less = max(self.filled_booked, self.filled_not), min(self.filled_booked, self.filled_not)
        if self.missing_auc > _LIFT_AUC and more > SUSPECT_LIFT * less and self.exceeds(self.missing_auc, _LIFT_AUC):
            return (
                f"it is filled for {self.filled_booked:.0%} of the booked leads and {self.filled_not:.0%} of the "
                "others: it seems to be filled in after the outcome"
            )
        return None

    def exceeds(self, auc: float, least: float) -> bool:
        """Return whether an AUC is at least ``least`` and clearly above chance in this many rows."""
        return auc >= least and auc - 2 * self.error > 0.5


def select_labeled_rows(label: FloatArray, limit: int = _ROW_LIMIT) -> IntArray:
    """Return the rows with a label, thinned evenly to ``limit``."""
    labeled = np.flatnonzero(~np.isnan(label))
    return labeled[np.linspace(0, len(labeled) - 1, limit).astype(np.intp)] if len(labeled) > limit else labeled


def count_words(texts: ObjectArray) -> FloatArray:
    """Count the words of each text, which is all that a model sees of it; NaN where there is none.

    >>> count_words(np.array(["call back", None], object)).tolist()
    [2.0, nan]
    """
    return map_distinct(
        texts, lambda text: float(len(text.split())) if isinstance(text, str) else np.nan, np.nan, float
    )


def measure_evidence(
    values: Any, kind: str, label: FloatArray, missing: frozenset[str], limit: int = _ROW_LIMIT
) -> LeakageEvidence:
    """Measure how well one column predicts ``label`` (shape (n,), 1, 0 or NaN). Rows are thinned evenly to ``limit``.

    >>> label = np.tile([0.0, 1.0], 100)
    >>> measure_evidence(label, "number", label, frozenset()).auc
    1.0
    """
    labeled = select_labeled_rows(label, limit)
    truth = label[labeled] == 1
    wins, others = int(truth.sum()), int((~truth).sum())
    if min(wins, others) < _MIN_PER_CLASS:
        return LeakageEvidence(np.nan, np.nan)
    column = values.iloc[labeled] if isinstance(values, pd.Series) else np.asarray(values)[labeled]
    levels, filled = _encode_levels(column, kind, missing)
    score = _cross_validate(levels, truth)
    by_filling = compute_auc(filled.astype(float), truth)
    return LeakageEvidence(
        auc=compute_auc(score, truth),
        missing_auc=max(by_filling, 1 - by_filling),
        filled_booked=float(filled[truth].mean()),
        filled_not=float(filled[~truth].mean()),
        error=float(np.sqrt((wins + others + 1) / (12 * wins * others))),
        score=score,
    )


def _cross_validate(levels: np.ndarray, truth: np.ndarray) -> FloatArray:
    """Return each row's log-odds by its level, relative to all rows, estimated from the other folds."""
    folds, rates = assign_folds(len(truth)), np.empty(len(truth))
    for fold in range(FOLDS):
        held_out = folds == fold
        by_level = _estimate_rates(levels[~held_out], truth[~held_out], int(levels.max()) + 1)
        rates[held_out] = by_level[levels[held_out]]
    rates, overall = np.clip(rates, _LEAST, 1 - _LEAST), truth.mean()
    return np.log(rates / (1 - rates)) - np.log(overall / (1 - overall))


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
