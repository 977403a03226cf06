"""How is a score written for people? In hundredths, as odds, as two chances in words, and with what it rests on.

Lives here: texts and figures of answers that need no engine. Does not live here: scoring (``engine``), reasons
(``reasons``), joining the columns into answers (``answers``).
"""

from functools import lru_cache
from typing import Any

import numpy as np

from features.array_types import FloatArray, TimeArray
from features.schema import CUSTOM_PREFIX
from training.bundle import Bundle, Predictions

__all__ = [
    "describe_information",
    "describe_two_chances",
    "hundredths",
    "list_hundredths",
    "odds_in_words",
    "reach_in_words",
    "utc_text",
    "utc_texts",
]

MISSING_SHOWN = 5
_HARDLY = 0.995

_DONE = {"booked": "book", "attended": "come to their appointment", "treated": "are treated"}


def hundredths(probability: float) -> int:
    """Return the probability in whole hundredths, half up.

    >>> hundredths(0.305), hundredths(0.9999)
    (31, 100)
    """
    return int(100 * probability + 0.5)


def list_hundredths(probability: FloatArray) -> list[int]:
    """Return each probability in whole hundredths, as ``hundredths`` does.

    >>> list_hundredths(np.array([0.305, 0.9999]))
    [31, 100]
    """
    return (100 * probability + 0.5).astype(int).tolist()


def describe_information(scored: Predictions, bundle: Bundle) -> dict[str, list[Any]]:
    """Return how much of the model's usual information was sent of each lead, and what was not and would matter most.

    Columns of the answer, by name.
    """
    assert scored.coverage is not None, "a bundle's scores say how much was sent"
    missing = [
        [name.removeprefix(CUSTOM_PREFIX) for name in names]
        for names in bundle.list_missing_inputs(scored.values, MISSING_SHOWN)
    ]
    flat = {
        f"missing_{number}": [names[number - 1] if number <= len(names) else None for names in missing]
        for number in (1, 2, 3)
    }
    return {"coverage": scored.coverage.tolist(), **flat, "missing_inputs": missing}


def describe_two_chances(scored: Predictions, bundle: Bundle) -> dict[str, list[Any]]:
    """Return the two probabilities behind each score, and their words, as columns of the answer by name.

    Nothing where the model has no reach part.
    """
    if scored.reach is None or scored.when_reached is None:
        return {}
    reached, booked = scored.reach.tolist(), scored.when_reached.tolist()
    return {
        "probability_reached": reached,
        "probability_when_reached": booked,
        "reach_in_words": [reach_in_words(*chances, bundle) for chances in zip(reached, booked, strict=True)],
    }


def reach_in_words(reached: float, when_reached: float, bundle: Bundle) -> str | None:
    """Will we reach this lead, and what then: "60% likely to answer; 7% book if they do".

    None where the chance of being reached had to be raised to that of converting: the two models disagree about such a
    lead, and "all of them" would be an answer that neither gives.
    """
    if when_reached > _HARDLY:
        return None
    return _word_two_chances(hundredths(reached), hundredths(when_reached), bundle.label)


@lru_cache(maxsize=20_000)
def _word_two_chances(reached: int, when_reached: int, label: str) -> str:
    """Word two chances in hundredths, once for all leads that have them."""
    done = _DONE.get(label, f"end with {label}")
    booked = f"fewer than 1% {done}" if when_reached == 0 else f"{when_reached}% {done}"
    if reached == 100:
        return f"Already spoke with them, or sure to answer; {booked}"
    return f"{reached}% likely to answer; {booked} if they do"


def odds_in_words(probability: float, bundle: Bundle) -> str:
    """Return the probability as people count: "31 in 100 leads like this one book within 30 days"."""
    return _word_odds(hundredths(probability), bundle.label, bundle.horizon_days if bundle.dated else None)


@lru_cache(maxsize=1_000)
def _word_odds(count: int, label: str, horizon_days: int | None) -> str:
    """Word a probability in hundredths, once for all leads that have it."""
    how_many = "Fewer than 1 in 100" if count == 0 else "More than 99 in 100" if count == 100 else f"{count} in 100"
    done = _DONE.get(label, f"end with {label}")
    horizon = "" if horizon_days is None else f" within {horizon_days} days"
    return f"{how_many} leads like this one {done}{horizon}"


def utc_text(moment: np.datetime64) -> str:
    """Return a UTC instant as ISO 8601, to the second.

    >>> utc_text(np.datetime64("2026-03-05T14:00:00.5"))
    '2026-03-05T14:00:00Z'
    """
    return f"{moment.astype('datetime64[s]')}Z"


def utc_texts(moments: TimeArray) -> list[str]:
    """Return each UTC instant as ``utc_text`` does.

    >>> utc_texts(np.array(["2026-03-05T14:00:00.5", "NaT"], "datetime64[us]"))
    ['2026-03-05T14:00:00Z', 'NaTZ']
    """
    return [f"{text}Z" for text in moments.astype("datetime64[s]").astype(str).tolist()]
