"""What do the terms of a message weigh? Sums of the rows that a table has for them.

Lives here: compiled scores of messages, and how much of a message each row explains. Does not live here: the terms
(``message_terms``), where the weights come from (``training.messages``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_cached, compile_helper, inline_helper
from features.kernels.message_terms import IN_MESSAGE, IN_SENTENCE, MARKS

__all__ = ["WeightTable", "score_terms", "share_weights"]


class WeightTable(NamedTuple):
    """The weights of t terms for k labels.

    Parameters
    ----------
    slots : int64 array of shape (s, 2), hash and row; -1 is an empty slot, s is a power of two
    square : float32 array of shape (t,); squared inverse document frequency, what a term adds to its block's norm
    weights : float32 array of shape (t, k); times the inverse document frequency
    """

    slots: np.ndarray
    square: np.ndarray
    weights: np.ndarray


@compile_cached
def score_terms(terms, table, scores, strongest, seen):
    """Add up the weights of each message's known terms; a repeated term counts once.

    Parameters
    ----------
    scores : float array of shape (m, k); all terms of the message are added
    strongest : float array of shape (m, k); set to the largest sum of one of its sentences
    seen : uint8 array of shape (t,), all 0, and so it is left; working memory

    Returns a sum that only keeps the compiler from dropping the reads ahead.
    """
    labels, longest, ahead = table.weights.shape[1], 0, 0.0
    for m in range(len(terms.terms_from) - 1):
        longest = max(longest, terms.terms_from[m + 1] - terms.terms_from[m])
    rows = np.empty(longest, np.int64)
    norms, sums, total = np.empty((2, 3)), np.empty((2, 3, labels)), np.empty(labels)
    for m in range(len(terms.terms_from) - 1):
        low, high, has_any = terms.terms_from[m], terms.terms_from[m + 1], False
        ahead += _find_rows(terms.hashes[low:high], table, rows)
        norms[0] = 0.0
        sums[0] = 0.0
        for sentence in range(terms.sentences_from[m], terms.sentences_from[m + 1]):
            norms[1] = 0.0
            sums[1] = 0.0
            begin, end = terms.sentences[sentence], terms.sentences[sentence + 1]
            has_term = _add_sentence(terms.hashes[begin:end], rows[begin - low :], table, norms, sums, seen)
            # A sentence of unknown words is no evidence: its sum of 0 must not hide what the others speak against.
            if has_term:
                _add_blocks(sums[1], norms[1], total)
                for label in range(labels):
                    strongest[m, label] = max(strongest[m, label], total[label]) if has_any else total[label]
                has_any = True
        _add_blocks(sums[0], norms[0], total)
        scores[m] += total
        if not has_any:
            strongest[m] = 0.0
        _mark_seen(rows[: high - low], seen, 0)
    return ahead


@inline_helper
def _find_rows(hashes, table, rows):
    """Fill in the row of each term of a message, -1 for an unknown one; return a sum of some weights.

    All rows are found, and touched, before the first is added: so the weights of the whole message travel to the
    processor's cache at the same time. A row is one or two cache lines of 64 bytes.
    """
    ahead, last = np.float32(0.0), table.weights.shape[1] - 1
    for term in range(len(hashes)):
        rows[term] = _find_row(hashes[term], table.slots)
        if rows[term] >= 0:
            ahead += table.weights[rows[term], 0] + table.weights[rows[term], last]
    return ahead


@inline_helper
def _add_sentence(hashes, rows, table, norms, sums, seen):
    """Add one sentence to the sums of the message (0) and of the sentence (1); return whether it has a known term."""
    square, weights, has_term = table.square, table.weights, False
    for term in range(len(hashes)):
        row = rows[term]
        if row >= 0 and not seen[row] & IN_SENTENCE:
            has_term, block = True, hashes[term] & 3
            norms[1, block] += square[row]
            _add_row(sums[1, block], weights[row])
            if not seen[row]:
                norms[0, block] += square[row]
                _add_row(sums[0, block], weights[row])
            seen[row] = IN_SENTENCE | IN_MESSAGE
    _mark_seen(rows[: len(hashes)], seen, IN_MESSAGE)
    return has_term


@inline_helper
def _mark_seen(rows, seen, mark):
    """Set the mark of each known term."""
    for row in rows:
        if row >= 0:
            seen[row] = mark


@inline_helper
def _add_row(sums, row):
    """Add the weights of a term to the sums of its block."""
    for label in range(len(sums)):
        sums[label] += row[label]


@inline_helper
def _add_blocks(sums, norms, total):
    """Set ``total`` to the sum of the blocks, each divided by its norm but for the marks."""
    total[:] = 0.0
    for block in range(3):
        if norms[block] > 0.0:
            norm = 1.0 if block == MARKS else np.sqrt(norms[block])
            for label in range(len(total)):
                total[label] += sums[block, label] / norm


@compile_cached
def share_weights(terms, table, share, seen):
    """Share the weights of one message's known terms out among its words; ``share``, shape (words, k), is added to."""
    norms = np.zeros(3)
    for term in range(terms.terms_from[0], terms.terms_from[1]):
        row = _find_row(terms.hashes[term], table.slots)
        # The first place of a term is remembered, and counts when the norms are known.
        if row >= 0 and seen[row] < 0:
            seen[row] = term
            norms[terms.hashes[term] & 3] += table.square[row]
    for term in range(terms.terms_from[0], terms.terms_from[1]):
        row = _find_row(terms.hashes[term], table.slots)
        if row >= 0 and seen[row] == term:
            block = terms.hashes[term] & 3
            words = terms.last[term] - terms.first[term] + 1
            norm = words * (1.0 if block == MARKS else np.sqrt(norms[block]))
            for word in range(terms.first[term], terms.last[term] + 1):
                for label in range(table.weights.shape[1]):
                    share[word, label] += table.weights[row, label] / norm


@compile_helper
def _find_row(term, slots):
    """Return the row of a term's weights, -1 when it has none."""
    at = (term ^ (term >> 29)) & (len(slots) - 1)
    while slots[at, 1] >= 0:
        if slots[at, 0] == term:
            return slots[at, 1]
        at = (at + 1) & (len(slots) - 1)
    return np.int64(-1)
