"""Which parts of a score are sent back to a CRM? The body of a message in the outbox.

Lives here: the selected fields, the prefix of their names.
Does not live here: the requests (``hubspot_writer``, ``dynamics_writer``), waiting and sending (``sender``).
"""

from collections.abc import Mapping
from typing import Any

__all__ = ["PREFIX", "SCORE_FIELDS", "build_score_payload"]

PREFIX = "leadlight_"
"""Prefix of our names where a CRM keeps them among its own."""

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
    """Build the body of an outbox message from an answer of ``/v1/score``.

    Parameters
    ----------
    previous_score : int, optional
        The lead's previous score, from which a CRM shows a trend.

    >>> build_score_payload(
    ...     {"score": 31, "grade": "B", "odds_in_words": "31 in 100", "scored_at": "2026-03-05T12:00:00Z"}, 25
    ... )
    {'score': 31, 'grade': 'B', 'scored_at': '2026-03-05T12:00:00Z', 'previous_score': 25}
    """
    payload = {name: answer[name] for name in SCORE_FIELDS if answer.get(name) is not None}
    return payload if previous_score is None else payload | {"previous_score": previous_score}
