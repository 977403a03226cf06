"""What must a process know of all leads to score one bucket of them? Counts, and indexes on disk; no other lead.

Lives here: the records of each bucket as files, what all of them say together, the context of one bucket.
Does not live here: what a bucket's records are (``chunked_context``), the indexes (``arrays.index_files``).

Who inquired before, and how earlier leads of a person or a referrer ended, is looked up in indexes sorted by the hash
of the contact, so that a person's leads meet whatever their bucket. Rates by channel, campaign and so on need counts by
value and day, which are added up over the buckets. Of single leads a process holds those of its bucket. The files have
hashes of contacts: they stay on the practice's own machines, only their owner may read them, and they go when the run
ends.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from features.arrays.index_files import merge_entries, open_index, write_entries
from features.arrays.point_in_time_index import PointInTimeIndex
from features.point_in_time.chunked_context import ChunkRecords
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import PRIVATE_FIELDS, OutcomeHistory
from features.point_in_time.period_counts import DayCells, PeriodCounts

__all__ = ["SharedRecords", "merge_records", "write_records"]

_HISTORY = ("lead_keys", "known_at", "booked_at")
_FACTS = "facts.json"


def write_records(folder: Path, records: ChunkRecords) -> dict[str, Any]:
    """Write a bucket's records into a folder; return what JSON has of them."""
    if records.contacts is not None:
        write_entries(folder, "contacts", *records.contacts)
    history = records.history
    fields: list[str] = []
    if history is not None:
        fields = list(history.fields)
        arrays: dict[str, Any] = {name: getattr(history, name) for name in _HISTORY}
        np.savez(folder / "history.npz", **arrays | {f"field {name}": keys for name, keys in history.fields.items()})
        for name in (name for name in PRIVATE_FIELDS if name in history.fields):
            write_entries(folder, f"{name}-known", history.fields[name], history.known_at)
            write_entries(folder, f"{name}-booked", history.fields[name], history.booked_at)
    return {
        "as_of": None if records.as_of is None else str(records.as_of),
        "has_outcomes": records.has_outcomes,
        "has_contacts": records.contacts is not None,
        "fields": None if history is None else fields,
    }


@dataclass(frozen=True)
class _BucketHistory(OutcomeHistory):
    """The outcomes of a bucket's own leads, beside the counts and indexes of all leads."""

    all_counts: dict[str, PeriodCounts] = field(default_factory=dict)
    all_private: dict[str, tuple[PointInTimeIndex, PointInTimeIndex]] = field(default_factory=dict)

    @cached_property
    def counts(self) -> dict[str, PeriodCounts]:
        """Field -> its counts by value and day, over all leads."""
        return self.all_counts

    @cached_property
    def private_indexes(self) -> dict[str, tuple[PointInTimeIndex, PointInTimeIndex]]:
        """Private field -> when outcomes of each key became known, and when bookings did, over all leads."""
        return self.all_private

    def knows_any(self, field: str) -> bool:
        """Return whether the outcome of any lead with a value of this field is on record."""
        return len(self.all_private[field][0]) > 0 if field in self.all_private else super().knows_any(field)


@dataclass(frozen=True)
class SharedRecords:
    """What all buckets say together.

    Parameters
    ----------
    folder : Path
        The merged indexes and counts.
    as_of : datetime64[us] or None
        The newest moment in the data.
    has_outcomes, has_contacts : bool
        Whether any lead has an outcome, and whether contacts were given.
    fields : tuple of str or None
        The fields with rates; None where no history is followed.
    """

    folder: Path
    as_of: np.datetime64 | None
    has_outcomes: bool
    has_contacts: bool
    fields: tuple[str, ...] | None

    def build_context(self, context: Context, own: Path | None = None) -> Context:
        """Return what the model knew, extended by what all buckets know, to score the leads of one.

        Parameters
        ----------
        context : Context
            What the model knew; its history is counts from a bundle's files.
        own : Path, optional
            Folder of the bucket's own records; without it, the context knows no single lead.
        """
        contacts = ContactIndex(open_index(self.folder / "contacts")) if self.has_contacts else None
        if self.fields is None or context.history is None or self.as_of is None:
            return replace(context, contacts=contacts)
        history = OutcomeHistory.merge_chunks([_read_history(own, self.fields)], self.as_of)
        with np.load(self.folder / "counts.npz", allow_pickle=False) as arrays:
            names = [name.removesuffix(" keys") for name in arrays.files if name.endswith(" keys")]
            counts = {name: PeriodCounts.from_arrays(arrays, name) for name in names}
        private = {
            name: (open_index(self.folder / f"{name}-known"), open_index(self.folder / f"{name}-booked"))
            for name in PRIVATE_FIELDS
            if name in self.fields
        }
        newer = _BucketHistory(
            **{name: getattr(history, name) for name in _HISTORY},
            fields=history.fields,
            published=context.history.published,
            all_counts=counts,
            all_private=private,
        )
        return replace(context, history=newer, contacts=contacts)

    @classmethod
    def open(cls, folder: Path) -> "SharedRecords":
        """Open what ``merge_records`` wrote."""
        facts = json.loads((folder / _FACTS).read_text())
        as_of = None if facts["as_of"] is None else np.datetime64(facts["as_of"], "us")
        fields = None if facts["fields"] is None else tuple(facts["fields"])
        return cls(folder, as_of, facts["has_outcomes"], facts["has_contacts"], fields)


def merge_records(
    folders: Sequence[Path], records: Sequence[dict[str, Any]], context: Context, out: Path
) -> SharedRecords:
    """Merge the records of all buckets into a new folder, in the memory of a share of them.

    Parameters
    ----------
    folders, records : sequences, one entry for each bucket
        Where ``write_records`` wrote them, and what it returned.
    context : Context
        What the model knew.
    """
    out.mkdir(mode=0o700)
    times = [np.datetime64(entry["as_of"], "us") for entry in records if entry["as_of"] is not None]
    as_of = max(times) if times else None
    has_outcomes = any(entry["has_outcomes"] for entry in records)
    has_contacts = any(entry["has_contacts"] for entry in records)
    if has_contacts:
        # Who inquired once only is left out: that inquiry is the lead itself.
        merge_entries(folders, "contacts", out / "contacts", repeated=True)
    fields = next((entry["fields"] for entry in records if entry["fields"] is not None), None)
    if not has_outcomes:
        fields = None
    if fields is not None and context.history is not None and as_of is not None:
        for name in (name for name in PRIVATE_FIELDS if name in fields):
            for what in ("known", "booked"):
                merge_entries(folders, f"{name}-{what}", out / f"{name}-{what}", until=as_of)
        counts = _count_all(folders, fields, context.history, as_of)
        arrays: dict[str, Any] = {}
        for name, count in counts.items():
            arrays |= count.to_arrays(name)
        np.savez(out / "counts.npz", **arrays)
    facts = {
        "as_of": None if as_of is None else str(as_of),
        "has_outcomes": has_outcomes,
        "has_contacts": has_contacts,
        "fields": fields,
    }
    (out / _FACTS).write_text(json.dumps(facts))
    return SharedRecords.open(out)


def _read_history(folder: Path | None, fields: Sequence[str]) -> OutcomeHistory:
    """Read the outcomes of a bucket's leads; none without a folder."""
    if folder is None:
        no_time = np.empty(0, "datetime64[us]")
        return OutcomeHistory(
            np.empty(0, np.uint64), no_time, no_time, {name: np.empty(0, np.uint64) for name in fields}
        )
    with np.load(folder / "history.npz", allow_pickle=False) as arrays:
        lead_keys, known_at, booked_at = (arrays[name] for name in _HISTORY)
        return OutcomeHistory(lead_keys, known_at, booked_at, {name: arrays[f"field {name}"] for name in fields})


def _count_all(
    folders: Sequence[Path], fields: Sequence[str], model: OutcomeHistory, as_of: np.datetime64
) -> dict[str, PeriodCounts]:
    """Count the outcomes of all buckets by field, value and day, beyond what the model knew."""
    cells: dict[str, list[DayCells]] = {}
    for folder in folders:
        history = OutcomeHistory.merge_chunks([_read_history(folder, fields)], as_of)
        for name, found in history.count_cells(model.published).items():
            # One sum so far and one more bucket: as many cells as there are values and days, whatever the leads.
            cells[name] = [DayCells.concatenate([*cells.get(name, ()), found])]
    with_fields = replace(model, fields=dict.fromkeys((*model.fields, *fields), np.empty(0, np.uint64)))
    return with_fields.count_published({name: sums for name, (sums,) in cells.items()})
