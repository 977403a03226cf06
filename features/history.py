"""How often did leads like this book, as known strictly before a moment? Counts by channel, campaign, service, referrer and person.

Lives here: the record of outcomes with the time each became known, answered for any cutoff.
Does not live here: the signals made from the rates (``signals.track_record``).

A lead's own outcome never counts in its own rate. Keys are hashes: a referrer's name is not stored. What became of a person's earlier
enquiries is not stored at all: ``to_arrays`` leaves the private fields out, so a model that was read from its bundle knows no person, and
answers for each of them as for one who enquires for the first time.
"""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from features.types import FloatArray, IntArray, ObjectArray, TimeArray

__all__ = ["FIELDS", "PRIVATE_FIELDS", "SHRINKAGE_LEADS", "History", "hashed"]

FIELDS = ("channel", "source", "campaign", "service_requested", "preferred_clinic", "referrer", "person_id")
"""The columns whose values have a record."""

PRIVATE_FIELDS = ("person_id",)
"""Those of them that stay on the practice's own machine: never in a bundle or MLflow, not even as hashes."""

SHRINKAGE_LEADS = 20.0
"""A rate is pulled towards the practice's own as if this many leads at that rate had been seen (empirical Bayes, beta-binomial)."""

_EVERY_LEAD = "every lead"


@dataclass(frozen=True)
class _Record:
    """Outcomes of one field, sorted by key and then by when each became known."""

    keys: np.ndarray  # uint64 (u,), sorted
    starts: IntArray  # (u + 1,)
    known_at: TimeArray  # (r,)
    booked: IntArray  # (r + 1,) cumulative over all rows, starting with 0

    @classmethod
    def of(cls, keys: np.ndarray, known_at: TimeArray, booked: np.ndarray) -> "_Record":
        order = np.lexsort((known_at, keys))
        names, counts = np.unique(keys, return_counts=True)
        return cls(names, np.concatenate([[0], np.cumsum(counts)]), known_at[order], np.concatenate([[0], np.cumsum(booked[order].astype(np.int64))]))

    def before(self, keys: np.ndarray, cutoff: TimeArray) -> tuple[IntArray, IntArray]:
        """Leads known, and of those booked, strictly before each cutoff."""
        if not len(self.keys):
            return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.int64)
        times = self._times
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        listed = self.keys[place] == keys
        target = place * (len(times) + 1) + np.searchsorted(times, cutoff, side="left")
        first = self.starts[place]
        last = np.where(listed, np.searchsorted(self._ranked, target, side="left"), first)
        return last - first, self.booked[last] - self.booked[first]

    def __post_init__(self) -> None:
        times = np.unique(self.known_at)
        row_key = np.repeat(np.arange(len(self.keys)), np.diff(self.starts))
        object.__setattr__(self, "_times", times)
        object.__setattr__(self, "_ranked", row_key * (len(times) + 1) + np.searchsorted(times, self.known_at))


@dataclass(frozen=True)
class History:
    """What became of earlier leads, and when that was known.

    Parameters
    ----------
    records : dict
        Field -> record; the field ``every lead`` holds them all.
    lead_keys : uint64 array of shape (r,), sorted
        Hash of each lead's id, to leave a lead out of its own rate.
    own_known_at : datetime64[us] array of shape (r,)
    own_booked : bool array of shape (r,)
    own_fields : dict
        Field -> uint64 array of shape (r,): the key each lead was counted under.
    """

    records: dict[str, _Record]
    lead_keys: np.ndarray
    own_known_at: TimeArray
    own_booked: np.ndarray
    own_fields: dict[str, np.ndarray]

    @classmethod
    def of(cls, lead_ids: ObjectArray, columns: dict[str, ObjectArray], known_at: TimeArray, booked: np.ndarray) -> "History":
        """The record of these leads. Shapes (m,); ``known_at`` NaT where nothing is known yet: those leads are left out."""
        known = ~np.isnat(known_at)
        lead_keys = hashed(lead_ids)
        fields = {name: hashed(columns[name]) for name in FIELDS if name in columns}
        records = {_EVERY_LEAD: _Record.of(np.ones(int(known.sum()), np.uint64), known_at[known], booked[known])}
        for name, keys in fields.items():
            said = known & (keys != 0)
            records[name] = _Record.of(keys[said], known_at[said], booked[said])
        order = np.argsort(lead_keys[known], kind="stable")
        own = {name: keys[known][order] for name, keys in fields.items()}
        return cls(records, lead_keys[known][order], known_at[known][order], booked[known][order].astype(bool), own)

    def rate(self, field: str, values: ObjectArray, lead_ids: ObjectArray, cutoff: TimeArray) -> tuple[FloatArray, FloatArray]:
        """Shrunken booking rate and number of leads behind it, per moment, as known strictly before each cutoff.

        Returns
        -------
        rate : float array of shape (n,)
            (booked + 20 x practice's rate) / (leads + 20); NaN where the value was not said or nothing at all was known.
        leads : float array of shape (n,)
        """
        if field not in self.records:
            return np.full(len(values), np.nan), np.zeros(len(values))
        keys, lead_keys = hashed(values), hashed(lead_ids)
        own_seen, own_booked, own_key = self._own(field, lead_keys, cutoff)
        total, total_booked = self.records[_EVERY_LEAD].before(np.ones(len(values), np.uint64), cutoff)
        total, total_booked = total - own_seen, total_booked - (own_seen & own_booked)
        count, booked = self.records[field].before(keys, cutoff)
        same = own_seen & (own_key == keys)
        count, booked = count - same, booked - (same & own_booked)
        with np.errstate(invalid="ignore"):
            prior = np.where(total > 0, total_booked / np.maximum(total, 1), np.nan)
        rate = (booked + SHRINKAGE_LEADS * prior) / (count + SHRINKAGE_LEADS)
        return np.where(keys != 0, rate, np.nan), count.astype(float)

    def _own(self, field: str, lead_keys: np.ndarray, cutoff: TimeArray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Whether each lead's own outcome was known before its cutoff, whether it booked, and the key it was counted under."""
        if not len(self.lead_keys):
            none = np.zeros(len(lead_keys), bool)
            return none, none, np.zeros(len(lead_keys), np.uint64)
        place = np.minimum(np.searchsorted(self.lead_keys, lead_keys), len(self.lead_keys) - 1)
        seen = (self.lead_keys[place] == lead_keys) & (self.own_known_at[place] < cutoff)
        return seen, self.own_booked[place], self.own_fields[field][place]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays for a file, without the private fields; ``from_arrays`` takes them back."""
        return {
            "lead_keys": self.lead_keys, "own_known_at": self.own_known_at.astype(np.int64), "own_booked": self.own_booked,
            **{f"field {name}": keys for name, keys in self.own_fields.items() if name not in PRIVATE_FIELDS},
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray]) -> "History":
        """The history that ``to_arrays`` wrote; the records are counted anew from its leads, so the two cannot disagree."""
        known_at = arrays["own_known_at"].astype("datetime64[us]")
        booked = arrays["own_booked"].astype(bool)
        fields = {name.removeprefix("field "): keys for name, keys in arrays.items() if name.startswith("field ")}
        records = {_EVERY_LEAD: _Record.of(np.ones(len(known_at), np.uint64), known_at, booked)}
        for name, keys in fields.items():
            records[name] = _Record.of(keys[keys != 0], known_at[keys != 0], booked[keys != 0])
        return cls(records, arrays["lead_keys"], known_at, booked, fields)


def hashed(values: ObjectArray) -> np.ndarray:
    """A 64-bit hash of each text, upper and lower case alike; 0 for None. Shape as given."""
    memory: dict[str | None, int] = {None: 0}
    for value in values:
        if value not in memory:
            memory[value] = int.from_bytes(blake2b(value.strip().casefold().encode(), digest_size=8).digest(), "big") | 1
    return np.array([memory[value] for value in values], np.uint64)
