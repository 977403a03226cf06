"""Is every number written as ``repr`` writes it, by the loop alone? Where the digits are hard to find."""

import numpy as np
import pytest

from features.kernels.number_texts import LONGEST, write_numbers


def write(numbers, is_null=False):
    """The texts of some numbers, and where each of them ends."""
    letters, ends = np.empty(LONGEST * len(numbers), np.uint8), np.empty(len(numbers), np.int64)
    used = write_numbers(np.array(numbers, float), is_null, letters, ends)
    assert used <= len(letters)
    return letters[:used].tobytes().decode("ascii"), ends.tolist()


@pytest.mark.parametrize("base", [2.0, 10.0])
def test_every_power_and_its_neighbors_are_written_to_the_digit(base):
    # Below a power of two the numbers lie twice as close; a power of ten is where the digits end.
    powers = base ** np.arange(-1074 if base == 2 else -323, 1024 if base == 2 else 309)
    numbers = np.concatenate([powers, np.nextafter(powers, 0), np.nextafter(powers, np.inf), -powers])

    assert write(numbers)[0] == "".join(f"{number!r}," for number in numbers.tolist()).replace("inf", "Infinity")


def test_short_decimals_and_whole_numbers_are_written_to_the_digit():
    random = np.random.default_rng(3)
    decimals = random.integers(0, 10**7, 20_000) / 10.0 ** random.integers(0, 8, 20_000)
    whole = random.integers(0, 2**53, 20_000) // 10 ** random.integers(0, 15, 20_000)
    numbers = np.concatenate([decimals, whole.astype(float)])

    assert write(numbers)[0] == "".join(f"{number!r}," for number in numbers.tolist())


def test_the_end_of_each_number_is_told():
    assert write([1.5, np.nan, -np.inf], is_null=True) == ("1.5,null,-Infinity,", [3, 8, 18])
    assert write([np.nan]) == ("NaN,", [3])
    assert write([]) == ("", [])
