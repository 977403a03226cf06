"""How does a hook say a score? Flat JSON that the next step of a workflow can read, with one scalar under each name.

Lives here: flattening an answer, replies in JSON.
Does not live here: what goes back into a CRM later (``written_back``), the acknowledgement of Salesforce
(``salesforce``)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from serving.crm.ports import HookReply

__all__ = ["FLAT_FIELDS", "flatten_answer", "json_reply"]

FLAT_FIELDS = (
    "lead_id",
    "score",
    "probability",
    "probability_low",
    "probability_high",
    "odds_in_words",
    "grade",
    "lane",
    "next_step",
    "ask_1",
    "ask_2",
    "ask_3",
    *(f"reason_{place}{ending}" for place in range(1, 6) for ending in ("", "_effect")),
    "model_version",
    "scored_at",
    "receipt",
)
"""Names of an answer that are a scalar each."""


def flatten_answer(answer: Mapping[str, Any], ignored: Sequence[str] = ()) -> dict[str, Any]:
    """An answer as scalars; the reasons also as one text, and the names of fields that were not used.

    >>> said = flatten_answer(
    ...     {"score": 31, "grade": "B", "reason_1": "Asked for an appointment", "reasons": []}, ["shoe_size"]
    ... )
    >>> said["score"], said["grade"], said["reasons_in_words"], said["ignored"]
    (31, 'B', 'Asked for an appointment', 'shoe_size')
    """
    said = {name: answer[name] for name in FLAT_FIELDS if name in answer}
    words = [said[name] for name in (f"reason_{place}" for place in range(1, 6)) if said.get(name)]
    unused = sorted({*ignored, *answer.get("ignored", ())})
    return said | {"reasons_in_words": "; ".join(words), "ignored": ", ".join(unused)}


def json_reply(value: Any, status: int = 200) -> HookReply:
    """JSON without NaN, never kept by a cache."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return HookReply(status, {"content-type": "application/json", "cache-control": "no-store"}, body)
