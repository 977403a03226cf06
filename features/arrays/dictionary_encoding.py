"""Which different texts stand in a column? So that work is done once for each of them, for one lead as for a million.

Lives here: numbering the distinct values, a column that is kept so. Does not live here: what is done with each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import IntArray, ObjectArray

__all__ = ["DictionaryEncoded", "map_distinct", "encode_values"]

_SMALL_COLUMN = 100
"""Up to so many values a dictionary is quicker than anything clever."""


@dataclass(frozen=True)
class DictionaryEncoded:
    """A column of texts as numbers, so that a million rows cost no Python object each.

    Parameters
    ----------
    codes : int array of shape (n,)
        Place of each row's text in ``distinct``.
    distinct : object array
        The texts that occur, in any order, some perhaps twice; None is not given.

    >>> DictionaryEncoded(np.array([1, 0, 1]), np.array(["a", None], object)).rows(np.array([0, 1])).tolist()
    [None, 'a']
    """

    codes: IntArray
    distinct: ObjectArray

    def __getitem__(self, row: int) -> str | None:
        """The text of one row."""
        return self.distinct[self.codes[row]]

    def rows(self, chosen: np.ndarray) -> ObjectArray:
        """The texts of some rows, by place or mask."""
        return self.distinct[self.codes[chosen]]

    def where(self, of_distinct: np.ndarray) -> np.ndarray:
        """Rows whose text is one of these, a mask over ``distinct``. Shape (n,), bool."""
        return of_distinct[self.codes] if of_distinct.any() else np.zeros(len(self.codes), bool)

    @property
    def unknown(self) -> np.ndarray:
        """Which of ``distinct`` is not given."""
        return np.equal(self.distinct, None)


def encode_values(values: ObjectArray) -> tuple[IntArray, Any]:
    """(number of each value among the distinct ones, -1 for None; the distinct values in the order in which they come).

    >>> encode_values(np.array(["b", None, "a", "b"], object))
    (array([ 0, -1,  1,  0]), ['b', 'a'])
    """
    if len(values) > _SMALL_COLUMN:
        return pd.factorize(values)
    seen: dict[Any, int] = {}
    return np.array(
        [-1 if value is None else seen.setdefault(value, len(seen)) for value in values.tolist()], np.intp
    ), list(seen)


def map_distinct(values: ObjectArray, one: Callable[[Any], Any], unknown: Any, dtype: Any) -> np.ndarray:
    """``one`` of every value, worked out once for each distinct one; ``unknown`` for None. Shape as given.

    >>> map_distinct(np.array(["ab", None, "c"], object), len, -1, int)
    array([ 2, -1,  1])
    """
    codes, distinct = encode_values(values)
    return np.array([*map(one, distinct), unknown], dtype)[codes]
