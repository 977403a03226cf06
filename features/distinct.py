"""Which different texts stand in a column? So that work is done once for each of them, for one lead as for a million.

Lives here: numbering the distinct values. Does not live here: what is done with each.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from features.types import IntArray, ObjectArray

__all__ = ["for_each_distinct", "numbered"]

_FEW = 100
"""Up to so many values a dictionary is quicker than anything clever."""


def numbered(values: ObjectArray) -> tuple[IntArray, Any]:
    """(number of each value among the distinct ones, -1 for None; the distinct values in the order in which they come).

    >>> numbered(np.array(["b", None, "a", "b"], object))
    (array([ 0, -1,  1,  0]), ['b', 'a'])
    """
    if len(values) > _FEW:
        return pd.factorize(values)
    seen: dict[Any, int] = {}
    return np.array([-1 if value is None else seen.setdefault(value, len(seen)) for value in values.tolist()], np.intp), list(seen)


def for_each_distinct(values: ObjectArray, one: Callable[[Any], Any], unknown: Any, dtype: Any) -> np.ndarray:
    """``one`` of every value, worked out once for each distinct one; ``unknown`` for None. Shape as given.

    >>> for_each_distinct(np.array(["ab", None, "c"], object), len, -1, int)
    array([ 2, -1,  1])
    """
    codes, distinct = numbered(values)
    return np.array([*map(one, distinct), unknown], dtype)[codes]
