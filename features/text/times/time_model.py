"""Is a time that a message states one that its writer wishes for? Learned weights of the words around it.

Lives here: the weights that ship (``time_model.npz``), the log-odds that they give a time, the choice among several.
Does not live here: finding times (``text.message_reader``), what stands around them (``kernels.time_features``), what
rules say of them (``text.times.wished_days``), learning the weights (``training.messages.fit_times``).

The model is additive: a constant, a weight for each word at its place, and one for each fact of the time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.resources import files

import numpy as np

from features.array_types import FloatArray, IntArray
from features.text.message_readings import MessageReadings

__all__ = ["NUMBER", "NUMBERED", "OTHER", "TimeModel", "list_features", "number_rows"]

OTHER, NUMBER, NUMBERED = "", "#", "#th"
"""Entries of a model's words that stand for any word it does not have, for "14" and for "14th"."""
_FILE = "time_model.npz"


@dataclass(frozen=True)
class TimeModel:
    """Weights of words by their place beside a time, and of facts.

    Parameters
    ----------
    words : tuple of str
        The first three are ``OTHER``, ``NUMBER`` and ``NUMBERED``.
    weights : float array of shape (places, words)
    facts : float array of shape (facts,)
    bias, threshold : float
        The constant, and the log-odds from which a time is wished for.
    """

    words: tuple[str, ...]
    weights: FloatArray
    facts: FloatArray
    bias: float
    threshold: float

    @staticmethod
    @cache
    def load_default() -> "TimeModel":
        """Load the model that ships, once in a process."""
        with (files("features.text") / _FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return TimeModel.from_arrays(arrays)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "TimeModel":
        """Read the model that ``to_arrays`` returned."""
        bias, threshold = arrays["constants"].tolist()
        return cls(
            tuple(arrays["words"].tolist()),
            arrays["weights"].astype(float),
            arrays["facts"].astype(float),
            bias,
            threshold,
        )

    @classmethod
    def of_words(cls, words: tuple[str, ...]) -> "TimeModel":
        """Return a model of these words without weights, to learn them; it chooses no time."""
        from features.kernels.time_features import FACTS, PLACES

        return cls(words, np.zeros((len(PLACES), len(words))), np.zeros(FACTS), 0.0, np.inf)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays for a file."""
        return {
            "words": np.array(self.words, str),
            "weights": self.weights.astype(np.float32),
            "facts": self.facts.astype(np.float32),
            "constants": np.array([self.bias, self.threshold]),
        }

    def score(self, words: IntArray, facts: FloatArray) -> FloatArray:
        """Return the log-odds that each time is wished for, by what ``list_features`` returned. Shape (t,)."""
        from features.kernels.time_features import PLACE_OF_COLUMN

        return np.asarray(self._padded[PLACE_OF_COLUMN, words].sum(axis=1) + facts @ self.facts + self.bias)

    @cached_property
    def _padded(self) -> FloatArray:
        """The weights with a column of zeros behind them: what -1, no word, weighs."""
        return np.concatenate([self.weights, np.zeros((len(self.weights), 1))], axis=1)

    def choose(
        self, readings: MessageReadings, probability: FloatArray, labels: Sequence[str], by_rules: FloatArray
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
        log_odds = self.score(*list_features(readings, probability, labels, by_rules))
        if len(rows) == 1:
            days[rows[0, 0]] = stated[0] if log_odds[0] > self.threshold else np.nan
            return days
        # The most likely time of each message is written last; of two alike the first.
        order = np.argsort(log_odds[::-1], kind="stable")
        order = len(rows) - 1 - order
        order = order[log_odds[order] > self.threshold]
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


def number_rows(time_words: Sequence[str], words: Sequence[str]) -> IntArray:
    """Return the row among ``time_words`` for each of a reader's words; numbers share one.

    >>> number_rows([OTHER, NUMBER, NUMBERED, "after"], ["", "after", "14", "14th", "knee"]).tolist()
    [0, 3, 1, 2, 0]
    """
    number = {word: row for row, word in enumerate(time_words)}
    digits = [word[:1].isdigit() for word in words]
    entries = [
        (NUMBER if word.isdigit() else NUMBERED) if is_number else word
        for word, is_number in zip(words, digits, strict=True)
    ]
    return np.array([number.get(entry, 0) for entry in entries], np.int64)
