"""Are values compared as a person compares them?"""

import pytest

from features.parsing.value_spelling import fold_payer, fold_value


@pytest.mark.parametrize(
    ("one", "other", "column", "same"),
    [
        ("Physical-Therapy", "physical therapy", "", True),
        ("web_form", "Web Form", "", True),
        ("18-39", "1839", "", False),
        ("L-10", "L 10", "", False),
        ("C-3", "C 3", "", False),
        ("3.0", "3", "", True),
        ("Aetna Inc.", "AETNA Insurance", "payer", True),
        ("cash", "Self-Pay", "payer", True),
        ("Blue Cross & Blue Shield", "BCBS", "payer", True),
        ("Aetna", "Aetna Better", "payer", False),
        ("Insurance Plan", "Health Plan", "payer", False),
    ],
)
def test_two_spellings(one, other, column, same):
    assert (fold_value(one, column) == fold_value(other, column)) is same


def test_a_payers_short_name():
    assert fold_payer("UHC") == fold_payer("United Healthcare")
