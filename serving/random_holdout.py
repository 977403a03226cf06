"""Which leads are called in order of arrival, whatever their score? A small share, chosen by a hash, so that it can be
seen what the score is worth.

Lives here: the choice, which depends on the lead's id and the model's name alone. Does not live here: the queue
(``serving.desk.queue``).

Where every call follows the score, leads with a low score are called late or never, book less for that alone, and teach
the next model that they never book. Leads that are called as they came are judged fairly, and figures counted on them
stay honest."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

__all__ = ["MAX_SHARE", "select_holdout", "interleave_holdout", "count_holdout_positions"]

MAX_SHARE = 0.5
"""Above this the order would be that of arrival with some scores in it."""


def select_holdout(lead_ids: Sequence[str], share: float, salt: str) -> np.ndarray:
    """Whether each lead is one of the share. Shape (n,), bool.

    A lead stays what it is: with the same salt, on another day, after another training, and a larger share keeps every
    lead of a smaller one.

    Parameters
    ----------
    share : float, 0 to 0.5
    salt : str
        The model's name, so that two models of one practice do not choose the same leads.

    >>> chosen = select_holdout([f"L{i}" for i in range(10_000)], 0.05, "leadlight")
    >>> int(chosen.sum()), bool(select_holdout(["L7"], 0.0, "leadlight")[0])
    (507, False)
    """
    if not 0 <= share <= MAX_SHARE:
        raise ValueError(f"arrival share: found {share!r}, expected a number from 0 to {MAX_SHARE}.")
    key = blake2b(salt.encode(), digest_size=32).digest()
    digests = b"".join(
        blake2b(str(lead_id).encode(errors="replace"), digest_size=8, key=key).digest() for lead_id in lead_ids
    )
    return np.frombuffer(digests, "<u8") < np.uint64(int(share * 2.0**64))


def count_holdout_positions(called: int, share: float) -> int:
    """How many of the first ``called`` places are those of the share.

    >>> [count_holdout_positions(called, 0.25) for called in (0, 2, 3, 6, 7)]
    [0, 0, 1, 1, 2]
    """
    if share <= 0:
        return 0
    about = max(0, int(called * share - 0.5) - 1)
    return about + sum(
        int((about + more + 0.5) / share) < called for more in range(4)
    )  # counted, not computed: the division rounds


def interleave_holdout(scored: np.ndarray, arrived: np.ndarray, share: float, called: int = 0) -> np.ndarray:
    """One order of two: the ``share`` of its places goes to ``arrived``, evenly from the first to the last, until one
    of the two runs out.

    The k-th of ``arrived`` (from 0) stands at place ``floor((k + 1/2) / share)`` (from 0): with 0.05 at 10, 30, 50.
    However far down a day's calls reach, about that share of them were in order of arrival, and the first calls of the
    day are not always among them.

    A list that is made anew after every call counts on from the calls made so far; without that the place of the first
    of ``arrived`` would never be reached.

    Parameters
    ----------
    scored, arrived : int arrays of shapes (s,) and (a,)
        Rows, each in its own order.
    called : int, 0 or more
        Places before the first one of this list that were used up already.

    >>> interleave_holdout(np.arange(10), np.array([90, 91, 92]), 0.25).tolist()
    [0, 1, 90, 2, 3, 4, 91, 5, 6, 7, 92, 8, 9]
    >>> interleave_holdout(np.arange(4), np.array([90]), 0.25, called=6).tolist()
    [90, 0, 1, 2, 3]
    """
    if not len(arrived) or share <= 0:
        return np.concatenate([scored, arrived])
    nth = np.arange(len(arrived))
    before = np.floor((count_holdout_positions(called, share) + nth + 0.5) / share).astype(np.intp) - called - nth
    return np.insert(scored, np.minimum(before, len(scored)), arrived)
