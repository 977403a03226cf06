"""What is a batch of scores answered with? Columns of all leads, turned over once into one answer each.

Lives here: the fields of ``serving.schemas.scoring.Answer``, in its order, from the arrays of a batch.
Does not live here: computing scores, reasons and receipts (``engine``), the words of one figure (``score_words``).

A batch of 100 leads and a single one come through here. Nothing is computed lead by lead that an array gives at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.array_types import TimeArray
from features.explain.reasons import REASONS_SHOWN, Explanations
from serving.schemas.scoring import Answer, ScoredReason
from serving.scoring.read_lead import ReadLead
from serving.scoring.score_words import (
    describe_information,
    describe_two_chances,
    list_hundredths,
    odds_in_words,
    utc_texts,
)
from training.bundle import Bundle, Predictions

__all__ = ["Advice", "build_answers", "to_answer"]

_FIELDS = tuple(Answer.model_fields)
_DEFAULTS = {name: field.default for name, field in Answer.model_fields.items() if not field.is_required()}


@dataclass(frozen=True)
class Advice:
    """What the scores of n leads mean for those who call.

    Parameters
    ----------
    grades, lanes, next_steps : sequences of n str
    wants_soon : bool array of shape (n,)
    scored_at : datetime64 array of shape (n,), UTC
    receipts : sequence of n str or None
    """

    grades: Sequence[str] | np.ndarray
    lanes: Sequence[str]
    wants_soon: np.ndarray
    next_steps: Sequence[str]
    scored_at: TimeArray
    receipts: Sequence[str | None]


def build_answers(
    leads: Sequence[ReadLead],
    scored: Predictions,
    explained: Explanations | None,
    advice: Advice,
    model: tuple[Bundle, str, float],
) -> list[dict[str, Any]]:
    """Build the answer to each lead, with the fields of ``Answer`` in their order.

    Parameters
    ----------
    explained : Explanations, optional
        None where no reasons were asked for.
    model : tuple of Bundle, str and float
        The bundle, its version, and the level in log-odds by which every score was moved.
    """
    bundle, version, level = model
    assert scored.low is not None and scored.high is not None, "a bundle's scores have an interval"
    hundredths = list_hundredths(scored.probability)
    columns: dict[str, Sequence[Any] | np.ndarray] = {
        "lead_id": [lead.converted.get("lead_id") for lead in leads],
        "score": hundredths,
        "probability": scored.probability.tolist(),
        "probability_low": scored.low.tolist(),
        "probability_high": scored.high.tolist(),
        "odds_in_words": [odds_in_words(probability, bundle) for probability in scored.probability.tolist()],
        "grade": advice.grades,
        **describe_two_chances(scored, bundle),
        "lane": advice.lanes,
        "wants_soon": advice.wants_soon.tolist(),
        "next_step": advice.next_steps,
        **_flatten_reasons(explained),
        "everything_else_log_odds": (
            scored.log_odds - scored.base - level if explained is None else explained.everything_else
        ).tolist(),
        "log_odds": scored.log_odds.tolist(),
        "reasons": [[] for _ in leads] if explained is None else _list_reasons(explained),
        "scored_at": utc_texts(advice.scored_at),
        "receipt": advice.receipts,
        "ignored": [list(lead.ignored) for lead in leads],
        "notes": [list(lead.notes) for lead in leads],
        "asks": [[] for _ in leads],
        **describe_information(scored, bundle),
    }
    same = {
        "base_log_odds": scored.base,
        "level_log_odds": level,
        "model_version": version,
        "model_sha256": bundle.sha256[:12],
    }
    for name, value in (_DEFAULTS | same).items():
        columns.setdefault(name, [value] * len(leads))
    return [dict(zip(_FIELDS, row, strict=True)) for row in zip(*map(columns.__getitem__, _FIELDS), strict=True)]


def to_answer(fields: dict[str, Any]) -> Answer:
    """Return an answer as an object, from the fields that ``build_answers`` returns; nothing is checked again."""
    reasons = [ScoredReason.model_construct(**reason) for reason in fields["reasons"]]
    return Answer.model_construct(**fields | {"reasons": reasons})


def _flatten_reasons(explained: Explanations | None) -> dict[str, list[str | None]]:
    """Return the columns reason_1, reason_1_effect and so on; none where no reasons were asked for."""
    if explained is None:
        return {}
    flat: dict[str, list[str | None]] = {}
    for rank in range(REASONS_SHOWN):
        flat[f"reason_{rank + 1}"] = explained.texts[:, rank].tolist()
        flat[f"reason_{rank + 1}_effect"] = explained.effects[:, rank].tolist()
    return flat


def _list_reasons(explained: Explanations) -> list[list[dict[str, Any]]]:
    """Return the reasons of each row with the fields of ``ScoredReason``, the strongest first."""
    columns = (explained.texts, explained.effects, explained.log_odds, explained.signals)
    rows = zip(*(column.tolist() for column in columns), explained.shown.tolist(), strict=True)
    return [
        [
            {"text": text, "effect": effect, "log_odds": log_odds, "signals": list(signals)}
            for text, effect, log_odds, signals in zip(texts[:shown], effects, moved, names, strict=False)
        ]
        for texts, effects, moved, names, shown in rows
    ]
