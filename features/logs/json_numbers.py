"""How are many numbers written as JSON, quickly and to the digit? The texts of ``json.dumps``, by pydantic's encoder.

Lives here: one text for each number of an array.
Does not live here: what the numbers mean (``prediction_log``), texts and objects (``json`` itself).

Receipts are hashes of such texts, so a digit more or less is another receipt.
"""

import json
import math

import numpy as np
from pydantic_core import to_json

from features.array_types import FloatArray

__all__ = ["format_number", "format_numbers"]

_SMALLEST, _LARGEST = 1e-4, 1e16
"""From the first and below the second, both encoders write the shortest digits without an exponent."""


def format_numbers(numbers: FloatArray, unknown: str = "NaN") -> list[str]:
    """Format each number as ``json.dumps`` does: the shortest digits that give the same float64.

    Parameters
    ----------
    numbers : float64 array of shape (n,)
    unknown : {"NaN", "null"}
        The text of NaN.

    >>> format_numbers(np.array([0.1, 3.0, -2.5e-7, np.nan]), unknown="null")
    ['0.1', '3.0', '-2.5e-07', 'null']
    """
    values = numbers.tolist()
    if not values:
        return []
    # Two numbers in five are unknown: the encoder writes them, too.
    texts = to_json(values, inf_nan_mode="null" if unknown == "null" else "constants").decode()[1:-1].split(",")
    size = np.abs(numbers)
    is_written_otherwise = ((size < _SMALLEST) & (size > 0)) | (size >= _LARGEST)
    for position in np.flatnonzero(is_written_otherwise).tolist():
        texts[position] = format_number(values[position])
    return texts


def format_number(number: float) -> str:
    """Format one number as ``json.dumps`` does, in a third of its time.

    >>> format_number(2e-5), format_number(float("inf"))
    ('2e-05', 'Infinity')
    """
    return repr(number) if math.isfinite(number) else json.dumps(number)
