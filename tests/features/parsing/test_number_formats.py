"""Are the numbers of a column read as the column is written?"""

import numpy as np
import pytest

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.mapping.type_inference import infer_kind
from features.parsing.column_values import decide_numbers, to_number
from features.parsing.number_formats import NumberFormat, read_written_number
from features.parsing.scalars import parse_number


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2,350", "12,5", "0,500", "14,125"], [2.35, 12.5, 0.5, 14.125]),
        (["2,350", "12.5", "1,234.50"], [2350, 12.5, 1234.5]),
        (["1.234", "12,5"], [1234, 12.5]),
        (["1.234", "12.5"], [1.234, 12.5]),
        (["1'234.50", "12’345"], [1234.5, 12345]),
        (["1\u202f234,5", "1\u00a0234 567", "2 500"], [1234.5, 1234567, 2500]),
        (["$1,200", "$-12", "-$12", "($1,200.50)"], [1200, -12, -12, -1200.5]),
        (["1.200,50 €", "€ 3", "EUR 2.000"], [1200.5, 3, 2000]),
        (["45%", "12.5 %"], [45, 12.5]),
        (["1.5K", "2k", "3M"], [1500, 2000, 3e6]),
        (["12-", "(5)", "−7"], [-12, -5, -7]),
        (["3 min", "12 min", "1 h"], [3, 12, 60]),
        (["1,23,456", "12,34,567.5"], [123456, 1234567.5]),
        (["１２", "3.5"], [12, 3.5]),
    ],
)
def test_a_column_decides_how_its_numbers_are_written(values, expected):
    numbers, bad = to_number(values)

    assert not bad.any()
    np.testing.assert_allclose(numbers, expected)


def test_a_long_column_means_what_a_short_one_means():
    values = ["2,350", "12,5", "1.234", "7", "0,500", "1.234.567"] * 40

    np.testing.assert_array_equal(to_number(values)[0], np.tile(to_number(values[:6])[0], 40))
    assert to_number(values)[0][:3].tolist() == [2.35, 12.5, 1234.0]


def test_a_mixture_of_decimal_signs_reads_no_number_that_has_two_readings():
    values = ["12,5", "12.5", "2,350", "7"]
    numbers, bad = to_number(values)

    assert decide_numbers(values)[0].decimal == "mixed"
    assert bad.tolist() == [False, False, True, False]
    assert numbers[[0, 1, 3]].tolist() == [12.5, 12.5, 7.0]


@pytest.mark.parametrize("text", ["about 5", "12-15", "3 bananas", "1,2,3", "12.5.2026", "--", "1/2", "+-3", "1 2"])
def test_what_is_no_number_is_not_read(text):
    assert np.isnan(read_written_number(text))


def test_units_of_another_kind_are_not_compared():
    assert np.isnan(read_written_number("3 km", NumberFormat(unit="min")))
    assert np.isnan(read_written_number("€3", NumberFormat(unit="$")))


@pytest.mark.parametrize("blanks", [["--", "n.a."], ["-", "none"], ["?", "TBD"], ["Unknown", "n/d"]])
def test_a_few_texts_that_stand_for_no_number_make_no_category(blanks):
    assert infer_kind(["1", "12", "5", "3", *blanks, "7", "9"]) == "number"


def test_codes_and_sizes_stay_categories():
    assert infer_kind(["S", "M", "XL", "12", "M"]) == "category"
    assert infer_kind(["unknown", "other", "1", "none of it", "x", "y"]) == "category"


def test_a_value_alone_is_read_as_its_column_was():
    mapping = Mapping.from_dict({"version": 1, "numbers": {"km": {"decimal": "comma"}}})

    assert parse_number("2,350", number_format=mapping.find_number_format("km")) == (2.35, False)
    assert mapping.to_dict()["numbers"] == {"km": {"decimal": "comma"}}


def test_a_wrong_setting_of_numbers_is_named():
    with pytest.raises(MappingError, match="expected one of point, comma, mixed"):
        Mapping.from_dict({"version": 1, "numbers": {"km": {"decimal": "semicolon"}}})
