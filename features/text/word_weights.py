"""How often did messages worded like this one lead to a booking? Weights of ordinary words, renewed every month.

Lives here: the weights, each set with the moment from which it applies, and the share they give for a message's words.
Does not live here: learning them (``training.dataset.word_weights``), numbering the words of a message
(``message_reader``).

Only words of the phrase file and of the practice's own services are learned, so no name, phone number or rare word
has a weight.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray, IntArray, TimeArray

__all__ = ["WordWeights"]

_MAX_LOG_ODDS = 4.0
"""A message moves the log-odds by at most this much: a very long one repeats itself."""


@dataclass(frozen=True)
class WordWeights:
    """The weight of each word, learned again every month.

    Parameters
    ----------
    since : datetime64[us] array of shape (k,), ascending, UTC
        Each set of weights was learned from outcomes known strictly before this moment, and applies from it on.
    words : tuple of str
    weights : float array of shape (k, words), log-odds for each occurrence of the word
    base : float array of shape (k,), log-odds of a message without any of the words
    """

    since: TimeArray
    words: tuple[str, ...]
    weights: FloatArray
    base: FloatArray

    def align_weights(self, number: Mapping[str, int]) -> FloatArray:
        """Return the weights by a reader's word numbers, shape (k, numbers); 0 for words without a weight.

        Words that the reader does not number are skipped.

        >>> WordWeights(
        ...     np.array(["2026-03-01"], "datetime64[us]"), ("soon", "fax"), np.array([[0.5, -1.0]]), np.zeros(1)
        ... ).align_weights({"": 0, "soon": 1}).tolist()
        [[0.0, 0.5]]
        """
        weighted = [(number[word], column) for column, word in enumerate(self.words) if word in number]
        aligned = np.zeros((len(self.since), len(number)))
        if weighted:
            tokens, columns = np.array(weighted).T
            aligned[:, tokens] = self.weights[:, columns]
        return aligned

    def compute_share(
        self, token_weights: FloatArray, tokens: IntArray, tokens_from: IntArray, of_lead: IntArray, cutoff: TimeArray
    ) -> FloatArray:
        """Return the share of bookings among messages worded like this, as known at each cutoff.

        Shape (n,), 0 to 1, NaN before the first weights.

        Parameters
        ----------
        token_weights : float array, from ``align_weights``
        tokens, tokens_from : int arrays
            Word numbers of m messages; those of message ``i`` are ``tokens[tokens_from[i]:tokens_from[i + 1]]``.
        of_lead, cutoff : arrays of shape (n,)
        """
        messages = len(tokens_from) - 1
        valid_set = np.searchsorted(self.since, cutoff, side="right") - 1
        message_of_token = np.repeat(np.arange(messages), np.diff(tokens_from))
        share = np.full(len(cutoff), np.nan)
        for number in np.flatnonzero(np.bincount(valid_set + 1)[1:]):
            log_odds = np.bincount(message_of_token, weights=token_weights[number][tokens], minlength=messages)
            rows = valid_set == number
            limited = np.minimum(np.maximum(log_odds[of_lead[rows]], -_MAX_LOG_ODDS), _MAX_LOG_ODDS)
            share[rows] = expit(self.base[number] + limited)
        return share

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return plain arrays for a file; ``from_arrays`` reads them."""
        return {
            "since": self.since.astype(np.int64),
            "words": np.array(self.words, str),
            "weights": self.weights,
            "base": self.base,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "WordWeights":
        """Read the weights that ``to_arrays`` returned."""
        return cls(
            arrays["since"].astype("datetime64[us]"), tuple(arrays["words"].tolist()), arrays["weights"], arrays["base"]
        )
