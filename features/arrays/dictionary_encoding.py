"""Which distinct values are in a column? So that work is done once per value, for one lead as for a million.

Lives here: numbering the distinct values, and a text column stored that way.
Does not live here: what is computed for each value (``parsing``, ``blocks``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import IntArray, ObjectArray

__all__ = ["DictionaryEncoded", "encode_values", "map_distinct"]

_SMALL_COLUMN = 100
"""Up to this many values, a Python dictionary is faster than the setup cost of ``pandas.factorize``."""


@dataclass(frozen=True)
class DictionaryEncoded:
    """A text column stored as numbers, so that a million rows need no Python object each.

    Parameters
    ----------
    codes : int array of shape (n,)
        Position of each row's text in ``distinct``.
    distinct : object array
        The texts that occur, in any order and possibly repeated; None is a missing value.

    >>> DictionaryEncoded(np.array([1, 0, 1]), np.array(["a", None], object)).take(np.array([0, 1])).tolist()
    [None, 'a']
    """

    codes: IntArray
    distinct: ObjectArray

    def __getitem__(self, row: int) -> str | None:
        """Return the text of one row."""
        return self.distinct[self.codes[row]]

    def take(self, rows: np.ndarray) -> ObjectArray:
        """Return the texts of some rows, given by position or mask."""
        return self.distinct[self.codes[rows]]

    def find_rows(self, of_distinct: np.ndarray) -> np.ndarray:
        """Find the rows whose text is selected by a mask over ``distinct``. Shape (n,), bool."""
        return of_distinct[self.codes] if of_distinct.any() else np.zeros(len(self.codes), bool)

    @property
    def is_missing(self) -> np.ndarray:
        """Mask over ``distinct``: which of them stands for a missing value."""
        return np.equal(self.distinct, None)


def encode_values(values: ObjectArray) -> tuple[IntArray, Any]:
    """Return each row's number (-1 for None) and the distinct values, numbered in order of appearance.

    >>> encode_values(np.array(["b", None, "a", "b"], object))
    (array([ 0, -1,  1,  0]), ['b', 'a'])
    """
    if len(values) > _SMALL_COLUMN:
        return pd.factorize(values)
    numbers: dict[Any, int] = {}
    codes = [-1 if value is None else numbers.setdefault(value, len(numbers)) for value in values.tolist()]
    return np.array(codes, np.intp), list(numbers)


def map_distinct(values: ObjectArray, function: Callable[[Any], Any], unknown: Any, dtype: Any) -> np.ndarray:
    """Apply ``function`` once to each distinct value; ``unknown`` stands for None. Same shape as ``values``.

    >>> map_distinct(np.array(["ab", None, "c"], object), len, -1, int)
    array([ 2, -1,  1])
    """
    codes, distinct = encode_values(values)
    # Code -1 (None) indexes the last element, where ``unknown`` was appended.
    return np.array([*map(function, distinct), unknown], dtype)[codes]
