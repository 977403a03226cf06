"""What does a header claim: a name, a contact, an address, staff, something barred? In six languages and CRM dialects.

Lives here: splitting a header into words, and finding the claim of ``header_words.toml`` that it makes.
Does not live here: whether the values bear the claim out (``column_judgement``).
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from features.privacy.name_lists import remove_accents

__all__ = [
    "CLAIMS",
    "find_claim",
    "find_name_part",
    "names_a_code",
    "names_a_thing",
    "names_an_origin",
    "names_lead_contact",
    "names_other_contact",
    "split_header",
]

_SHORTEST_PARTS = 2.5
_OF_THE_LEAD = frozenset("user primary preferred contacts".split())
"""Words that make a name somebody else's and yet may stand beside the lead's own phone number."""
_NO_LEAD_CONTACT = frozenset(
    "fax tracking alternate alternative other secondary second office clinic agent owner staff rep caretaker "
    "emergency reminder swap destination forwarding dialed pharmacy parent mother father guardian spouse doctor "
    "provider physician".split()
)

CLAIMS = ("barred", "birth date", "document", "contact", "address", "salutation", "name", "staff", "person")
"""What a header may claim, in order of precedence."""


@dataclass(frozen=True)
class _Claim:
    """Words, phrases (tuples of words) and whole headers that make a claim, and the words that take it back."""

    words: frozenset[str]
    phrases: frozenset[tuple[str, ...]]
    unless: frozenset[str]
    only: frozenset[tuple[str, ...]] = frozenset()

    def covers(self, tokens: tuple[str, ...]) -> bool:
        """Return whether these words make the claim."""
        if not self.unless.isdisjoint(tokens):
            return False
        return (
            tokens in self.only
            or not self.words.isdisjoint(tokens)
            or any(
                tokens[start : start + len(phrase)] == phrase
                for phrase in self.phrases
                for start in range(len(tokens) - len(phrase) + 1)
            )
        )


@lru_cache(maxsize=4096)
def split_header(header: str) -> tuple[str, ...]:
    """Split a header into lower-case words, at anything but letters and digits and at capitals inside a word.

    A word whose capitals fall anywhere, "PhOnE", stays whole.

    >>> split_header("ScheduledDay"), split_header("utm_source"), split_header("E-mail Address"), split_header("PhOnE")
    (('scheduled', 'day'), ('utm', 'source'), ('e', 'mail', 'address'), ('phone',))
    """
    tokens = re.sub(r"[^\w]+|_", " ", header).split()
    return tuple(part.lower() for word in tokens for part in split_camel_word(word))


def split_camel_word(word: str) -> list[str]:
    """Split one word at its capitals, unless they fall anywhere.

    >>> split_camel_word("LeadIDs"), split_camel_word("SoUrCe")
    (['Lead', 'IDs'], ['SoUrCe'])
    """
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])(?!(?:[A-Z]s)\b)", " ", word).split()
    # Words of a name have more than two letters on average; "SoUrCe" falls into three of two.
    return [word] if len(parts) >= 3 and len(word) < _SHORTEST_PARTS * len(parts) else parts


@lru_cache(maxsize=4096)
def find_claim(header: str) -> str | None:
    """Return what a header claims that its column holds, one of ``CLAIMS``; None for anything else.

    >>> [find_claim(header) for header in ("Name (First)", "Campaign Name", "Vendedor", "Geschlecht", "Email opt-in")]
    ['name', None, 'staff', 'barred', None]
    """
    tokens = _fold(header)
    return next((name for name in CLAIMS if _load_claims()[name].covers(tokens)), None)


@lru_cache(maxsize=4096)
def find_name_part(header: str) -> str | None:
    """Return which part of the lead's own name a column holds by its header: "first_name", "last_name" or "full_name";
    None for any other column, such as a guardian's name.

    >>> [find_name_part(header) for header in ("firstname", "Name (Last)", "Patient Name", "Guardian Name", "Campaign")]
    ['first_name', 'last_name', 'full_name', None, None]
    """
    if find_claim(header) != "name":
        return None
    tokens, claims = _fold(header), _load_claims()
    is_first, is_last = claims["first_name"].covers(tokens), claims["last_name"].covers(tokens)
    if is_first != is_last:
        return "first_name" if is_first else "last_name"
    return "full_name" if is_first or claims["full_name"].covers(tokens) else None


@lru_cache(maxsize=4096)
def names_lead_contact(header: str) -> bool:
    """Return whether a header names a contact of the lead: no fax, no tracking number, and nobody else's.

    >>> [names_lead_contact(header) for header in ("Person - Phone - Mobile", "Fax", "Parent Phone", "E-post", "City")]
    [True, False, False, True, False]
    """
    return find_claim(header) == "contact" and not names_other_contact(header)


@lru_cache(maxsize=4096)
def names_other_contact(header: str) -> bool:
    """Return whether a header names a contact that is not the lead's own: a fax, an emergency contact, the clinic's.

    >>> names_other_contact("Emergency contact number"), names_other_contact("Best number to reach you")
    (True, False)
    """
    others = (_load_claims()["full_name"].unless - _OF_THE_LEAD) | _NO_LEAD_CONTACT
    return not others.isdisjoint(_fold(header))


@lru_cache(maxsize=4096)
def names_a_thing(header: str) -> bool:
    """Return whether a header names a place, a campaign, a payer or a product, which may be called like a person.

    >>> names_a_thing("Campaign"), names_a_thing("City"), names_a_thing("Source")
    (True, True, False)
    """
    tokens = _fold(header)
    return _load_claims()["place"].covers(tokens) or _load_claims()["thing"].covers(tokens)


@lru_cache(maxsize=4096)
def names_an_origin(header: str) -> bool:
    """Return whether a header names where leads come from, be it a search engine or a person.

    >>> names_an_origin("Lead Source"), names_an_origin("Colour")
    (True, False)
    """
    return _load_claims()["origin"].covers(_fold(header))


def names_a_code(header: str) -> bool:
    """Return whether a header says that its values are codes or kinds, which may look like initials.

    >>> names_a_code("Plan code"), names_a_code("q6")
    (True, False)
    """
    return _load_claims()["code"].covers(_fold(header))


def _fold(header: str) -> tuple[str, ...]:
    """Return the words of a header without accents, without digits at the end of a word, and with "name" apart.

    ``address1`` is "address", ``kundenname`` is "kunden name".
    """
    folded = (remove_accents(token).rstrip("0123456789") or token for token in split_header(header))
    return tuple(
        part
        for word in folded
        for part in ((word[:-4], "name") if word.endswith("name") and len(word) > 4 else (word,))
    )


@cache
def _load_claims() -> dict[str, _Claim]:
    """Read ``header_words.toml``, once."""
    settings = tomllib.loads(Path(__file__).with_name("header_words.toml").read_text(encoding="utf-8"))
    shared = {name: tuple(text.split()) for name, text in settings.pop("shared").items()}

    def expand(text: str) -> set[str]:
        words = (word for part in text.split() for word in (shared[part[1:]] if part.startswith("@") else (part,)))
        # Headers are compared without accents, and Korean letters fall into their parts.
        return {remove_accents(word) for word in words}

    return {
        name: _Claim(
            frozenset(expand(claim.get("words", ""))),
            frozenset(tuple(phrase.split()) for phrase in claim.get("phrases", ())),
            frozenset(expand(claim.get("unless", ""))),
            frozenset(tuple(header.split()) for header in claim.get("only", ())),
        )
        for name, claim in settings.items()
    }
