"""Which words of a message made a label? The ones to mark on a page.

Lives here: the strongest words of each label that is said.
Does not live here: the weights (``text.label_model``), phrases' own words (``text.message_reader``).
"""

from collections.abc import Mapping
from types import MappingProxyType

from features.text.label_reader import LabelReader, MessageLabels
from features.text.message_readings import EvidenceSpan

__all__ = ["find_label_spans"]

_MOST_WORDS = 6
_MIN_SHARE = 0.15
"""A word is marked that carries at least this share of what the strongest carries."""


def find_label_spans(
    message: str, labels: MessageLabels, label_words: Mapping[str, str] = MappingProxyType({})
) -> list[EvidenceSpan]:
    """Return the words on which the labels that are said of one message rest, left to right, each with its label.

    Parameters
    ----------
    labels : MessageLabels of this message alone
    label_words : mapping of str to str
        What the practice changes of the weights of words (``MessageReader.label_words``).
    """
    reader, spans = LabelReader.load_default().with_words(label_words), []
    words = reader.weigh_words(message)
    for column, label in enumerate(labels.labels):
        if not labels.find(label)[0]:
            continue
        strongest = words.find_strongest(column, _MOST_WORDS)
        spans += [
            EvidenceSpan(label, *words.spans[word])
            for word in strongest
            if words.weights[word, column] > words.weights[strongest[0], column] * _MIN_SHARE
        ]
    return sorted(spans, key=lambda span: (span.start, span.stop, span.meaning))
