"""Which words does the desk use for lanes, stages and facts? Plain American English, in one place.

Lives here: words for values of lists, and which facts are shown.
Does not live here: columns (``features.column_words``), channels (``features.explain.plain_names``), whole sentences
(``serving.scoring.next_step``, ``serving.desk.queue.order_explanations``, the templates), times and numbers
(``features.practice.display_formats``).
"""

from features.column_words import find_own_word
from features.explain.plain_names import CHANNEL_WORDS, says_origin
from features.practice.practice import Practice
from features.schema import LOST_REASONS
from serving.scoring.next_step import LOST_WORDS

__all__ = [
    "ASKED_FACTS",
    "FACTS",
    "LANE_WORDS",
    "LOST_CHOICES",
    "RELATION_CHOICES",
    "SECTION_WORDS",
    "STAGE_WORDS",
    "is_our_word",
]

LOST_CHOICES = {reason: LOST_WORDS[reason] for reason in LOST_REASONS}
"""Reason that a person may choose when a lead is lost -> words."""

RELATION_CHOICES = {
    "self": "Themselves",
    "parent": "Their child",
    "spouse": "Their spouse",
    "caregiver": "Someone they care for",
    "provider_office": "A patient of their office",
    "other": "Someone else",
}
"""Who asks, as they are related to the patient -> who the appointment is for, in words."""

LANE_WORDS = {
    "urgent": "Possible emergency",
    "callback due": "Callback due",
    "normal": "Standard",
    "nurture": "Low priority",
    "spam": "Spam or test",
}
SECTION_WORDS = {
    "urgent": "Possible emergency",
    "callback due": "Callbacks due",
    "ready": "Call now, best first",
    "later": "Call later",
}
"""Part of the call list -> its heading."""
STAGE_WORDS = {
    "new": "New",
    "trying": "Trying to reach",
    "connected": "In touch",
    "callback set": "Callback set",
    "booked": "Booked",
    "closed": "Closed",
    "do not contact": "Do not contact",
}
FACTS = (
    "phone",
    "email",
    "channel",
    "source",
    "campaign",
    "service_requested",
    "preferred_clinic",
    "postal_code",
    "payer",
    "relation",
    "preferred_contact",
    "preferred_time",
    "timeframe",
    "referrer",
    "referral_reason",
)
"""Columns that a lead's page shows, in this order."""

_CLOSED_COLUMNS = ("relation", "preferred_contact", "existing_patient")
"""Columns whose values are words of ours: a choice, not what somebody typed."""

ASKED_FACTS = (
    "phone",
    "email",
    "relation",
    "service_requested",
    "preferred_clinic",
    "payer",
    "postal_code",
    "timeframe",
    "existing_patient",
    "referrer",
    "referral_reason",
)
"""Columns that somebody can write down while they are on the phone, in this order."""


def is_our_word(column: str, value: object, practice: Practice) -> bool:
    """Return whether a value is shown in words of ours, which a page in another language translates: what a person or
    the practice wrote themselves stays as it is, even where it is spelled like a word of ours.

    >>> is_our_word("channel", "web_form", Practice()), is_our_word("payer", "New", Practice())
    (True, False)
    """
    if not isinstance(value, str) or find_own_word(value, practice.words):
        return False
    return column in _CLOSED_COLUMNS or says_origin(column) and value.casefold() in CHANNEL_WORDS
