"""How many times of a key lie before a moment, and what is the key of a text? For one question or for millions."""

import numpy as np

from features.kernels.jit import compile_cached

__all__ = ["count_before", "hash_texts"]


@compile_cached
def count_before(keys, starts, times, queries, cutoffs):
    """Count the entries of each queried key strictly before its cutoff; none are before NaT.

    Parameters
    ----------
    keys : uint64 array of shape (u,), ascending, each once
    starts : int64 array of shape (u + 1,)
        The entries of key ``i`` are ``starts[i]:starts[i + 1]``.
    times : int64 array of shape (r,), ascending within each key
    queries : uint64 array of shape (n,)
    cutoffs : int64 array of shape (n,)
        The smallest int64 is NaT, so no time is before it.
    """
    counts = np.zeros(len(queries), np.int64)
    for row in range(len(queries)):
        key, cutoff = queries[row], cutoffs[row]
        # The first key that is not smaller: afterwards low == high is its place, or len(keys).
        low, high = 0, len(keys)
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        if low == len(keys) or keys[low] != key:
            continue
        # The same search within the key's own times: low ends at the first one that is not before the cutoff. NaT is
        # the smallest int64, so it ends at the beginning and nothing is counted.
        first = starts[low]
        low, high = first, starts[low + 1]
        while low < high:
            middle = (low + high) >> 1
            if times[middle] < cutoff:
                low = middle + 1
            else:
                high = middle
        counts[row] = low - first
    return counts


@compile_cached
def hash_texts(letters, starts, is_text):
    """Hash each text with FNV-1a over its characters, then mix the bits; 0 where ``is_text`` is false.

    Parameters
    ----------
    letters : uint32 array
        The characters of all texts, end to end.
    starts : int64 array of shape (n + 1,)
    is_text : bool array of shape (n,)

    Example of one FNV step, for "a" (97 = 0x61): key = 0xCBF29CE484222325 ^ 0x61 = 0xCBF29CE484222344, times the
    prime 0x100000001B3 (modulo 2**64) = 0xAF63DC4C8601EC8C.
    """
    keys = np.zeros(len(is_text), np.uint64)
    for row in range(len(is_text)):
        if is_text[row]:
            key = np.uint64(0xCBF29CE484222325)
            for at in range(starts[row], starts[row + 1]):
                key = (key ^ np.uint64(letters[at])) * np.uint64(0x100000001B3)
            # FNV changes the high bits little for short texts. The finalizer of MurmurHash3 spreads every bit over all
            # 64: xor with the upper half shifted down, multiply, twice.
            key = (key ^ (key >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
            key = (key ^ (key >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
            # The lowest bit is always set, so that no text has the key 0, which means "no text".
            keys[row] = key ^ (key >> np.uint64(33)) | np.uint64(1)
    return keys
