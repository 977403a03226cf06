"""How often did leads like this book, as known strictly before a moment? Counts by channel, campaign, service, referrer
and person.

Lives here: the record of outcomes with the time each became known, answered for any cutoff.
Does not live here: the signals made from the rates (``signals.track_record``).

A lead's own outcome never counts in its own rate. Keys are hashes: a referrer's name is not stored. What became of a
person's earlier enquiries is not stored at all: ``to_arrays`` leaves the private fields out, so a model that was read
from its bundle knows no person, and answers for each of them as for one who enquires for the first time."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.dictionary_encoding import map_distinct, encode_values
from features.arrays.point_in_time_index import PointInTimeIndex

__all__ = ["FIELDS", "PRIVATE_FIELDS", "SHRINKAGE_LEADS", "RateLookup", "OutcomeHistory", "hash_values"]

FIELDS = ("channel", "source", "campaign", "service_requested", "preferred_clinic", "referrer", "practice", "person_id")
"""The canonical columns whose values have a record; crowded categories of an export join them."""

PRIVATE_FIELDS = ("person_id",)
"""Those of them that stay on the practice's own machine: never in a bundle or MLflow, not even as hashes."""

SHRINKAGE_LEADS = 20.0
"""A rate is pulled towards the practice's own as if this many leads at that rate had been seen (empirical Bayes,
beta-binomial).
"""

_EVERY_LEAD = "every lead"


@dataclass(frozen=True)
class OutcomeHistory:
    """What became of earlier leads, and when that was known.

    A lead that was given up and booked after all counts as not booked from the first day and as booked from the second:
    at every moment the rate is what the practice could have computed then.

    Parameters
    ----------
    lead_keys : uint64 array of shape (r,), sorted
        Hash of each lead's id, to leave a lead out of its own rate.
    known_at, booked_at : datetime64[us] arrays of shape (r,)
        When its outcome was first known, whichever it was; when it was known to have booked, NaT if it has not.
    fields : dict
        Field -> uint64 array of shape (r,): the key each lead counts under, 0 not said.
    """

    lead_keys: np.ndarray
    known_at: TimeArray
    booked_at: TimeArray
    fields: dict[str, np.ndarray]

    @classmethod
    def of(
        cls, lead_ids: ObjectArray, columns: dict[str, ObjectArray], known_at: TimeArray, booked_at: TimeArray
    ) -> "OutcomeHistory":
        """The record of m leads, arrays of shape (m,); ``known_at`` NaT where nothing is known yet: those leads are
        left out.
        """
        known = ~np.isnat(known_at)
        fields = {name: hash_values(values)[known] for name, values in columns.items()}
        return cls._sorted(hash_values(lead_ids)[known], known_at[known], booked_at[known], fields)

    @classmethod
    def _sorted(
        cls, lead_keys: np.ndarray, known_at: TimeArray, booked_at: TimeArray, fields: dict[str, np.ndarray]
    ) -> "OutcomeHistory":
        order = np.argsort(lead_keys, kind="stable")
        return cls(
            lead_keys[order], known_at[order], booked_at[order], {name: keys[order] for name, keys in fields.items()}
        )

    def merge_newer(self, newer: "OutcomeHistory") -> "OutcomeHistory":
        """This record brought up to date: leads of ``newer`` as it knows them, the others as they were.

        Fields that only one has are kept, unsaid for the other's leads.
        """
        kept = ~np.isin(self.lead_keys, newer.lead_keys)
        none = np.zeros(len(newer.lead_keys), np.uint64), np.zeros(len(self.lead_keys), np.uint64)
        fields = {
            name: np.concatenate([newer.fields.get(name, none[0]), self.fields.get(name, none[1])[kept]])
            for name in dict.fromkeys((*self.fields, *newer.fields))
        }
        both = ((newer.lead_keys, self.lead_keys), (newer.known_at, self.known_at), (newer.booked_at, self.booked_at))
        return OutcomeHistory._sorted(*(np.concatenate([new, old[kept]]) for new, old in both), fields)

    @classmethod
    def merge_chunks(cls, pieces: Sequence["OutcomeHistory"], until: np.datetime64) -> "OutcomeHistory":
        """The records of different leads as one, as known at ``until``."""
        fields = {name: np.concatenate([one.fields[name] for one in pieces]) for name in pieces[0].fields}
        lead_keys, known_at, booked_at = (
            np.concatenate([getattr(one, name) for one in pieces]) for name in ("lead_keys", "known_at", "booked_at")
        )
        kept = known_at <= until
        booked_at = np.where(booked_at <= until, booked_at, np.datetime64("NaT", "us"))
        return cls._sorted(
            lead_keys[kept], known_at[kept], booked_at[kept], {name: keys[kept] for name, keys in fields.items()}
        )

    def count_all(self, cutoff: TimeArray) -> tuple[IntArray, IntArray]:
        """Leads whose outcome was known, and of those known to have booked, strictly before each cutoff.

        Shapes (n,).
        """
        known, booked = (times.count_before(np.ones(len(cutoff), np.uint64), cutoff) for times in self._counts[_EVERY_LEAD])
        return known, booked

    def rate(
        self, field: str, values: ObjectArray, lead_ids: ObjectArray, cutoff: TimeArray
    ) -> tuple[FloatArray, FloatArray]:
        """Shrunken booking rate and number of leads behind it, per moment, as known strictly before each cutoff; see
        ``Asked.rate``.
        """
        return self.asked(lead_ids, cutoff).rate(field, values)

    def asked(self, lead_ids: ObjectArray, cutoff: TimeArray) -> "RateLookup":
        """What can be answered for these moments, arrays of shape (n,), whichever field is asked for."""
        return RateLookup.of(self, lead_ids, cutoff)

    def counts(self, field: str) -> tuple[PointInTimeIndex, PointInTimeIndex]:
        """When outcomes of each key of a field became known, and when bookings did."""
        return self._counts[field]

    @cached_property
    def _counts(self) -> dict[str, tuple[PointInTimeIndex, PointInTimeIndex]]:
        """Field -> (when outcomes became known, when bookings did); ``every lead`` holds them all."""
        everyone = np.ones(len(self.lead_keys), np.uint64)
        return {
            name: (PointInTimeIndex.of(keys, self.known_at), PointInTimeIndex.of(keys, self.booked_at))
            for name, keys in {_EVERY_LEAD: everyone, **self.fields}.items()
        }

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays for a file, without the private fields; ``from_arrays`` takes them back."""
        public = {f"field {name}": keys for name, keys in self.fields.items() if name not in PRIVATE_FIELDS}
        return {
            "lead_keys": self.lead_keys,
            "known_at": self.known_at.astype(np.int64),
            "booked_at": self.booked_at.astype(np.int64),
            **public,
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "OutcomeHistory":
        """The history that ``to_arrays`` wrote."""
        times = (arrays[name].astype("datetime64[us]") for name in ("known_at", "booked_at"))
        return cls(
            arrays["lead_keys"],
            *times,
            {name.removeprefix("field "): keys for name, keys in arrays.items() if name.startswith("field ")},
        )


@dataclass(frozen=True)
class RateLookup:
    """n moments for which rates are asked: what does not depend on the field, worked out once.

    Parameters
    ----------
    history : History
    cutoff : datetime64[us] array of shape (n,)
    own : int array of shape (n,)
        Where the record holds the moment's own lead; -1 nowhere.
    own_known, own_booked : bool arrays of shape (n,)
        Whether its own outcome, and its own booking, was known before its cutoff: they never count in its own rate.
    prior : float array of shape (n,)
        The practice's own rate at that moment, the lead itself left out; NaN where nothing was known.
    """

    history: OutcomeHistory
    cutoff: TimeArray
    own: IntArray
    own_known: np.ndarray
    own_booked: np.ndarray
    prior: FloatArray

    @classmethod
    def of(cls, history: OutcomeHistory, lead_ids: ObjectArray, cutoff: TimeArray) -> "RateLookup":
        """Look every lead up in the record once."""
        total, total_booked = history.count_all(cutoff)
        own, own_known, own_booked = np.full(len(cutoff), -1), np.zeros(len(cutoff), bool), np.zeros(len(cutoff), bool)
        if len(history.lead_keys):
            keys = hash_values(lead_ids)
            place = np.minimum(np.searchsorted(history.lead_keys, keys), len(history.lead_keys) - 1)
            own = np.where(history.lead_keys[place] == keys, place, -1)
            own_known, own_booked = ((own >= 0) & (at[place] < cutoff) for at in (history.known_at, history.booked_at))
        total, total_booked = total - own_known, total_booked - own_booked
        return cls(
            history,
            cutoff,
            own,
            own_known,
            own_booked,
            np.where(total > 0, total_booked / np.maximum(total, 1), np.nan),
        )

    def rate(self, field: str, values: ObjectArray) -> tuple[FloatArray, FloatArray]:
        """Shrunken booking rate and number of leads behind it, as known strictly before each cutoff.

        Returns
        -------
        rate : float array of shape (n,)
            (booked + 20 x practice's rate) / (leads + 20); NaN where the value was not said or nothing at all was
            known.
        leads : float array of shape (n,)
        """
        return self.rate_of(field, *encode_values(values))

    def rate_of(self, field: str, codes: IntArray, distinct: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """``rate`` of values that are numbered: the place of each among the distinct ones, -1 not said."""
        if field not in self.history.fields:
            return np.full(len(codes), np.nan), np.zeros(len(codes))
        of_each = np.array([*map(_hash, distinct), 0], np.uint64)
        keys = of_each[codes]
        same = (
            self.is_own & (self.history.fields[field][self.own] == keys) if len(self.history.lead_keys) else self.is_own
        )
        counted = self.history.counts(field)
        if self.one_cutoff:
            count, count_booked = (
                times.count_before(of_each, np.full(len(of_each), self.cutoff[0]))[codes] for times in counted
            )
        else:
            count, count_booked = (times.count_before(keys, self.cutoff) for times in counted)
        count, count_booked = count - (self.own_known & same), count_booked - (self.own_booked & same)
        rate = (count_booked + SHRINKAGE_LEADS * self.prior) / (count + SHRINKAGE_LEADS)
        return np.where(keys != 0, rate, np.nan), count.astype(float)

    @cached_property
    def is_own(self) -> np.ndarray:
        """Whether the record holds the moment's own lead. Shape (n,), bool."""
        return self.own >= 0

    @cached_property
    def one_cutoff(self) -> bool:
        """Whether all moments are the same, so that each value is looked up once."""
        return len(self.cutoff) > 1 and bool((self.cutoff == self.cutoff[0]).all())


def hash_values(values: ObjectArray) -> np.ndarray:
    """A 64-bit hash of each text, upper and lower case alike; 0 for None. Shape as given."""
    return map_distinct(values, _hash, 0, np.uint64)


def _hash(text: str) -> int:
    """64 bits of a text, never 0."""
    return int.from_bytes(blake2b(text.strip().casefold().encode(), digest_size=8).digest(), "big") | 1
