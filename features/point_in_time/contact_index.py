"""Did this person inquire before? By the CRM's id of the person, by phone number, by e-mail address.

Lives here: the keys of a lead's contact data, the index of who inquired when, and which contacts too many leads share.
Does not live here: the normal form of a phone number or an e-mail address (``parsing.phone_validation``,
``parsing.email_addresses``), what an earlier inquiry means for a lead (``signals.trust``).

The index stays on the practice's own machine: it has hashes of contact data and never enters a bundle or MLflow.
"""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.array_types import DAY, FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.point_in_time_index import PointInTimeIndex
from features.arrays.text_hashing import hash_texts
from features.calendar.timezones import to_utc_times
from features.parsing.email_addresses import find_email
from features.parsing.phone_validation import find_phone

__all__ = [
    "DUPLICATE_DAYS",
    "SHARED_FROM",
    "ContactIndex",
    "combine_counts",
    "compute_contact_keys",
    "find_shared_contacts",
]

DUPLICATE_DAYS = 30
"""An inquiry by the same person, phone or e-mail at most this many days ago counts as an earlier inquiry."""

SHARED_FROM = 10
"""A phone number or e-mail address that so many leads had within those days before a lead is not that person's own."""

_FORMS = {"person_id": lambda person: f"person {person}", "phone": find_phone, "email": find_email}
"""Column -> the normal form in which two of its values are compared."""


@dataclass(frozen=True)
class ContactIndex:
    """Who inquired when: one key and time for each person id, phone and e-mail of each lead."""

    entries: PointInTimeIndex
    _source: tuple[Callable[[], pd.DataFrame | None], dict[str, np.ndarray]] = field(
        default=(lambda: None, {}), init=False, repr=False, compare=False
    )

    @classmethod
    def of(cls, columns: Mapping[str, ObjectArray], created_at: TimeArray) -> "ContactIndex":
        """Build the index of these leads by whichever of person_id, phone and email there are; skip leads without a
        date.
        """
        return cls.of_keys(compute_contact_keys(columns), created_at)

    @classmethod
    def of_keys(cls, keys: Mapping[str, np.ndarray], created_at: TimeArray) -> "ContactIndex":
        """Build the index of leads from their contact keys."""
        all_keys = [np.empty(0, np.uint64), *keys.values()]
        return cls(PointInTimeIndex.of(np.concatenate(all_keys), np.tile(created_at, len(keys))))

    @classmethod
    def of_leads(cls, leads: pd.DataFrame) -> "ContactIndex | None":
        """Build the index of a validated leads table; None without dates or without person ids and contact data."""
        columns = {name: leads[name].to_numpy(object) for name in _FORMS if name in leads}
        if not columns or "created_at" not in leads:
            return None
        keys = compute_contact_keys(columns)
        index = cls.of_keys(keys, to_utc_times(leads["created_at"]))
        object.__setattr__(index, "_source", (weakref.ref(leads), keys))
        return index

    def get_keys(self, leads: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return the contact keys of the table that the index was built from, while it is in memory; else none."""
        table, keys = self._source
        return keys if table() is leads else {}

    def count_recent_leads(self, keys: Mapping[str, np.ndarray], created_at: TimeArray) -> dict[str, IntArray]:
        """Count the leads with each key in the 30 days strictly before each lead arrived; 0 without a date.

        Leads of the same moment and later ones never count, so what is decided by these counts (``combine_counts``,
        ``find_shared_contacts``) stays as it was when the lead arrived.
        """
        count_before = self.entries.count_before
        return {
            name: count_before(key, created_at) - count_before(key, created_at - DUPLICATE_DAYS * DAY)
            for name, key in keys.items()
        }

    def count_earlier_enquiries(
        self, columns: Mapping[str, np.ndarray], leads: int, keys: Mapping[str, np.ndarray] | None = None
    ) -> FloatArray:
        """Count inquiries by the same person, phone or e-mail in the 30 days strictly before each lead arrived.

        See ``combine_counts``. Shape (leads,), NaN without a date.

        Parameters
        ----------
        keys : mapping, optional
            ``compute_contact_keys`` of the columns, where they were computed before.
        """
        created_at = columns["created_at"]
        recent_leads = self.count_recent_leads(compute_contact_keys(columns) if keys is None else keys, created_at)
        counts = combine_counts(recent_leads, find_shared_contacts(recent_leads), leads)
        return np.where(np.isnat(created_at), np.nan, counts)


def find_shared_contacts(recent_leads: Mapping[str, IntArray]) -> dict[str, np.ndarray]:
    """Find the phones and e-mails that too many leads had lately to be one person's own: a desk's, or a placeholder.

    A person id is the CRM's own word and never shared. Boolean arrays of the shape of the counts.

    >>> counts = {"phone": np.array([9, 10]), "person_id": np.array([40, 40])}
    >>> {name: mask.tolist() for name, mask in find_shared_contacts(counts).items()}
    {'phone': [False, True]}
    """
    return {name: count >= SHARED_FROM for name, count in recent_leads.items() if name != "person_id"}


def combine_counts(recent_leads: Mapping[str, IntArray], shared: Mapping[str, np.ndarray], leads: int) -> FloatArray:
    """Return the largest count of each lead's person id, phone and e-mail, shape (leads,); a shared contact
    (``find_shared_contacts``) has none.

    0 means that none was found, so a lead without an id, phone or e-mail has 0: a model must not learn "no phone
    number" from this column, or it would score every lead that way wherever the index is not available.

    >>> counts = {"phone": np.array([2, 10]), "email": np.array([0, 3])}
    >>> combine_counts(counts, find_shared_contacts(counts), leads=2).tolist()
    [2.0, 3.0]
    """
    counts = [np.where(shared[name], 0, count) if name in shared else count for name, count in recent_leads.items()]
    return np.maximum.reduce([np.zeros(leads), *counts])


def compute_contact_keys(columns: Mapping[str, ObjectArray]) -> dict[str, np.ndarray]:
    """Hash each person id, phone and e-mail in its normal form to 64 bits; 0 where it is missing or not valid.

    >>> phones = np.array(["617-555-0123", "+1 (617) 555 0123", "12", None], object)
    >>> keys = compute_contact_keys({"phone": phones})["phone"].tolist()
    >>> keys[0] == keys[1] != 0, keys[2:]
    (True, [0, 0])
    """
    return {name: _hash_column(columns[name], form) for name, form in _FORMS.items() if name in columns}


def _hash_column(values: ObjectArray, form: Callable[[str], str | None]) -> np.ndarray:
    """Hash the values of one column in their normal form."""
    return hash_texts([None if value is None else form(value) for value in values.tolist()])
