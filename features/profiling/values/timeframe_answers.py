"""Do the values of a column say how soon the person wants care: "ASAP", "1-3 months", "Just looking"?

Lives here: judging the values together. Does not live here: which headers ask for it (``column_matching``), how many
days an answer stands for (``features.text``).
"""

import re

import numpy as np

__all__ = ["are_timeframes"]

_SOON = re.compile(
    r"\b(?:asap|as soon as|soon(?:er|est)?|now|today|tonight|tomorrow|immediate(?:ly)?|urgent(?:ly)?|emergency|"
    r"right away|"
    r"(?:this|next|within|in|coming|few|couple of|later|after) (?:\w+ )?(?:days?|weeks?|months?|quarter|year)|"
    r"\d+ ?\+? ?(?:\w{1,4} ?\d* ?|[-\u2013] ?\d+ ?)?(?:hours?|hrs?|days?|weeks?|wks?|months?|mos?|years?|yrs?)|"
    r"flexible|whenever|any ?time|not sure|unsure|undecided|no rush|no hurry|researching|just (?:looking|browsing)|"
    r"exploring|later|eventually|ready|first available|next available)\b",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(r"\b(?:ago|every|since|once|twice|times|per|always|never|usually)\b", re.IGNORECASE)
"""What tells how often, or how long already."""
_LEAST_SHARE = 0.5


def are_timeframes(values: np.ndarray) -> bool:
    """Return whether half of the distinct texts or more say how soon.

    >>> (
    ...     are_timeframes(np.array(["ASAP", "1-3 months", "Just looking"])),
    ...     are_timeframes(np.array(["Morning", "Evening"])),
    ... )
    (True, False)
    >>> are_timeframes(np.array(["Every 6 months", "Once a year"]))
    False
    """
    distinct = {str(value) for value in values}
    soon = sum(_SOON.search(text) is not None and _OTHERWISE.search(text) is None for text in distinct)
    return bool(distinct) and soon >= _LEAST_SHARE * len(distinct)
