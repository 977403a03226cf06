"""Tests of digits that mean dates: by their range, their number and their header."""

import numpy as np
import pytest

from features.mapping.date_numbers import are_date_numbers

_WRITTEN = {
    "digits of days": [20250106 + day for day in range(6)],
    "seconds since 1970": [1736150700 + 86_400 * day for day in range(6)],
    "days of Excel": [45658 + day for day in range(6)],
}


@pytest.mark.parametrize("numbers", _WRITTEN.values(), ids=_WRITTEN)
def test_under_the_header_of_a_date_they_are_dates_and_under_that_of_a_number_none(numbers):
    texts = np.array([str(number) for number in numbers], object)

    assert are_date_numbers(texts, "Created At")
    assert not are_date_numbers(texts, "Invoice no")


def test_without_a_word_of_a_date_only_the_digits_of_many_days_are_dates():
    assert are_date_numbers(np.array([str(number) for number in _WRITTEN["digits of days"]], object), "x")
    assert not are_date_numbers(np.array(["20250106"] * 6, object), "x")
    assert not are_date_numbers(np.array([str(number) for number in _WRITTEN["days of Excel"]], object), "x")


def test_one_value_that_is_no_number_or_no_day_speaks_against_all():
    assert not are_date_numbers(np.array(["20250106", "soon"], object), "Created")
    assert not are_date_numbers(np.array(["20250106", "20251399"], object), "Created")
