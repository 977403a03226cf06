"""Are two ids of a record the same?

Lives here: Salesforce's ids of 15 and of 18 characters, which name one record, and numbers written as floats, unless
the column has both forms; the shape of an id for messages.
Does not live here: finding the column (``profiling.id_detection``), joining tables (``tables``).
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from features.array_types import ObjectArray

__all__ = ["canonicalize_id", "canonicalize_ids", "find_numbers_apart", "get_shape"]

_SALESFORCE_18 = re.compile(r"[A-Za-z0-9]{15}[A-Z0-5]{3}")
_FLOAT = re.compile(r"(\d+)\.0+")
_SUFFIX_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def canonicalize_ids(ids: Iterable[str | None], parts: Sequence[int] | np.ndarray | None = None) -> ObjectArray:
    """Return ids under which one record has one id: of 18 characters of Salesforce's, the first 15; no ".0" of a float.

    The last three characters say which of the first 15 are capitals; where they do not agree, the id is not
    Salesforce's and stays as it is. Where a file has "1001" and "1001.0", the two are different ids, and no ".0" is
    taken off in the column. Shape (n,).

    Parameters
    ----------
    ids : iterable of str or None
        Of one column.
    parts : sequence of int of shape (n,), optional
        The file of each id, where a table has several: one of them may have floats where another has whole numbers.

    >>> canonicalize_ids(["00Q5g00000AbAa0EAF", "00Q5g00000AbAa0", "123456789012345678", None]).tolist()
    ['00Q5g00000AbAa0', '00Q5g00000AbAa0', '123456789012345678', None]
    >>> canonicalize_ids(["1001.0", "1002.0", "V1.0"]).tolist(), canonicalize_ids(["1001.0", "1001"]).tolist()
    (['1001', '1002', 'V1.0'], ['1001.0', '1001'])
    """
    texts = list(ids)
    keeps_zeros = bool(find_numbers_apart(texts, parts))
    return np.array(
        # Only an id of 18 characters, or one that ends in a zero, may have another form.
        [
            canonicalize_id(text, keeps_zeros) if text and (text[-1] == "0" or len(text) == 18) else text
            for text in texts
        ],
        object,
    )


def find_numbers_apart(ids: Sequence[str | None], parts: Sequence[int] | np.ndarray | None = None) -> set[str]:
    """Return the ids of which one file has both forms, "1001" and "1001.0": they name different records.

    >>> find_numbers_apart(["1001.0", "1001", "1002.0"]), find_numbers_apart(["1001.0", "1001"], parts=[0, 1])
    ({'1001'}, set())
    """
    # A column that was read as floats has a ".0" behind every number, and so never both forms.
    candidates = [row for row, text in enumerate(ids) if text is not None and text.endswith(".0")]
    if not candidates:
        return set()
    part_of = np.zeros(len(ids), np.intp) if parts is None else np.asarray(parts)
    given = {(part_of[row], text) for row, text in enumerate(ids) if text is not None and not text.endswith(".0")}
    bare = ((part_of[row], (ids[row] or "").removesuffix(".0")) for row in candidates)
    return {text for part, text in bare if text.isdecimal() and (part, text) in given}


def canonicalize_id(record_id: str, keeps_zeros: bool) -> str:
    """Return the one form of an id, with the ".0" of a float where ``keeps_zeros``.

    >>> canonicalize_id("1001.0", keeps_zeros=False), canonicalize_id("1001.0", keeps_zeros=True)
    ('1001', '1001.0')
    """
    if len(record_id) == 18:
        return _shorten(record_id)
    # A column of numbers with gaps is written as floats.
    match = _FLOAT.fullmatch(record_id) if record_id.endswith("0") else None
    if match is None or (keeps_zeros and record_id == f"{match[1]}.0"):
        return record_id
    return match[1]


def get_shape(record_id: str) -> str:
    """Return the shape of an id: 9 for digits, A and a for letters, with the length of long runs.

    >>> get_shape("L-1001"), get_shape("00Q5g00000AbAa0EAF")
    ('A-9999', '18 letters and digits')
    """
    if len(record_id) > 12:
        if record_id.isdigit():
            return f"{len(record_id)} digits"
        if record_id.isalnum():
            return f"{len(record_id)} letters and digits"
    shape = re.sub(r"[0-9]", "9", re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", record_id)))
    return shape if len(shape) <= 40 else f"{shape[:20]}... ({len(shape)} characters)"


def _shorten(record_id: str) -> str:
    """Return the first 15 characters of a Salesforce id of 18, any other id as it is."""
    if not _SALESFORCE_18.fullmatch(record_id):
        return record_id
    # Each of the three letters is a number of five bits: bit i is set where character i of its five is a capital.
    for part in range(3):
        capitals = sum(1 << i for i, letter in enumerate(record_id[5 * part : 5 * part + 5]) if "A" <= letter <= "Z")
        if _SUFFIX_LETTERS[capitals] != record_id[15 + part]:
            return record_id
    return record_id[:15]
