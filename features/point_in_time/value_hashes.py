"""Which values are the same value? 64 bits of each, whatever its spelling.

Lives here: hashes of ids and of categories, kept in memory only. Does not live here: what is counted by them
(``outcome_history``), keyed hashes for what is written down (``features.logs.installation_key``).
"""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b

import numpy as np

from features.array_types import ObjectArray
from features.arrays.dictionary_encoding import map_distinct
from features.arrays.text_memory import remember_texts
from features.parsing.value_spelling import fold_value

__all__ = ["find_hash", "hash_ids", "hash_values"]


def hash_values(values: ObjectArray, field: str = "") -> np.ndarray:
    """Hash each text of a field to 64 bits, ignoring its spelling; 0 for None. Same shape."""
    return map_distinct(values, find_hash(field), 0, np.uint64)


def hash_ids(ids: ObjectArray) -> np.ndarray:
    """Hash each id to 64 bits, ignoring case; 0 for None. Same shape.

    Of an id every other character counts: "A-1" and "A_1" may be two leads, and so may "12" and "12.0".

    >>> keys = hash_ids(np.array(["A-1", "a-1", "A_1", None], object))
    >>> bool(keys[0] == keys[1]), bool(keys[0] == keys[2]), int(keys[3])
    (True, False, 0)
    """
    return map_distinct(ids, _hash_id, 0, np.uint64)


def find_hash(field: str) -> Callable[[str], int]:
    """Return how the values of a field are hashed: persons are ids, all others are categories."""
    return _hash_id if field == "person_id" else partial(_hash_value, field)


@remember_texts(65_536)
def _hash_value(field: str, text: str) -> int:
    """Return 64 bits of a category, whatever its spelling; never 0."""
    return _hash_text(fold_value(text, field))


def _hash_id(text: str) -> int:
    """Return 64 bits of an id; never 0."""
    return _hash_text(text.strip().casefold())


def _hash_text(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") | 1
