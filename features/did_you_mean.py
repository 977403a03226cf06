"""Which name was meant? Suggests the closest valid name for a misspelled one.

Lives here: the sentence at the end of a fault.
Does not live here: what is at fault (``mapping.validation``, ``practice_file.validation``).
"""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["suggest_name"]


def suggest_name(name: str, valid_names: Iterable[str]) -> str:
    """Suggest the closest valid name in a sentence, or list the valid ones when none is close.

    >>> suggest_name("Lead Sorce", ["Lead Source", "City"])
    "Did you mean 'Lead Source'?"
    """
    by_folded = {str(valid).casefold(): str(valid) for valid in valid_names}
    matches = get_close_matches(str(name).casefold(), by_folded, n=1, cutoff=0.6)
    if matches:
        return f"Did you mean {by_folded[matches[0]]!r}?"
    names = list(by_folded.values())
    if not names:
        return "There is none."
    return f"Known are: {', '.join(map(repr, names[:40]))}{' ...' if len(names) > 40 else ''}."
