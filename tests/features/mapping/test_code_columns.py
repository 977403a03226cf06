"""Are codes told from numbers that count something?"""

import numpy as np
import pytest

from features.mapping.code_columns import are_codes

NPI = [1245319599.0, 1376543210, 1548293847, 1699741234]


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Region_Code", [28.0, 3, 46]),
        ("Facility #", [7.0, 12, 31]),
        ("Referred to (NPI)", NPI),
        ("q9", NPI),
        ("course", [1.0, 17, 40]),
        ("Reco_Policy_Cat", [1.0, 12, 22]),
        ("Médico", [3.0, 8, 11]),
    ],
)
def test_codes_are_recognized_by_header_or_by_their_shape(header, values):
    assert are_codes(header, np.array(values * 10))


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Group size", [2.0, 3, 4]),
        ("Courses taken", [2.0, 3, 4]),
        ("Product views", [2.0, 3, 4]),
        ("ProductRelated", [2.0, 3, 41]),
        ("q9", [12.0, 340, 7_000_000_000]),
        ("Deal", [10_000_000.0, 25_000_000, 40_000_000]),
        ("Total order value", NPI),
        ("q9", [1.5e9 + number for number in range(40)]),
    ],
)
def test_what_counts_something_stays_a_number(header, values):
    repeats = 1 if len(values) == 40 else 10

    assert not are_codes(header, np.array(values * repeats))


def test_long_numbers_under_a_header_that_systems_number_are_codes_and_short_ones_may_count():
    numbers = np.arange(40.0).repeat(5)

    assert are_codes("Campaign", 10_250 + numbers) and are_codes("ad_set form", 4_000 + numbers)
    assert not are_codes("Campaign", 1 + numbers) and not are_codes("q9", 10_250 + numbers)
    assert not are_codes("Campaign cost", 10_250 + numbers)


def test_numbers_of_a_system_recur_although_there_are_many():
    drawn = np.random.default_rng(1).integers(0, 600, 250)

    assert are_codes("Campaign", 10_000.0 + drawn) and not are_codes("Campaign", 10_000.0 + np.arange(250))
