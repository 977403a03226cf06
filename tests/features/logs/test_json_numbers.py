"""Is every number written as ``json.dumps`` writes it? Receipts of years past depend on it."""

import json
import struct

import numpy as np
import pytest

from features.logs.json_numbers import format_numbers, format_rows


def dumped(numbers):
    """Each number as the standard library writes it."""
    return [json.dumps(number) for number in numbers.tolist()]


def test_numbers_of_every_size_are_written_to_the_digit():
    random = np.random.default_rng(7)
    numbers = random.normal(size=100_000) * 10.0 ** random.integers(-40, 40, 100_000)

    assert format_numbers(numbers) == dumped(numbers)


def test_any_bits_are_written_to_the_digit():
    bits = np.random.default_rng(8).integers(0, 2**63, 50_000)
    numbers = bits.view(np.float64)

    assert format_numbers(numbers) == dumped(numbers)


def test_the_numbers_of_float32_are_written_to_the_digit():
    numbers = np.random.default_rng(9).normal(size=50_000).astype(np.float32).astype(float)

    assert format_numbers(numbers) == dumped(numbers)


@pytest.mark.parametrize("edge", [1e-4, 1e15, 1e16, 1e17, 1e21, 1e22, 2.0**53, 5e-324, 1.7976931348623157e308])
def test_both_sides_of_an_edge_are_written_to_the_digit(edge):
    around = [np.nextafter(edge, 0), edge, np.nextafter(edge, 1e308)]
    numbers = np.array([*around, *(-number for number in around), 0.0, -0.0, np.inf, -np.inf])

    assert format_numbers(numbers) == dumped(numbers)
    assert [struct.pack("d", float(text)) for text in format_numbers(numbers)] == [
        struct.pack("d", number) for number in numbers
    ]


def test_an_unknown_number_has_the_text_that_was_asked_for():
    assert format_numbers(np.array([1.0, np.nan]), unknown="null") == ["1.0", "null"]
    assert format_numbers(np.array([np.nan])) == ["NaN"] == dumped(np.array([np.nan]))
    assert format_numbers(np.empty(0)) == []


def test_rows_of_any_length_are_lists_as_json_writes_them():
    rows = [np.array([]), np.array([0.1, 2e-7], np.float32), np.array([]), np.array([3.0])]

    assert format_rows(rows) == [json.dumps(row.astype(float).tolist(), separators=(",", ":")) for row in rows]
    assert format_rows([np.array([np.nan]), np.array([])], unknown="null") == ["[null]", "[]"]
    assert format_rows([np.array([])]) == ["[]"] and format_rows([]) == []
