"""What of a score goes back into a CRM? What waits in the outbox, and how two of them compare.

Lives here: choosing what is sent on, the names of properties.
Does not live here: the requests (``to_hubspot``, ``to_dynamics``), waiting and sending (``sender``).
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["PREFIX", "SCORE_FIELDS", "build_score_payload"]

PREFIX = "leadlight_"
"""Before our names, where a CRM keeps them among its own."""

SCORE_FIELDS = (
    "score",
    "probability",
    "grade",
    "lane",
    "next_step",
    "reason_1",
    "reason_2",
    "reason_3",
    "reason_4",
    "reason_5",
    "model_version",
    "scored_at",
)


def build_score_payload(answer: Mapping[str, Any], previous_score: int | None = None) -> dict[str, Any]:
    """The body of an outbox message for an answer of ``/v1/score``.

    Parameters
    ----------
    previous_score : int, optional
        What was last given for this lead; by it a CRM shows a trend.

    >>> build_score_payload(
    ...     {"score": 31, "grade": "B", "odds_in_words": "31 in 100", "scored_at": "2026-03-05T12:00:00Z"}, 25
    ... )
    {'score': 31, 'grade': 'B', 'scored_at': '2026-03-05T12:00:00Z', 'previous_score': 25}
    """
    said = {name: answer[name] for name in SCORE_FIELDS if answer.get(name) is not None}
    return said if previous_score is None else said | {"previous_score": previous_score}
