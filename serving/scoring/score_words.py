"""How is a score written for people? In hundredths, as odds, as two chances in words, and with what it rests on.

Lives here: texts and figures of one answer that need no engine. Does not live here: scoring (``engine``), reasons
(``reasons``).
"""

from typing import Any

import numpy as np

from features.schema import CUSTOM_PREFIX
from training.bundle import Bundle, Predictions

__all__ = ["describe_information", "describe_two_chances", "hundredths", "odds_in_words", "reach_in_words", "utc_text"]

MISSING_SHOWN = 5
_HARDLY = 0.995

_DONE = {"booked": "book", "attended": "come to their appointment", "treated": "are treated"}


def hundredths(probability: float) -> int:
    """Return the probability in whole hundredths, half up.

    >>> hundredths(0.305), hundredths(0.9999)
    (31, 100)
    """
    return int(100 * probability + 0.5)


def describe_information(scored: Predictions, row: int, bundle: Bundle) -> dict[str, Any]:
    """Return how much of the model's usual information was sent, and what was not and would matter most."""
    names = [name.removeprefix(CUSTOM_PREFIX) for name in bundle.list_missing_inputs(scored.values[row], MISSING_SHOWN)]
    flat = {f"missing_{number}": names[number - 1] if number <= len(names) else None for number in (1, 2, 3)}
    return {"coverage": float(scored.coverage[row]), **flat, "missing_inputs": names}


def describe_two_chances(scored: Predictions, row: int, bundle: Bundle) -> dict[str, Any]:
    """Return the two probabilities behind the score, and their words; nothing where the model has no reach part."""
    if scored.reach is None:
        return {}
    reached, booked = float(scored.reach[row]), float(scored.when_reached[row])
    return {
        "probability_reached": reached,
        "probability_when_reached": booked,
        "reach_in_words": reach_in_words(reached, booked, bundle),
    }


def reach_in_words(reached: float, when_reached: float, bundle: Bundle) -> str | None:
    """Will we reach this lead, and what then: "60% likely to answer; 7% book if they do".

    None where the chance of being reached had to be raised to that of converting: the two models disagree about such a
    lead, and "all of them" would be an answer that neither gives.
    """
    if when_reached > _HARDLY:
        return None
    done = _DONE.get(bundle.label, f"end with {bundle.label}")
    booked = f"fewer than 1% {done}" if hundredths(when_reached) == 0 else f"{hundredths(when_reached)}% {done}"
    if hundredths(reached) == 100:
        return f"Already spoke with them, or sure to answer; {booked}"
    return f"{hundredths(reached)}% likely to answer; {booked} if they do"


def odds_in_words(probability: float, bundle: Bundle) -> str:
    """Return the probability as people count: "31 in 100 leads like this one book within 30 days"."""
    count = hundredths(probability)
    how_many = "Fewer than 1 in 100" if count == 0 else "More than 99 in 100" if count == 100 else f"{count} in 100"
    done = _DONE.get(bundle.label, f"end with {bundle.label}")
    return f"{how_many} leads like this one {done}" + (f" within {bundle.horizon_days} days" if bundle.dated else "")


def utc_text(moment: np.datetime64) -> str:
    """Return a UTC instant as ISO 8601, to the second.

    >>> utc_text(np.datetime64("2026-03-05T14:00:00.5"))
    '2026-03-05T14:00:00Z'
    """
    return f"{moment.astype('datetime64[s]')}Z"
