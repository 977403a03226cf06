"""What is written down of a score before it is shown? Its receipt: the address of everything it was made from.

Lives here: making the lines of an answer and writing them; saying of a score that could not be written down that it has
no receipt. Does not live here: the log (``features.logs.prediction_log``), computing a score again (``replay``)."""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence

import numpy as np

from features.logs.prediction_log import LoggedPrediction, ShownAnswer, to_log_id
from serving.scoring.reasons import Explanation
from training.bundle import Bundle, Predictions

__all__ = ["made_requests", "shown_of", "written_down"]


def shown_of(scored: Predictions, row: int, grade: str, explanation: Explanation | None, most: int) -> ShownAnswer:
    """What is said of one row, as numbers; the reasons, of which at most ``most`` are shown, as the start of a sha256."""
    numbers = (
        None if some is None else float(some[row])
        for some in (scored.probability, scored.low, scored.high, scored.reach)
    )
    if explanation is None:
        return ShownAnswer(*numbers, grade, 0, None)
    said = [[one.text, one.log_odds, list(one.signals)] for one in explanation.reasons]
    words = json.dumps([said, explanation.everything_else, explanation.base], separators=(",", ":"))
    return ShownAnswer(*numbers, grade, most, hashlib.sha256(words.encode()).hexdigest()[:20])


def made_requests(
    bundle: Bundle,
    records: bool,
    lead_ids: Sequence[str | None],
    cutoff: np.ndarray,
    scored: Predictions,
    grades: Sequence[str],
    explained: Sequence[Explanation | None],
    most: int,
    arrival: Sequence[bool] | None = None,
) -> list[LoggedPrediction]:
    """The lines of some scores, one for each row.

    Parameters
    ----------
    records : bool
        Whether the practice's own records were at hand.
    cutoff : datetime64[us] array of shape (n,)
    most : int
        The most reasons that are shown.
    arrival : sequence of bool, optional
        Whether each lead is called in order of arrival; none of them when left out.
    """
    return [
        LoggedPrediction(
            None if lead_id is None else to_log_id(str(lead_id)),
            cutoff[row],
            bundle.sha256,
            records,
            scored.values[row],
            float(scored.log_odds[row]),
            None if scored.parts is None else scored.parts[row],
            shown_of(scored, row, grades[row], explained[row], most),
            arrival is not None and bool(arrival[row]),
        )
        for row, lead_id in enumerate(lead_ids)
    ]


def written_down(
    write: Callable[[Sequence[LoggedPrediction]], None], requests: Sequence[LoggedPrediction]
) -> list[str | None]:
    """The receipts of scores, once their lines are written; None for all of them when they could not be.

    That is said in the log and does not stop an answer.
    """
    try:
        write(requests)
    except OSError as fault:
        logging.getLogger("leadlight.requests").error(
            "answers could not be written down and carry no receipt: %s", fault.strerror
        )
        return [None] * len(requests)
    return [one.receipt for one in requests]
