"""What would the reader make of this sentence? A box on the Help page, to try it.

Lives here: reading one sentence as a lead's message is read, in words. Nothing of it is kept, logged or scored.
Does not live here: the reader (``features.text``), the page (``pages``).
"""

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

import features.signals  # noqa: F401  (fills the catalogue)
from features.registry import CATALOGUE
from features.text.label_reader import RED_FLAG, LabelReader
from features.text.label_spans import find_carrying_words
from serving.scoring.engine import Engine
from serving.scoring.score_words import hundredths

__all__ = ["MAX_SENTENCE", "SentenceLine", "SentenceReading", "name_label", "read_sentence"]

MAX_SENTENCE = 2_000
"""Characters that are read."""

_MOST_WORDS = 4
_SHOWN_FROM = 0.2


@dataclass(frozen=True)
class SentenceLine:
    """One label: what it says, how sure in words, and the words it rests on."""

    text: str
    chance: str
    words: str


@dataclass(frozen=True)
class SentenceReading:
    """What a sentence says.

    Parameters
    ----------
    lines : tuple of SentenceLine, the surest first
    days : str
        The stated time in words; empty without one.
    service : str
        The practice's service that is named or that treats it; empty without one.
    """

    lines: tuple[SentenceLine, ...]
    days: str
    service: str


def read_sentence(engine: Engine, sentence: str, today: date) -> SentenceReading:
    """Read a sentence as if somebody had written it today."""
    text = sentence[:MAX_SENTENCE]
    readings = engine.context.reader.read_all([text], np.array([today], "datetime64[D]"))
    reader = LabelReader.load_default().with_words(engine.context.reader.label_words)
    labels, words = reader.read([text], readings), reader.weigh_words(text)
    order = np.argsort(-labels.probability[0], kind="stable").tolist()
    lines = [
        SentenceLine(
            name_label(labels.labels[column]),
            f"{hundredths(float(labels.probability[0, column]))} in 100",
            ", ".join(text[slice(*words.spans[at])] for at in find_carrying_words(words, text, column, _MOST_WORDS)),
        )
        for column in order
        if labels.probability[0, column] >= min(_SHOWN_FROM, labels.threshold[column])
    ]
    at = int(readings.service[0] if readings.service[0] >= 0 else readings.treating[0])
    days, services = CATALOGUE["stated_timeframe"], engine.context.practice.services
    stated = "" if np.isnan(labels.days[0]) else days.describe_value(float(labels.days[0]))
    return SentenceReading(tuple(lines), stated, services[at].name if at >= 0 else "")


def name_label(label: str) -> str:
    """Return what a label says, in words.

    >>> name_label("appointment"), name_label("change_visit")
    ('Wants to be seen', 'Wants to move, cancel or complain of a visit they have')
    """
    return _list_label_texts().get(label, label.replace("_", " "))


@cache
def _list_label_texts() -> dict[str, str]:
    """Return label -> the reason of the signal that is its probability."""
    texts = {RED_FLAG: "May need care now: raises the lane, never the score"}
    for signal in CATALOGUE.values():
        for source in signal.evidence if signal.unit == "probability" else ():
            if source.startswith("words:"):
                texts[source.removeprefix("words:").partition(",")[0]] = signal.reason
    return texts
