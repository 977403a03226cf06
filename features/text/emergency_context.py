"""Is an emergency that a message names perhaps not now? Long ago, long standing, supposed, joked about, a trade.

Lives here: the words that tell so (``vocabulary/not_now.txt``), found in one message or a million.
Does not live here: what a "no" denies (``text.message_terms``), what follows from it (``text.label_reader``).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from features.kernels import message_terms as kernel
from features.text.message_terms import build_vocabulary_slots
from features.text.tokenization import TokenizedMessages

__all__ = ["find_other_times"]


def find_other_times(batches: Sequence[TokenizedMessages]) -> np.ndarray:
    """Return whether each message has a word that an emergency in it may not be now. Shape (m,), bool.

    >>> from features.text.tokenization import tokenize_in_batches
    >>> find_other_times(tokenize_in_batches(["I had a stroke 6 years ago", "I think it is a stroke"])).tolist()
    [True, False]
    """
    found = [np.zeros(len(batch.words_from) - 1, bool) for batch in batches]
    for batch, is_found in zip(batches, found, strict=True):
        kernel.find_vocabulary(batch.word_rows, batch.words_from, _build_slots(), is_found)
    return np.concatenate([*found, np.empty(0, bool)])


@cache
def _build_slots() -> np.ndarray:
    """Return the hash table of the words, made once in a process."""
    return build_vocabulary_slots({"not_now": 1})
