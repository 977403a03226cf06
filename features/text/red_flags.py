"""Which messages may tell of an emergency? Recall first: phrases or the learned label, whichever finds it.

Lives here: joining the two.
Does not live here: the phrases (``text.message_reader``), the label (``text.label_model``), the lane that a red flag
raises (``serving.scoring.priority_lanes``). No signal reads red flags, so they never enter a score. It is not triage:
messages of people in danger are missed, see ``training/messages/README.md``.
"""

from collections.abc import Sequence

import numpy as np

from features.text.label_model import LabelModel
from features.text.message_reader import EvidenceSpan, MessageReadings

__all__ = ["RED_FLAG", "find_red_flag_spans", "find_red_flags"]

RED_FLAG = "red_flag"
_MOST_WORDS = 6
_MIN_SHARE = 0.15
"""A word is marked that carries at least this share of what the strongest carries."""


def find_red_flags(messages: Sequence[str | None], readings: MessageReadings) -> np.ndarray:
    """Return whether each message may tell of an emergency. Shape (m,), bool."""
    return readings.mentions(RED_FLAG) | LabelModel.load_default().find_label(messages, RED_FLAG)


def find_red_flag_spans(message: str) -> list[EvidenceSpan]:
    """Return the words on which the learned label rests, left to right; none where it is not said.

    >>> message = "since this morning one side of my face is drooping and my speech is slurred"
    >>> words = {message[span.start : span.stop] for span in find_red_flag_spans(message)}
    >>> bool(words & {"face", "drooping", "slurred"})
    True
    >>> find_red_flag_spans("I would like an appointment for my knee")
    []
    """
    model = LabelModel.load_default()
    if not model.find_label([message], RED_FLAG)[0]:
        return []
    column, words = model.labels.index(RED_FLAG), model.weigh_words(message)
    strongest = words.find_strongest(column, _MOST_WORDS)
    marked = [
        word for word in strongest if words.weights[word, column] > words.weights[strongest[0], column] * _MIN_SHARE
    ]
    return [EvidenceSpan(RED_FLAG, *words.spans[word]) for word in sorted(marked)]
