"""By which key is a person's e-mail address or phone number found again, in whatever form it was written?

Lives here: the key of each, stored with the lead. Does not live here: what is deleted (``lead_deletion``), hashes for
scoring (``features.point_in_time.contact_index``).
"""

from features.parsing.email_addresses import find_email
from features.parsing.phone_validation import find_phone

__all__ = ["make_email_key", "make_phone_key"]

_MIN_DIGITS = 5


def make_email_key(email: str | None) -> str | None:
    """Return the normalized address; where it is not one, the text in lower case.

    >>> make_email_key(" Ann@Example.ORG "), make_email_key("ann at home"), make_email_key(" ")
    ('ann@example.org', 'ann at home', None)
    """
    text = (email or "").strip()
    return find_email(text) or text.casefold() or None


def make_phone_key(phone: str | None) -> str | None:
    """Return the normalized number; where it is not one, its digits. None for fewer than five digits, which would match
    strangers.

    >>> make_phone_key("(617) 555-0123"), make_phone_key("555 0123 ext"), make_phone_key("12")
    ('+16175550123', '5550123', None)
    """
    text = (phone or "").strip()
    digits = "".join(character for character in text if character.isdigit())
    return (find_phone(text) or digits) if len(digits) >= _MIN_DIGITS else None
