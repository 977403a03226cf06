"""How do the terms of a linear model stand in memory? Numbers in full, of each category only the code that a row has.

Lives here: the matrix of all terms, its products, and the matrix of second moments that curvature is.
Does not live here: which terms there are and what they read (``linear_fit``, ``linear_model``), the minimization
(``ridge_logistic``).

Most terms are codes of categories, and nearly all of their values are the same: 0 less the code's share of the rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from features.array_types import FloatArray, IntArray
from training.model.linear.linear_model import LinearTerm

__all__ = ["DesignMatrix", "order_terms"]

_CHUNK = 8_192
"""Rows that are multiplied in one step: few enough to stay in the processor's cache, in double precision."""


def order_terms(terms: Sequence[LinearTerm]) -> list[LinearTerm]:
    """Return the terms in the order of a design's columns: codes after all others."""
    return sorted(terms, key=lambda term: term.kind == "code")


@dataclass(frozen=True)
class DesignMatrix:
    """A constant and p terms of n rows, each term less its mean over the training rows.

    Parameters
    ----------
    numbers : float32 array of shape (n, 1 + numbers)
        The constant 1, then the terms that are no codes.
    codes : sparse float32 array of shape (n, codes)
        1 where the row has the code.
    code_means : float array of shape (codes,)
        What is subtracted from every value of a code.
    counts : float array of shape (n,) or None
        How many equal rows each row stands for; None where each is one.

    >>> design = DesignMatrix.of_numbers(np.array([[1.0], [-1.0]], np.float32))
    >>> design.multiply(np.array([0.5, 2.0])).tolist(), design.multiply_transposed(np.array([1.0, 2.0])).tolist()
    ([2.5, -1.5], [3.0, -1.0])
    >>> design.compute_second_moments(np.array([1.0, 4.0])).tolist()
    [[5.0, -3.0], [-3.0, 5.0]]
    """

    numbers: np.ndarray
    codes: csr_array
    code_means: FloatArray
    counts: FloatArray | None = None

    @classmethod
    def of_numbers(cls, values: np.ndarray) -> "DesignMatrix":
        """Return a design without codes, from float32 values of shape (n, numbers) that are centered already."""
        ones = np.ones((len(values), 1), np.float32)
        return cls(np.concatenate([ones, values], axis=1), csr_array((len(values), 0), dtype=np.float32), np.empty(0))

    @classmethod
    def from_terms(cls, matrix: np.ndarray, terms: Sequence[LinearTerm]) -> "DesignMatrix":
        """Return the design of these terms (see ``order_terms``) for a feature matrix of shape (n, signals)."""
        others, codes = ([term for term in terms if (term.kind == "code") is is_code] for is_code in (False, True))
        numbers = np.ones((len(matrix), 1 + len(others)), np.float32)
        for column, term in enumerate(others, 1):
            numbers[:, column] = term.transform(matrix[:, term.signal].astype(float)) - term.mean
        return cls(numbers, _find_codes(matrix, codes), np.array([term.mean for term in codes]))

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def columns(self) -> int:
        """Return the number of columns: one more than there are terms."""
        return self.numbers.shape[1] + len(self.code_means)

    def take_every(self, step: int) -> "DesignMatrix":
        """Return the design of every so manieth row, from the first on."""
        counts = None if self.counts is None else self.counts[::step]
        return DesignMatrix(self.numbers[::step], self.codes[::step], self.code_means, counts)

    def repeat(self, times: IntArray) -> "DesignMatrix":
        """Return the design in which each row comes as often as ``times`` says, shape (n,), and is stored once."""
        rows = np.flatnonzero(times)
        return DesignMatrix(self.numbers[rows], self.codes[rows], self.code_means, times[rows].astype(float))

    def count(self, values: FloatArray) -> FloatArray:
        """Return the values of shape (n,), each times the number of rows that its row stands for."""
        return values if self.counts is None else values * self.counts

    def multiply(self, weights: FloatArray) -> FloatArray:
        """Return the sum of the columns, each times its weight, in double precision. Shape (n,)."""
        of_numbers, of_codes = np.split(weights, [self.numbers.shape[1]])
        sums = self.codes @ of_codes - self.code_means @ of_codes
        for rows in self._split():
            sums[rows] += self.numbers[rows].astype(float) @ of_numbers
        return sums

    def multiply_transposed(self, values: FloatArray) -> FloatArray:
        """Return the sum over rows of each column times ``values`` of shape (n,). Shape (columns,)."""
        values = self.count(values)
        of_numbers = np.zeros(self.numbers.shape[1])
        for rows in self._split():
            of_numbers += values[rows] @ self.numbers[rows].astype(float)
        return np.concatenate([of_numbers, values @ self.codes - self.code_means * values.sum()])

    def compute_second_moments(self, row_weights: FloatArray) -> FloatArray:
        """Return the sum over rows of each product of two columns, times ``row_weights``. Shape (columns, columns).

        Single precision within a chunk: to about six digits.
        """
        end = self.numbers.shape[1]
        moments = np.zeros((self.columns, self.columns))
        roots = np.sqrt(self.count(row_weights)).astype(np.float32)
        for rows in self._split():
            numbers, codes = self.numbers[rows] * roots[rows, None], self.codes[rows]
            codes.data *= np.repeat(roots[rows], np.diff(codes.indptr))
            moments[:end, :end] += numbers.T @ numbers
            moments[end:, :end] += codes.T @ numbers
            moments[end:, end:] += (codes.T @ codes).toarray()
        moments[:end, end:] = moments[end:, :end].T
        # Each code less its mean, in rows and in columns; the first column is the constant.
        moments[end:] -= np.outer(self.code_means, moments[0])
        moments[:, end:] -= np.outer(moments[:, 0], self.code_means)
        return moments

    def _split(self) -> Iterator[slice]:
        """Return the chunks of rows."""
        return (slice(start, start + _CHUNK) for start in range(0, len(self), _CHUNK))


def _find_codes(matrix: np.ndarray, terms: Sequence[LinearTerm]) -> csr_array:
    """Return which of the codes each row has. Shape (n, codes), 1 or not stored."""
    rows, columns = [np.empty(0, np.intp)], [np.empty(0, np.intp)]
    first = 0
    for signal in dict.fromkeys(term.signal for term in terms):
        codes = np.array([term.center for term in terms if term.signal == signal])
        values = matrix[:, signal].astype(float)
        position = np.minimum(np.searchsorted(codes, values), len(codes) - 1)
        has_code = np.flatnonzero(codes[position] == values)
        rows.append(has_code)
        columns.append(first + position[has_code])
        first += len(codes)
    row, column = np.concatenate(rows), np.concatenate(columns)
    return csr_array((np.ones(len(row), np.float32), (row, column)), shape=(len(matrix), len(terms)))
