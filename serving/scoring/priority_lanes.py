"""Who is called first? The lane of a lead: urgent, normal or nurture.

Lives here: the rule, and finding urgent wording whatever the model reads.
Does not live here: the score (``scoring``). A low score never hides an urgent lead.
"""

import numpy as np

from features.batch import Batch
from features.registry import SAID_FROM
from features.text.label_reader import RED_FLAG
from training.bundle import Predictions

__all__ = ["LANES", "lane_of", "sounds_urgent"]

LANES = ("urgent", "normal", "nurture")
"""In the order in which the desk works them."""

_URGENCY = "wants_it_soon"


def lane_of(grade: str, urgent: bool) -> str:
    """Return the lane of one lead: urgent wording comes before any grade.

    >>> lane_of("D", urgent=True), lane_of("B", urgent=False), lane_of("D", urgent=False)
    ('urgent', 'normal', 'nurture')
    """
    if urgent:
        return "urgent"
    return "nurture" if grade == "D" else "normal"


def sounds_urgent(batch: Batch, scored: Predictions, names: tuple[str, ...]) -> np.ndarray:
    """Whether each lead's message has urgent wording, or may tell of an emergency (``features.text.label_reader``).
    Shape (n,), bool.

    Red flags raise the lane only: no signal reads them, so they never enter the score, and they are read here whatever
    the model reads.

    Parameters
    ----------
    names : tuple of str
        The matrix's columns. A model that does not read urgency changes nothing: the message is read here then.
    """
    flagged = batch.labels.find(RED_FLAG)[batch.of_lead]
    if _URGENCY in names:
        return flagged | (scored.values[:, names.index(_URGENCY)] >= SAID_FROM)
    return flagged | (batch.labels.get("urgency") >= SAID_FROM)[batch.of_lead]
