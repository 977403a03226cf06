"""LC003: does a custom column know the outcome beforehand?

How it is detected: a header that names something written later (a status, a call's duration, the last activity); a
column that alone foretells the label better than a fact known beforehand should; being filled or not that goes with the
label; being filled for closed leads and empty for those still open; a value that tells closed leads from equally old
open ones. Why it matters: such a column makes every figure splendid and every score at arrival worthless. What to do:
it is left out. If it is known at arrival after all, name it under ``keep_on_purpose`` in the mapping."""

from functools import cached_property

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.profiling.leakage_detection import SUSPECT_AUC, measure_evidence, find_name_suspicion
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
    """Looks at every custom column of one practice's data.

    Parameters
    ----------
    label : float array of shape (m,)
        What became of each lead: 1 converted, 0 not, NaN not known yet.
    """

    code = "LC003"

    def __init__(self, tables: Tables, label: FloatArray) -> None:
        self._tables, self._label = tables, label

    def run(self) -> Finding:
        """Name every suspect with the reason; those kept on purpose are said and kept."""
        custom = self._tables.custom
        if not custom:
            return Finding(self.code, "not applicable", "There are no custom columns.")
        suspects = {
            name.removeprefix(CUSTOM_PREFIX): why for name, kind in custom.items() if (why := self._why(name, kind))
        }
        kept = {name: why for name, why in suspects.items() if name in self._tables.mapping.keep_on_purpose}
        left_out = {name: why for name, why in suspects.items() if name not in kept}
        said = [f"{len(custom)} custom columns looked at"]
        said += [f"left out as suspects: {', '.join(left_out)}"] if left_out else ["no suspect"]
        said += [f"suspect, kept on purpose: {', '.join(kept)}"] if kept else []
        return Finding(self.code, "fails" if left_out else "holds", "; ".join(said) + ".", suspects)

    def left_out(self) -> dict[str, str]:
        """Suspect columns (``custom:<name>``) that are not kept on purpose, with the reason."""
        found = self.run().details
        return {
            CUSTOM_PREFIX + name: why for name, why in found.items() if name not in self._tables.mapping.keep_on_purpose
        }

    def _why(self, name: str, kind: str) -> str | None:
        """Why a column is a suspect; None when it is not."""
        values = self._tables.leads[name]
        if kind == "date":
            values, kind = values.astype("int64").where(values.notna()).astype(float), "number"
        if (by_name := find_name_suspicion(name.removeprefix(CUSTOM_PREFIX))) is not None:
            return by_name
        if (by_figures := measure_evidence(values, kind, self._label, frozenset()).reason) is not None:
            return by_figures
        return self._filled_after(values.notna().to_numpy()) or (
            self._changed_after(values, kind) if kind in ("category", "crowded_category", "yes_no") else None
        )

    def _filled_after(self, filled: np.ndarray) -> str | None:
        """Whether leads whose outcome is known have it and those whose outcome is not known yet do not."""
        closed, still_open = (filled[rows] for rows in self._same_age)
        if min(len(closed), len(still_open)) < _MIN_LEADS or closed.mean() - still_open.mean() < FILLED_AFTER:
            return None
        return f"it is filled for {100 * closed.mean():.0f}% of closed leads and for {100 * still_open.mean():.0f}% of equally old open ones"

    def _changed_after(self, values: pd.Series, kind: str) -> str | None:
        """Whether its value tells closed leads from equally old open ones: then it is overwritten when a lead is
        closed.
        """
        closed, still_open = self._same_age
        if min(len(closed), len(still_open)) < _MIN_LEADS:
            return None
        rows = np.concatenate([closed, still_open])
        is_closed = np.repeat([1.0, 0.0], [len(closed), len(still_open)])
        auc = measure_evidence(values.iloc[rows].reset_index(drop=True), kind, is_closed, frozenset()).auc
        return (
            f"its value tells closed leads from equally old open ones with AUC {auc:.2f}: it seems to be overwritten when a lead is closed"
            if auc > SUSPECT_AUC
            else None
        )

    @cached_property
    def _same_age(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of closed leads that arrived no earlier than the first open one, and rows of the open ones; empty
        without dates.
        """
        if "created_at" not in self._tables.leads or not np.isnan(self._label).any():
            return np.empty(0, np.intp), np.empty(0, np.intp)
        known, created_at = ~np.isnan(self._label), self._tables.leads["created_at"].to_numpy("datetime64[us]")
        return np.flatnonzero(known & (created_at >= created_at[~known].min())), np.flatnonzero(~known)
