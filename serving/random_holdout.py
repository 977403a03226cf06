"""Which leads are called in order of arrival, whatever their score? A small random share, which shows what the score is
worth.

Lives here: the choice, a hash of the lead's id and the model's name. Does not live here: the queue
(``serving.desk.queue``).

If every call followed the score, leads with a low score would be called late or never, book less for that reason alone,
and teach the next model that they never book. Leads called in order of arrival give unbiased figures."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

__all__ = ["MAX_SHARE", "select_holdout", "interleave_holdout", "count_holdout_positions"]

MAX_SHARE = 0.5
"""With a larger share the order of arrival would prevail over the score."""


def select_holdout(lead_ids: Sequence[str], share: float, salt: str) -> np.ndarray:
    """Return whether each lead belongs to the share. Shape (n,), bool.

    The choice is stable: with the same salt, a lead is chosen on every day and after every training, and a larger share
    contains every lead of a smaller one.

    Parameters
    ----------
    share : float, 0 to 0.5
    salt : str
        The model's name, so that two models of one practice choose different leads.

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
    # Eight bytes as a number from 0 to 2^64: the share of 0.05 takes those below 0.05 * 2^64.
    return np.frombuffer(digests, "<u8") < np.uint64(int(share * 2.0**64))


def count_holdout_positions(called: int, share: float) -> int:
    """Count the share's positions among the first ``called`` ones.

    >>> [count_holdout_positions(called, 0.25) for called in (0, 2, 3, 6, 7)]
    [0, 0, 1, 1, 2]
    """
    if share <= 0:
        return 0
    lower_bound = max(0, int(called * share - 0.5) - 1)
    # Counted from a safe lower bound, not computed in one formula: the division rounds.
    return lower_bound + sum(int((lower_bound + extra + 0.5) / share) < called for extra in range(4))


def interleave_holdout(scored: np.ndarray, arrived: np.ndarray, share: float, called: int = 0) -> np.ndarray:
    """Merge two orders: ``arrived`` gets the ``share`` of the positions, evenly spaced, until one of the two runs out.

    The k-th of ``arrived`` (from 0) gets position ``floor((k + 1/2) / share)``, from 0: with 0.05 positions 10, 30, 50.
    However many calls a day has, about that share of them is in order of arrival, and the first calls of the day are
    not always among them.

    A list that is rebuilt after every call continues from the calls made so far; otherwise the first position of
    ``arrived`` would never be reached.

    Parameters
    ----------
    scored, arrived : int arrays of shapes (s,) and (a,)
        Rows, each in its own order.
    called : int, 0 or more
        Positions before the first one of this list that are used up.

    >>> interleave_holdout(np.arange(10), np.array([90, 91, 92]), 0.25).tolist()
    [0, 1, 90, 2, 3, 4, 91, 5, 6, 7, 92, 8, 9]
    >>> interleave_holdout(np.arange(4), np.array([90]), 0.25, called=6).tolist()
    [90, 0, 1, 2, 3]
    """
    if not len(arrived) or share <= 0:
        return np.concatenate([scored, arrived])
    nth = np.arange(len(arrived))
    # Positions in ``scored`` before which each of ``arrived`` is inserted.
    positions = np.floor((count_holdout_positions(called, share) + nth + 0.5) / share).astype(np.intp) - called - nth
    return np.insert(scored, np.minimum(positions, len(scored)), arrived)
