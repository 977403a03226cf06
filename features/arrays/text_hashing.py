"""Which texts are equal? A 64-bit number for each, for one text or a million.

Lives here: laying texts end to end for the loop that hashes them.
Does not live here: the normal form in which two texts are compared (``point_in_time.contact_index``).
"""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

__all__ = ["hash_texts"]


def hash_texts(texts: Sequence[str | None]) -> np.ndarray:
    """Return the key of each text, never 0; 0 for None. Shape (n,), uint64.

    >>> ann, ben, nobody, again = hash_texts(["ann", "ben", None, "ann"]).tolist()
    >>> ann == again, ann == ben, nobody
    (True, False, 0)
    """
    from features.kernels import hash_lookup

    strings = [text or "" for text in texts]
    # "surrogatepass": a lone surrogate half may come out of damaged JSON and must not stop the batch.
    letters = np.frombuffer("".join(strings).encode("utf-32-le", "surrogatepass"), np.uint32)
    starts = np.array([0, *accumulate(map(len, strings))], np.int64)
    is_text = np.array([text is not None for text in texts], bool)
    return hash_lookup.hash_texts(letters, starts, is_text)
