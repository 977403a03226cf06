"""Does a term of a message count once, and one that the table does not have not at all?"""

import numpy as np
import pytest

from features.kernels.message_terms import TermTable, fill_slots
from features.kernels.term_scores import WeightTable, score_terms

KNOWN, OTHER, UNKNOWN = 4, 8, 12
"""Hashes of runs of words: the last two bits are those of their block."""


def score(*sentences):
    """The score of one message with these sentences of terms, and that of its strongest sentence."""
    slots = np.full((8, 2), -1, np.int64)
    fill_slots(np.array([KNOWN, OTHER], np.int64), np.arange(2), slots, -1)
    weights = WeightTable(slots, np.array([4.0, 4.0], np.float32), np.array([[6.0], [-2.0]], np.float32))
    hashes = np.array([term for sentence in sentences for term in sentence], np.int64)
    bounds = np.cumsum([0, *map(len, sentences)])
    words = np.zeros(len(hashes), np.int32)
    terms = TermTable(hashes, words, words, np.array([0, len(hashes)]), bounds, np.array([0, len(sentences)]))
    scores, strongest, seen = np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(2, np.uint8)
    score_terms(terms, weights, scores, strongest, seen)
    assert not seen.any()
    return scores[0, 0], strongest[0, 0]


def test_a_repeated_term_counts_once_and_an_unknown_one_not_at_all():
    assert score([KNOWN]) == score([KNOWN, KNOWN, UNKNOWN]) == (3.0, 3.0)


def test_the_strongest_sentence_is_no_sentence_of_unknown_words():
    both, strongest = score([KNOWN], [OTHER], [UNKNOWN])

    assert both == pytest.approx(4 / np.sqrt(8)) and strongest == 3.0
