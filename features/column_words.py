"""What are our columns called, for people? One table for the whole house: a noun for sentences, a heading for lists.

Lives here: those words, and those of any other column, made from its name. The practice's own come first
(``[practice.words]`` in practice.toml).
Does not live here: what a column means to who sends it (``schema``), words for values
(``features.explain.plain_names``), words of signals (``features.signals``).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from features.schema import CUSTOM_PREFIX

__all__ = ["COLUMN_WORDS", "ColumnWords", "find_own_word", "head_column", "lower_first", "name_column"]


class ColumnWords(NamedTuple):
    """A column's name inside a sentence ("Insurance not provided"), and above or beside its value ("Wants: knee")."""

    noun: str
    heading: str


COLUMN_WORDS = {
    "lead_id": ColumnWords("Lead ID", "Lead ID"),
    "person_id": ColumnWords("Person's ID", "Person's ID"),
    "created_at": ColumnWords("Time of arrival", "Arrived"),
    "channel": ColumnWords("Channel", "Came by"),
    "source": ColumnWords("Source", "Source"),
    "campaign": ColumnWords("Campaign", "Campaign"),
    "landing_page": ColumnWords("Landing page", "Landing page"),
    "service_requested": ColumnWords("Service", "Wants"),
    "message": ColumnWords("Message", "Message"),
    "preferred_clinic": ColumnWords("Preferred location", "Location"),
    "postal_code": ColumnWords("ZIP code", "ZIP code"),
    "latitude": ColumnWords("Place on the map", "Place on the map"),
    "longitude": ColumnWords("Place on the map", "Place on the map"),
    "phone": ColumnWords("Phone number", "Phone"),
    "email": ColumnWords("Email", "Email"),
    "preferred_contact": ColumnWords("Preferred way of contact", "Prefers"),
    "preferred_time": ColumnWords("Best time", "Best time"),
    "relation": ColumnWords("Who it's for", "For"),
    "referrer": ColumnWords("Who referred them", "Referred by"),
    "referral_reason": ColumnWords("Reason for the referral", "Referred for"),
    "payer": ColumnWords("Insurance", "Insurance"),
    "age_band": ColumnWords("Age", "Age"),
    "existing_patient": ColumnWords("Whether they've been here before", "Been here before"),
    "timeframe": ColumnWords("When they want to come in", "Wants to come in"),
    "do_not_contact": ColumnWords("Permission to contact", "Do not contact"),
    "earlier_enquiries": ColumnWords("Earlier requests", "Earlier requests"),
    "events": ColumnWords("Contact history", "Contact history"),
}
"""Our column, or ``events`` -> its words."""

_NO_WORDS: Mapping[str, str] = MappingProxyType({})
_ACRONYMS = {"id": "ID", "zip": "ZIP", "utm": "UTM", "mri": "MRI", "url": "URL", "sms": "SMS", "crm": "CRM"}


def name_column(name: str, own_words: Mapping[str, str] = _NO_WORDS) -> str:
    """Return a column's name as a noun; the practice's own, where it has given one.

    >>> name_column("payer"), name_column("payer", {"payer": "Plan"}), name_column("custom:pages_viewed")
    ('Insurance', 'Plan', 'Pages viewed')
    """
    column = name.removeprefix(CUSTOM_PREFIX)
    shipped = COLUMN_WORDS[name].noun if name in COLUMN_WORDS else ""
    return find_own_word(column, own_words) or shipped or _spell_out(column)


def head_column(name: str, own_words: Mapping[str, str] = _NO_WORDS) -> str:
    """Return a column's name as a heading; the practice's own, where it has given one.

    >>> head_column("service_requested"), head_column("utm_source"), head_column("FirstVisit")
    ('Wants', 'UTM source', 'First visit')
    """
    if name in COLUMN_WORDS:
        return find_own_word(name, own_words) or COLUMN_WORDS[name].heading
    return name_column(name, own_words)


def lower_first(text: str) -> str:
    """Return a text as it continues a sentence: its first letter small, but for an acronym.

    >>> lower_first("Phone number not sent"), lower_first("ZIP code not sent")
    ('phone number not sent', 'ZIP code not sent')
    """
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def find_own_word(name: str, own_words: Mapping[str, str]) -> str:
    """Return the practice's own word for a column or a value, whatever the capitals; empty where it has none.

    >>> find_own_word("Google_Ads", {"google_ads": "Google ad"}), find_own_word("chat", {"google_ads": "Google ad"})
    ('Google ad', '')
    """
    if name in own_words or not own_words:
        return own_words.get(name, "")
    folded = name.casefold()
    return next((word for own_name, word in own_words.items() if own_name.casefold() == folded), "")


def _spell_out(column: str) -> str:
    """Return a raw name as words: "utm_source" is "UTM source". What has blanks was written for people and stays."""
    if " " in column.strip():
        return column[:1].upper() + column[1:]
    spaced = "".join(
        f" {letter}" if letter.isupper() and position and column[position - 1].islower() else letter
        for position, letter in enumerate(column.replace("_", " ").replace("-", " "))
    )
    text = " ".join(_ACRONYMS.get(word.casefold(), word.casefold()) for word in spaced.split())
    return text[:1].upper() + text[1:]
