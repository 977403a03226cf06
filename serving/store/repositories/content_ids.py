"""What is the id of something from a practice's files, which has none? A hash of its content, so that loading the same
again changes nothing.

Lives here: that id. Does not live here: ids that a sender gives, what repeats what (``repeated_statements``).
"""

from hashlib import sha256

__all__ = ["is_content_id", "make_content_id"]

_PREFIX = "own:"


def make_content_id(*parts: str) -> str:
    """Return an id made of the content.

    >>> make_content_id("2026-03-05 14:00", "inbound_call") == make_content_id("2026-03-05 14:00", "inbound_call")
    True
    """
    return _PREFIX + sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:24]


def is_content_id(text: str) -> bool:
    """Whether an id was made of content.

    >>> is_content_id(make_content_id("booked")), is_content_id("hubspot-77")
    (True, False)
    """
    return text.startswith(_PREFIX)
