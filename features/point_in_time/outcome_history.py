"""How often did leads like this book, as known strictly before a moment?

Lives here: the outcomes with the time each became known, and rates by channel, campaign, service, referrer and person.
Does not live here: counting by value and day (``period_counts``), the signals made from the rates
(``signals.track_record``).

A lead's own outcome never counts in its own rate. What is known of each lead stays in memory: ``to_arrays`` gives a
file only counts by value and day, each of several leads. Of the private fields it gives nothing, so a model read from
its bundle knows no person and no referrer, and treats each one as if it had never been seen; the practice's own data,
or the service's store, brings them back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.computed_once import computed_once
from features.arrays.dictionary_encoding import encode_values, map_distinct
from features.arrays.point_in_time_index import PointInTimeIndex
from features.point_in_time.period_counts import DayCells, PeriodCounts, find_next_days
from features.point_in_time.value_hashes import find_hash, hash_ids

__all__ = [
    "EVERY_LEAD",
    "FIELDS",
    "PRIVATE_FIELDS",
    "SHRINKAGE_LEADS",
    "RateLookup",
    "OutcomeHistory",
]

FIELDS = ("channel", "source", "campaign", "service_requested", "preferred_clinic", "referrer", "practice", "person_id")
"""The canonical columns with booking rates; columns with many categories (``crowded_category``) are added to them."""

PRIVATE_FIELDS = ("person_id", "referrer")
"""Those whose values are people. They stay on the practice's own machine: never in a bundle or MLflow, not even as
hashes or counts. They alone are counted to the moment and not by day."""

SHRINKAGE_LEADS = 20.0
"""A rate is shrunken toward the practice's own rate, as if this many leads at that rate had been seen.

Empirical Bayes with a beta-binomial model: 3 of 4 leads booked at a practice with a rate of 0.2 give
(3 + 20 x 0.2) / (4 + 20) = 0.29, not 0.75.
"""

EVERY_LEAD = "every lead"
_COUNTS = "counts "
_NO_TIME = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class OutcomeHistory:
    """The outcomes of earlier leads, and when they became known.

    A lead that was recorded as lost and booked later counts as not booked from the first date and as booked from the
    second: at every moment the rate is what the practice could have computed then, at the end of the day before.

    Parameters
    ----------
    lead_keys : uint64 array of shape (r,), sorted
        Hash of each lead's id, to exclude a lead from its own rate. Like all arrays by lead, never in a file.
    known_at, booked_at : datetime64[us] arrays of shape (r,)
        When any outcome was first known; when the booking was known, NaT without one.
    fields : dict
        Field -> uint64 array of shape (r,): the key each lead counts under, 0 without a value.
    published : dict
        Field -> the counts that a file gave, to which those of these leads are added; ``every lead`` is over all.
    """

    lead_keys: np.ndarray
    known_at: TimeArray
    booked_at: TimeArray
    fields: dict[str, np.ndarray]
    published: dict[str, PeriodCounts] = field(default_factory=dict)

    @classmethod
    def of(
        cls, lead_ids: ObjectArray, columns: dict[str, ObjectArray], known_at: TimeArray, booked_at: TimeArray
    ) -> "OutcomeHistory":
        """Build the history of m leads from arrays of shape (m,); skip leads whose ``known_at`` is NaT."""
        has_outcome = ~np.isnat(known_at)
        fields = {
            name: map_distinct(values, find_hash(name), 0, np.uint64)[has_outcome] for name, values in columns.items()
        }
        return cls._sort(hash_ids(lead_ids)[has_outcome], known_at[has_outcome], booked_at[has_outcome], fields)

    @classmethod
    def _sort(
        cls, lead_keys: np.ndarray, known_at: TimeArray, booked_at: TimeArray, fields: dict[str, np.ndarray]
    ) -> "OutcomeHistory":
        """Sort the entries by lead."""
        order = np.argsort(lead_keys, kind="stable")
        return cls(
            lead_keys[order], known_at[order], booked_at[order], {name: keys[order] for name, keys in fields.items()}
        )

    def merge_newer(self, newer: "OutcomeHistory") -> "OutcomeHistory":
        """Return this history updated: leads of ``newer`` as it knows them, the others unchanged.

        Fields that only one of the two has are kept, without a value for the other's leads. Published counts stay;
        outcomes that became known after them are added.
        """
        # A lead that both know counts once, as the newer one knows it: added up, its booking would count twice.
        unchanged = ~np.isin(self.lead_keys, newer.lead_keys)
        no_keys = np.zeros(len(newer.lead_keys), np.uint64), np.zeros(len(self.lead_keys), np.uint64)
        fields = {
            name: np.concatenate([newer.fields.get(name, no_keys[0]), self.fields.get(name, no_keys[1])[unchanged]])
            for name in dict.fromkeys((*self.fields, *newer.fields))
        }
        lead_keys = np.concatenate([newer.lead_keys, self.lead_keys[unchanged]])
        known_at = np.concatenate([newer.known_at, self.known_at[unchanged]])
        booked_at = np.concatenate([newer.booked_at, self.booked_at[unchanged]])
        merged = OutcomeHistory._sort(lead_keys, known_at, booked_at, fields)
        return replace(merged, published=newer.published | self.published)

    @classmethod
    def merge_chunks(cls, chunks: Sequence["OutcomeHistory"], until: np.datetime64) -> "OutcomeHistory":
        """Merge the histories of different leads into one, as known at ``until``."""
        fields = {name: np.concatenate([chunk.fields[name] for chunk in chunks]) for name in chunks[0].fields}
        lead_keys, known_at, booked_at = (
            np.concatenate([getattr(chunk, name) for chunk in chunks])
            for name in ("lead_keys", "known_at", "booked_at")
        )
        is_known = known_at <= until
        booked_at = np.where(booked_at <= until, booked_at, _NO_TIME)
        return cls._sort(
            lead_keys[is_known],
            known_at[is_known],
            booked_at[is_known],
            {name: keys[is_known] for name, keys in fields.items()},
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The fields with rates."""
        return tuple(dict.fromkeys((*self.fields, *(name for name in self.published if name != EVERY_LEAD))))

    def knows_any(self, field: str) -> bool:
        """Return whether the outcome of any lead with a value of this field is on record."""
        return field in self.fields and bool(self.fields[field].any())

    def count_all(self, cutoff: TimeArray) -> tuple[IntArray, IntArray]:
        """Count the leads with a known outcome, and with a known booking, by days that ended at or before each cutoff.

        Shapes (n,).
        """
        return self.counts[EVERY_LEAD].look_up(np.ones(len(cutoff), np.uint64), cutoff)

    def rate(
        self, field: str, values: ObjectArray, lead_ids: ObjectArray, cutoff: TimeArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return shrunken booking rate and number of leads behind it per moment; see ``RateLookup.rate``."""
        return self.prepare_lookup(lead_ids, cutoff).rate(field, values)

    def prepare_lookup(self, lead_ids: ObjectArray, cutoff: TimeArray) -> "RateLookup":
        """Prepare the lookup for these moments, arrays of shape (n,), whichever field follows."""
        return RateLookup.of(self, lead_ids, cutoff)

    @cached_property
    def counts(self) -> dict[str, PeriodCounts]:
        """Field -> its counts by value and day, without the private fields; ``every lead`` is over all leads."""
        return self.count_published(self.count_cells(self.published))

    def count_cells(self, published: dict[str, PeriodCounts]) -> dict[str, DayCells]:
        """Count these leads by field, value and day, without what ``published`` holds."""
        keys = {EVERY_LEAD: np.ones(len(self.lead_keys), np.uint64)} | self.fields
        return {
            name: published.get(name, PeriodCounts.empty()).count_cells(keys[name], self.known_at, self.booked_at)
            for name in keys
            if name not in PRIVATE_FIELDS
        }

    def count_published(self, cells: dict[str, DayCells]) -> dict[str, PeriodCounts]:
        """Return the published counts of each field, extended by those of leads."""
        names = [name for name in (EVERY_LEAD, *self.names) if name not in PRIVATE_FIELDS]
        counts = {name: self.published.get(name, PeriodCounts.empty()) for name in names}
        return {name: count.extend_by_cells(cells[name]) if name in cells else count for name, count in counts.items()}

    @cached_property
    def private_indexes(self) -> dict[str, tuple[PointInTimeIndex, PointInTimeIndex]]:
        """Private field -> when outcomes of each key became known, and when bookings did."""
        return {
            name: (PointInTimeIndex.of(keys, self.known_at), PointInTimeIndex.of(keys, self.booked_at))
            for name, keys in self.fields.items()
            if name in PRIVATE_FIELDS
        }

    def publish(self) -> "OutcomeHistory":
        """Return what a file of this history would give back: counts, and nothing of a lead."""
        return OutcomeHistory.from_arrays(self.to_arrays())

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays for a file: counts by value and day, and nothing of a lead; ``from_arrays`` reads them.

        The newest day is left out: it may not be over yet, and whoever has its outcomes adds them.
        """
        arrays: dict[str, np.ndarray] = {}
        for name, counts in self.counts.items():
            if len(self.lead_keys):
                counts = counts.until(np.fmax(self.known_at, self.booked_at).max().astype("datetime64[D]"))
            arrays |= counts.to_arrays(_COUNTS + name)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "OutcomeHistory":
        """Read the history that ``to_arrays`` returned."""
        names = [name[len(_COUNTS) : -len(" keys")] for name in arrays if name.endswith(" keys")]
        no_time = np.empty(0, "datetime64[us]")
        published = {name: PeriodCounts.from_arrays(arrays, _COUNTS + name) for name in names}
        return cls(np.empty(0, np.uint64), no_time, no_time, {}, published)


@dataclass(frozen=True)
class RateLookup:
    """What rates of n moments need, whichever field they are for, computed once.

    Parameters
    ----------
    history : OutcomeHistory
    cutoff : datetime64[us] array of shape (n,)
    own_row : int array of shape (n,)
        Row of the moment's own lead in the history; -1 when it is not there. Its own outcome is subtracted again.
    prior : float array of shape (n,)
        The practice's rate at that moment without the lead itself; NaN where no outcome was known.
    """

    history: OutcomeHistory
    cutoff: TimeArray
    own_row: IntArray
    prior: FloatArray

    @classmethod
    def of(cls, history: OutcomeHistory, lead_ids: ObjectArray, cutoff: TimeArray) -> "RateLookup":
        """Look every lead up in the history once."""
        own_row = np.full(len(cutoff), -1)
        if len(history.lead_keys):
            keys = hash_ids(lead_ids)
            # For a key above all others searchsorted gives the length; the last row stands in for it, and the
            # comparison drops it.
            row = np.minimum(np.searchsorted(history.lead_keys, keys), len(history.lead_keys) - 1)
            own_row = np.where(history.lead_keys[row] == keys, row, -1)
        lookup = cls(history, cutoff, own_row, np.full(len(cutoff), np.nan))
        total, total_booked = lookup._count(EVERY_LEAD, np.zeros(len(cutoff), np.intp), np.ones(1, np.uint64))
        return replace(lookup, prior=np.where(total > 0, total_booked / np.maximum(total, 1), np.nan))

    def rate(self, field: str, values: ObjectArray) -> tuple[FloatArray, FloatArray]:
        """Return shrunken booking rate and number of leads behind it, as known strictly before each cutoff.

        Returns
        -------
        rate : float array of shape (n,)
            (booked + 20 x practice's rate) / (leads + 20); NaN without a value or any known outcome.
        leads : float array of shape (n,)
        """
        return self.rate_of(field, *encode_values(values))

    def rate_of(self, field: str, codes: IntArray, distinct: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Compute ``rate`` for encoded values: each row's position among the distinct ones, -1 without a value."""
        # Code -1, for no value, picks the last entry: the key 0, which no lead counts under.
        of_each = np.array([*map(find_hash(field), distinct), 0], np.uint64)
        count, count_booked = self._count(field, codes, of_each)
        rate = (count_booked + SHRINKAGE_LEADS * self.prior) / (count + SHRINKAGE_LEADS)
        return np.where(codes >= 0, rate, np.nan), count.astype(float)

    def _count(self, field: str, codes: IntArray, of_each: np.ndarray) -> tuple[IntArray, IntArray]:
        """Count outcomes and bookings of each moment's key without the lead's own. Shapes (n,).

        Parameters
        ----------
        of_each : uint64 array
            The key of each code; 0, for no value, comes last where the code -1 is used.
        """
        if field in self.history.counts:
            return self._count_by_day(field, codes, of_each)
        if field in self.history.private_indexes:
            return self._count_to_the_moment(field, of_each[codes])
        nothing = np.zeros(len(codes), np.int64)
        return nothing, nothing

    def _count_by_day(self, field: str, codes: IntArray, of_each: np.ndarray) -> tuple[IntArray, IntArray]:
        """Count by days that ended at or before each cutoff."""
        counts, keys = self.history.counts[field], of_each[codes]
        if self.has_one_cutoff:
            row = counts.find_rows(of_each, np.full(len(of_each), self._next_day[0]))[codes]
        else:
            row = counts.find_rows(keys, self._next_day)
        leads, bookings = counts.totals[:, row]
        if not self._has_own_lead:
            return leads, bookings
        # The own lead is in a count when its outcome was known before the day from which the count holds.
        of_own = self._counts_own_lead(field, keys) & (row >= 0)
        holds_from = np.append(counts.days, 0)[row].astype("datetime64[D]")
        own_known, own_booked = (times < holds_from for times in self._own_times)
        # A file's count may lack a lead that the practice's records have: no count falls below 0 by that.
        return np.maximum(leads - (of_own & own_known), 0), np.maximum(bookings - (of_own & own_booked), 0)

    def _count_to_the_moment(self, field: str, keys: np.ndarray) -> tuple[IntArray, IntArray]:
        """Count what was known strictly before each cutoff."""
        of_own = self._counts_own_lead(field, keys)
        return tuple(
            index.count_before(keys, self.cutoff) - (of_own & (times < self.cutoff))
            for index, times in zip(self.history.private_indexes[field], self._own_times, strict=True)
        )

    @computed_once
    def _next_day(self) -> IntArray:
        """The day behind each cutoff."""
        return find_next_days(self.cutoff)

    @computed_once
    def _has_own_lead(self) -> bool:
        """Whether the history knows the outcome of any of these leads itself."""
        return bool((self.own_row >= 0).any())

    @computed_once
    def _own_times(self) -> tuple[TimeArray, TimeArray]:
        """When the outcome of each moment's own lead was known, and when its booking was. Shapes (n,).

        NaT, which is before nothing, where there is none.
        """
        known_at, booked_at = (self._take_of_own(times, _NO_TIME) for times in self._times)
        return known_at, booked_at

    @property
    def _times(self) -> tuple[TimeArray, TimeArray]:
        """When outcomes of the history's leads were known, and when bookings were."""
        return self.history.known_at, self.history.booked_at

    def _take_of_own(self, values: np.ndarray, unknown: Any) -> np.ndarray:
        """Return a value of each moment's own lead, shape (n,); ``unknown`` where there is none."""
        own_values = np.full(len(self.own_row), unknown, values.dtype)
        is_known = self.own_row >= 0
        own_values[is_known] = values[self.own_row[is_known]]
        return own_values

    def _counts_own_lead(self, field: str, keys: np.ndarray) -> np.ndarray:
        """Return whether the moment's own lead counts under its key. Shape (n,), bool."""
        if field == EVERY_LEAD:
            return self.own_row >= 0
        if field not in self.history.fields:
            return np.zeros(len(keys), bool)
        return (self.own_row >= 0) & (self._take_of_own(self.history.fields[field], 0) == keys)

    @computed_once
    def has_one_cutoff(self) -> bool:
        """Whether all moments are the same, so that each distinct value is looked up only once."""
        return len(self.cutoff) > 1 and bool((self.cutoff == self.cutoff[0]).all())
