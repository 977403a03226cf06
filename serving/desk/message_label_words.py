"""What do approved reports teach about single words? Weights near those that ship, and the gain on other reports.

Lives here: refitting the words' weights of a label to approved examples, and judging them on examples left out.
Does not live here: the reports (``message_label_reports``), one number for a whole label (``message_label_offsets``),
the form in which the weights are kept (``features.text.taught.label_words``), options and output
(``serving.cli.readings``).

The most probable weights, where those that ship are the most probable ones before any report and each is as likely to
be off as every other: logistic regression with a ridge around the shipped weights. People report what is wrong and not
what is right, so every other message counts as it is read. Only words of Leadlight's phrases take part, as everywhere
that a practice's messages are learned from: nobody's name has a weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit, logit

from features.array_types import FloatArray
from features.text.label_reader import RED_FLAG, LabelReader, MessageLabels
from features.text.message_reader import MessageReader
from features.text.message_terms import VOCABULARIES, list_terms, read_vocabulary
from features.text.taught.label_words import encode_words
from features.text.taught.term_values import match_terms
from features.text.tokenization import TokenizedMessages
from serving.desk.message_label_offsets import compute_f1
from serving.desk.message_label_reports import LabelledExample

__all__ = ["MIN_EXAMPLES", "TaughtWords", "fit_label_words"]

MIN_EXAMPLES = 10
"""With fewer examples the words of a label stay as they are."""
_RIDGE = 1.0
"""Of .05 to 4 it hardly matters: on hands left out .05 gains a little more, and 1 moves fewer readings."""
_FOLDS = 5
_LEAST_GAIN = 1.64
"""Standard errors by which the log loss must fall: less may be chance, one in twenty."""
_MOST_OTHERS = 4_000
"""Messages without a report that hold the weights where they are, at most."""


@dataclass(frozen=True)
class TaughtWords:
    """What the examples teach about the words of one label.

    Parameters
    ----------
    examples : int
    words : str
        Changes of the weights, see ``features.text.taught.label_words``.
    gain, gain_error : float
        How much the log loss of all messages falls, each judged by weights that it had no part in, and the standard
        error of that. Messages without a report count as they were read, so each change of one costs.
    f1_before, f1_after : float
        On all messages, each judged by weights that it had no part in.
    """

    label: str
    examples: int
    words: str
    gain: float
    gain_error: float
    f1_before: float
    f1_after: float

    @property
    def helps(self) -> bool:
        """Whether the label is read better with the words."""
        return self.f1_after >= self.f1_before and self.gain > _LEAST_GAIN * self.gain_error


def fit_label_words(
    reader: MessageReader, examples: Sequence[LabelledExample], messages: Sequence[str]
) -> list[TaughtWords]:
    """Fit the words of each label with enough examples, and judge them on messages left out by fifths.

    Parameters
    ----------
    messages : sequence of str
        Messages that nobody reported: they count as they are read.
    """
    shipped, counts = reader.with_label_words({}), _count_examples(examples)
    labels = [label for label, count in counts.items() if count >= MIN_EXAMPLES]
    if not labels:
        return []
    texts = list(dict.fromkeys([example.message for example in examples] + list(messages)[:_MOST_OTHERS]))
    row_of = {text: row for row, text in enumerate(texts)}
    before = _read_labels(shipped, texts)
    lesson = _Lesson(shipped, texts, before)
    truth = {label: before.find(label).astype(float) for label in labels}
    is_reported = {label: np.zeros(len(texts), bool) for label in labels}
    for example in examples:
        if example.label in truth:
            truth[example.label][row_of[example.message]] = example.is_true
            is_reported[example.label][row_of[example.message]] = True
    fold = np.array([crc32(text.encode()) % _FOLDS for text in texts])
    refitted = {label: np.full(len(texts), np.nan) for label in labels}
    for left_out in range(_FOLDS):
        rows = np.flatnonzero(fold == left_out)
        words = {label: lesson.fit(label, truth[label], is_reported[label], fold != left_out) for label in labels}
        read = _read_labels(shipped.with_label_words(words), [texts[row] for row in rows])
        for label in labels:
            refitted[label][rows] = read.get(label)
    everything = np.ones(len(texts), bool)
    return [
        _judge_words(
            label,
            lesson.fit(label, truth[label], is_reported[label], everything),
            truth[label] > 0,
            is_reported[label],
            (before.get(label), refitted[label]),
            float(before.threshold[before.labels.index(label)]),
        )
        for label in labels
    ]


def _count_examples(examples: Sequence[LabelledExample]) -> dict[str, int]:
    """Count the examples of each label, in the order in which labels come first."""
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.label] = counts.get(example.label, 0) + 1
    return counts


def _judge_words(  # noqa: PLR0913  (one label's columns)
    label: str,
    words: str,
    truth: np.ndarray,
    is_reported: np.ndarray,
    probability: tuple[FloatArray, FloatArray],
    threshold: float,
) -> TaughtWords:
    """Compare what was said with what is said by weights of other messages."""
    before, refitted = probability
    target = np.where(is_reported, truth, before)
    gains = _compute_log_loss(before, target) - _compute_log_loss(refitted, target)
    gains = gains[~np.isnan(gains)]
    return TaughtWords(
        label,
        int(is_reported.sum()),
        words,
        float(gains.sum()),
        float(gains.std() * np.sqrt(len(gains))),
        compute_f1(before >= threshold, truth),
        compute_f1(refitted >= threshold, truth),
    )


def _compute_log_loss(probability: FloatArray, target: FloatArray) -> FloatArray:
    """Return the log loss of each message, where the truth is itself a probability. NaN without a message."""
    bounded = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(-target * np.log(bounded) - (1 - target) * np.log(1 - bounded))


class _Lesson:
    """The terms of messages, and what is said of each as it ships."""

    def __init__(self, reader: MessageReader, texts: Sequence[str], read: MessageLabels) -> None:
        self._reader, self._read = LabelReader.load_default(), read
        model = self._reader.model
        self._idf = np.sqrt(model.square.astype(float))
        is_used = _find_ordinary_terms(reader, texts)
        self._values: csr_matrix = match_terms(texts, model.hashes, self._idf, is_used)

    def fit(self, label: str, truth: FloatArray, is_reported: np.ndarray, is_used: np.ndarray) -> str:
        """Return the changes of the label's words: reported messages count by their truth, others as they are read."""
        probability = np.clip(self._read.get(label), 1e-6, 1 - 1e-6)
        rows = np.flatnonzero(is_used & ~np.isnan(probability))
        column = self._read.labels.index(label)
        # The words of a message and of its strongest sentence both count in the joint log-odds.
        values = self._values[rows] * float(self._reader.own[column].sum())
        terms = np.unique(values.indices)
        target = np.where(is_reported[rows], truth[rows], probability[rows])
        changes = _fit_changes(values[:, terms], logit(probability[rows]), target, label == RED_FLAG)
        return encode_words(self._reader.model.hashes[terms], changes * self._idf[terms])


def _fit_changes(values: csr_matrix, log_odds: FloatArray, target: FloatArray, only_raised: bool) -> FloatArray:
    """Return the most probable changes of the weights of terms, none below 0 where they may only be raised."""

    def lose(changes: FloatArray) -> tuple[float, FloatArray]:
        """Return the negative log posterior and its gradient."""
        score = log_odds + values @ changes
        loss = (np.logaddexp(0.0, score) - target * score).sum() + _RIDGE / 2 * changes @ changes
        return float(loss), values.T @ (expit(score) - target) + _RIDGE * changes

    bounds = [(0.0, None)] * values.shape[1] if only_raised else None
    optimum = minimize(lose, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(optimum.x)


def _find_ordinary_terms(reader: MessageReader, texts: Sequence[str]) -> np.ndarray:
    """Return for each term of the texts whether all of its words are ordinary ones. Bool."""
    ordinary = _list_ordinary_words(reader)
    tokens, terms = TokenizedMessages.of(list(texts)), list_terms(list(texts))
    is_other = np.array([word not in ordinary for word in tokens.strings()], bool)
    others = np.concatenate([[0], np.cumsum(is_other)])
    first_word = np.repeat(np.asarray(tokens.words_from)[:-1], np.diff(terms.terms_from))
    return np.asarray(others[first_word + terms.last + 1] == others[first_word + terms.first])


def _list_ordinary_words(reader: MessageReader) -> set[str]:
    """List the words of phrases, services, times and medical vocabularies: nobody's name is among them.

    Words around times come from messages, and ``training.messages.fit_times`` takes out what is written as a name.
    """
    medical = TokenizedMessages.of([term for name in VOCABULARIES for term in read_vocabulary(name)]).strings()
    return {word for word in (*reader.words, *medical) if len(word) > 1 and word.isalpha()}


def _read_labels(reader: MessageReader, messages: Sequence[str]) -> MessageLabels:
    """Return the labels of messages, written on no day that is known."""
    readings = reader.read_all(messages, np.full(len(messages), "NaT", "datetime64[D]"))
    return LabelReader.load_default().read(messages, readings)
