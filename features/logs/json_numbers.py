"""How are many numbers written as JSON, quickly and to the digit? The texts of ``json.dumps``, by a compiled loop.

Lives here: one text for each number of an array, or for each row of numbers.
Does not live here: the digits (``kernels.number_texts``), what the numbers mean (``prediction_log``), texts and objects
(``json`` itself).

Receipts are hashes of such texts, so a digit more or less is another receipt.
"""

import json
import math
from collections.abc import Sequence

import numpy as np

from features.array_types import FloatArray, IntArray

__all__ = ["format_number", "format_numbers", "format_rows"]


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
    return _write(numbers, unknown)[0].split(",") if len(numbers) else []


def format_rows(rows: Sequence[np.ndarray], unknown: str = "NaN") -> list[str]:
    """Format each array of numbers as a JSON list without spaces; see ``format_numbers``.

    >>> format_rows([np.array([0.1, 3.0]), np.array([]), np.array([np.nan])], unknown="null")
    ['[0.1,3.0]', '[]', '[null]']
    """
    if not rows:
        return []
    text, ends = _write(np.concatenate(rows), unknown)
    formatted, begin, last = [], 0, 0
    for row in rows:
        last += len(row)
        end = int(ends[last - 1]) if len(row) else begin
        formatted.append(f"[{text[begin:end]}]")
        # Behind the comma.
        begin = end + 1 if len(row) else begin
    return formatted


def _write(numbers: np.ndarray, unknown: str) -> tuple[str, IntArray]:
    """Return the texts of numbers with commas between them, and where each of them ends."""
    # numba takes a second to import: not before there is something to write.
    from features.kernels.number_texts import LONGEST, write_numbers

    letters, ends = np.empty(LONGEST * len(numbers), np.uint8), np.empty(len(numbers), np.int64)
    used = write_numbers(np.ascontiguousarray(numbers, np.float64), unknown == "null", letters, ends)
    return letters[: max(used - 1, 0)].tobytes().decode("ascii"), ends


def format_number(number: float) -> str:
    """Format one number as ``json.dumps`` does, in a third of its time.

    >>> format_number(2e-5), format_number(float("inf"))
    ('2e-05', 'Infinity')
    """
    return repr(number) if math.isfinite(number) else json.dumps(number)
