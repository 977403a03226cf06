"""Which texts are the same? A number of 64 bits for each, for one text or a million.

Lives here: laying texts end to end for the loop that numbers them. Does not live here: what one form two texts share
(``contacts``)."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

__all__ = ["hash_texts"]


def hash_texts(texts: Sequence[str | None]) -> np.ndarray:
    """A key of each text, never 0; 0 for None. Shape (n,), uint64.

    >>> ann, ben, nobody, again = hash_texts(["ann", "ben", None, "ann"]).tolist()
    >>> ann == again, ann == ben, nobody
    (True, False, 0)
    """
    from features.kernels.hash_lookup import hash_texts

    said = [text or "" for text in texts]
    letters = np.frombuffer("".join(said).encode("utf-32-le", "surrogatepass"), np.uint32)
    starts = np.array([0, *accumulate(map(len, said))], np.int64)
    known = np.array([text is not None for text in texts], bool)
    return hash_texts(letters, starts, known)
