"""Do a service's own rules say who may have it?"""

import numpy as np
import pytest

import features.signals  # noqa: F401
from features.practice.eligibility_rules import EligibilityRules, parse_age_band
from features.practice.practice import Practice, Service


@pytest.mark.parametrize(
    ("band", "ages"),
    [
        ("18-39", (18, 39)),
        ("75+", (75, 120)),
        ("65 and older", (65, 120)),
        ("under 18", (0, 17)),
        ("<5", (0, 4)),
        ("34", (34, 34)),
        ("39 - 18", (18, 39)),
        ("adult", None),
        (None, None),
    ],
)
def test_an_age_band_is_read_as_people_write_it(band, ages):
    np.testing.assert_array_equal(parse_age_band(band), (np.nan, np.nan) if ages is None else ages)


@pytest.mark.parametrize(
    ("payer", "accepted"),
    [
        ("Blue Shield", 1.0),
        ("blue shield of Ohio", 1.0),
        ("Blue Shield / Medicaid", 0.0),
        ("Shield", 0.0),
        ("Medicaid", 0.0),
    ],
)
def test_a_payer_is_known_by_its_whole_name(payer, accepted):
    services = Service("surgery", payers=("Blue Shield",)), Service("therapy", payers=("Blue Shield", "Medicaid"))
    rules = EligibilityRules.from_practice(Practice(services=services))

    assert rules.check_payer(payer)[0] == accepted
