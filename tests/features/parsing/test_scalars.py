"""Does a raw value always mean the same, alone or in a column?"""

from datetime import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from features.parsing.scalars import (
    TEXT_LIMIT,
    is_missing,
    normalize_missing_markers,
    parse_category,
    parse_number,
    parse_text,
    parse_yes_no,
)


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


@pytest.mark.parametrize(
    "raw", ["perhaps", "2", 2, 0.5, ["yes"], "No-show", "on-site", "off-label", "non-smoker", "No, yes I am", "yes: no"]
)
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
