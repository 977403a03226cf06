"""What does each message have of each known term? The matrix on which weights are fitted.

Lives here: inverse document frequencies by message and term, each block of a message of norm 1.
Does not live here: the terms (``text.message_terms``), fitting (``training.messages``, ``serving.desk``).
"""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from features.array_types import FloatArray, IntArray
from features.kernels.message_terms import MARKS, TermTable
from features.text.message_terms import list_terms

__all__ = ["divide_by_norms", "match_terms"]


def match_terms(
    texts: Sequence[str], hashes: IntArray, idf: FloatArray, is_used: np.ndarray | None = None
) -> csr_matrix:
    """Return the values of messages on known terms; other terms are skipped. Shape (m, t).

    Parameters
    ----------
    hashes : int64 array of shape (t,), ascending
    idf : float array of shape (t,); inverse document frequencies
    is_used : bool array, optional
        Of each term of ``list_terms(texts)``, whether it has a value where it is known; all when not given. A term
        without one still counts in its block's norm.
    """
    terms = list_terms(list(texts))
    row, column, is_known = _locate_terms(terms, hashes, len(texts))
    pairs = np.unique(row[is_known] * len(hashes) + column[is_known])
    values = divide_by_norms(*np.divmod(pairs, len(hashes)), hashes, idf, len(texts))
    if is_used is not None:
        is_counted = is_known & is_used
        used = csr_matrix((np.ones(int(is_counted.sum())), (row[is_counted], column[is_counted])), shape=values.shape)
        values = values.multiply(used > 0).tocsr()
    return values


def _locate_terms(terms: TermTable, hashes: IntArray, messages: int) -> tuple[IntArray, IntArray, np.ndarray]:
    """Return the message and the column of each term, and whether it is known."""
    row = np.repeat(np.arange(messages), np.diff(terms.terms_from))
    column = np.minimum(np.searchsorted(hashes, terms.hashes), len(hashes) - 1)
    return row, column, hashes[column] == terms.hashes


def divide_by_norms(row: IntArray, column: IntArray, hashes: IntArray, idf: FloatArray, messages: int) -> csr_matrix:
    """Return inverse document frequencies by message and term, each block of a message but the marks of norm 1."""
    block, square = hashes & 3, np.zeros((messages, 3))
    np.add.at(square, (row, block[column]), idf[column] ** 2)
    square[:, MARKS] = 1.0
    values = idf[column] / np.sqrt(square[row, block[column]])
    return csr_matrix((values, (row, column)), shape=(messages, len(hashes)))
