"""Which phone numbers and e-mail addresses do too many leads share to be a person's own?

Lives here: counting such contacts for the report of a table.
Does not live here: placeholders that are known by themselves (``parsing.placeholder_contacts``), leaving a shared
contact empty, which is decided for each lead as of its arrival wherever leads are scored (``batch``).
"""

import numpy as np

from features.point_in_time.contact_index import (
    DUPLICATE_DAYS,
    SHARED_FROM,
    ContactIndex,
    compute_contact_keys,
    find_shared_contacts,
)
from features.tables.row_validation import RowValidator

__all__ = ["report_shared_contacts"]


def report_shared_contacts(columns: dict[str, np.ndarray], validator: RowValidator) -> None:
    """Report how many phone numbers and e-mail addresses too many leads had before; they count as not given."""
    created_at = columns.get("created_at")
    contacts: dict[str, np.ndarray] = {name: columns[name] for name in ("phone", "email") if name in columns}
    if created_at is None or not contacts:
        return
    # Rejected rows say nothing about how many leads share a contact.
    keys = {name: np.where(validator.keep, key, np.uint64(0)) for name, key in compute_contact_keys(contacts).items()}
    recent_leads = ContactIndex.of_keys(keys, created_at).count_recent_leads(keys, created_at)
    for name, is_shared in find_shared_contacts(recent_leads).items():
        validator.treat_as_missing(
            is_shared,
            name,
            f"is shared by {SHARED_FROM} or more leads of the {DUPLICATE_DAYS} days before and is no person's own",
            "Leave the field empty in the CRM when there is none",
        )
