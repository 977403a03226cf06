"""How many leads with this value were known to have ended, and how many of them booked, by the end of each day?

Lives here: cumulative counts by value and day (UTC), none of which tells of a single person, and looking them up.
Does not live here: which leads are counted (``outcome_history``), the loop over the days (``kernels.period_counts``).

A count is published at the end of the first day by which ``MIN_LEADS_PER_COUNT`` more leads of the value have a known
outcome, or a known booking. So two neighboring counts always differ by at least that many leads, and a value of fewer
leads has no count: it is looked up as one that was never seen. What is published on a day depends on that day and
earlier ones only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from features.array_types import IntArray, TimeArray

__all__ = ["MIN_LEADS_PER_COUNT", "DayCells", "PeriodCounts"]

MIN_LEADS_PER_COUNT = 5
"""Leads that a count, and the difference of two counts of one value, holds at least."""

_ARRAYS = ("keys", "starts", "days", "leads", "bookings")


def find_next_days(cutoff: TimeArray) -> IntArray:
    """Return the day after each cutoff's own, days since 1970: a count that begins to hold at the cutoff itself is
    strictly before it. Shape (n,); NaT stays NaT's number, which nothing is before.
    """
    days = cutoff.astype("datetime64[D]").view(np.int64)
    return np.where(np.isnat(cutoff), days, days + 1)


class DayCells(NamedTuple):
    """Outcomes and bookings that became known, by key and day; arrays of shape (c,)."""

    keys: np.ndarray
    days: IntArray
    outcomes: IntArray
    bookings: IntArray

    def add_up(self) -> "DayCells":
        """Return one cell for each key and day, sorted by both."""
        order = np.lexsort((self.days, self.keys))
        keys, days, outcomes, bookings = (values[order] for values in self)
        first = np.flatnonzero(_differs_from_previous(keys) | _differs_from_previous(days))
        if not len(first):
            return self
        return DayCells(keys[first], days[first], np.add.reduceat(outcomes, first), np.add.reduceat(bookings, first))

    @classmethod
    def concatenate(cls, parts: Sequence["DayCells"]) -> "DayCells":
        """Join the cells of several leads, one cell for each key and day."""
        return cls(*map(np.concatenate, zip(*parts, strict=True))).add_up()


@dataclass(frozen=True)
class PeriodCounts:
    """Counts of u values, published at the ends of days.

    Parameters
    ----------
    keys : uint64 array of shape (u,), ascending
    starts : int64 array of shape (u + 1,)
        The counts of key ``i`` are ``starts[i]:starts[i + 1]``.
    days : int64 array of shape (c,), ascending within each key
        Days since 1970; a count holds from the beginning of its day (UTC) on, and what it counts was known before.
    leads, bookings : int64 arrays of shape (c,)
        All leads with a known outcome so far, and those of them with a known booking.
    """

    keys: np.ndarray
    starts: IntArray
    days: IntArray
    leads: IntArray
    bookings: IntArray

    @classmethod
    def empty(cls) -> "PeriodCounts":
        """Return counts of nothing."""
        none = np.empty(0, np.int64)
        return cls(np.empty(0, np.uint64), np.zeros(1, np.int64), none, none, none)

    def extend(self, keys: np.ndarray, known_at: TimeArray, booked_at: TimeArray) -> "PeriodCounts":
        """Return the counts with leads added, arrays of shape (r,); key 0 is no value.

        Outcomes that were known by a value's last count are in it already and are skipped. So a practice's whole
        record can be added to the counts of a model that was trained on its beginning.

        >>> day = np.arange("2026-01-01", "2026-01-08", dtype="datetime64[D]").astype("datetime64[us]")
        >>> booked = np.where(day < day[2], day, np.datetime64("NaT", "us"))
        >>> counts = PeriodCounts.empty().extend(np.ones(7, np.uint64), day, booked)
        >>> [array.tolist() for array in counts.look_up(np.ones(2, np.uint64), day[[4, 5]])]
        [[0, 5], [0, 2]]
        """
        return self.extend_by_cells(self.count_cells(keys, known_at, booked_at))

    def extend_by_cells(self, cells: "DayCells") -> "PeriodCounts":
        """Return the counts with leads added that ``count_cells`` has counted."""
        from features.kernels.period_counts import publish_counts

        cell_keys, days, outcomes, booked = cells
        row = self._find_last_rows(cell_keys)
        starting_leads, starting_bookings = (
            np.where(row >= 0, np.append(totals, 0)[row], 0) for totals in (self.leads, self.bookings)
        )
        published, leads, bookings = publish_counts(
            cell_keys.view(np.int64), outcomes, booked, starting_leads, starting_bookings, MIN_LEADS_PER_COUNT
        )
        return PeriodCounts._sort(
            np.concatenate([np.repeat(self.keys, np.diff(self.starts)), cell_keys[published]]),
            np.concatenate([self.days, days[published]]),
            np.concatenate([self.leads, leads[published]]),
            np.concatenate([self.bookings, bookings[published]]),
        )

    def look_up(self, keys: np.ndarray, cutoff: TimeArray) -> tuple[IntArray, IntArray]:
        """Return leads with a known outcome and bookings of each key, by days that ended at or before its cutoff.

        Shapes (n,); 0 for a key without a count and for a NaT cutoff.
        """
        leads, bookings = self.totals[:, self.find_rows(keys, find_next_days(cutoff))]
        return leads, bookings

    @cached_property
    def totals(self) -> IntArray:
        """``leads`` and ``bookings``, and 0 behind them, which the row -1 of no count finds. Shape (2, c + 1)."""
        return np.append(np.stack([self.leads, self.bookings]), [[0], [0]], axis=1)

    def find_rows(self, keys: np.ndarray, next_day: IntArray) -> IntArray:
        """Return the row of the count of each key that holds before its day; -1 where there is none. Shape (n,).

        Parameters
        ----------
        next_day : int64 array of shape (n,)
            The day behind each cutoff, as ``find_next_days`` returns it.
        """
        from features.kernels.hash_lookup import count_before

        if not len(self.keys):
            return np.full(len(keys), -1)
        counts = count_before(self.keys, self.starts, self.days, keys, next_day)
        # Where a key is not among these, its count is 0, whichever position stands in for it.
        position = self.keys.searchsorted(keys)
        return np.where(counts > 0, self.starts[position] + counts - 1, -1)

    def until(self, day: np.datetime64) -> "PeriodCounts":
        """Return the counts that hold at the beginning of ``day`` (datetime64[D]) or before."""
        is_earlier = self.days <= day.astype("datetime64[D]").astype(np.int64)
        keys = np.repeat(self.keys, np.diff(self.starts))
        return PeriodCounts._sort(
            keys[is_earlier], self.days[is_earlier], self.leads[is_earlier], self.bookings[is_earlier]
        )

    def to_arrays(self, name: str) -> dict[str, np.ndarray]:
        """Return plain arrays for a file, named ``NAME keys`` and so on."""
        return {f"{name} {part}": getattr(self, part) for part in _ARRAYS}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], name: str) -> "PeriodCounts":
        """Read what ``to_arrays`` returned."""
        return cls(*(arrays[f"{name} {part}"] for part in _ARRAYS))

    def count_cells(self, keys: np.ndarray, known_at: TimeArray, booked_at: TimeArray) -> "DayCells":
        """Count new outcomes and bookings by key and day, without what the published counts hold."""
        is_known, is_booked = ((keys != 0) & ~np.isnat(times) for times in (known_at, booked_at))
        all_keys = np.concatenate([keys[is_known], keys[is_booked]])
        times = np.concatenate([known_at[is_known], booked_at[is_booked]])
        # What became known during a day counts from the beginning of the next.
        days = (times.astype("datetime64[D]") + 1).view(np.int64)
        outcome = np.arange(len(all_keys)) < is_known.sum()
        row = self._find_last_rows(all_keys)
        is_new = (row < 0) | (days > np.append(self.days, 0)[row])
        all_keys, days, outcome = all_keys[is_new], days[is_new], outcome[is_new]
        return DayCells(all_keys, days, outcome.astype(np.int64), (~outcome).astype(np.int64)).add_up()

    def _find_last_rows(self, keys: np.ndarray) -> IntArray:
        """Return the row of each key's last count, -1 for a key without one. Shape as given."""
        if not len(self.keys):
            return np.full(len(keys), -1)
        position = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[position] == keys, self.starts[position + 1] - 1, -1)

    @classmethod
    def _sort(cls, keys: np.ndarray, days: IntArray, leads: IntArray, bookings: IntArray) -> "PeriodCounts":
        """Sort counts by key and day."""
        order = np.lexsort((days, keys))
        keys = keys[order]
        first = np.flatnonzero(_differs_from_previous(keys))
        return cls(keys[first], np.append(first, len(keys)), days[order], leads[order], bookings[order])


def _differs_from_previous(values: np.ndarray) -> np.ndarray:
    """Return where a value is not the one before it; the first always is not. Shape (n,), bool."""
    return np.concatenate([np.ones(min(len(values), 1), bool), values[1:] != values[:-1]])
