"""Which known name was meant? The likeliest one for a name that nobody knows, in words.

Lives here: the sentence at the end of a fault. Does not live here: what is at fault (``mapping_faults``,
``practice_faults``)."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["suggest_name"]


def suggest_name(name: str, known: Iterable[str]) -> str:
    """The likeliest name meant, as a sentence, or all known ones when none is near.

    >>> suggest_name("Lead Sorce", ["Lead Source", "City"])
    "Did you mean 'Lead Source'?"
    """
    folded = {str(one).casefold(): str(one) for one in known}
    near = get_close_matches(str(name).casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {folded[near[0]]!r}?"
    shown = list(folded.values())
    return (
        f"Known are: {', '.join(map(repr, shown[:40]))}{' ...' if len(shown) > 40 else ''}."
        if shown
        else "There is none."
    )
