"""LC003: does a custom column know the outcome in advance?

How it is detected: by the same judgment as ``leadlight inspect``. A name alone convicts nothing. A column is suspected
when it alone predicts the label better than a fact known in advance should; when its being filled goes with the label;
when it is filled for closed leads and empty for equally old open ones, or its value separates the two; when it is
filled as a lead grows older, or its dates lie after the inquiry; when its header names something recorded later and the
figures bear that out; when several columns together are too strong, or jump far above our own.

Why it matters: such a column makes every metric look excellent and every score at arrival worthless.

What to do: it is left out; the price is said, as the AUC of a small model with it and without it. If it is known at
arrival after all, name it under ``keep_on_purpose`` in the mapping.
"""

from functools import cached_property

import numpy as np
import pandas as pd

from features.array_types import FloatArray
from features.calendar.timezones import to_utc_times
from features.profiling.leak_judge import JudgedColumn, LeakSuspicion, find_leak_suspects
from features.profiling.leakage_detection import count_words
from features.schema import CUSTOM_PREFIX, LEADS
from features.tables.tables import Tables
from training.check_finding import Finding

__all__ = ["LeakSuspects"]

_NEVER_MEASURED = ("lead_id", "person_id", "created_at")


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
        suspects, keep_on_purpose = self._suspects, self._tables.mapping.keep_on_purpose
        excluded = [name for name, suspect in suspects.items() if suspect.left_out and name not in keep_on_purpose]
        kept_on_purpose = [name for name in suspects if name in keep_on_purpose]
        questioned = [name for name in suspects if name not in (*excluded, *kept_on_purpose)]
        parts = [f"{len(custom)} custom columns examined"]
        parts += [f"left out as suspects: {', '.join(excluded)}"] if excluded else ["no suspect"]
        parts += [f"please check whether these are known at arrival: {', '.join(questioned)}"] if questioned else []
        parts += [f"suspect, kept on purpose: {', '.join(kept_on_purpose)}"] if kept_on_purpose else []
        details = {name: suspect.describe() for name, suspect in suspects.items()}
        return Finding(self.code, "fails" if excluded else "holds", "; ".join(parts) + ".", details)

    def find_excluded_columns(self) -> dict[str, str]:
        """Return the suspect columns (``custom:<name>``) that are not kept on purpose, with the reason."""
        keep_on_purpose = self._tables.mapping.keep_on_purpose
        return {
            CUSTOM_PREFIX + name: suspect.describe()
            for name, suspect in self._suspects.items()
            if suspect.left_out and name not in keep_on_purpose
        }

    @cached_property
    def _suspects(self) -> dict[str, LeakSuspicion]:
        """Suspect columns by their headers."""
        leads = self._tables.leads
        custom = {name.removeprefix(CUSTOM_PREFIX): kind for name, kind in self._tables.custom.items()}
        own_columns = [name for name in leads.columns if name in LEADS.by_name and name not in _NEVER_MEASURED]
        return find_leak_suspects(
            {name: self._judge(CUSTOM_PREFIX + name, kind) for name, kind in custom.items()},
            {name: self._judge(name, LEADS.column(name).kind) for name in own_columns},
            self._label,
            to_utc_times(leads["created_at"]) if "created_at" in leads else None,
        )

    def _judge(self, name: str, kind: str) -> JudgedColumn:
        """Return a column as it is judged: messages count only as given or not, other texts by their words."""
        values = self._tables.leads[name]
        filled = values.notna().to_numpy()
        if kind == "short_text":
            return JudgedColumn(count_words(values.to_numpy(object)), "number", filled=filled)
        if kind in ("text", "id"):
            return JudgedColumn(np.where(filled, 1.0, np.nan), "number", filled=filled)
        times = to_utc_times(values) if pd.api.types.is_datetime64_any_dtype(values) else None
        return JudgedColumn(values, kind, times, filled)
