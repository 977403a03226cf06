"""Does a column mean what its values mean one by one, and is it read once for each distinct value?"""

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from features.parsing.column_values import convert_values, to_category, to_number, to_text, to_yes_no
from features.parsing.scalars import (
    normalize_missing_markers,
    parse_category,
    parse_number,
    parse_text,
    parse_yes_no,
)

PAIRS = {
    "text": (parse_text, to_text),
    "category": (parse_category, to_category),
    "number": (parse_number, to_number),
    "yes_no": (parse_yes_no, to_yes_no),
}


LIKELY = strategies.sampled_from(
    [
        "",
        "yes",
        "No",
        "1",
        "1.0",
        "1,234.5",
        "12,5",
        "45%",
        "n/a",
        "Select",
        " web  form ",
        "1e999",
        "inf",
        "-",
        "0",
        "x\ty",
    ]
)


ANYTHING = strategies.one_of(
    LIKELY,
    strategies.text(max_size=8),
    strategies.none(),
    strategies.floats(),
    strategies.integers(),
    strategies.booleans(),
    strategies.just([1]),
    strategies.datetimes(),
)


def column(values):
    """Return an object array of these values."""
    array = np.empty(len(values), object)
    array[:] = values
    return array


@pytest.mark.parametrize("kind", PAIRS)
@given(
    values=strategies.one_of(
        strategies.lists(ANYTHING, min_size=1, max_size=12),
        strategies.lists(
            strategies.one_of(LIKELY, strategies.text(max_size=6), strategies.none()), min_size=1, max_size=12
        ),
    )
)
@settings(max_examples=60, deadline=None)
def test_a_value_alone_means_what_it_means_in_a_column(kind, values):
    parse_value, parse_column = PAIRS[kind]
    repeated = column(values * 101)

    parsed, bad = parse_column(repeated)

    expected = [parse_value(value) for value in values]
    np.testing.assert_array_equal(
        parsed[: len(values)], np.array([parsed_value for parsed_value, _ in expected], parsed.dtype)
    )
    np.testing.assert_array_equal(bad[: len(values)], [is_bad for _, is_bad in expected])


@given(values=strategies.lists(strategies.floats(), min_size=101, max_size=120))
@settings(max_examples=20, deadline=None)
def test_a_native_column_of_numbers_means_the_same_as_its_values(values):
    numbers, bad = to_number(np.array(values))

    expected = [parse_number(value) for value in values]
    np.testing.assert_array_equal(numbers, [number for number, _ in expected])
    np.testing.assert_array_equal(bad, [is_bad for _, is_bad in expected])


def test_equal_values_of_different_types_are_not_mixed_up():
    values = column([1, True, "1", 1.0] * 50)

    assert to_text(values)[0][:4].tolist() == ["1", "True", "1", "1"]


def test_no_value_at_all_gives_empty_columns():
    for _, parse_column in PAIRS.values():
        parsed, bad = parse_column(column([]))
        assert len(parsed) == len(bad) == 0


def test_a_column_is_read_once_for_each_distinct_text():
    parsed_values = []

    def record_and_parse(value, missing):
        parsed_values.append(value)
        return parse_text(value, missing)

    convert_values(column(["a", "b", None] * 100), record_and_parse, normalize_missing_markers(), object)

    assert len(parsed_values) == 3
