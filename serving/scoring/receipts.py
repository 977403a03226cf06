"""What is written down of a score before it is shown? Its receipt: the address of everything it was made from.

Lives here: making the lines of an answer and writing them; saying of a score that could not be written down that it has
no receipt. Does not live here: the log (``features.logs.prediction_log``), computing a score again (``replay``)."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from features.batch import Batch
from features.logs.prediction_log import LoggedPrediction, ShownAnswer
from serving.scoring.reasons import Explanation
from training.bundle import Bundle, Predictions

__all__ = ["ShownRows", "made_requests", "shown_of", "written_down"]


def shown_of(scored: Predictions, row: int, grade: str, explanation: Explanation | None, most: int) -> ShownAnswer:
    """Return what is shown of one row as numbers; its reasons, at most ``most``, as the start of a sha256."""
    probability, low, high = float(scored.probability[row]), float(scored.low[row]), float(scored.high[row])
    reach = None if scored.reach is None else float(scored.reach[row])
    if explanation is None:
        return ShownAnswer(probability, low, high, reach, grade, 0, None)
    reasons = [[reason.text, reason.log_odds, list(reason.signals)] for reason in explanation.reasons]
    shown = json.dumps([reasons, explanation.everything_else, explanation.base], separators=(",", ":"))
    digest = hashlib.sha256(shown.encode()).hexdigest()[:20]
    return ShownAnswer(probability, low, high, reach, grade, most, digest)


@dataclass(frozen=True)
class ShownRows:
    """What the answers to a batch of leads show beside the numbers of the model.

    Parameters
    ----------
    grades : sequence of str, one for each lead
    explained : sequence of Explanation or None
    most : int
        The most reasons that are shown.
    arrival : bool array of shape (n,), optional
        Whether each lead is called in order of arrival; none of them when left out.
    """

    grades: Sequence[str] | np.ndarray
    explained: Sequence[Explanation | None]
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
    return [
        LoggedPrediction(
            None if lead_id is None else str(lead_id),
            batch.cutoff[row],
            bundle.sha256,
            records,
            scored.values[row],
            float(scored.log_odds[row]),
            None if scored.parts is None else scored.parts[row],
            shown_of(scored, row, shown.grades[row], shown.explained[row], shown.most),
            shown.arrival is not None and bool(shown.arrival[row]),
            level=0.0 if scored.level is None else float(scored.level[row]),
        )
        for row, lead_id in enumerate(batch.lead_ids)
    ]


def written_down(
    write: Callable[[Sequence[LoggedPrediction]], None], requests: Sequence[LoggedPrediction]
) -> list[str | None]:
    """Write the lines and return the receipts of the scores; None for all of them when that fails.

    A failure is logged and does not stop an answer.
    """
    try:
        write(requests)
    except OSError as fault:
        logging.getLogger("leadlight.requests").error(
            "answers could not be written down and carry no receipt: %s", fault.strerror
        )
        return [None] * len(requests)
    return [request.receipt for request in requests]
