"""How often did leads like this book, as known strictly before a moment?

Lives here: the outcomes with the time each became known, and rates by channel, campaign, service, referrer and person.
Does not live here: the signals made from the rates (``signals.track_record``).

A lead's own outcome never counts in its own rate. Keys are hashes: a referrer's name is not stored. Outcomes by person
are never written to a file: ``to_arrays`` leaves the private fields out, so a model read from its bundle knows no
person and treats each one as if they had never enquired before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.dictionary_encoding import encode_values, map_distinct
from features.arrays.point_in_time_index import PointInTimeIndex

__all__ = ["FIELDS", "PRIVATE_FIELDS", "SHRINKAGE_LEADS", "RateLookup", "OutcomeHistory", "hash_values"]

FIELDS = ("channel", "source", "campaign", "service_requested", "preferred_clinic", "referrer", "practice", "person_id")
"""The canonical columns with booking rates; columns with many categories (``crowded_category``) are added to them."""

PRIVATE_FIELDS = ("person_id",)
"""Those that stay on the practice's own machine: never in a bundle or MLflow, not even as hashes."""

SHRINKAGE_LEADS = 20.0
"""A rate is shrunken toward the practice's own rate, as if this many leads at that rate had been seen.

Empirical Bayes with a beta-binomial model: 3 of 4 leads booked at a practice with a rate of 0.2 give
(3 + 20 x 0.2) / (4 + 20) = 0.29, not 0.75.
"""

_EVERY_LEAD = "every lead"


@dataclass(frozen=True)
class OutcomeHistory:
    """The outcomes of earlier leads, and when they became known.

    A lead that was recorded as lost and booked later counts as not booked from the first date and as booked from the
    second: at every moment the rate is what the practice could have computed then.

    Parameters
    ----------
    lead_keys : uint64 array of shape (r,), sorted
        Hash of each lead's id, to exclude a lead from its own rate.
    known_at, booked_at : datetime64[us] arrays of shape (r,)
        When any outcome was first known; when the booking was known, NaT without one.
    fields : dict
        Field -> uint64 array of shape (r,): the key each lead counts under, 0 without a value.
    """

    lead_keys: np.ndarray
    known_at: TimeArray
    booked_at: TimeArray
    fields: dict[str, np.ndarray]

    @classmethod
    def of(
        cls, lead_ids: ObjectArray, columns: dict[str, ObjectArray], known_at: TimeArray, booked_at: TimeArray
    ) -> "OutcomeHistory":
        """Build the history of m leads from arrays of shape (m,); skip leads whose ``known_at`` is NaT."""
        has_outcome = ~np.isnat(known_at)
        fields = {name: hash_values(values)[has_outcome] for name, values in columns.items()}
        return cls._sort(hash_values(lead_ids)[has_outcome], known_at[has_outcome], booked_at[has_outcome], fields)

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

        Fields that only one of the two has are kept, without a value for the other's leads.
        """
        unchanged = ~np.isin(self.lead_keys, newer.lead_keys)
        no_keys = np.zeros(len(newer.lead_keys), np.uint64), np.zeros(len(self.lead_keys), np.uint64)
        fields = {
            name: np.concatenate([newer.fields.get(name, no_keys[0]), self.fields.get(name, no_keys[1])[unchanged]])
            for name in dict.fromkeys((*self.fields, *newer.fields))
        }
        lead_keys = np.concatenate([newer.lead_keys, self.lead_keys[unchanged]])
        known_at = np.concatenate([newer.known_at, self.known_at[unchanged]])
        booked_at = np.concatenate([newer.booked_at, self.booked_at[unchanged]])
        return OutcomeHistory._sort(lead_keys, known_at, booked_at, fields)

    @classmethod
    def merge_chunks(cls, chunks: Sequence["OutcomeHistory"], until: np.datetime64) -> "OutcomeHistory":
        """Merge the histories of different leads into one, as known at ``until``."""
        fields = {name: np.concatenate([chunk.fields[name] for chunk in chunks]) for name in chunks[0].fields}
        lead_keys, known_at, booked_at = (
            np.concatenate([getattr(chunk, name) for chunk in chunks])
            for name in ("lead_keys", "known_at", "booked_at")
        )
        is_known = known_at <= until
        booked_at = np.where(booked_at <= until, booked_at, np.datetime64("NaT", "us"))
        return cls._sort(
            lead_keys[is_known],
            known_at[is_known],
            booked_at[is_known],
            {name: keys[is_known] for name, keys in fields.items()},
        )

    def count_all(self, cutoff: TimeArray) -> tuple[IntArray, IntArray]:
        """Count the leads with a known outcome, and with a known booking, strictly before each cutoff.

        Shapes (n,).
        """
        outcomes, bookings = self._indexes[_EVERY_LEAD]
        keys = np.ones(len(cutoff), np.uint64)
        return outcomes.count_before(keys, cutoff), bookings.count_before(keys, cutoff)

    def rate(
        self, field: str, values: ObjectArray, lead_ids: ObjectArray, cutoff: TimeArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return shrunken booking rate and number of leads behind it per moment; see ``RateLookup.rate``."""
        return self.prepare_lookup(lead_ids, cutoff).rate(field, values)

    def prepare_lookup(self, lead_ids: ObjectArray, cutoff: TimeArray) -> "RateLookup":
        """Prepare the lookup for these moments, arrays of shape (n,), whichever field follows."""
        return RateLookup.of(self, lead_ids, cutoff)

    def get_indexes(self, field: str) -> tuple[PointInTimeIndex, PointInTimeIndex]:
        """Return when outcomes of each key of a field became known, and when bookings did."""
        return self._indexes[field]

    @cached_property
    def _indexes(self) -> dict[str, tuple[PointInTimeIndex, PointInTimeIndex]]:
        """Field -> (when outcomes became known, when bookings did); ``every lead`` is over all leads."""
        everyone = np.ones(len(self.lead_keys), np.uint64)
        return {
            name: (PointInTimeIndex.of(keys, self.known_at), PointInTimeIndex.of(keys, self.booked_at))
            for name, keys in {_EVERY_LEAD: everyone, **self.fields}.items()
        }

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays for a file, without the private fields; ``from_arrays`` reads them."""
        public = {f"field {name}": keys for name, keys in self.fields.items() if name not in PRIVATE_FIELDS}
        return {
            "lead_keys": self.lead_keys,
            "known_at": self.known_at.astype(np.int64),
            "booked_at": self.booked_at.astype(np.int64),
            **public,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "OutcomeHistory":
        """Read the history that ``to_arrays`` returned."""
        return cls(
            arrays["lead_keys"],
            arrays["known_at"].astype("datetime64[us]"),
            arrays["booked_at"].astype("datetime64[us]"),
            {name.removeprefix("field "): keys for name, keys in arrays.items() if name.startswith("field ")},
        )


@dataclass(frozen=True)
class RateLookup:
    """What rates of n moments need, whichever field they are for, computed once.

    Parameters
    ----------
    history : OutcomeHistory
    cutoff : datetime64[us] array of shape (n,)
    own_row : int array of shape (n,)
        Row of the moment's own lead in the history; -1 when it is not there.
    own_known, own_booked : bool arrays of shape (n,)
        Whether the lead's own outcome, and its own booking, were known before its cutoff. They are subtracted again.
    prior : float array of shape (n,)
        The practice's rate at that moment without the lead itself; NaN where no outcome was known.
    """

    history: OutcomeHistory
    cutoff: TimeArray
    own_row: IntArray
    own_known: np.ndarray
    own_booked: np.ndarray
    prior: FloatArray

    @classmethod
    def of(cls, history: OutcomeHistory, lead_ids: ObjectArray, cutoff: TimeArray) -> "RateLookup":
        """Look every lead up in the history once."""
        total, total_booked = history.count_all(cutoff)
        own_row = np.full(len(cutoff), -1)
        own_known, own_booked = np.zeros(len(cutoff), bool), np.zeros(len(cutoff), bool)
        if len(history.lead_keys):
            keys = hash_values(lead_ids)
            row = np.minimum(np.searchsorted(history.lead_keys, keys), len(history.lead_keys) - 1)
            own_row = np.where(history.lead_keys[row] == keys, row, -1)
            own_known, own_booked = (
                (own_row >= 0) & (at[row] < cutoff) for at in (history.known_at, history.booked_at)
            )
        total, total_booked = total - own_known, total_booked - own_booked
        return cls(
            history,
            cutoff,
            own_row,
            own_known,
            own_booked,
            np.where(total > 0, total_booked / np.maximum(total, 1), np.nan),
        )

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
        if field not in self.history.fields:
            return np.full(len(codes), np.nan), np.zeros(len(codes))
        of_each = np.array([*map(_hash, distinct), 0], np.uint64)
        keys = of_each[codes]
        same = (
            self.has_own_row & (self.history.fields[field][self.own_row] == keys)
            if len(self.history.lead_keys)
            else self.has_own_row
        )
        indexes = self.history.get_indexes(field)
        if self.has_one_cutoff:
            count, count_booked = (
                index.count_before(of_each, np.full(len(of_each), self.cutoff[0]))[codes] for index in indexes
            )
        else:
            count, count_booked = (index.count_before(keys, self.cutoff) for index in indexes)
        count, count_booked = count - (self.own_known & same), count_booked - (self.own_booked & same)
        rate = (count_booked + SHRINKAGE_LEADS * self.prior) / (count + SHRINKAGE_LEADS)
        return np.where(keys != 0, rate, np.nan), count.astype(float)

    @cached_property
    def has_own_row(self) -> np.ndarray:
        """Whether the history has the moment's own lead. Shape (n,), bool."""
        return self.own_row >= 0

    @cached_property
    def has_one_cutoff(self) -> bool:
        """Whether all moments are the same, so that each distinct value is looked up only once."""
        return len(self.cutoff) > 1 and bool((self.cutoff == self.cutoff[0]).all())


def hash_values(values: ObjectArray) -> np.ndarray:
    """Hash each text to 64 bits, ignoring case; 0 for None. Same shape."""
    return map_distinct(values, _hash, 0, np.uint64)


def _hash(text: str) -> int:
    """Return 64 bits of a text, never 0."""
    return int.from_bytes(blake2b(text.strip().casefold().encode(), digest_size=8).digest(), "big") | 1
