"""What is the lead called? The parts of a name as senders give them, cleaned, and put together for a person to read.

Lives here: the parts, cleaning one, putting them together, the key by which a name is found.
Does not live here: which column holds a part (``header_words``), whether a text is a name (``person_names``), keeping
names (``serving.store.repositories.lead_names``).

A name is for the people at the desk alone: no signal, model, log or file of ours may hold it.
"""

import unicodedata
from collections.abc import Mapping
from typing import Any

from features.parsing.scalars import is_missing
from features.privacy.name_lists import remove_accents
from features.privacy.value_patterns import classify_form

__all__ = ["MAX_NAME_LENGTH", "NAME_PARTS", "clean_name", "compose_call_name", "compose_name", "fold_name"]

NAME_PARTS = ("first_name", "last_name", "full_name")
MAX_NAME_LENGTH = 80
"""Characters of one part that are kept; the rest is cut off."""

_NOBODY = frozenset(
    (
        "unknown|anonymous|private|restricted|unavailable|withheld|unknown caller|unknown name|wireless caller|"
        "private caller|anonymous caller|private number|no name|name unavailable|no caller id|not given|not provided"
    ).split("|")
)
"""What phone lines and forms write where they know no name."""

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Format characters that belong to the spelling of names; others, such as those that turn the line around, do not."""


def clean_name(value: Any) -> str | None:
    """Return one part of a name on one line, without invisible characters, cut to ``MAX_NAME_LENGTH``.

    None for what is no name: a number, a missing marker, a phone number or an e-mail address.

    >>> clean_name("  Maria\\n de la  Cruz "), clean_name("n/a"), clean_name("ann@example.org"), clean_name(7)
    ('Maria de la Cruz', None, None, None)
    """
    if not isinstance(value, str) or is_missing(value):
        return None
    # Cut before it is looked at: a text of megabytes must cost no more than a name.
    visible = "".join(map(_show_character, unicodedata.normalize("NFC", value[: 10 * MAX_NAME_LENGTH])))
    name = " ".join(visible.split())[:MAX_NAME_LENGTH].rstrip()
    if not any(map(str.isalpha, name)) or name.casefold() in _NOBODY or classify_form(name):
        return None
    return name


def compose_name(parts: Mapping[str, str | None]) -> str:
    """Return the name to show: the first and the last name, or the whole name where a part is not known.

    >>> compose_name({"first_name": "Maria", "last_name": "Lopez"}), compose_name({"full_name": "Ann Lee"})
    ('Maria Lopez', 'Ann Lee')
    >>> compose_name({"full_name": "Maria", "last_name": "Lopez"}), compose_name({})
    ('Maria Lopez', '')
    """
    first, last, whole = (parts.get(name) or "" for name in NAME_PARTS)
    if first and last:
        return f"{first} {last}"
    # "Nombre" beside "Apellidos" is a first name, although its header alone does not say so.
    if whole and last and fold_name(last) not in fold_name(whole):
        return f"{whole} {last}"
    return whole or first or last


def compose_call_name(parts: Mapping[str, str | None]) -> str:
    """Return how to greet the person: by the first name, or as they are called where it is not known.

    >>> compose_call_name({"first_name": "Maria", "last_name": "Lopez"}), compose_call_name({"full_name": "Ann Lee"})
    ('Maria', 'Ann Lee')
    """
    return parts.get("first_name") or compose_name(parts)


def fold_name(name: str) -> str:
    """Return the words of a name in lower case without accents, each with a blank before it.

    >>> fold_name("José-Luis Peña")
    ' jose luis pena'
    """
    folded = remove_accents(name.casefold())
    words = "".join(character if character.isalnum() else " " for character in folded).split()
    return "".join(f" {word}" for word in words)


def _show_character(character: str) -> str:
    """Return a character as a name may hold it: a blank for a control character, nothing for an invisible one."""
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    return "" if category in ("Cf", "Cn", "Co", "Cs") and character not in _JOINERS else character
