"""Who is called first? The lane of a lead: urgent, normal or nurture.

Lives here: the rule, and finding urgent wording whatever the model reads.
Does not live here: the score (``scoring``). A low score never hides an urgent lead.
"""

import numpy as np

from features.batch import Batch
from features.phrases import Reader
from training.bundle import Scored

__all__ = ["LANES", "lane_of", "sounds_urgent"]

LANES = ("urgent", "normal", "nurture")
"""In the order in which the desk works them."""

_URGENCY = "urgency_phrases"


def lane_of(grade: str, urgent: bool) -> str:
    """The lane of one lead: urgent wording comes before any grade.

    >>> lane_of("D", urgent=True), lane_of("B", urgent=False), lane_of("D", urgent=False)
    ('urgent', 'normal', 'nurture')
    """
    if urgent:
        return "urgent"
    return "nurture" if grade == "D" else "normal"


def sounds_urgent(batch: Batch, scored: Scored, names: tuple[str, ...]) -> np.ndarray:
    """Whether each lead's message has urgent wording that is not negated. Shape (n,), bool.

    Parameters
    ----------
    names : tuple of str
        The matrix's columns. A model that does not read urgency changes nothing: the message is read here then.
    """
    if _URGENCY in names:
        return scored.values[:, names.index(_URGENCY)] > 0
    reader: Reader = batch.knowledge.reader
    return np.array([message is not None and reader.read(message).counts["urgency"] > 0 for message in batch.column("message")], bool)
