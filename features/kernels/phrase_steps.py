"""Where does a phrase go on from here? A hash table of the steps of a trie, in compiled code.

Lives here: filling it, and taking a step. Does not live here: walking a message (``phrase_matcher``).
"""

import numpy as np

from features.kernels.jit import compile_cached, compile_helper

__all__ = ["fill_step_table", "take_step"]


@compile_cached
def fill_step_table(steps, table):
    """Fill the hash table of the trie's steps.

    Open addressing: a step goes to the first empty row (-1) from its start on. The length is a power of two, so that
    ``& (length - 1)`` wraps around: with 8 rows, row 7 is followed by 8 & 7 = 0.
    """
    for step in range(len(steps)):
        at = _find_start(steps[step, 0], len(table))
        while table[at, 0] >= 0:
            at = (at + 1) & (len(table) - 1)
        table[at, 0], table[at, 1] = steps[step, 0], steps[step, 1]


@compile_helper
def _find_start(step, size):
    """Return the row at which to look for a step first.

    Fibonacci hashing: 0x9E3779B97F4A7C15 is 2**64 divided by the golden ratio, which spreads neighbors far apart. For
    step 1 bits 32 and up are 0x9E3779B9, for step 2 they are 0x3C6EF372 (modulo 2**32); with 8 rows those are rows 1
    and 2.
    """
    return np.int64((np.uint64(step) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & (size - 1)


@compile_helper
def take_step(table, key):
    """Return the node behind a node and word, -1 where there is none.

    The key is node times words plus word: with 1,000 words, word 7 behind node 3 is step 3,007.
    """
    at = _find_start(key, len(table))
    # It ends: at least half of the rows are empty, and an empty one says that the step is nowhere.
    while table[at, 0] >= 0:
        if table[at, 0] == key:
            return table[at, 1]
        at = (at + 1) & (len(table) - 1)
    return np.int64(-1)
