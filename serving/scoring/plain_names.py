"""What are channels, columns and values called in plain words? ``google_ads`` is "Google ad".

Lives here: those names; the practice's own come first (``[practice.words]`` in practice.toml).
Does not live here: the words of signals (``reason_words``), words of the desk's lists (``serving.desk.pages``).
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CHANNEL_WORDS", "name_column", "name_value"]

CHANNEL_WORDS = {
    "web_form": "Web form",
    "landing_page": "Landing page",
    "phone": "Phone call",
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

_COLUMN_WORDS = {
    "channel": "Came by",
    "service_requested": "Wants",
    "preferred_clinic": "Location",
    "postal_code": "ZIP code",
    "payer": "Insurance",
    "relation": "For",
    "timeframe": "Wants to come in",
    "referrer": "Referred by",
    "referral_reason": "Referred for",
    "preferred_contact": "Prefers",
    "preferred_time": "Best time",
    "age_band": "Age",
}
_NO_NAMES: Mapping[str, str] = MappingProxyType({})
_ACRONYMS = {"id": "ID", "zip": "ZIP", "utm": "UTM", "mri": "MRI", "url": "URL", "sms": "SMS", "crm": "CRM"}


def name_column(name: str, own_names: Mapping[str, str] = _NO_NAMES) -> str:
    """Return a column's name as words; the practice's own, where it has given one.

    >>> name_column("pages_viewed"), name_column("utm_source"), name_column("FirstVisit")
    ('Pages viewed', 'UTM source', 'First visit')
    """
    if name in own_names or name in _COLUMN_WORDS:
        return own_names.get(name) or _COLUMN_WORDS[name]
    spaced = "".join(
        f" {letter}" if letter.isupper() and position and name[position - 1].islower() else letter
        for position, letter in enumerate(name.replace("_", " ").replace("-", " "))
    )
    words = [_ACRONYMS.get(word.casefold(), word.casefold()) for word in spaced.split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def name_value(value: str, own_names: Mapping[str, str] = _NO_NAMES) -> str:
    """Return a category as words: "google_ads" is "Google ad", "insurance_card" is "Insurance card".

    >>> name_value("google_ads"), name_value("insurance_card"), name_value("Blue Cross")
    ('Google ad', 'Insurance card', 'Blue Cross')
    """
    if value in own_names:
        return own_names[value]
    if value.casefold() in CHANNEL_WORDS:
        return CHANNEL_WORDS[value.casefold()]
    text = value.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
