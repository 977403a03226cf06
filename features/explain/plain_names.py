"""What are channels and values called in plain words? ``google_ads`` is "Google ad".

Lives here: those names; the practice's own come first (``[practice.words]`` in practice.toml).
Does not live here: columns (``features.column_words``), the words of signals (``reason_words``), words of the desk's
lists (``serving.desk.pages``).
"""

from collections.abc import Mapping
from types import MappingProxyType

from features.column_words import find_own_word
from features.privacy.header_words import split_header
from features.schema import CUSTOM_PREFIX

__all__ = ["CHANNEL_WORDS", "name_value", "says_origin"]

CHANNEL_WORDS = {
    "web_form": "Web form",
    "landing_page": "Landing page",
    "phone": "Phone call",
    "inbound_call": "Phone call",
    "missed_call": "Missed call",
    "sms": "Text message",
    "email": "Email",
    "chat": "Website chat",
    "google_ads": "Google ad",
    "facebook_ads": "Facebook ad",
    "social_ad": "Social media ad",
    "search_ad": "Search ad",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "organic": "Web search",
    "organic_search": "Web search",
    "paid_search": "Search ad",
    "paid_social": "Social media ad",
    "referral": "Referral",
    "physician_referral": "Doctor's referral",
    "directory": "Online directory",
    "purchased_list": "Purchased list",
    "bought_list": "Purchased list",
    "walk_in": "Walk-in",
    "portal": "Patient portal",
}
"""Channel or source -> words."""

_ORIGINS = frozenset(("channel", "source", "medium", "campaign", "utm", "origin", "came"))
"""Words in the name of a column whose values say how somebody came to us."""


def name_value(value: str, own_words: Mapping[str, str] = MappingProxyType({}), column: str = "") -> str:
    """Return a category as words: "insurance_card" is "Insurance card".

    Parameters
    ----------
    own_words : mapping
        The practice's own words, which come first.
    column : str
        Whose value it is: only in one that says how somebody came to us, "phone" is a call.

    >>> name_value("google_ads", column="utm_source"), name_value("insurance_card"), name_value("Blue Cross")
    ('Google ad', 'Insurance card', 'Blue Cross')
    >>> name_value("phone", column="channel"), name_value("phone", column="preferred_contact")
    ('Phone call', 'Phone')
    >>> name_value("sms", column="preferred_contact")
    'Text message'
    """
    own_word = find_own_word(value, own_words)
    if own_word:
        return own_word
    if says_origin(column) and value.casefold() in CHANNEL_WORDS:
        return CHANNEL_WORDS[value.casefold()]
    if column == "preferred_contact" and value.casefold() == "sms":
        return CHANNEL_WORDS["sms"]
    text = value.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def says_origin(column: str) -> bool:
    """Return whether a column says how somebody came to us.

    >>> says_origin("channel"), says_origin("utm_source"), says_origin("payer")
    (True, True, False)
    """
    return not _ORIGINS.isdisjoint(split_header(column.removeprefix(CUSTOM_PREFIX)))
