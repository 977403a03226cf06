"""Is this an e-mail address that can exist, and in which one form is it written? ``email-validator`` decides, each
domain once.

Lives here: plain local parts, judged by RFC 5321's own grammar beside the library's verdict on the domain; everything
else goes to the library. Does not live here: what a valid address says about a lead (``signals.reachability``), who
enquired before (``contacts``)."""

import re
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

__all__ = ["normalize_by_library", "normalize_email"]

_ATOM = r"[A-Za-z0-9_+'=-]+"
_PLAIN_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@([A-Za-z0-9.-]+)")
_MAX_LOCAL_LENGTH, _MAX_PLAIN_LENGTH = 64, 200
"""Characters; the library counts the longer ones itself."""


def normalize_email(email: str) -> str | None:
    """The address in lower case when its form is valid (RFC 5321/5322; no look-up is made), else None.

    >>> normalize_email("Ann@Example.ORG"), normalize_email("ann at example")
    ('ann@example.org', None)
    """
    plain = _PLAIN_ADDRESS.fullmatch(email)
    if plain is None or len(email) > _MAX_PLAIN_LENGTH or len(local := plain[1]) > _MAX_LOCAL_LENGTH:
        return normalize_by_library(email) if "@" in email else None
    domain = _normalize_domain(plain[2])
    return None if domain is None else f"{local.lower()}@{domain}"


@lru_cache(maxsize=4096)
def normalize_by_library(email: str) -> str | None:
    """What ``email-validator`` itself says; see ``normalize_email``."""
    try:
        return validate_email(email, check_deliverability=False, test_environment=True).normalized.casefold()
    except EmailNotValidError:
        return None


@lru_cache(maxsize=65_536)
def _normalize_domain(domain: str) -> str | None:
    """The domain in its one form, by the library; None when no address can be there."""
    found = normalize_by_library(f"a@{domain}")
    return None if found is None else found.removeprefix("a@")
