"""Does a raw value always mean the same, alone or in a column?"""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies

from features.parsing.scalars import (
    TEXT_LIMIT,
    convert_values,
    is_missing,
    normalize_missing_markers,
    parse_category,
    parse_number,
    parse_text,
    parse_yes_no,
    to_category,
    to_number,
    to_text,
    to_yes_no,
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


@pytest.mark.parametrize(
    "raw, number",
    [
        ("1,234.5", 1234.5),
        ("1,234,567", 1234567),
        ("$12", 12),
        ("-$12.50", -12.5),
        ("€ 1.234,56", 1234.56),
        ("45%", 45),
        ("12,5", 12.5),
        ("0,123", 0.123),
        ("1.234.567", 1234567),
        ("1 234,5", 1234.5),
        ("1'234.5", 1234.5),
        (".5", 0.5),
        ("1e3", 1000),
        ("+7", 7),
        (" 8 ", 8),
        (True, 1),
        (Decimal("2.5"), 2.5),
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        ("007", 7),
        ("12 €", 12),
    ],
)
def test_numbers_are_read_as_people_write_them(raw, number):
    assert parse_number(raw) == (number, False)


@pytest.mark.parametrize(
    "raw",
    [
        "inf",
        "-inf",
        "1e999",
        "about 5",
        "1_000",
        "1,23,4",
        "٣",
        "--5",
        "5-6",
        float("inf"),
        10**400,
        [5],
        datetime(2026, 1, 1),
        "$",
        "%",
        "12,34.5",
    ],
)
def test_what_is_no_number_is_bad(raw):
    number, bad = parse_number(raw)

    assert np.isnan(number)
    assert bad


@pytest.mark.parametrize(
    "raw", [None, float("nan"), pd.NA, pd.NaT, "", "  ", "NULL", "None", "N/A", "na", "-", "NaN", np.datetime64("NaT")]
)
def test_what_is_not_given_is_not_bad(raw):
    assert is_missing(raw)
    assert parse_text(raw) == parse_category(raw) == (None, False)
    assert not parse_number(raw)[1]
    assert not parse_yes_no(raw)[1]


def test_an_exports_own_markers_count_without_regard_to_case():
    missing = normalize_missing_markers(["-- Please  select --"])

    assert parse_category("-- please select --", missing) == (None, False)
    assert parse_category("Select", missing) == ("Select", False)


@pytest.mark.parametrize(
    "raw, answer",
    [
        ("Yes", 1),
        ("Y", 1),
        ("true", 1),
        ("1", 1),
        ("Sí", 1),
        ("on", 1),
        (1.0, 1),
        (True, 1),
        (np.bool_(True), 1),
        ("no", 0),
        ("F", 0),
        ("0.0", 0),
        (0, 0),
        ("Off", 0),
    ],
)
def test_yes_and_no_in_the_words_exports_use(raw, answer):
    assert parse_yes_no(raw) == (answer, False)


@pytest.mark.parametrize("raw", ["perhaps", "2", 2, 0.5, ["yes"]])
def test_neither_yes_nor_no_is_bad(raw):
    assert parse_yes_no(raw)[1]


def test_a_text_loses_its_control_characters_and_keeps_its_lines():
    assert parse_text(" knee\r\nhurts\x00\ta lot\ud800 ")[0] == "knee\nhurts a lot"
    assert parse_text("\x00\x01") == (None, False)


def test_a_text_is_capped():
    text, bad = parse_text("x" * (TEXT_LIMIT + 1))

    assert len(text) == TEXT_LIMIT
    assert not bad


def test_a_category_keeps_its_case_and_folds_its_spaces():
    assert parse_category("  Organic \n Search") == ("Organic Search", False)


@pytest.mark.parametrize(
    "raw, text", [(3, "3"), (3.0, "3"), (3.25, "3.25"), (True, "True"), (np.int64(7), "7"), (1e300, "1e+300")]
)
def test_native_values_become_the_text_that_a_csv_would_hold(raw, text):
    assert parse_text(raw) == (text, False)


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
