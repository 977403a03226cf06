"""Does a condition hold for the moments that it describes, and never for what is unknown?"""

import numpy as np
import pytest

from features.practice_file.rule_matching import match_condition
from features.practice_file.scoring_rules import parse_conditions


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("'Visits' >= 2", [True, False, False]),
        ("'Visits' is known", [True, True, False]),
        ("'Visits' is unknown", [False, False, True]),
        ("'Visits' != 1", [True, False, False]),
        ("not 'Visits'", [False, False, False]),
        ("'Visits' = two", [False, False, False]),
    ],
)
def test_numbers_are_compared(line, expected):
    assert match_condition(parse_conditions(line)[0], np.array([2.0, 1.0, np.nan])).tolist() == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [("payer = aetna", [True, False, False]), ("payer != aetna", [False, True, False]), ("payer > a", [False] * 3)],
)
def test_texts_are_equal_whatever_their_case(line, expected):
    values = np.array([" Aetna", "Cigna", None], object)

    assert match_condition(parse_conditions(line)[0], values).tolist() == expected
