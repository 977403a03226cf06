"""How often did leads like this book, as known strictly before a moment? Counts by channel, campaign, service, referrer and person.

Lives here: the record of outcomes with the time each became known, answered for any cutoff.
Does not live here: the signals made from the rates (``signals.track_record``).

A lead's own outcome never counts in its own rate. Keys are hashes: a referrer's name is not stored. What became of a person's earlier
enquiries is not stored at all: ``to_arrays`` leaves the private fields out, so a model that was read from its bundle knows no person, and
answers for each of them as for one who enquires for the first time.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from features.types import FloatArray, IntArray, ObjectArray, TimeArray

__all__ = ["FIELDS", "PRIVATE_FIELDS", "SHRINKAGE_LEADS", "History", "hashed"]

FIELDS = ("channel", "source", "campaign", "service_requested", "preferred_clinic", "referrer", "person_id")
"""The canonical columns whose values have a record; crowded categories of an export join them."""

PRIVATE_FIELDS = ("person_id",)
"""Those of them that stay on the practice's own machine: never in a bundle or MLflow, not even as hashes."""

SHRINKAGE_LEADS = 20.0
"""A rate is pulled towards the practice's own as if this many leads at that rate had been seen (empirical Bayes, beta-binomial)."""

_EVERY_LEAD = "every lead"


@dataclass(frozen=True)
class _Times:
    """When something became known, for each key: how often it was known strictly before any moment.

    Parameters
    ----------
    keys : uint64 array of shape (u,), sorted
    starts : int array of shape (u + 1,)
    times : datetime64[us] array of shape (v,), the distinct times, sorted
    ranked : int64 array of shape (r,), sorted
        Key number and time rank of each entry in one number.
    """

    keys: np.ndarray
    starts: IntArray
    times: TimeArray
    ranked: np.ndarray

    @classmethod
    def of(cls, keys: np.ndarray, at: TimeArray) -> "_Times":
        """Entries of shape (r,); those without a key (0) or a time (NaT) are left out."""
        said = (keys != 0) & ~np.isnat(at)
        names, number, counts = np.unique(keys[said], return_inverse=True, return_counts=True)
        times = np.unique(at[said])
        ranked = np.sort(number * (len(times) + 1) + np.searchsorted(times, at[said]))
        return cls(names, np.concatenate([[0], np.cumsum(counts)]), times, ranked)

    def before(self, keys: np.ndarray, cutoff: TimeArray) -> IntArray:
        """Entries of each key strictly before each cutoff. Shape (n,)."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        target = place * (len(self.times) + 1) + np.searchsorted(self.times, cutoff, side="left")
        found = np.searchsorted(self.ranked, target, side="left") - self.starts[place]
        return np.where(self.keys[place] == keys, found, 0)


@dataclass(frozen=True)
class History:
    """What became of earlier leads, and when that was known.

    A lead that was given up and booked after all counts as not booked from the first day and as booked from the second: at every moment
    the rate is what the practice could have computed then.

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
    def of(cls, lead_ids: ObjectArray, columns: dict[str, ObjectArray], known_at: TimeArray, booked_at: TimeArray) -> "History":
        """The record of m leads, arrays of shape (m,); ``known_at`` NaT where nothing is known yet: those leads are left out."""
        known = ~np.isnat(known_at)
        fields = {name: hashed(values)[known] for name, values in columns.items()}
        return cls._sorted(hashed(lead_ids)[known], known_at[known], booked_at[known], fields)

    @classmethod
    def _sorted(cls, lead_keys: np.ndarray, known_at: TimeArray, booked_at: TimeArray, fields: dict[str, np.ndarray]) -> "History":
        order = np.argsort(lead_keys, kind="stable")
        return cls(lead_keys[order], known_at[order], booked_at[order], {name: keys[order] for name, keys in fields.items()})

    def joined(self, newer: "History") -> "History":
        """This record brought up to date: leads of ``newer`` as it knows them, the others as they were. Fields that only one has are kept, unsaid for the other's leads."""
        kept = ~np.isin(self.lead_keys, newer.lead_keys)
        none = np.zeros(len(newer.lead_keys), np.uint64), np.zeros(len(self.lead_keys), np.uint64)
        fields = {
            name: np.concatenate([newer.fields.get(name, none[0]), self.fields.get(name, none[1])[kept]]) for name in dict.fromkeys((*self.fields, *newer.fields))
        }
        both = ((newer.lead_keys, self.lead_keys), (newer.known_at, self.known_at), (newer.booked_at, self.booked_at))
        return History._sorted(*(np.concatenate([new, old[kept]]) for new, old in both), fields)

    def everyone(self, cutoff: TimeArray) -> tuple[IntArray, IntArray]:
        """Leads whose outcome was known, and of those known to have booked, strictly before each cutoff. Shapes (n,)."""
        every = np.ones(len(cutoff), np.uint64)
        known, booked = self._counts[_EVERY_LEAD]
        return known.before(every, cutoff), booked.before(every, cutoff)

    def rate(self, field: str, values: ObjectArray, lead_ids: ObjectArray, cutoff: TimeArray) -> tuple[FloatArray, FloatArray]:
        """Shrunken booking rate and number of leads behind it, per moment, as known strictly before each cutoff.

        Returns
        -------
        rate : float array of shape (n,)
            (booked + 20 x practice's rate) / (leads + 20); NaN where the value was not said or nothing at all was known.
        leads : float array of shape (n,)
        """
        if field not in self.fields:
            return np.full(len(values), np.nan), np.zeros(len(values))
        keys = hashed(values)
        own_known, own_booked, own_key = self._own(field, hashed(lead_ids), cutoff)
        same = own_key == keys
        total, total_booked = self.everyone(cutoff)
        total, total_booked = total - own_known, total_booked - own_booked
        known, booked = self._counts[field]
        count, count_booked = known.before(keys, cutoff) - (own_known & same), booked.before(keys, cutoff) - (own_booked & same)
        prior = np.where(total > 0, total_booked / np.maximum(total, 1), np.nan)
        rate = (count_booked + SHRINKAGE_LEADS * prior) / (count + SHRINKAGE_LEADS)
        return np.where(keys != 0, rate, np.nan), count.astype(float)

    @cached_property
    def _counts(self) -> dict[str, tuple[_Times, _Times]]:
        """Field -> (when outcomes became known, when bookings did); ``every lead`` holds them all."""
        everyone = np.ones(len(self.lead_keys), np.uint64)
        return {name: (_Times.of(keys, self.known_at), _Times.of(keys, self.booked_at)) for name, keys in {_EVERY_LEAD: everyone, **self.fields}.items()}

    def _own(self, field: str, lead_keys: np.ndarray, cutoff: TimeArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Whether each lead's own outcome, and its own booking, was known before its cutoff, and the key it counts under."""
        if not len(self.lead_keys):
            none = np.zeros(len(lead_keys), bool)
            return none, none, np.zeros(len(lead_keys), np.uint64)
        place = np.minimum(np.searchsorted(self.lead_keys, lead_keys), len(self.lead_keys) - 1)
        here = self.lead_keys[place] == lead_keys
        return here & (self.known_at[place] < cutoff), here & (self.booked_at[place] < cutoff), self.fields[field][place]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays for a file, without the private fields; ``from_arrays`` takes them back."""
        public = {f"field {name}": keys for name, keys in self.fields.items() if name not in PRIVATE_FIELDS}
        return {"lead_keys": self.lead_keys, "known_at": self.known_at.astype(np.int64), "booked_at": self.booked_at.astype(np.int64), **public}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "History":
        """The history that ``to_arrays`` wrote."""
        times = (arrays[name].astype("datetime64[us]") for name in ("known_at", "booked_at"))
        return cls(arrays["lead_keys"], *times, {name.removeprefix("field "): keys for name, keys in arrays.items() if name.startswith("field ")})


def hashed(values: ObjectArray) -> np.ndarray:
    """A 64-bit hash of each text, upper and lower case alike; 0 for None. Shape as given."""
    memory: dict[str | None, int] = {None: 0}
    for value in values:
        if value not in memory:
            memory[value] = int.from_bytes(blake2b(value.strip().casefold().encode(), digest_size=8).digest(), "big") | 1
    return np.array([memory[value] for value in values], np.uint64)
