"""Does a vector do in each place what a number would do?"""

import numpy as np
import pytest

from features.kernels.jit import compile_cached
from training.explain.simd import (
    WIDTH,
    allocate_aligned,
    broadcast,
    broadcast_element,
    choose,
    is_at_most,
    is_not_above,
    load,
    store,
)

EDGES = np.array([np.nan, np.inf, -np.inf, -0.0, 0.0, 5e-324, 1e308, 0.1])


@compile_cached
def _answers(a, b, out):
    x, y = load(a, 0), load(b, WIDTH)
    store(out, 0 * WIDTH, x + y)
    store(out, 1 * WIDTH, x - 0.3)
    store(out, 2 * WIDTH, 0.3 * x)
    store(out, 3 * WIDTH, is_at_most(x, 0.1))
    store(out, 4 * WIDTH, is_not_above(x, 0.1))
    store(out, 5 * WIDTH, choose(x, y, 7.0))
    store(out, 6 * WIDTH, broadcast_element(b, 3))
    store(out, 7 * WIDTH, broadcast(2.0) * x)


@compile_cached
def _begins(size):
    return allocate_aligned(size).ctypes.data


def test_a_vector_answers_as_numpy_does_to_the_bit():
    random = np.random.default_rng(5)
    a, b = np.concatenate([EDGES, random.normal(size=WIDTH - len(EDGES))]), random.normal(size=2 * WIDTH)
    out = np.empty(8 * WIDTH)

    _answers(a, b, out)

    with np.errstate(all="ignore"):
        y = b[WIDTH:]
        expected = [
            a + y,
            a - 0.3,
            0.3 * a,
            a <= 0.1,
            ~(a > 0.1),
            np.where(a != 0, y, 7.0),
            np.full(WIDTH, b[3]),
            2.0 * a,
        ]
    np.testing.assert_array_equal(out.reshape(8, WIDTH), np.array(expected, float))


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_room_begins_where_a_cache_line_does(size):
    assert _begins(size) % 64 == 0
