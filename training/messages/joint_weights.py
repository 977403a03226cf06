"""How are learned words and phrases joined to one probability, and from which one is a label said?

Lives here: the joint weights, which calibrate as well, the floor under a wish to be seen, and the thresholds; all are
fitted to log-odds of hands that the words' weights were not learned from.
Does not live here: the weights of words (``fit_labels``), reading with all of them (``features.text.label_reader``).
"""

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

from features.practice.practice import Practice
from features.text.custom_phrases import ALARMING_GROUPS
from features.text.label_model import LabelModel, LabelScores
from features.text.label_reader import (
    APPOINTMENT,
    RED_FLAG,
    LabelReader,
    asks_clearly,
    list_veto_strengths,
    tabulate_phrases,
)
from features.text.message_reader import MessageReader
from features.text.message_readings import MessageReadings
from features.text.phrase_lexicon import PhraseLexicon
from training.messages.corpus import WRITTEN

__all__ = ["LeftOutScores", "fit_joint", "read_phrases"]

_PENALTY = 0.1
"""Inverse strength of the L2 penalty of the joint weights; log-odds of words are halved, so that they cost little."""
_HALF = 0.5
_RED_FLAG_RECALL = 0.94
"""Share of red flags that the threshold finds, of messages left out by tenths: a missed one costs more than a false
one."""
_PRECISE = {"spam": 0.95, "test": 0.95, "not_a_lead": 0.90}
"""Labels that lower a score: said only from where so many in 100 are right on hands left out."""


@dataclass(frozen=True)
class LeftOutScores:
    """Log-odds of messages by weights that were learned without them: by hand for all labels, by tenth for red flags.

    By hand, the writer is unknown, as in a practice; by tenth, only the message is.
    """

    by_hand: LabelScores
    by_tenth: LabelScores


def read_phrases(texts: list[str]) -> MessageReadings:
    """Read the phrases of messages of the corpus, without a practice of anybody's."""
    reader = MessageReader.of(PhraseLexicon.load_default(), Practice())
    return reader.read_all(texts, np.full(len(texts), np.datetime64(WRITTEN)))


def fit_joint(
    model: LabelModel, left_out: LeftOutScores, readings: MessageReadings, truth: np.ndarray, hand: np.ndarray
) -> LabelReader:
    """Fit joint weights, floor and thresholds."""
    groups, count = tuple(readings.groups), len(model.labels)
    table = tabulate_phrases(readings, groups)
    reader = LabelReader(
        model,
        groups,
        np.zeros((count, 2)),
        np.zeros((count, len(groups) + 2)),
        np.zeros(count),
        np.zeros(count),
        np.zeros(1),
    )
    log_odds = np.zeros(truth.shape)
    for column, label in enumerate(model.labels):
        words = np.stack([scores[:, column] for scores in left_out.by_hand], axis=1)
        of_label, sure = truth[:, column], ~np.isnan(truth[:, column])
        used = table * [label == RED_FLAG or group not in ALARMING_GROUPS for group in (*groups, "", "")]
        for group in np.unique(hand):
            others = (hand != group) & sure
            own, phrases, bias = _fit_label(words[others], used[others], of_label[others] > 0)
            in_group = hand == group
            log_odds[in_group, column] = words[in_group] @ own + used[in_group] @ phrases + bias
        reader.own[column], reader.phrases[column], reader.bias[column] = _fit_label(
            words[sure], used[sure], of_label[sure] > 0
        )
        reader.threshold[column] = _choose_threshold(log_odds[sure, column], of_label[sure] > 0, _PRECISE.get(label))
    _lower_red_flag_threshold(reader, left_out.by_tenth, table, truth)
    column = model.labels.index(APPOINTMENT)
    wish, asks = truth[:, column], asks_clearly(left_out.by_hand.sentence[:, column], readings)
    floor = _fit_floor(log_odds, model.labels, asks & ~np.isnan(wish), wish)
    return LabelReader(model, groups, reader.own, reader.phrases, reader.bias, reader.threshold, floor)


def _fit_label(words: np.ndarray, phrases: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Fit one label's weights of words (2), of phrases, and the bias."""
    fitted = LogisticRegression(C=_PENALTY, max_iter=1_000).fit(np.hstack([words * _HALF, phrases]), labels)
    return fitted.coef_[0, :2] * _HALF, fitted.coef_[0, 2:], float(fitted.intercept_[0])


def _choose_threshold(log_odds: np.ndarray, labels: np.ndarray, least_precision: float | None) -> float:
    """Return the probability from which a label is said: half of the highest F1 that left-out hands give.

    That is the best threshold of calibrated probabilities (Lipton et al. 2014), and steadier than the one at which the
    highest F1 was seen. With a least precision, the first probability from there on at which so many of those above are
    right.
    """
    order = np.argsort(-log_odds, kind="stable")
    probability = 1 / (1 + np.exp(-log_odds[order]))
    hits, predicted = np.cumsum(labels[order]), np.arange(1, len(order) + 1)
    best = float((2 * hits / (predicted + hits[-1])).max() / 2)
    if least_precision is None:
        return best
    is_precise = (hits / predicted >= least_precision) & (hits > 0)
    return max(best, float(probability[np.flatnonzero(is_precise)[-1]])) if is_precise.any() else best


def _lower_red_flag_threshold(reader: LabelReader, scores: LabelScores, table: np.ndarray, truth: np.ndarray) -> None:
    """Set the threshold of red flags to where enough of those are found that were left out by tenths."""
    column = reader.labels.index(RED_FLAG)
    words = np.hstack([scores.message, scores.sentence]) @ reader.own[column]
    log_odds = words + table @ reader.phrases[column] + reader.bias[column]
    lowest = np.quantile(log_odds[truth[:, column] == 1], 1 - _RED_FLAG_RECALL)
    reader.threshold[column] = 1 / (1 + np.exp(-lowest))


def _fit_floor(log_odds: np.ndarray, labels: tuple[str, ...], asks: np.ndarray, wish: np.ndarray) -> np.ndarray:
    """Fit the log-odds of the wish in messages with a phrase of it, by what else they say; no veto adds to it."""
    vetoes, is_wish = list_veto_strengths(log_odds, labels)[asks], wish[asks] > 0
    fitted = LogisticRegression(C=1.0, max_iter=1_000).fit(vetoes, is_wish)
    # Most have no veto at all: their own share, and not where the line through the others meets them.
    share = np.clip(is_wish[(vetoes == 0).all(axis=1)].mean(), 0.5, 0.99)
    return np.r_[np.log(share / (1 - share)), np.maximum(-fitted.coef_[0], 0.0)]
