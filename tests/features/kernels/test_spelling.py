"""Is a known word found whatever its bucket, and are two words of one hash refused?"""

import numpy as np
import pytest

from features.kernels.spelling import fill_word_table


def fill(words, size):
    """The hash table of some words."""
    letters = np.frombuffer("".join(words).encode(), np.uint8).astype(np.int32)
    first = np.cumsum([0, *map(len, words)])
    slots = np.full((size, 2), -1, np.int64)
    return slots, fill_word_table(letters, first, slots)


@pytest.mark.parametrize("size", [4, 8, 64])
def test_every_word_has_a_place_of_its_own_however_full_the_table_is(size):
    slots, is_unambiguous = fill(["knee", "back", "hip"], size)

    assert is_unambiguous and sorted(slots[slots[:, 1] >= 0, 1].tolist()) == [0, 1, 2]


def test_two_words_of_one_hash_are_refused():
    assert not fill(["knee", "knee"], 8)[1]
