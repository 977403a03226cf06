"""Trust: is this a real, new inquiry?

Lives here: repeats, advertising, test traffic, contact data that fits nobody, and matters that are no new inquiry
(records, bills, jobs).
Does not live here: whether the person can be reached (``reachability``); what only many leads together show (a list
bought and loaded in one minute, one text sent by many), because a lead scored alone must give the same value as in a
batch. A source of that kind shows in its booking rate.
"""

import re

import numpy as np

from features.array_types import FloatArray
from features.arrays.text_memory import remember_texts
from features.batch import Batch
from features.blocks import Blocks
from features.parsing.email_addresses import find_email
from features.parsing.phone_validation import find_phone
from features.practice.zip_codes import great_circle_km, load_zip_map
from features.registry import signal

LINK = re.compile(r"https?:/{2}\S+|(?<![\w.])www\.\S+", re.IGNORECASE)
"""A web address in a message."""

_US_NUMBER = re.compile(r"\s*(?:\+?1[\s.-]*)?\(?([2-9]\d\d)\)?[\s./-]*\d{3}[\s.-]*\d{4}\s*")

_DISPOSABLE = frozenset(
    (
        "mailinator.com",
        "guerrillamail.com",
        "guerrillamail.info",
        "sharklasers.com",
        "10minutemail.com",
        "10minutemail.net",
        "yopmail.com",
        "yopmail.net",
        "temp-mail.org",
        "tempmail.com",
        "tempmail.net",
        "tempmailo.com",
        "trashmail.com",
        "trashmail.net",
        "throwawaymail.com",
        "getnada.com",
        "dispostable.com",
        "maildrop.cc",
        "mailnesia.com",
        "mintemail.com",
        "moakt.com",
        "mohmal.com",
        "fakeinbox.com",
        "emailondeck.com",
        "discard.email",
        "spamgourmet.com",
        "mytemp.email",
        "burnermail.io",
        "mailcatch.com",
        "tempinbox.com",
        "inboxkitten.com",
        "grr.la",
        "minuteinbox.com",
        "tempr.email",
        "spam4.me",
    )
)
"""Domains that hand out addresses for an hour; the well-known ones, not a complete list."""

_ROLES = frozenset(
    (
        "info",
        "office",
        "admin",
        "administrator",
        "contact",
        "contacto",
        "sales",
        "ventas",
        "marketing",
        "support",
        "help",
        "hello",
        "hola",
        "team",
        "mail",
        "noreply",
        "no-reply",
        "donotreply",
        "postmaster",
        "webmaster",
        "billing",
        "accounts",
        "reception",
        "frontdesk",
        "scheduling",
        "referrals",
        "hr",
        "jobs",
        "press",
        "inquiries",
        "inquiries",
    )
)
"""The part before the @ of an address that belongs to an office and not to a person."""


def _count_links(message: str | None) -> float:
    """Count the web addresses in a message."""
    if message is None:
        return np.nan
    # Nearly all messages have none, and looking for these characters is much faster than the regular expression.
    return float(len(LINK.findall(message))) if "://" in message or "ww." in message or "WW." in message else 0.0


@remember_texts(65_536)
def _split_email(email: str | None) -> tuple[str, str]:
    """Split an e-mail address at its last @, in lower case; both parts are empty when there is none."""
    address = find_email(email) if email else None
    mailbox, at, domain = (address or email or "").strip().casefold().rpartition("@")
    return (mailbox, domain) if at else ("", "")


def _is_disposable(email: str | None) -> float:
    """Return 1 for a throw-away address, 0 for another, NaN for none."""
    domain = _split_email(email)[1]
    return float(domain in _DISPOSABLE) if domain else np.nan


def _is_role(email: str | None) -> float:
    """Return 1 for an office's address, 0 for another, NaN for none."""
    mailbox, domain = _split_email(email)
    return float(mailbox.partition("+")[0] in _ROLES) if domain else np.nan


def _find_area_code(phone: str | None) -> str:
    """Find the US area code of a phone number; empty when it is not a US number."""
    match = _US_NUMBER.fullmatch(phone) if phone else None
    if match is None and phone:
        match = _US_NUMBER.fullmatch(find_phone(phone) or "")
    return match[1] if match else ""


def _is_foreign(phone: str | None) -> float:
    """Return 1 for a number with another country's code, 0 for another, NaN for none."""
    if phone is None:
        return np.nan
    # Nearly all numbers are written so, and looking for others in the text takes ten times as long.
    if _US_NUMBER.fullmatch(phone):
        return 0.0
    number = find_phone(phone) or phone.strip()
    if not number.startswith(("+", "00", "011")):
        return 0.0
    return float(not number.removeprefix("011").lstrip("+0").startswith("1"))


@signal(
    family="trust",
    unit="times",
    needs=("earlier_enquiries",),
    reason="Inquired {value} in the 30 days before",
    absent="No earlier inquiry found in the 30 days before",
    unknown="No record of earlier inquiries to compare with",
    evidence=("field:earlier_enquiries",),
)
def earlier_enquiries(batch: Batch, blocks: Blocks) -> FloatArray:
    """Inquiries by the same person, phone or e-mail in the 30 days strictly before this one. Shape (n,), times, NaN
    unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(earlier_enquiries, one_lead(earlier_enquiries=2.0))
    2.0
    """
    return batch.column("earlier_enquiries")


@signal(
    family="trust",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    monotone=-1,
    reason="Reads like advertising",
    absent="Does not read like advertising",
    unknown="No message to read",
    evidence=("words:spam",),
)
def reads_like_advertising(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message advertises to the practice. Shape (n,), 0 to 1, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(reads_like_advertising, one_lead(message="We rank your website: SEO and backlinks")) > 0.5
    True
    """
    return blocks.text.probability("spam")


@signal(
    family="trust",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    monotone=-1,
    reason="Reads like a test of the form",
    absent="Does not read like a test of the form",
    unknown="No message to read",
    evidence=("words:test",),
)
def reads_like_a_test(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message reads like somebody testing the form. Shape (n,), 0 to 1, NaN without a
    message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(reads_like_a_test, one_lead(message="test test please ignore")) > 0.5
    True
    """
    return blocks.text.probability("test")


@signal(
    family="trust",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    monotone=-1,
    reason="Is about records, a bill, a refill, a job or a mix-up, not care",
    absent="Is not about records, a bill, a refill, a job or a mix-up",
    unknown="No message to read",
    evidence=("words:not_a_lead,records,billing,job,vendor",),
)
def asks_for_no_care(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message asks for records, papers, a refill or a job, is about a bill, sells, or went
    to the wrong place. Shape (n,), 0 to 1, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_for_no_care, one_lead(message="please send my medical records to my lawyer")) > 0.5
    True
    """
    return blocks.text.probability("not_a_lead")


@signal(
    family="trust",
    unit="times",
    needs=("message",),
    monotone=-1,
    reason="The message carries a link {value}",
    absent="The message carries no link",
    unknown="No message to read",
    evidence=("words:links",),
)
def links_in_message(batch: Batch, blocks: Blocks) -> FloatArray:
    """Web addresses in the message. Shape (n,), times, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(links_in_message, one_lead(message="Look at www.example.org and www.example.net"))
    2.0
    """
    return np.array([_count_links(message) for message in batch.lead_column("message")], float)[batch.of_lead]


@signal(
    family="trust",
    unit="yes/no",
    needs=("email",),
    blocks=("fields",),
    monotone=-1,
    reason="Gave an e-mail address of a throw-away kind",
    absent="The e-mail address is of no throw-away kind",
    unknown="No e-mail address given",
    evidence=("field:email",),
)
def disposable_email(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the e-mail address belongs to a service of throw-away addresses. Shape (n,), 1 yes, 0 no, NaN not given.

    >>> from features.testing import one_lead, value_of
    >>> value_of(disposable_email, one_lead(email="someone@mailinator.com"))
    1.0
    """
    return blocks.fields.map_values("email", _is_disposable)


@signal(
    family="trust",
    unit="yes/no",
    needs=("email",),
    blocks=("fields",),
    reason="The e-mail address is an office's, not a person's",
    absent="The e-mail address is a person's",
    unknown="No e-mail address given",
    evidence=("field:email",),
)
def role_email(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the e-mail address is an office's (info@, referrals@). Shape (n,), 1 yes, 0 no, NaN not given.

    >>> from features.testing import one_lead, value_of
    >>> value_of(role_email, one_lead(email="Info@example.org"))
    1.0
    """
    return blocks.fields.map_values("email", _is_role)


@signal(
    family="trust",
    unit="km",
    needs=("phone", "postal_code|latitude"),
    refined_by=("longitude",),
    blocks=("fields", "geo"),
    reason="The phone's area code belongs about {value} from where they live",
    absent="The phone's area code belongs where they live",
    unknown="No area code and location to compare",
    evidence=("field:phone", "place:lead"),
)
def area_code_distance(batch: Batch, blocks: Blocks) -> FloatArray:
    """Distance from the center of the phone's area code to the lead's location. Shape (n,), km, NaN unless both are
    known.

    People keep a number when they move, so this has no policy.

    >>> from features.testing import one_lead, value_of
    >>> round(value_of(area_code_distance, one_lead(phone="(212) 555-0123", postal_code="02139")), -1)
    300.0
    """
    zips, (phones, codes) = load_zip_map(), blocks.fields.get_distinct_values("phone")
    area = np.array([zips.position_by_area_code.get(_find_area_code(phone), -1) for phone in phones], np.intp)[codes]
    return great_circle_km(
        zips.area_latitude[area], zips.area_longitude[area], blocks.geo.latitude, blocks.geo.longitude
    )


@signal(
    family="trust",
    unit="yes/no",
    needs=("phone",),
    blocks=("fields",),
    reason="The phone number is of another country",
    absent="The phone number is of this country",
    unknown="No phone number given",
    evidence=("field:phone",),
)
def foreign_phone(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the phone number is written with another country's code than +1. Shape (n,), 1 yes, 0 no, NaN not given.

    >>> from features.testing import one_lead, value_of
    >>> (
    ...     value_of(foreign_phone, one_lead(phone="+44 20 7946 0018")),
    ...     value_of(foreign_phone, one_lead(phone="+1 617 555 0123")),
    ... )
    (1.0, 0.0)
    """
    return blocks.fields.map_values("phone", _is_foreign)
