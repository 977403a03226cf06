"""Reachability: can we reach this person?

Lives here: valid contact data, contact preferences that can be met.
Does not live here: attempts made so far (``engagement``), whether the data belongs to a real inquiry (``trust``).
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.parsing.value_spelling import fold_value
from features.registry import signal

_USES = dict.fromkeys(("phone", "call", "mobile", "sms", "text", "whatsapp"), 1.0) | dict.fromkeys(
    ("email", "e-mail", "mail"), 0.0
)
"""Ways of contact as people write them: 1 needs the phone number, 0 the e-mail address."""


@signal(
    family="reachability",
    unit="yes/no",
    needs=("phone",),
    blocks=("contact",),
    monotone=+1,
    group="contact_data",
    reason="The phone number is valid",
    absent="The phone number is not a valid one",
    unknown="No phone number given",
    evidence=("field:phone",),
)
def valid_phone(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the phone number is a possible one in its country. Shape (n,), 1 yes, 0 no, NaN not given.

    >>> from features.testing import one_lead, value_of
    >>> value_of(valid_phone, one_lead(phone="617.555.0123"))
    1.0
    """
    return blocks.contact.phone


@signal(
    family="reachability",
    unit="yes/no",
    needs=("email",),
    blocks=("contact",),
    monotone=+1,
    group="contact_data",
    reason="The e-mail address is well formed",
    absent="The e-mail address is not well formed",
    unknown="No e-mail address given",
    evidence=("field:email",),
)
def valid_email(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the e-mail address is well formed. Shape (n,), 1 yes, 0 no, NaN not given.

    >>> from features.testing import one_lead, value_of
    >>> value_of(valid_email, one_lead(email="someone@example"))
    0.0
    """
    return blocks.contact.email


@signal(
    family="reachability",
    unit="ways",
    needs=("phone", "email"),
    blocks=("contact",),
    monotone=+1,
    group="contact_data",
    reason="Can be reached in {value} (phone, e-mail)",
    absent="Neither phone nor e-mail address is a valid one",
    unknown="Neither phone nor e-mail address given",
    evidence=("field:phone", "field:email"),
)
def ways_to_reach(batch: Batch, blocks: Blocks) -> FloatArray:
    """In how many ways (phone, e-mail) the person can be reached with valid data. Shape (n,), 0 to 2, NaN when neither
    is given.

    >>> from features.testing import one_lead, value_of
    >>> value_of(ways_to_reach, one_lead(phone="617.555.0123", email="someone@example.org"))
    2.0
    """
    valid = (blocks.contact.phone == 1).astype(float) + (blocks.contact.email == 1)
    return np.where(np.isnan(blocks.contact.phone) & np.isnan(blocks.contact.email), np.nan, valid)


@signal(
    family="reachability",
    unit="yes/no",
    needs=("preferred_contact", "phone|email"),
    blocks=("contact", "fields"),
    monotone=+1,
    reason="Can be contacted the way they prefer",
    absent="Prefers a way of contact that we have no valid data for",
    unknown="No contact preference given",
    evidence=("field:preferred_contact",),
)
def preferred_contact_usable(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether there is valid data for the preferred way of contact. Shape (n,), 1 yes, 0 no, NaN no known preference,
    or the data for it was not sent.

    >>> from features.testing import one_lead, value_of
    >>> value_of(preferred_contact_usable, one_lead(preferred_contact="SMS", phone="12"))
    0.0
    """
    by_phone = blocks.fields.map_values(
        "preferred_contact", lambda value: _USES.get(fold_value(value or "", "preferred_contact"), np.nan)
    )
    usable = np.where(by_phone == 1, blocks.contact.phone == 1, blocks.contact.email == 1)
    unknown = np.isnan(by_phone) | np.where(by_phone == 1, batch.is_withheld("phone"), batch.is_withheld("email"))
    return np.where(unknown, np.nan, usable)


@signal(
    family="reachability",
    unit="yes/no",
    needs=("do_not_contact",),
    monotone=-1,
    reason="Asked not to be contacted",
    absent="May be contacted",
    unknown="Contact permission not recorded",
    evidence=("field:do_not_contact",),
)
def asked_not_to_be_contacted(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the person asked not to be contacted. Shape (n,), 1 yes, 0 no, NaN not said.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asked_not_to_be_contacted, one_lead(do_not_contact=1.0))
    1.0
    """
    return batch.column("do_not_contact")
