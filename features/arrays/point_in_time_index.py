"""How often was this key seen strictly before that moment? Times under keys, answered for any number of keys and
moments at once.

Lives here: the sorted table. Does not live here: what a key stands for (``history``, ``contacts``), the loop that looks
it up (``kernels.records``)."""

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
        The entries of key ``i`` stand at ``starts[i]:starts[i + 1]``.
    times : datetime64[us] array of shape (r,), sorted inside each key
    """

    keys: np.ndarray
    starts: IntArray
    times: TimeArray

    @classmethod
    def of(cls, keys: np.ndarray, at: TimeArray) -> "PointInTimeIndex":
        """Entries of shape (r,), in any order; those without a key (0) or a time (NaT) are left out.

        >>> book = PointInTimeIndex.of(
        ...     np.array([7, 9, 7, 0], np.uint64),
        ...     np.array(["2026-01-02", "2026-01-05", "2026-01-01", "2026-01-01"], "datetime64[us]"),
        ... )
        >>> book.count_before(
        ...     np.array([7, 7, 8], np.uint64), np.array(["2026-01-02", "2026-01-03", "2026-01-03"], "datetime64[us]")
        ... ).tolist()
        [1, 2, 0]
        """
        said = (keys != 0) & ~np.isnat(at)
        keys, at = keys[said], at[said]
        order = np.lexsort((at, keys))
        keys = keys[order]
        first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.empty(0, np.intp)
        return cls(keys[first], np.append(first, len(keys)), at[order])

    @classmethod
    def concatenate(cls, tables: Sequence["PointInTimeIndex"]) -> "PointInTimeIndex":
        """Several tables as one, each with larger keys than the one before."""
        many = np.concatenate([np.empty(0, np.int64), *(np.diff(one.starts) for one in tables)])
        keys, times = ([getattr(one, name) for one in tables] for name in ("keys", "times"))
        return cls(np.concatenate(keys), np.concatenate([[0], np.cumsum(many)]), np.concatenate(times))

    def __len__(self) -> int:
        """Number of entries."""
        return len(self.times)

    def count_before(self, keys: np.ndarray, cutoff: TimeArray) -> IntArray:
        """Entries of each key strictly before each cutoff (none before NaT). Shape (n,)."""
        from features.kernels.hash_lookup import count_before

        return count_before(
            self.keys, self.starts, self._numbers, keys, cutoff.astype("datetime64[us]", copy=False).view(np.int64)
        )

    @cached_property
    def _numbers(self) -> IntArray:
        """The times as numbers."""
        return self.times.view(np.int64)

    def keep_repeated_keys(self) -> "PointInTimeIndex":
        """The entries of keys that were seen more than once."""
        many = np.diff(self.starts)
        kept = many > 1
        return PointInTimeIndex(
            self.keys[kept], np.concatenate([[0], np.cumsum(many[kept])]), self.times[np.repeat(kept, many)]
        )
