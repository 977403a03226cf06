"""Is every step of a trie found again, and a step that is none not?"""

import numpy as np
import pytest

from features.kernels.jit import compile_cached
from features.kernels.phrase_steps import fill_step_table, take_step


@compile_cached
def take_steps(table, keys, nodes):
    """Look up each key, as a loop does."""
    for position in range(len(keys)):
        nodes[position] = take_step(table, keys[position])


@pytest.mark.parametrize("count", [1, 7, 500])
def test_steps_are_found_and_others_are_not(count):
    keys = np.random.default_rng(count).choice(10**9, count, replace=False).astype(np.int64)
    table = np.full((1 << (2 * count).bit_length(), 2), -1, np.int64)
    fill_step_table(np.column_stack((keys, np.arange(count))), table)
    nodes = np.empty(count + 1, np.int64)

    take_steps(table, np.append(keys, 10**9 + 7), nodes)

    assert nodes.tolist() == [*range(count), -1]
