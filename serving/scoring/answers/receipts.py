"""What is written down of a score before it is shown? Its receipt: the address of everything it was made from.

Lives here: making the lines of an answer and writing them; saying of a score that could not be written down that it has
no receipt. Does not live here: the log (``features.logs.prediction_log``), computing a score again (``replay``)."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from features.batch import Batch
from features.explain.reasons import Explanations
from features.logs.json_numbers import format_numbers
from features.logs.prediction_log import LoggedPrediction, ShownAnswer
from training.bundle import Bundle, Predictions

__all__ = ["ShownRows", "describe_shown", "made_requests", "written_down"]

_TEXTS_KEPT = 65_536
"""Encoded texts of reasons that are kept."""


def describe_shown(
    scored: Predictions, grades: Sequence[str] | np.ndarray, explained: Explanations | None, most: int
) -> list[ShownAnswer]:
    """Return what is shown of each row as numbers; its reasons, at most ``most``, as the start of a sha256."""
    assert scored.low is not None and scored.high is not None, "a bundle's scores have an interval"
    reach = [None] * len(scored.probability) if scored.reach is None else scored.reach.tolist()
    digests = [None] * len(scored.probability) if explained is None else _digest_reasons(explained)
    limit = 0 if explained is None else most
    columns = (scored.probability.tolist(), scored.low.tolist(), scored.high.tolist(), reach, grades, digests)
    return [
        ShownAnswer(probability, low, high, reached, grade, limit, digest)
        for probability, low, high, reached, grade, digest in zip(*columns, strict=True)
    ]


def _digest_reasons(explained: Explanations) -> list[str]:
    """Return the start of the sha256 of each row's reasons, everything else and the base, as compact JSON."""
    limit = explained.texts.shape[1]
    numbers = format_numbers(explained.log_odds.ravel())
    texts, signals = explained.texts.ravel().tolist(), explained.signals.ravel().tolist()
    base = json.dumps(explained.base)
    digests = []
    for row, (count, rest) in enumerate(
        zip(explained.shown.tolist(), format_numbers(explained.everything_else), strict=True)
    ):
        indexes = range(row * limit, row * limit + count)
        reasons = ",".join(
            f"[{_encode_text(texts[index])},{numbers[index]},{_encode_names(signals[index])}]" for index in indexes
        )
        digests.append(hashlib.sha256(f"[[{reasons}],{rest},{base}]".encode()).hexdigest()[:20])
    return digests


@lru_cache(maxsize=_TEXTS_KEPT)
def _encode_text(text: str) -> str:
    return json.dumps(text)


@lru_cache(maxsize=_TEXTS_KEPT)
def _encode_names(names: tuple[str, ...]) -> str:
    return json.dumps(names, separators=(",", ":"))


@dataclass(frozen=True)
class ShownRows:
    """What the answers to a batch of leads show beside the numbers of the model.

    Parameters
    ----------
    grades : sequence of str, one for each lead
    explained : Explanations, optional
    most : int
        The most reasons that are shown.
    arrival : bool array of shape (n,), optional
        Whether each lead is called in order of arrival; none of them when left out.
    """

    grades: Sequence[str] | np.ndarray
    explained: Explanations | None
    most: int
    arrival: np.ndarray | None = None


def made_requests(
    bundle: Bundle, records: bool, batch: Batch, scored: Predictions, shown: ShownRows
) -> list[LoggedPrediction]:
    """Return the log lines of some scores, one for each row.

    Parameters
    ----------
    records : bool
        Whether the practice's own records were at hand.
    """
    answers = describe_shown(scored, shown.grades, shown.explained, shown.most)
    return [
        LoggedPrediction(
            None if lead_id is None else str(lead_id),
            batch.cutoff[row],
            bundle.sha256,
            records,
            scored.values[row],
            float(scored.log_odds[row]),
            None if scored.parts is None else scored.parts[row],
            answers[row],
            shown.arrival is not None and bool(shown.arrival[row]),
            level=0.0 if scored.level is None else float(scored.level[row]),
        )
        for row, lead_id in enumerate(batch.lead_ids)
    ]


def written_down(
    write: Callable[[Sequence[LoggedPrediction]], list[str]], requests: Sequence[LoggedPrediction]
) -> list[str | None]:
    """Write the lines and return the receipts of the scores; None for all of them when that fails.

    A failure is logged and does not stop an answer.
    """
    try:
        return list(write(requests))
    except OSError as fault:
        logging.getLogger("leadlight.requests").error(
            "answers could not be written down and carry no receipt: %s", fault.strerror
        )
        return [None] * len(requests)
