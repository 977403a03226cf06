"""What must be known about all leads before the first of them is scored? The latest time, who inquired, all outcomes.

Lives here: one pass over the chunks of the data.
Does not live here: cutting the chunks (``chunks.chunked_tables``), the contact index (``contact_index``), the history
(``outcome_history``).

Memory grows by 16 bytes for each phone, e-mail and person id, and by about 200 bytes per lead where outcomes are given.
"""

from dataclasses import dataclass, replace

import numpy as np

from features.array_types import TimeArray
from features.arrays.point_in_time_index import PointInTimeIndex
from features.point_in_time.contact_index import ContactIndex, compute_contact_keys
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.point_in_time.outcomes import build_history, resolve_outcome_label
from features.tables.tables import Tables

__all__ = ["ChunkRecords", "ContextScan"]

_EVER = np.datetime64("9999-01-01", "us")
_SHARES = 16
_CONTACTS = ("person_id", "phone", "email")


@dataclass(frozen=True)
class ChunkRecords:
    """What one chunk of the data knows.

    Parameters
    ----------
    as_of : datetime64[us] or None
        The newest moment in it.
    has_outcomes : bool
        Whether it has an outcome or a label.
    contacts : (uint64 array, datetime64[us] array) or None
        Key and time of each inquiry of a person id, phone or e-mail; None without such columns.
    history : OutcomeHistory or None
        The outcomes of its leads, also those that only become known after the end of the data; None where the data
        or the model have none.
    """

    as_of: np.datetime64 | None
    has_outcomes: bool
    contacts: tuple[np.ndarray, TimeArray] | None
    history: OutcomeHistory | None

    @classmethod
    def of(cls, tables: Tables, context: Context, label: str) -> "ChunkRecords":
        """Read the records of validated tables.

        Parameters
        ----------
        context : Context
            What the model knew.
        label : str
            The model's label; any but booked, attended or treated is a label column's own.
        """
        if "created_at" not in tables.leads:
            return cls(tables.as_of, False, None, None)
        created_at = tables.created_at
        columns = {name: tables.leads[name].to_numpy(object) for name in _CONTACTS if name in tables.leads}
        keys = compute_contact_keys(columns)
        contacts = None
        if keys:
            found = [(key[key != 0], created_at[key != 0]) for key in keys.values()]
            contacts = np.concatenate([key for key, _ in found]), np.concatenate([times for _, times in found])
        has_label = tables.label is not None and bool(tables.label.notna().any())
        history = None
        if context.history is not None and ("outcomes" in tables.rows_read or tables.label is not None):
            history = build_history(tables, context.practice, resolve_outcome_label(label), _EVER)
        return cls(tables.as_of, has_label or len(tables.outcomes) > 0, contacts, history)


class ContextScan:
    """Collects what all chunks of the data know together.

    Parameters
    ----------
    context : Context
        What the model knew.
    label : str
        The model's label; any but booked, attended or treated is a label column's own.

    Attributes
    ----------
    as_of : datetime64[us] or None
        The newest moment of all chunks so far.
    has_outcomes : bool
        Whether any chunk so far had an outcome or a label.
    """

    def __init__(self, context: Context, label: str) -> None:
        self.as_of: np.datetime64 | None = None
        self._context, self._label = context, label
        self._entries: list[tuple[np.ndarray, TimeArray]] | None = None
        self._histories: list[OutcomeHistory] = []
        self.has_outcomes = False

    def add(self, tables: Tables) -> None:
        """Add one chunk."""
        records = ChunkRecords.of(tables, self._context, self._label)
        if records.as_of is not None:
            self.as_of = records.as_of if self.as_of is None else max(self.as_of, records.as_of)
        if records.contacts is not None:
            self._entries = [*(self._entries or ()), records.contacts]
        # Once one chunk has outcomes, all of them are followed: the others may hold the leads that they are about.
        self.has_outcomes |= records.has_outcomes
        if records.history is not None:
            self._histories.append(records.history)

    def build_context(self) -> Context:
        """Return what the model knew, extended by what all chunks know, to score their own leads.

        See ``outcomes.add_practice_records``. People who inquired only once are left out: that inquiry is the lead
        itself.
        """
        contacts = None if self._entries is None else ContactIndex(_find_repeated(self._entries))
        history = self._context.history
        if self.has_outcomes and self._histories:
            history = history.merge_newer(OutcomeHistory.merge_chunks(self._histories, self.as_of))
        return replace(self._context, history=history, contacts=contacts)


def _find_repeated(entries: list[tuple[np.ndarray, TimeArray]]) -> PointInTimeIndex:
    """Build the index of those who inquired more than once, a sixteenth of all keys at a time."""
    indexes = []
    for share in range(_SHARES):
        # The share is the top four bits of a key, 0xA... in share 10; so shares come in the order of their keys.
        masks = [(key >> np.uint64(60)) == share for key, _ in entries]
        keys = [key[mask] for (key, _), mask in zip(entries, masks, strict=True)]
        times = [time[mask] for (_, time), mask in zip(entries, masks, strict=True)]
        indexes.append(PointInTimeIndex.of(np.concatenate(keys), np.concatenate(times)).keep_repeated_keys())
    return PointInTimeIndex.concatenate(indexes)
