"""LC003: does a custom column know the outcome in advance?

How it is detected: a header that names something recorded later (a status, a call's duration, the last activity); a
column that alone predicts the label better than a fact known in advance should; a column whose being filled goes with
the label; a column filled for closed leads and empty for those still open; a value that separates closed leads from
equally old open ones.

Why it matters: such a column makes every metric look excellent and every score at arrival worthless.

What to do: it is left out. If it is known at arrival after all, name it under ``keep_on_purpose`` in the mapping.
"""

from functools import cached_property

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.profiling.leakage_detection import SUSPECT_AUC, find_name_suspicion, measure_evidence
from features.schema import CUSTOM_PREFIX
from features.tables.tables import Tables
from training.finding import Finding

__all__ = ["LeakSuspects"]

FILLED_AFTER = 0.5
"""A column filled this much more often among closed leads than among equally old open ones is filled in when a lead is
closed.
"""

_MIN_LEADS = 30


class LeakSuspects:
    """Examines every custom column of one practice's data.

    Parameters
    ----------
    label : float array of shape (m,)
        Outcome of each lead: 1 converted, 0 not, NaN not known yet.
    """

    code = "LC003"

    def __init__(self, tables: Tables, label: FloatArray) -> None:
        self._tables, self._label = tables, label

    def run(self) -> Finding:
        """Name every suspect with the reason; those kept on purpose are listed and kept."""
        custom = self._tables.custom
        if not custom:
            return Finding(self.code, "not applicable", "There are no custom columns.")
        suspects: dict[str, str] = {}
        for name, kind in custom.items():
            if reason := self._find_suspicion(name, kind):
                suspects[name.removeprefix(CUSTOM_PREFIX)] = reason
        keep_on_purpose = self._tables.mapping.keep_on_purpose
        excluded = [name for name in suspects if name not in keep_on_purpose]
        kept_on_purpose = [name for name in suspects if name in keep_on_purpose]
        parts = [f"{len(custom)} custom columns examined"]
        parts += [f"left out as suspects: {', '.join(excluded)}"] if excluded else ["no suspect"]
        parts += [f"suspect, kept on purpose: {', '.join(kept_on_purpose)}"] if kept_on_purpose else []
        return Finding(self.code, "fails" if excluded else "holds", "; ".join(parts) + ".", suspects)

    def find_excluded_columns(self) -> dict[str, str]:
        """Return the suspect columns (``custom:<name>``) that are not kept on purpose, with the reason."""
        suspects, keep_on_purpose = self.run().details, self._tables.mapping.keep_on_purpose
        return {CUSTOM_PREFIX + name: reason for name, reason in suspects.items() if name not in keep_on_purpose}

    def _find_suspicion(self, name: str, kind: str) -> str | None:
        """Return why a column is a suspect; None when it is not."""
        values = self._tables.leads[name]
        # A date is examined as a number: it leaks when it lies later for leads that booked.
        if kind == "date":
            values, kind = values.astype("int64").where(values.notna()).astype(float), "number"
        if (by_name := find_name_suspicion(name.removeprefix(CUSTOM_PREFIX))) is not None:
            return by_name
        if (by_figures := measure_evidence(values, kind, self._label, frozenset()).reason) is not None:
            return by_figures
        if (by_filling := self._find_late_filling(values.notna().to_numpy())) is not None:
            return by_filling
        return self._find_overwriting(values, kind) if kind in ("category", "crowded_category", "yes_no") else None

    def _find_late_filling(self, filled: np.ndarray) -> str | None:
        """Say so where closed leads have a value and equally old open ones do not."""
        closed, still_open = (filled[rows] for rows in self._same_age)
        if min(len(closed), len(still_open)) < _MIN_LEADS or closed.mean() - still_open.mean() < FILLED_AFTER:
            return None
        return (
            f"it is filled for {100 * closed.mean():.0f}% of closed leads and for {100 * still_open.mean():.0f}% of "
            "equally old open ones"
        )

    def _find_overwriting(self, values: pd.Series, kind: str) -> str | None:
        """Say so where the value separates closed leads from equally old open ones.

        Then it is probably overwritten when a lead is closed.
        """
        closed, still_open = self._same_age
        if min(len(closed), len(still_open)) < _MIN_LEADS:
            return None
        rows = np.concatenate([closed, still_open])
        is_closed = np.repeat([1.0, 0.0], [len(closed), len(still_open)])
        auc = measure_evidence(values.iloc[rows].reset_index(drop=True), kind, is_closed, frozenset()).auc
        if auc <= SUSPECT_AUC:
            return None
        return (
            f"its value separates closed leads from equally old open ones with AUC {auc:.2f}: it seems to be "
            "overwritten when a lead is closed"
        )

    @cached_property
    def _same_age(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of closed leads that arrived no earlier than the first open one, and rows of the open ones.

        Both are empty without dates.
        """
        if "created_at" not in self._tables.leads or not np.isnan(self._label).any():
            return np.empty(0, np.intp), np.empty(0, np.intp)
        is_closed, created_at = ~np.isnan(self._label), self._tables.leads["created_at"].to_numpy("datetime64[us]")
        return np.flatnonzero(is_closed & (created_at >= created_at[~is_closed].min())), np.flatnonzero(~is_closed)
