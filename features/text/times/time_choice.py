"""Which of the times that a message states does its writer wish for, if any? The most likely, by learned weights.

Lives here: what the weights are asked about each time, and the choice. Does not live here: the weights
(``time_model``), what rules choose (``wished_days``), what stands around a time (``kernels.time_features``).
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from features.array_types import FloatArray, IntArray
from features.text.message_readings import MessageReadings
from features.text.times.time_model import TimeModel

__all__ = ["choose_times", "list_features"]


def choose_times(
    model: TimeModel, readings: MessageReadings, probability: FloatArray, labels: Sequence[str], by_rules: FloatArray
) -> FloatArray:
    """Return for each message the days of the time that is most likely wished for. Shape (m,), NaN for none.

    Parameters
    ----------
    probability : float array of shape (m, labels)
    by_rules : float array of shape (m,)
        The days that rules choose (``text.times.wished_days``), NaN for none.
    """
    days, (rows, stated) = np.full(len(by_rules), np.nan), readings.times
    if not len(rows):
        return days
    log_odds = model.score(*list_features(readings, probability, labels, by_rules))
    if len(rows) == 1:
        days[rows[0, 0]] = stated[0] if log_odds[0] > model.threshold else np.nan
        return days
    # The most likely time of each message is written last; of two alike the first.
    order = np.argsort(log_odds[::-1], kind="stable")
    order = len(rows) - 1 - order
    order = order[log_odds[order] > model.threshold]
    days[rows[order, 0]] = stated[order]
    return days


def list_features(
    readings: MessageReadings, probability: FloatArray, labels: Sequence[str], by_rules: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Return the rows of the words around each time, -1 for none, and the facts. Shapes (t, columns), (t, facts)."""
    from features.kernels import time_features as kernel

    rows, days = readings.times
    words, facts = np.empty((len(rows), len(kernel.PLACE_OF_COLUMN)), np.int64), np.zeros((len(rows), kernel.FACTS))
    log_odds = np.zeros((len(by_rules), len(kernel.LABELS)))
    timed = rows[:, 0] if len(rows) == 1 else np.unique(rows[:, 0])
    share = np.clip(probability[timed][:, _locate_labels(tuple(labels))], 1e-6, 1 - 1e-6)
    log_odds[timed] = np.log(share / (1 - share))
    messages = kernel.TimedMessages(
        readings.tokens,
        readings.tokens_from,
        rows,
        days,
        readings.reader.time_words,
        log_odds,
        by_rules,
        readings.mentions("has_visit"),
    )
    kernel.fill_features(messages, words, facts)
    return words, facts


@lru_cache(maxsize=8)
def _locate_labels(labels: tuple[str, ...]) -> IntArray:
    """Return the columns of the labels that are facts of a time."""
    from features.kernels.time_features import LABELS

    return np.array([labels.index(label) for label in LABELS], np.int64)
