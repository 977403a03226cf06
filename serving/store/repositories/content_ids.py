"""What is the id of something that arrives without one? A hash of its content, so that a repeated one is recognized.

Lives here: that id. Does not live here: ids that a sender gives.
"""

from hashlib import sha256

__all__ = ["make_content_id"]


def make_content_id(*parts: str) -> str:
    """Return an id made of the content.

    >>> make_content_id("2026-03-05 14:00", "inbound_call") == make_content_id("2026-03-05 14:00", "inbound_call")
    True
    """
    return "own:" + sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:24]
