"""How many times of a key lie before a moment, and what is the key of a text? For one question or for millions."""

import numpy as np

from features.kernels.jit import compile_cached

__all__ = ["count_before", "hash_texts"]


@compile_cached
def count_before(keys, starts, times, asked, cutoffs):
    """Entries of each asked key strictly before each cutoff; none before NaT.

    Parameters
    ----------
    keys : uint64 array of shape (u,), ascending, each once
    starts : int64 array of shape (u + 1,)
        The entries of key ``i`` stand at ``starts[i]:starts[i + 1]``.
    times : int64 array of shape (r,), ascending inside each key
    asked : uint64 array of shape (n,)
    cutoffs : int64 array of shape (n,)
        The least number stands for NaT.
    """
    found = np.zeros(len(asked), np.int64)
    for row in range(len(asked)):
        key, cutoff = asked[row], cutoffs[row]
        low, high = 0, len(keys)
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        if low == len(keys) or keys[low] != key:
            continue
        first = starts[low]
        low, high = first, starts[low + 1]
        while low < high:
            middle = (low + high) >> 1
            if times[middle] < cutoff:
                low = middle + 1
            else:
                high = middle
        found[row] = low - first
    return found


@compile_cached
def hash_texts(letters, starts, known):
    """A key of each text: FNV-1a over its characters, then stirred; the lowest bit is always set. 0 where ``known`` is
    not.

    Parameters
    ----------
    letters : uint32 array
        The characters of all texts, end to end.
    starts : int64 array of shape (n + 1,)
    known : bool array of shape (n,)
    """
    keys = np.zeros(len(known), np.uint64)
    for row in range(len(known)):
        if known[row]:
            key = np.uint64(0xCBF29CE484222325)
            for at in range(starts[row], starts[row + 1]):
                key = (key ^ np.uint64(letters[at])) * np.uint64(0x100000001B3)
            key = (key ^ (key >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
            key = (key ^ (key >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
            keys[row] = key ^ (key >> np.uint64(33)) | np.uint64(1)
    return keys
