"""How often did messages worded like this one lead to a booking? Weights of ordinary words, each set with the moment
from which it holds.

Lives here: the weights, and the share they give for a message's words.
Does not live here: learning them (``training.dataset.word_weights``), numbering the words of a message (``reader``).

Only words of the phrase file and of the practice's own services have a number in the reader, so no name, number or rare
word can have a weight."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from features.array_types import FloatArray, IntArray, TimeArray

__all__ = ["WordWeights"]

_FURTHEST = 4.0
"""A message is never taken for more than this many log-odds to either side: a very long one says the same many times.
"""


@dataclass(frozen=True)
class WordWeights:
    """What each word is worth, learned again from time to time.

    Parameters
    ----------
    since : datetime64[us] array of shape (k,), ascending, UTC
        A set of weights was learned from outcomes known strictly before this moment, and holds from it on.
    words : tuple of str
    weights : float array of shape (k, words), log-odds for each time the word is said
    base : float array of shape (k,), log-odds of a message without any of the words
    """

    since: TimeArray
    words: tuple[str, ...]
    weights: FloatArray
    base: FloatArray

    def align_weights(self, number: Mapping[str, int]) -> FloatArray:
        """The weights by a reader's numbers of words, shape (k, numbers); 0 for words without a weight. Words the
        reader does not know are left out.

        >>> WordWeights(
        ...     np.array(["2026-03-01"], "datetime64[us]"), ("soon", "fax"), np.array([[0.5, -1.0]]), np.zeros(1)
        ... ).align_weights({"": 0, "soon": 1}).tolist()
        [[0.0, 0.5]]
        """
        found = [(number[word], place) for place, word in enumerate(self.words) if word in number]
        laid = np.zeros((len(self.since), len(number)))
        if found:
            to, place = np.array(found).T
            laid[:, to] = self.weights[:, place]
        return laid

    def compute_share(
        self, numbered: FloatArray, tokens: IntArray, tokens_from: IntArray, of_lead: IntArray, cutoff: TimeArray
    ) -> FloatArray:
        """The share of messages worded like this that led to a booking, as known at each cutoff. Shape (n,), 0 to 1,
        NaN before the first weights.

        Parameters
        ----------
        numbered : float array, of ``numbered``
        tokens, tokens_from : int arrays
            Word numbers of m messages; those of message ``i`` are ``tokens[tokens_from[i]:tokens_from[i + 1]]``.
        of_lead, cutoff : arrays of shape (n,)
        """
        messages = len(tokens_from) - 1
        held = np.searchsorted(self.since, cutoff, side="right") - 1
        said_in = np.repeat(np.arange(messages), np.diff(tokens_from))
        share = np.full(len(cutoff), np.nan)
        for which in np.flatnonzero(np.bincount(held + 1)[1:]):
            worth = np.bincount(said_in, weights=numbered[which][tokens], minlength=messages)
            here = held == which
            share[here] = expit(self.base[which] + np.minimum(np.maximum(worth[of_lead[here]], -_FURTHEST), _FURTHEST))
        return share

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays for a file; ``from_arrays`` takes them back."""
        return {
            "since": self.since.astype(np.int64),
            "words": np.array(self.words, str),
            "weights": self.weights,
            "base": self.base,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "WordWeights":
        """The wording that ``to_arrays`` wrote."""
        return cls(
            arrays["since"].astype("datetime64[us]"), tuple(arrays["words"].tolist()), arrays["weights"], arrays["base"]
        )
