"""How often was this key seen strictly before that moment? Answered for any number of keys and moments at once.

Lives here: the sorted table of times per key.
Does not live here: what a key stands for (``point_in_time.outcome_history``, ``point_in_time.contact_index``), the
lookup loop (``kernels.hash_lookup``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.array_types import IntArray, TimeArray

__all__ = ["PointInTimeIndex"]


@dataclass(frozen=True)
class PointInTimeIndex:
    """Entries of (key, time), sorted.

    Parameters
    ----------
    keys : uint64 array of shape (u,), sorted, each once
    starts : int array of shape (u + 1,)
        The entries of key ``i`` are ``starts[i]:starts[i + 1]``.
    times : datetime64[us] array of shape (r,), sorted within each key
    """

    keys: np.ndarray
    starts: IntArray
    times: TimeArray

    @classmethod
    def of(cls, keys: np.ndarray, at: TimeArray) -> "PointInTimeIndex":
        """Build the index from entries of shape (r,), in any order; skip those without a key (0) or a time (NaT).

        >>> index = PointInTimeIndex.of(
        ...     np.array([7, 9, 7, 0], np.uint64),
        ...     np.array(["2026-01-02", "2026-01-05", "2026-01-01", "2026-01-01"], "datetime64[us]"),
        ... )
        >>> index.count_before(
        ...     np.array([7, 7, 8], np.uint64), np.array(["2026-01-02", "2026-01-03", "2026-01-03"], "datetime64[us]")
        ... ).tolist()
        [1, 2, 0]
        """
        is_entry = (keys != 0) & ~np.isnat(at)
        keys, at = keys[is_entry], at[is_entry]
        order = np.lexsort((at, keys))
        keys = keys[order]
        first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.empty(0, np.intp)
        return cls(keys[first], np.append(first, len(keys)), at[order])

    @classmethod
    def concatenate(cls, indexes: Sequence["PointInTimeIndex"]) -> "PointInTimeIndex":
        """Join several indexes, each of which has larger keys than the one before it."""
        counts = np.concatenate([np.empty(0, np.int64), *(np.diff(index.starts) for index in indexes)])
        keys = np.concatenate([index.keys for index in indexes])
        times = np.concatenate([index.times for index in indexes])
        return cls(keys, np.concatenate([[0], np.cumsum(counts)]), times)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.times)

    def count_before(self, keys: np.ndarray, cutoff: TimeArray) -> IntArray:
        """Count the entries of each key strictly before its cutoff; a NaT cutoff has none before it. Shape (n,)."""
        from features.kernels.hash_lookup import count_before

        cutoffs = cutoff.astype("datetime64[us]", copy=False).view(np.int64)
        return count_before(self.keys, self.starts, self._time_numbers, keys, cutoffs)

    @cached_property
    def _time_numbers(self) -> IntArray:
        """The times as microseconds since 1970."""
        return self.times.view(np.int64)

    def keep_repeated_keys(self) -> "PointInTimeIndex":
        """Return an index of the keys that were seen more than once."""
        counts = np.diff(self.starts)
        repeated = counts > 1
        starts = np.concatenate([[0], np.cumsum(counts[repeated])])
        return PointInTimeIndex(self.keys[repeated], starts, self.times[np.repeat(repeated, counts)])
