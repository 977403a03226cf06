"""Which phone numbers and e-mail addresses do too many leads share to be a person's own?

Lives here: contacts that a desk types when there is none, found by how many leads share them in 30 days.
Does not live here: placeholders that are known by themselves (``parsing.placeholder_contacts``), counting earlier
enquiries (``point_in_time.contact_index``).
"""

import numpy as np

from features.array_types import DAY
from features.arrays.point_in_time_index import PointInTimeIndex
from features.point_in_time.contact_index import DUPLICATE_DAYS, SHARED_FROM, compute_contact_keys
from features.tables.row_validation import RowValidator

__all__ = ["blank_shared_contacts"]


def blank_shared_contacts(columns: dict[str, np.ndarray], validator: RowValidator) -> None:
    """Take phone numbers and e-mail addresses that too many leads share as not given, in place; report how many."""
    created_at = columns.get("created_at")
    if created_at is None:
        return
    for name in ("phone", "email"):
        if name not in columns:
            continue
        keys = compute_contact_keys({name: columns[name]})[name]
        # Rejected rows say nothing about how many leads share a contact.
        shared = find_shared_keys(np.where(validator.keep, keys, np.uint64(0)), created_at)
        is_shared = np.isin(keys, shared) & (keys != 0)
        validator.treat_as_missing(
            is_shared,
            name,
            f"is shared by {SHARED_FROM} or more leads within {DUPLICATE_DAYS} days and is no person's own",
            "Leave the field empty in the CRM when there is none",
        )
        columns[name] = np.where(is_shared, None, columns[name])


def find_shared_keys(keys: np.ndarray, created_at: np.ndarray) -> np.ndarray:
    """Return the keys that too many leads have within 30 days.

    >>> days = np.datetime64("2026-01-01", "us") + np.arange(12) * np.timedelta64(1, "D")
    >>> find_shared_keys(np.array([7] * 12, np.uint64), days).tolist()
    [7]
    >>> find_shared_keys(np.array([7] * 12, np.uint64), days[0] + (days - days[0]) * 9).tolist()
    []
    """
    index = PointInTimeIndex.of(keys, created_at)
    shared = []
    for row in np.flatnonzero(np.diff(index.starts) >= SHARED_FROM).tolist():
        times = index.times[index.starts[row] : index.starts[row + 1]]
        within = np.searchsorted(times, times + DUPLICATE_DAYS * DAY, "right") - np.arange(len(times))
        if within.max() >= SHARED_FROM:
            shared.append(index.keys[row])
    return np.array(shared, keys.dtype)
