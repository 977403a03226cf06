"""How are many numbers written as JSON, quickly and to the digit? The texts of ``json.dumps``, by pydantic's encoder.

Lives here: one text for each number of an array.
Does not live here: what the numbers mean (``prediction_log``), texts and objects (``json`` itself).

Receipts are hashes of such texts, so a digit more or less is another receipt.
"""

import numpy as np
from pydantic_core import to_json

from features.array_types import FloatArray

__all__ = ["format_numbers"]

_SMALLEST, _LARGEST = 1e-4, 1e16
"""From the first and below the second, both encoders write the shortest digits without an exponent."""


def format_numbers(numbers: FloatArray, unknown: str = "NaN") -> list[str]:
    """Format each number as ``json.dumps`` does: the shortest digits that give the same float64.

    Parameters
    ----------
    numbers : float64 array of shape (n,)
    unknown : str
        The text of NaN.

    >>> format_numbers(np.array([0.1, 3.0, -2.5e-7, np.nan]), unknown="null")
    ['0.1', '3.0', '-2.5e-07', 'null']
    """
    values = numbers.tolist()
    if not values:
        return []
    texts = to_json(values).decode()[1:-1].split(",")
    size = np.abs(numbers)
    is_plain = (size == 0) | ((size >= _SMALLEST) & (size < _LARGEST)) | np.isinf(numbers)
    for position in np.flatnonzero(~is_plain).tolist():
        value = values[position]
        texts[position] = repr(value) if value == value else unknown
    return texts
