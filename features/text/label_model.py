"""What does a message say, by learned weights of its terms? A probability for each label, and the words it rests on.

Lives here: the label model that ships (``label_model.npz``), its probabilities, and the weight of each word.
Does not live here: learning the weights (``training.messages``), the terms (``text.message_terms``), phrases
(``text.message_reader``).

The model is additive: the log-odds of a label are a constant plus the weights of the message's terms, so the words that
made a label can be marked exactly. The definitions of the labels stand in ``training/messages/README.md``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray
from features.kernels import message_terms as kernel
from features.text.message_terms import list_terms
from features.text.tokenization import Span, locate_words

__all__ = ["LabelModel", "WordWeights"]

_FILE = "label_model.npz"
_BATCH_SIZE = 1_024
"""Messages scored at a time, so that their terms stay in the processor's cache."""


class WordWeights(NamedTuple):
    """The words of a message and what each adds to the log-odds of the labels.

    Parameters
    ----------
    spans : list of (start, stop)
        Characters of the message as written, half-open, for each of w words.
    weights : float array of shape (w, k)
    """

    spans: list[Span]
    weights: FloatArray

    def find_strongest(self, column: int, count: int) -> list[int]:
        """Return the words that speak for a label, at most so many, the strongest first."""
        order = np.argsort(-self.weights[:, column], kind="stable")[:count].tolist()
        return [word for word in order if self.weights[word, column] > 0]


@dataclass(frozen=True)
class LabelModel:
    """Weights of terms for labels.

    Parameters
    ----------
    labels : tuple of str
    hashes : int64 array of shape (t,)
    square : float32 array of shape (t,); squared inverse document frequency
    weights : float32 array of shape (t, k)
    intercept : float array of shape (k,)
    threshold : float array of shape (k,); the probability from which a label is said
    """

    labels: tuple[str, ...]
    hashes: np.ndarray
    square: np.ndarray
    weights: np.ndarray
    intercept: FloatArray
    threshold: FloatArray

    @staticmethod
    @cache
    def load_default() -> "LabelModel":
        """Load the model that ships, once in a process."""
        with (files("features.text") / _FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return LabelModel.from_arrays(arrays)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "LabelModel":
        """Read the model that ``to_arrays`` returned."""
        weights = arrays["weights"].astype(np.float32) * arrays["scale"]
        return cls(
            tuple(arrays["labels"].tolist()),
            arrays["hashes"],
            arrays["square"].astype(np.float32),
            np.ascontiguousarray(weights.astype(np.float32)),
            arrays["intercept"],
            arrays["threshold"],
        )

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays for a file; weights are kept in steps of a 32,767th of a label's largest."""
        scale = np.maximum(np.abs(self.weights).max(axis=0, initial=0.0), 1e-9) / np.iinfo(np.int16).max
        return {
            "labels": np.array(self.labels, str),
            "hashes": self.hashes,
            "square": self.square.astype(np.float16),
            "weights": np.round(self.weights / scale).astype(np.int16),
            "scale": scale.astype(np.float32),
            "intercept": self.intercept,
            "threshold": self.threshold,
        }

    def predict(self, messages: Sequence[str | None]) -> FloatArray:
        """Return the probability of each label for each message. Shape (m, k); NaN without a message.

        >>> model = LabelModel.load_default()
        >>> probability = model.predict(["I'd like to come in about my knee", None])
        >>> bool(probability[0, model.labels.index("appointment")] > 0.5), bool(np.isnan(probability[1]).all())
        (True, True)
        """
        log_odds, seen = np.tile(self.intercept, (len(messages), 1)), self._make_memory()
        for low in range(0, len(messages), _BATCH_SIZE):
            part = slice(low, low + _BATCH_SIZE)
            seen.fill(-1)
            terms = list_terms([message or "" for message in messages[part]])
            kernel.score_terms(terms, self._table, log_odds[part], seen)
        probability = np.asarray(expit(log_odds))
        probability[[at for at, message in enumerate(messages) if not (message or "").strip()]] = np.nan
        return probability

    def find_label(self, messages: Sequence[str | None], label: str) -> np.ndarray:
        """Return whether a label is said of each message. Shape (m,), bool; False without a message."""
        column = self.labels.index(label)
        return self.predict(messages)[:, column] >= self.threshold[column]

    def weigh_words(self, message: str) -> WordWeights:
        """Return what each word of a message adds to the labels' log-odds, in the order of the words.

        A term of several words is shared out evenly among them; a term that occurs again counts where it came first.
        Weights and intercept add up to the log-odds of ``predict``.
        """
        spans = locate_words(message)
        share = np.zeros((len(spans), len(self.labels)))
        kernel.share_weights(list_terms([message]), self._table, share, self._make_memory())
        return WordWeights(spans, share)

    def _make_memory(self) -> np.ndarray:
        """Return working memory of the kernels; of each call its own, because threads score at once."""
        return np.full(len(self.hashes), -1, np.int32)

    @cached_property
    def _table(self) -> kernel.WeightTable:
        """The weights with the hash table of their terms: hash and row, -1 where a slot is empty."""
        slots = np.full((kernel.count_slots(len(self.hashes)), 2), -1, np.int64)
        kernel.fill_slots(self.hashes, np.arange(len(self.hashes)), slots, -1)
        return kernel.WeightTable(slots, self.square, self.weights)
