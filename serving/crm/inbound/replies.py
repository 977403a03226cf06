"""How does a hook answer with a score? Flat JSON that the next step of a workflow can read: one scalar for each name.

Lives here: flattening an answer, JSON replies.
Does not live here: what is sent back to a CRM later (``serving.crm.outbound.score_payload``), the acknowledgment of
Salesforce (``salesforce``)."""

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
    "coverage",
    "missing_1",
    "missing_2",
    "missing_3",
    *(f"reason_{number}{ending}" for number in range(1, 6) for ending in ("", "_effect")),
    "model_version",
    "scored_at",
    "receipt",
)
"""Fields of an answer that hold a scalar."""


def flatten_answer(answer: Mapping[str, Any], ignored: Sequence[str] = ()) -> dict[str, Any]:
    """Flatten an answer into scalars; the reasons also as one text, and the names of ignored fields.

    >>> flattened = flatten_answer(
    ...     {"score": 31, "grade": "B", "reason_1": "Asked for an appointment", "reasons": []}, ["shoe_size"]
    ... )
    >>> flattened["score"], flattened["grade"], flattened["reasons_in_words"], flattened["ignored"]
    (31, 'B', 'Asked for an appointment', 'shoe_size')
    """
    flattened = {name: answer[name] for name in FLAT_FIELDS if name in answer}
    reasons = [flattened[name] for name in (f"reason_{number}" for number in range(1, 6)) if flattened.get(name)]
    unused = sorted({*ignored, *answer.get("ignored", ())})
    return flattened | {"reasons_in_words": "; ".join(reasons), "ignored": ", ".join(unused)}


def json_reply(value: Any, status: int = 200) -> HookReply:
    """Create a JSON reply without NaN that no cache stores."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    return HookReply(status, {"content-type": "application/json", "cache-control": "no-store"}, body)
