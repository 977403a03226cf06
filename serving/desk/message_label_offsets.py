"""What do approved reports teach the reader? For each label one number, and the F1 with it and without.

Lives here: fitting what a practice adds to the log-odds of a label, and judging it on messages it was not fitted to.
Does not live here: the reports (``message_label_reports``), where the numbers take effect (``[labels]`` of the
practice's phrase file, ``features.text.custom_phrases``), options and output (``serving.cli.readings``).

People report what is wrong and not what is right. So every other message counts as read rightly: a few reports among
thousands of messages move a label little, and as far as they should.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from features.array_types import FloatArray
from features.text.custom_phrases import MAX_OFFSET
from features.text.label_reader import RED_FLAG, LabelReader, MessageLabels
from features.text.message_reader import MessageReader
from serving.desk.message_label_reports import LabelledExample

__all__ = ["MIN_EXAMPLES", "LabelOffset", "compute_f1", "fit_label_offset", "fit_offsets"]

MIN_EXAMPLES = 5
"""With fewer examples a label stays as it is."""
_PRIOR_PRECISION = 1.0
"""Of the offset: 0, give or take 1."""


@dataclass(frozen=True)
class LabelOffset:
    """What the examples teach about one label.

    Parameters
    ----------
    examples : int
    offset : float
        To add to the label's log-odds, from ``-MAX_OFFSET`` to ``MAX_OFFSET``; never below 0 for an emergency.
    f1_before, f1_after : float
        On all messages; each example is judged by the offset of the others.
    """

    label: str
    examples: int
    offset: float
    f1_before: float
    f1_after: float

    @property
    def helps(self) -> bool:
        """Whether the label is read better with the offset."""
        return self.f1_after > self.f1_before


def fit_offsets(
    reader: MessageReader, examples: Sequence[LabelledExample], messages: Sequence[str]
) -> list[LabelOffset]:
    """Fit what each label with enough examples should have added.

    Parameters
    ----------
    messages : sequence of str
        Messages that nobody reported: they count as read rightly.
    """
    texts = [example.message for example in examples]
    reported, others = (_read_labels(reader, part) for part in (texts, messages))
    offsets = []
    for label in dict.fromkeys(example.label for example in examples):
        rows = [row for row, example in enumerate(examples) if example.label == label]
        if len(rows) >= MIN_EXAMPLES:
            is_true = np.array([examples[row].is_true for row in rows])
            column = reported.labels.index(label)
            threshold = float(logit(reported.threshold[column]))
            wrong, rest = (_to_log_odds(part.get(label)) for part in (reported, others))
            offset = _judge_label(label, wrong[rows], is_true, rest, threshold)
            # What the practice adds already is in the readings; the new number takes its place.
            total = offset.offset + reader.label_offsets.get(label, 0.0)
            offsets.append(replace(offset, offset=min(max(total, -MAX_OFFSET), MAX_OFFSET)))
    return offsets


def _read_labels(reader: MessageReader, messages: Sequence[str]) -> MessageLabels:
    """Return the labels of messages, written on no day that is known."""
    readings = reader.read_all(messages, np.full(len(messages), "NaT", "datetime64[D]"))
    return LabelReader.load_default().read(messages, readings)


def _to_log_odds(probability: FloatArray) -> FloatArray:
    """Return the log-odds of probabilities, bounded, without those of empty messages."""
    known = probability[~np.isnan(probability)]
    return np.asarray(np.clip(logit(known), -20.0, 20.0))


def _judge_label(
    label: str, log_odds: FloatArray, is_true: np.ndarray, others: FloatArray, threshold: float
) -> LabelOffset:
    """Fit one label's offset, and compare F1 with it and without, each example by the offset of the other examples."""
    least = 0.0 if label == RED_FLAG else -MAX_OFFSET
    offset = max(fit_label_offset(log_odds, is_true, others), least)
    is_other = ~np.eye(len(log_odds), dtype=bool)
    by_others = np.array([fit_label_offset(log_odds[kept], is_true[kept], others) for kept in is_other])
    is_said = others >= threshold
    truth = np.r_[is_true, is_said]
    before = np.r_[log_odds >= threshold, is_said]
    after = np.r_[log_odds + np.maximum(by_others, least) >= threshold, others + offset >= threshold]
    return LabelOffset(label, len(log_odds), offset, compute_f1(before, truth), compute_f1(after, truth))


def fit_label_offset(log_odds: FloatArray, is_true: np.ndarray, others: FloatArray) -> float:
    """Return the most probable offset: examples count as they were labelled, all others as they are read.

    >>> sure = np.full(200, 4.0)
    >>> round(fit_label_offset(np.full(10, 1.0), np.zeros(10, bool), sure), 1)
    -0.8
    """
    expected = expit(others).sum() + is_true.sum()

    def slope(offset: float) -> float:
        """Return the derivative of log-likelihood and prior; it falls, so it has one zero."""
        said = expit(others + offset).sum() + expit(log_odds + offset).sum()
        return float(expected - said - _PRIOR_PRECISION * offset)

    if slope(-MAX_OFFSET) <= 0:
        return -MAX_OFFSET
    return MAX_OFFSET if slope(MAX_OFFSET) >= 0 else float(brentq(slope, -MAX_OFFSET, MAX_OFFSET, xtol=1e-6))


def compute_f1(said: np.ndarray, truth: np.ndarray) -> float:
    """Return F1; 1 where nothing is true and nothing said."""
    total = int(said.sum() + truth.sum())
    return 2 * int((said & truth).sum()) / total if total else 1.0
