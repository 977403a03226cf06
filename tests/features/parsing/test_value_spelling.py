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
        ("kneeReplacement", "knee replacements", "service_requested", True),
        ("I need an MRI scan please", "mri_scan", "service_requested", True),
        ("Hip & Knee", "hip and knee", "", True),
        ("Cafe", "Caf\u00e9", "", True),
        ("News", "New", "source", False),
        ("1. Quartal", "2. Quartal", "", False),
        ("A+", "A-", "", False),
        ("Aetna PPO", "Aetna", "payer", True),
        ("I have Aetna", "Aetna (HMO)", "payer", True),
        ("Medicare Part B", "Original Medicare", "payer", True),
        ("Medicare Advantage", "Medicare", "payer", False),
        ("Aetna Medicare", "Aetna", "payer", False),
        ("BCBS of Ohio", "Blue Cross and Blue Shield PPO", "payer", True),
        ("none, paying cash", "self pay", "payer", True),
        ("within 7 days", "Within one week", "timeframe", True),
        ("1-2 weeks", "12 weeks", "timeframe", False),
        ("text me, please", "SMS", "preferred_contact", True),
        ("after 17:00", "After 5:00 p.m.", "preferred_time", True),
        ("MRI (with contrast)", "MRI (without contrast)", "service_requested", False),
        ("Weekdays (mornings)", "weekdays (evenings)", "preferred_time", False),
        ("17 days", "11 weeks", "timeframe", False),
        ("next 7 days", "next week", "timeframe", False),
        ("Select Health", "SelectHealth", "payer", True),
        ("First Health", "First Choice Health", "payer", False),
        ("Health Plus", "Health Choice", "payer", False),
        ("Blue Choice", "Blue Plus", "payer", False),
        ("United Health", "UHC", "payer", True),
        ("Aetna (Medicare)", "Aetna", "payer", False),
    ],
)
def test_two_spellings(one, other, column, same):
    assert (fold_value(one, column) == fold_value(other, column)) is same


def test_a_payers_short_name():
    assert fold_payer("UHC") == fold_payer("United Healthcare")
