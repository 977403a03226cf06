"""Is a time that a message states one that its writer wishes for? Learned weights of the words around it.

Lives here: the weights that ship (``time_model.npz``), the log-odds that they give a time.
Does not live here: the choice among several times (``time_choice``), finding them (``text.message_reader``), what
stands around them (``kernels.time_features``), what rules say of them (``wished_days``), learning the weights
(``training.messages.fit_times``).

The model is additive: a constant, a weight for each word at its place, and one for each fact of the time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np

from features.array_types import FloatArray, IntArray

__all__ = ["NUMBER", "NUMBERED", "OTHER", "TimeModel", "number_rows"]

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
