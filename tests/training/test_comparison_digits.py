"""Does a reader see on which side of its limit a number is?"""

import pytest

from training.comparison_digits import format_compared


@pytest.mark.parametrize(
    ("value", "limit", "texts"),
    [
        (0.0291, 0.0289, ("0.0291", "0.0289")),
        (0.02912, 0.02908, ("0.02912", "0.02908")),
        (0.041, 0.029, ("0.041", "0.029")),
        (0.029, 0.029, ("0.029", "0.029")),
        (-0.0002, 0.0, ("-0.0002", "0.0000")),
    ],
)
def test_two_numbers_that_differ_look_different(value, limit, texts):
    assert format_compared(value, limit) == texts


def test_what_differs_by_less_than_anybody_measures_has_an_end():
    assert format_compared(0.3, 0.3 + 1e-15) == ("0.30000000", "0.30000000")
