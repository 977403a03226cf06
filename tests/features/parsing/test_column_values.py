"""Does a column mean what its values mean one by one, and is it read once for each distinct value?"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies

from features.parsing.column_values import (
    convert_values,
    decide_numbers,
    find_present,
    to_category,
    to_number,
    to_text,
    to_yes_no,
)
from features.parsing.number_formats import NumberFormat, collect_number_evidence
from features.parsing.scalars import (
    is_missing,
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


AMOUNTS = (
    *("$12.50", "$1,234.50", "$1.234", "$477.10", "$0.5", "$001.50", "$0,123.50", "$1,234", "$-5.10", "-1,234.50"),
    *(
        "+15335089296",
        "+1.5",
        "1,234.567",
        "12,345,678.9",
        "€12.50",
        "12.50 €",
        "$",
        "$ 5.00",
        "(1,200.50)",
        "1.234,56",
    ),
    *("12.5", "-12.5", "7", "n/a", "", "$12.50 ", "5 min"),
)


@given(amounts=strategies.lists(strategies.sampled_from(AMOUNTS), min_size=1, max_size=9), unit=strategies.booleans())
@settings(max_examples=150, deadline=None)
def test_amounts_of_a_long_column_are_those_of_its_values(amounts, unit):
    repeated = column(amounts * 101)

    decided, evidence = decide_numbers(repeated)
    alone = collect_number_evidence((text.strip(), 101 * amounts.count(text)) for text in dict.fromkeys(amounts))
    assert (evidence.points, evidence.commas, evidence.unclear) == (alone.points, alone.commas, alone.unclear)
    assert list(evidence.units.items()) == list(alone.units.items())

    number_format = NumberFormat(decided.decimal, "$" if unit else decided.unit)
    numbers, bad = to_number(repeated, number_format=number_format)
    expected = [parse_number(text, number_format=number_format) for text in amounts]
    np.testing.assert_array_equal(numbers[: len(amounts)], [number for number, _ in expected])
    np.testing.assert_array_equal(bad[: len(amounts)], [is_bad for _, is_bad in expected])


@given(
    texts=strategies.lists(
        strategies.one_of(LIKELY, strategies.text(max_size=12), strategies.just(" N/A "), strategies.just("n  /  a x")),
        min_size=101,
        max_size=130,
    )
)
@settings(max_examples=60, deadline=None)
def test_what_is_missing_in_a_long_column_is_missing_alone(texts):
    markers = normalize_missing_markers(["Select", "please choose one"])

    present = find_present(pd.Series([*texts, "Please  choose one"], dtype="str"), markers)

    assert present.tolist() == [not is_missing(text, markers) for text in [*texts, "Please  choose one"]]
