"""What must be known of all leads before the first of them is scored? The newest time, who enquired before, and every
outcome known.

Lives here: going once through the pieces of the data. Does not live here: cutting them (``pieces``), the book and the
record (``contacts``, ``history``). Memory grows by 16 bytes for each phone, e-mail and person id, and, where outcomes
are given, by about 200 bytes for each lead."""

from dataclasses import replace

import numpy as np

from features.array_types import TimeArray
from features.arrays.point_in_time_index import PointInTimeIndex
from features.calendar.timezones import to_utc_times
from features.point_in_time.contact_index import ContactIndex, compute_contact_keys
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.point_in_time.outcomes import resolve_outcome_label, build_history
from features.tables.tables import Tables

__all__ = ["ContextScan"]

_EVER = np.datetime64("9999-01-01", "us")
_SHARES = 16


class ContextScan:
    """Counts what pieces of the data know together.

    Parameters
    ----------
    context : Knowledge
        What the model knew.
    label : str
        The model's label; any but booked, attended or treated is a label column's own.
    """

    def __init__(self, knowledge: Context, label: str) -> None:
        self.as_of: np.datetime64 | None = None
        self._knowledge, self._label = knowledge, resolve_outcome_label(label)
        self._entries: list[tuple[np.ndarray, TimeArray]] | None = None
        self._records: list[OutcomeHistory] = []
        self._outcomes_known = False

    def add(self, tables: Tables) -> None:
        """Take in one piece."""
        if (latest := tables.as_of) is not None:
            self.as_of = latest if self.as_of is None else max(self.as_of, latest)
        if "created_at" not in tables.leads:
            return
        created_at = to_utc_times(tables.leads["created_at"])
        keys = compute_contact_keys(
            {
                name: tables.leads[name].to_numpy(object)
                for name in ("person_id", "phone", "email")
                if name in tables.leads
            }
        )
        if keys:
            self._entries = self._entries or []
            self._entries += [(key[key != 0], created_at[key != 0]) for key in keys.values()]
        if self._knowledge.history is not None and ("outcomes" in tables.rows_read or tables.label is not None):
            self._outcomes_known |= len(tables.outcomes) > 0 or bool(
                tables.label is not None and tables.label.notna().any()
            )
            self._records.append(build_history(tables, self._knowledge.practice, self._label, _EVER))

    def build_context(self) -> Context:
        """What the model knew, and what all pieces together add, for the scoring of their own leads; see
        ``outcomes.with_records``.

        Who stands in the book once is left out of it: that enquiry is the lead itself.
        """
        contacts = None if self._entries is None else ContactIndex(self._repeated())
        history = self._knowledge.history
        if self._outcomes_known:
            history = history.merge_newer(OutcomeHistory.merge_chunks(self._records, self.as_of))
        return replace(self._knowledge, history=history, contacts=contacts)

    def _repeated(self) -> PointInTimeIndex:
        """The contact entries of those who enquired more than once, a share of all keys at a time."""
        found = []
        for share in range(_SHARES):
            chosen = [(key >> np.uint64(60)) == share for key, _ in self._entries]
            keys, times = (
                [one[place][mask] for one, mask in zip(self._entries, chosen, strict=True)] for place in (0, 1)
            )
            found.append(PointInTimeIndex.of(np.concatenate(keys), np.concatenate(times)).keep_repeated_keys())
        return PointInTimeIndex.concatenate(found)
