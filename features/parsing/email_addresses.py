"""Is this a valid e-mail address, and what is its normalized form?

Lives here: plain local parts, checked by the grammar of RFC 5321, with the domain validated once by
``email-validator``; every other address goes to the library.
Does not live here: what a valid address says about a lead (``signals.reachability``), who inquired before
(``point_in_time.contact_index``).
"""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from features.arrays.text_memory import remember_texts

__all__ = ["find_email", "normalize_by_library", "normalize_email"]

_ATOM = r"[A-Za-z0-9_+'=-]+"
_PLAIN_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9.-]+)")
_MAX_LOCAL_LENGTH, _MAX_PLAIN_LENGTH = 64, 200
"""In characters. Longer addresses go to the library, which applies the exact limits itself."""

_IN_TEXT = re.compile(r"[^\s<>\"'(),;:|/\[\]]+@[^\s<>\"'(),;:|/\[\]?]+")
_SPACED = re.compile(r"\A\s*([^\s@]+)\s*@\s*([^\s@]+)\s*\Z")


def find_email(text: str) -> str | None:
    """Return the first valid address in a text, normalized: with a name before it, a second address, or a remark.

    >>> find_email("Ann <Ann@Example.org>"), find_email("mailto:ann@example.org; b@example.org"), find_email("ann@")
    ('ann@example.org', 'ann@example.org', None)
    """
    return normalize_email(text) or (_find_in_text(text) if "@" in text or "\uff20" in text else None)


@remember_texts(65_536)
def _find_in_text(text: str) -> str | None:
    """Return the first valid address among other words and marks."""
    # Spaces around the sign are a slip only where nothing else is written: of "Ann Lee @ example.org" nobody knows how
    # the address begins.
    folded = _SPACED.sub(r"\1@\2", unicodedata.normalize("NFKC", text))
    addresses = (normalize_email(match.strip(".!?")) for match in _IN_TEXT.findall(folded))
    return next((address for address in addresses if address), None)


def normalize_email(email: str) -> str | None:
    """Return the address in lower case if its form is valid (RFC 5321/5322, without a DNS lookup), else None.

    >>> normalize_email("Ann@Example.ORG"), normalize_email("ann at example")
    ('ann@example.org', None)
    """
    match = _PLAIN_ADDRESS.fullmatch(email)
    if match is None or len(email) > _MAX_PLAIN_LENGTH or len(match[1]) > _MAX_LOCAL_LENGTH:
        return normalize_by_library(email) if "@" in email else None
    domain = _normalize_domain(match[2])
    return None if domain is None else f"{match[1].lower()}@{domain}"


@remember_texts(4096)
def normalize_by_library(email: str) -> str | None:
    """Return the address as ``email-validator`` normalizes it, or None; see ``normalize_email``."""
    try:
        return validate_email(email, check_deliverability=False, test_environment=True).normalized.casefold()
    except EmailNotValidError:
        return None


@remember_texts(65_536)
def _normalize_domain(domain: str) -> str | None:
    """Return the domain as the library normalizes it; None if it cannot have an address."""
    # The library validates addresses only, so a one-letter local part stands in for any other.
    address = normalize_by_library(f"a@{domain}")
    return None if address is None else address.removeprefix("a@")
