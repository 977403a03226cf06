"""What do the words of a message weigh? Learned weights of its terms for each label, for the message and by sentence.

Lives here: the weights that ship (``label_model.npz``), the log-odds that they give, and the share of each word.
Does not live here: joining them with phrases to a probability (``text.label_reader``), learning the weights
(``training.messages``), the terms (``text.message_terms``).

The model is additive: the log-odds of a label are a constant plus the weights of the message's terms, so the words that
made a label can be marked exactly. The definitions of the labels stand in ``training/messages/README.md``.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from features.array_types import FloatArray
from features.kernels import term_scores
from features.kernels.message_terms import count_slots, fill_slots
from features.text.message_terms import list_terms, list_terms_of_words
from features.text.tokenization import Span, TokenizedMessages, locate_words, tokenize_in_batches

__all__ = ["LabelModel", "LabelScores", "WordWeights"]


class LabelScores(NamedTuple):
    """Log-odds of k labels for m messages, by learned weights alone.

    Parameters
    ----------
    message : float array of shape (m, k), of all words of the message
    sentence : float array of shape (m, k), of the one sentence that speaks most for the label
        Words in other sentences do not change it, so what is said beside a wish does not erase the wish.
    """

    message: FloatArray
    sentence: FloatArray


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


_OF_THREAD = threading.local()


def _get_clean_memory(terms: int) -> np.ndarray:
    """Return this thread's byte for each known term, all 0; ``term_scores.score_terms`` leaves it as clean as it was.

    To clear all of it anew for each message would cost more than to read the message.
    """
    memory = getattr(_OF_THREAD, "memory", None)
    if memory is None or len(memory) != terms:
        memory = _OF_THREAD.memory = np.zeros(terms, np.uint8)
    return memory


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
    """

    labels: tuple[str, ...]
    hashes: np.ndarray
    square: np.ndarray
    weights: np.ndarray
    intercept: FloatArray

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
        }

    def score(self, messages: Sequence[str | None]) -> LabelScores:
        """Return the log-odds of each label for each message; of no words, the intercept."""
        return self.score_words(tokenize_in_batches(messages))

    def score_words(self, batches: Sequence[TokenizedMessages]) -> LabelScores:
        """Return the same for messages that are split into words already, in batches."""
        bounds = [0, *accumulate(len(batch.words_from) - 1 for batch in batches)]
        message, sentence = np.empty((2, bounds[-1], len(self.labels)))
        message[:] = self.intercept
        seen = _get_clean_memory(len(self.hashes))
        for batch, (low, high) in zip(batches, pairwise(bounds), strict=True):
            terms = list_terms_of_words(batch)
            term_scores.score_terms(terms, self._table, message[low:high], sentence[low:high], seen)
        sentence += self.intercept
        return LabelScores(message, sentence)

    def weigh_words(self, message: str) -> tuple[WordWeights, WordWeights]:
        """Return what each word adds to both of a message's ``LabelScores``, in the order of the words.

        A term of several words is shared out evenly among them; a term that occurs again counts where it came first.
        Weights and intercept add up to the log-odds of ``score``.
        """
        spans, terms = locate_words(message), list_terms([message])
        shape = len(spans), len(self.labels)
        of_message, of_sentence, highest = np.zeros(shape), np.zeros(shape), np.full(shape[1], -np.inf)
        term_scores.share_weights(terms, self._table, of_message, self._make_memory())
        for low, high in zip(terms.sentences[:-1], terms.sentences[1 : terms.sentences_from[1] + 1], strict=False):
            share = np.zeros(shape)
            part = terms._replace(
                hashes=terms.hashes[low:high],
                first=terms.first[low:high],
                last=terms.last[low:high],
                terms_from=np.array([0, high - low]),
            )
            term_scores.share_weights(part, self._table, share, self._make_memory())
            is_stronger = (share.sum(axis=0) > highest) & share.any()
            highest = np.where(is_stronger, share.sum(axis=0), highest)
            of_sentence = np.where(is_stronger, share, of_sentence)
        return WordWeights(spans, of_message), WordWeights(spans, of_sentence)

    def _make_memory(self) -> np.ndarray:
        """Return working memory of ``share_weights``; of each call its own, because threads score at once."""
        return np.full(len(self.hashes), -1, np.int32)

    @cached_property
    def _table(self) -> term_scores.WeightTable:
        """The weights with the hash table of their terms: hash and row, -1 where a slot is empty."""
        slots = np.full((count_slots(len(self.hashes)), 2), -1, np.int64)
        fill_slots(self.hashes, np.arange(len(self.hashes)), slots, -1)
        return term_scores.WeightTable(slots, self.square, self.weights)
