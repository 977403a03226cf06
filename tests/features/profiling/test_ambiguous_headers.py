"""Is a header of two meanings read by its values?"""

import pytest

from features.profiling.ambiguous_headers import contradicts_header


@pytest.mark.parametrize(
    ("column", "header", "values", "contradicts"),
    [
        ("payer", "Phone Carrier", ["Verizon Wireless", "Aetna"], True),
        ("payer", "Carrier", ["Aetna", "Sunshine Health", "Mutual of Omaha"], False),
        ("payer", "Carrier", ["Aetna"] * 9 + ["Orange Blossom Health"], False),
        ("payer", "Insurance", ["Sprint"], False),
        ("postal_code", "Cap", ["00184", "20121.0"], False),
        ("postal_code", "cap", [0, 1500, 3000], True),
        ("postal_code", "zip", [0, 1500, 3000], False),
    ],
)
def test_values_decide_what_a_header_of_two_meanings_names(column, header, values, contradicts):
    assert contradicts_header(column, header, values) is contradicts
