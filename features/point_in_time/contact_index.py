"""Did this person enquire before? By the CRM's own id of the person, by phone number, by e-mail address, each in one
form.

Lives here: the keys of a lead's contact data, and the book of who enquired when.
Does not live here: the one form of a phone number or an e-mail address (``phone_numbers``, ``email_addresses``), what
an earlier enquiry says about a lead (``signals.trust``).

The book stays on the practice's own machine: it holds hashes of contact data and never enters a bundle or MLflow.
"""

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.array_types import DAY, FloatArray, ObjectArray, TimeArray
from features.arrays.point_in_time_index import PointInTimeIndex
from features.arrays.text_hashing import hash_texts
from features.calendar.timezones import to_utc_times
from features.parsing.email_addresses import normalize_email
from features.parsing.phone_numbers import normalize_phone

__all__ = ["DUPLICATE_DAYS", "ContactIndex", "compute_contact_keys"]

DUPLICATE_DAYS = 30
"""An enquiry by the same person, phone or e-mail within this many days before counts as an earlier enquiry."""

_FORMS = {"person_id": lambda person: f"person {person}", "phone": normalize_phone, "email": normalize_email}
"""Column -> the one form in which two of its values are compared."""


@dataclass(frozen=True)
class ContactIndex:
    """Who enquired when: one key and one time for each person id, phone and e-mail of each lead."""

    entries: PointInTimeIndex
    _made_of: tuple[Callable[[], pd.DataFrame | None], dict[str, np.ndarray]] = field(
        default=(lambda: None, {}), init=False, repr=False, compare=False
    )

    @classmethod
    def of(cls, columns: Mapping[str, ObjectArray], created_at: TimeArray) -> "ContactIndex":
        """The book of these leads, by whichever of person_id, phone and email there are; leads without a date or any of
        them are left out.
        """
        return cls.of_keys(compute_contact_keys(columns), created_at)

    @classmethod
    def of_keys(cls, keys: Mapping[str, np.ndarray], created_at: TimeArray) -> "ContactIndex":
        """The book of leads whose ``compute_contact_keys`` are known already."""
        found = [np.empty(0, np.uint64), *keys.values()]
        return cls(PointInTimeIndex.of(np.concatenate(found), np.tile(created_at, len(keys))))

    @classmethod
    def of_leads(cls, leads: pd.DataFrame) -> "ContactIndex | None":
        """The book of a validated leads table; None when it has no dates, or neither person ids nor contact data."""
        columns = {name: leads[name].to_numpy(object) for name in _FORMS if name in leads}
        if not columns or "created_at" not in leads:
            return None
        keys = compute_contact_keys(columns)
        book = cls.of_keys(keys, to_utc_times(leads["created_at"]))
        object.__setattr__(book, "_made_of", (weakref.ref(leads), keys))
        return book

    def get_keys(self, leads: pd.DataFrame) -> dict[str, np.ndarray]:
        """The ``compute_contact_keys`` of the very table that the book was made of, while it is in memory; none of any other."""
        made_of, keys = self._made_of
        return keys if made_of() is leads else {}

    def count_earlier_enquiries(
        self, columns: Mapping[str, np.ndarray], leads: int, keys: Mapping[str, np.ndarray] | None = None
    ) -> FloatArray:
        """Enquiries by the same person, phone or e-mail (whichever knows of most) in the 30 days strictly before each
        lead arrived.

        ``keys``: the columns' ``compute_contact_keys``, where they were made before. Shape (leads,), NaN without a date. 0
        means that none was found, so a lead that says neither who it is nor how to reach it has none: a model must not
        learn "no phone number" from here, or it would score every lead so wherever the book is not at hand."""
        created_at, before = columns["created_at"], self.entries.count_before
        counts = [
            before(key, created_at) - before(key, created_at - DUPLICATE_DAYS * DAY)
            for key in (compute_contact_keys(columns) if keys is None else keys).values()
        ]
        return np.where(np.isnat(created_at), np.nan, np.maximum.reduce([np.zeros(leads), *counts]))


def compute_contact_keys(columns: Mapping[str, ObjectArray]) -> dict[str, np.ndarray]:
    """A 64-bit key for each person id, phone and e-mail in its one form; 0 where there is none, or none that is valid.
    Shape as given.

    >>> compute_contact_keys({"phone": np.array(["617-555-0123", "+1 (617) 555 0123", "12", None], object)})["phone"].tolist()[
    ...     1:
    ... ] == [int(compute_contact_keys({"phone": np.array(["6175550123"], object)})["phone"][0]), 0, 0]
    True
    """
    return {name: _keys(columns[name], form) for name, form in _FORMS.items() if name in columns}


def _keys(values: ObjectArray, form) -> np.ndarray:
    """The keys of one column."""
    return hash_texts([None if value is None else form(value) for value in values.tolist()])
