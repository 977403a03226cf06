"""Whose row is this? The newest lead with that id, e-mail or phone that was created before the row's own time.

Lives here: the keys of leads and of other exports, finding the lead.
Does not live here: what the row says (``export_rows``), what stands for nobody (``parsing.lead_values``), the hash of
a contact in the signals (``point_in_time.contact_index``).

Contacts are compared as 64-bit hashes while a folder is read; neither they nor the contacts are written anywhere.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from features.array_types import DAY, IntArray, ObjectArray, TimeArray
from features.arrays.point_in_time_index import PointInTimeIndex
from features.arrays.text_hashing import hash_texts
from features.calendar.timezones import to_utc_times
from features.parsing.email_addresses import find_email
from features.parsing.lead_values import find_meaning
from features.parsing.phone_validation import find_phone
from features.parsing.record_ids import canonicalize_ids
from features.point_in_time.contact_index import DUPLICATE_DAYS, ContactIndex, find_shared_contacts

__all__ = ["CONTACTS", "ContactKeys", "KeyMatch", "LeadContacts", "compute_keys"]

CONTACTS = ("email", "phone")

_MIN_DIGITS, _MAX_DIGITS = 7, 15
_MICROSECOND = np.timedelta64(1, "us")


@dataclass(frozen=True)
class ContactKeys:
    """Keys of the rows of one column, and what stands there for nobody.

    Parameters
    ----------
    keys : uint64 array of shape (n,)
        0 where there is no contact of a person.
    given : bool array of shape (n,)
        Whether anything stands in the cell.
    """

    keys: np.ndarray
    given: np.ndarray


def compute_keys(column: str, texts: ObjectArray) -> ContactKeys:
    """Return the keys by which the texts of a column are compared; a placeholder and a withheld number have none.

    >>> keys = compute_keys("phone", np.array(["617-555-0123", "+16175550123", "Restricted", "000-000-0000"], object))
    >>> (keys.keys[0] == keys.keys[1] != 0, keys.keys[2:].tolist(), keys.given.tolist())
    (np.True_, [0, 0], [True, True, True, True])
    """
    given = np.array([text is not None for text in texts], bool)
    if column == "lead_id":
        forms = canonicalize_ids(texts.tolist()).tolist()
    elif column == "person_id":
        forms = [None if text is None else f"person {text}" for text in texts]
    else:
        distinct = {text: _normalize_contact(column, text) for text in set(texts[given].tolist())}
        forms = [None if text is None else distinct[text] for text in texts]
    return ContactKeys(hash_texts(forms), given)


def _normalize_contact(column: str, text: str) -> str | None:
    """Return the form in which two contacts are compared; None for a placeholder, a remark or a withheld number."""
    meaning = find_meaning(column, text)
    if meaning.text is None:
        return None
    if column == "email":
        return find_email(meaning.text)
    number = find_phone(meaning.text)
    if number is not None:
        return number
    # A number of another country without its code is nobody's for the library, but both systems write its digits.
    digits = re.sub(r"\D", "", meaning.text.removesuffix(".0")).lstrip("0")
    return f"digits {digits}" if _MIN_DIGITS <= len(digits) <= _MAX_DIGITS else None


@dataclass(frozen=True)
class KeyMatch:
    """The lead that each row finds by one key.

    Parameters
    ----------
    lead_rows : int array of shape (n,)
        -1 where there is none.
    earlier : int array of shape (n,)
        How many leads with the key there were before the row's time.
    later : bool array of shape (n,)
        Whether there are leads with the key, but all of them came later.
    shared : bool array of shape (n,)
        Whether too many leads had the key by the row's time to be one person's own; such a row finds none.
    """

    lead_rows: IntArray
    earlier: IntArray
    later: np.ndarray
    shared: np.ndarray


class LeadContacts:
    """The keys of validated leads, sorted by when each lead was created.

    Parameters
    ----------
    leads : DataFrame
        With lead_id, and created_at, person_id, email and phone where they are known.
    """

    def __init__(self, leads: pd.DataFrame) -> None:
        self.lead_ids = leads["lead_id"].to_numpy(object)
        never = np.full(len(leads), np.datetime64("NaT", "us"))
        self.created_at = to_utc_times(leads["created_at"]) if "created_at" in leads else never
        self._keys = {
            name: compute_keys(name, leads[name].to_numpy(object)).keys
            for name in ("lead_id", "person_id", *CONTACTS)
            if name in leads
        }

    @property
    def first_arrival(self) -> np.datetime64:
        """When the first lead was created; NaT without dates."""
        dated = self.created_at[~np.isnat(self.created_at)]
        return dated.min() if len(dated) else np.datetime64("NaT", "us")

    @cached_property
    def _personal_keys(self) -> dict[str, np.ndarray]:
        """The keys of the leads without those of contacts that too many leads share, whenever they did.

        What an export's columns are is read from these; whose row it is (``find_newest``) from the past of the row.
        """
        contacts = {name: self._keys[name] for name in CONTACTS if name in self._keys}
        recent_leads = ContactIndex.of_keys(contacts, self.created_at).count_recent_leads(contacts, self.created_at)
        shared = {name: contacts[name][mask] for name, mask in find_shared_contacts(recent_leads).items()}
        return self._keys | {
            name: np.where(np.isin(keys, shared[name]), np.uint64(0), keys) for name, keys in contacts.items()
        }

    def find_by_id(self, keys: np.ndarray) -> KeyMatch:
        """Find leads by their own id, whenever they were created."""
        ids = self._keys["lead_id"]
        order = np.argsort(ids, kind="stable")
        position = np.minimum(np.searchsorted(ids[order], keys), max(len(ids) - 1, 0))
        is_match = (keys != 0) & (ids[order][position] == keys) if len(ids) else np.zeros(len(keys), bool)
        rows = np.where(is_match, order[position] if len(ids) else 0, -1)
        return KeyMatch(rows, is_match.astype(np.intp), *np.zeros((2, len(keys)), bool))

    def find_newest(self, name: str, keys: np.ndarray, times: TimeArray) -> KeyMatch:
        """Find, for each row, the newest lead with its key that was created at or before its time.

        A contact that too many leads had in the 30 days before the row is nobody's and finds none; leads that came
        later say nothing.

        >>> leads = pd.DataFrame(
        ...     {
        ...         "lead_id": ["A", "B"],
        ...         "created_at": pd.to_datetime(["2026-01-01", "2026-02-01"], utc=True),
        ...         "phone": ["617-555-0123"] * 2,
        ...     }
        ... )
        >>> keys = compute_keys("phone", np.array(["6175550123"] * 3, object)).keys
        >>> days = np.array(["2025-12-31", "2026-01-15", "2026-02-15"], "datetime64[us]")
        >>> match = LeadContacts(leads).find_newest("phone", keys, days)
        >>> match.lead_rows.tolist(), match.earlier.tolist(), match.later.tolist()
        ([-1, 0, 1], [0, 1, 2], [True, False, False])
        """
        lead_rows, earlier = np.full(len(keys), -1, np.intp), np.zeros(len(keys), np.intp)
        if name not in self._keys:
            return KeyMatch(lead_rows, earlier, *np.zeros((2, len(keys)), bool))
        rows = np.flatnonzero((self._keys[name] != 0) & ~np.isnat(self.created_at))
        rows = rows[np.lexsort((self.created_at[rows], self._keys[name][rows]))]
        lead_keys = self._keys[name][rows]
        index = PointInTimeIndex.of(lead_keys, self.created_at[rows])
        # A row of the lead's own moment is its own: strictly before the next microsecond.
        earlier = index.count_before(keys, times + _MICROSECOND)
        recent = earlier - index.count_before(keys, times - DUPLICATE_DAYS * DAY)
        shared = find_shared_contacts({name: recent}).get(name, np.zeros(len(keys), bool))
        is_match = (earlier > 0) & ~shared
        lead_rows[is_match] = rows[np.searchsorted(lead_keys, keys[is_match]) + earlier[is_match] - 1]
        return KeyMatch(lead_rows, earlier, np.isin(keys, lead_keys) & (earlier == 0), shared)

    def is_known(self, name: str, keys: np.ndarray) -> np.ndarray:
        """Return whether some lead has each key."""
        return (keys != 0) & np.isin(keys, self._personal_keys.get(name, np.empty(0, np.uint64)))

    def count_known(self, name: str, keys: np.ndarray) -> int:
        """Count the rows whose key some lead has."""
        return int(self.is_known(name, keys).sum())

    def compare_contacts(self, name: str, keys: np.ndarray, contacts: dict[str, np.ndarray]) -> tuple[int, int]:
        """Return how many rows have the contact of the lead that their id names, and how many have one to compare."""
        ids = self._personal_keys.get(name, np.empty(0, np.uint64))
        row_of = {int(key): row for row, key in enumerate(ids.tolist()) if key}
        rows = np.array([row_of.get(int(key), -1) for key in keys.tolist()], np.intp)
        agree, compared = np.zeros(len(keys), bool), np.zeros(len(keys), bool)
        for contact, row_keys in contacts.items():
            if contact not in self._personal_keys:
                continue
            lead_keys = np.where(rows >= 0, self._personal_keys[contact][np.maximum(rows, 0)], np.uint64(0))
            both = (lead_keys != 0) & (row_keys != 0)
            compared |= both
            agree |= both & (lead_keys == row_keys)
        return int(agree.sum()), int(compared.sum())
