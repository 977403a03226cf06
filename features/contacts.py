"""Did this person enquire before? By the CRM's own id of the person, by phone number, by e-mail address, each in one form.

Lives here: one form for a phone number and an e-mail address with maintained libraries as the arbiter, and the book of who enquired when.
Does not live here: what an earlier enquiry says about a lead (``signals.trust``).

The book stays on the practice's own machine: it holds hashes of contact data and never enters a bundle or MLflow.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b

import numpy as np
import pandas as pd
import phonenumbers
from email_validator import EmailNotValidError, validate_email

from features.clock import plain_times
from features.types import DAY, FloatArray, ObjectArray, TimeArray

__all__ = ["DUPLICATE_DAYS", "ContactBook", "normal_email", "normal_phone"]

DUPLICATE_DAYS = 30
"""An enquiry by the same person, phone or e-mail within this many days before counts as an earlier enquiry."""


@lru_cache(maxsize=65_536)
def normal_phone(phone: str) -> str | None:
    """The number in E.164 form when it is a valid one (US unless it says otherwise), else None.

    >>> normal_phone("(617) 555-0123"), normal_phone("12")
    ('+16175550123', None)
    """
    try:
        number = phonenumbers.parse(phone, "US")
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(number) else None


@lru_cache(maxsize=65_536)
def normal_email(email: str) -> str | None:
    """The address in lower case when its form is valid (RFC 5321/5322; no look-up is made), else None.

    >>> normal_email("Ann@Example.ORG"), normal_email("ann at example")
    ('ann@example.org', None)
    """
    try:
        return validate_email(email, check_deliverability=False, test_environment=True).normalized.casefold()
    except EmailNotValidError:
        return None


_FORMS = {"person_id": lambda person: f"person {person}", "phone": normal_phone, "email": normal_email}
"""Column -> the one form in which two of its values are compared."""


@dataclass(frozen=True)
class ContactBook:
    """Who enquired when: one hash and one time for each person id, phone and e-mail of each lead.

    Parameters
    ----------
    keys : uint64 array of shape (r,), sorted
    times : datetime64[us] array of shape (r,), sorted inside each key
    """

    keys: np.ndarray
    times: TimeArray

    @classmethod
    def of(cls, columns: dict[str, ObjectArray], created_at: TimeArray) -> "ContactBook":
        """The book of these leads, by whichever of person_id, phone and email there are; leads without a date or any of them are left out."""
        found = [_hashes(columns[name], form) for name, form in _FORMS.items() if name in columns]
        keys, times = np.concatenate(found), np.tile(created_at, len(found))
        known = (keys != 0) & ~np.isnat(times)
        order = np.lexsort((times[known], keys[known]))
        return cls(keys[known][order], times[known][order])

    @classmethod
    def of_leads(cls, leads: pd.DataFrame) -> "ContactBook | None":
        """The book of a validated leads table; None when it has no dates, or neither person ids nor contact data."""
        columns = {name: leads[name].to_numpy(object) for name in _FORMS if name in leads}
        return cls.of(columns, plain_times(leads["created_at"])) if columns and "created_at" in leads else None

    def earlier_enquiries(self, columns: dict[str, np.ndarray], leads: int) -> FloatArray:
        """Enquiries by the same person, phone or e-mail (whichever knows of most) in the 30 days strictly before each lead arrived.

        Shape (leads,), NaN without a date. 0 means that none was found, so a lead that says neither who it is nor how to reach it has none: a model
        must not learn "no phone number" from here, or it would score every lead so wherever the book is not at hand.
        """
        counts = [self._count(_hashes(columns[name], form), columns["created_at"]) for name, form in _FORMS.items() if name in columns]
        return np.fmax.reduce([np.where(np.isnat(columns["created_at"]), np.nan, 0.0), *counts])

    def _count(self, keys: np.ndarray, created_at: TimeArray) -> FloatArray:
        """Entries of each key in [created_at - 30 days, created_at)."""
        names, times, book = self._index
        known = (keys != 0) & ~np.isnat(created_at)
        if not len(names):
            return np.where(known, 0.0, np.nan)
        position = np.minimum(np.searchsorted(names, keys), len(names) - 1)
        since, until = (np.searchsorted(times, created_at - span) for span in (DUPLICATE_DAYS * DAY, 0 * DAY))
        counted = np.searchsorted(book, position * (len(times) + 1) + until) - np.searchsorted(book, position * (len(times) + 1) + since)
        return np.where(known, np.where(names[position] == keys, counted, 0.0), np.nan)

    @cached_property
    def _index(self) -> tuple[np.ndarray, TimeArray, np.ndarray]:
        """Distinct keys, distinct times, and each entry's places among them in one ascending number."""
        names, times = np.unique(self.keys), np.unique(self.times)
        return names, times, np.searchsorted(names, self.keys) * (len(times) + 1) + np.searchsorted(times, self.times)


def _hashes(values: ObjectArray, form) -> np.ndarray:
    """A 64-bit hash of each value in its normal form; 0 where there is none."""
    def one(value: str | None) -> int:
        normal = None if value is None else form(value)
        return 0 if normal is None else int.from_bytes(blake2b(normal.encode(), digest_size=8).digest(), "big") | 1

    return np.array([one(value) for value in values], np.uint64)
