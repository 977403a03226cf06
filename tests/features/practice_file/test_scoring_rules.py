"""Whom is each service for, and what is said when a rule cannot be answered?"""

import numpy as np
import pytest

import features.signals  # noqa: F401
from features.registry import CATALOGUE
from features.testing import one_lead, value_of


@pytest.mark.parametrize(
    ("band", "met"), [("18-39", 1.0), ("0-17", 0.0), ("75+", 1.0), ("16-20", np.nan), (None, np.nan)]
)
def test_a_band_on_both_sides_of_the_rule_answers_nothing(band, met):
    np.testing.assert_equal(
        value_of(CATALOGUE["age_rule_met"], one_lead(service_requested="spine surgery", age_band=band)), met
    )


def test_age_says_nothing_where_the_service_has_no_rule_on_it():
    ages = [
        value_of(CATALOGUE["age_rule_met"], one_lead(service_requested="physio", age_band=band))
        for band in ("0-17", "75+")
    ]

    np.testing.assert_array_equal(ages, np.nan)


def test_no_signal_reads_age_but_the_rules():
    reading = {name for name, declared in CATALOGUE.items() if any("age_band" in need for need in declared.needs)}

    assert reading == {"age_rule_met"}


@pytest.mark.parametrize(
    "changed",
    [
        {"referrer": "Somebody"},
        {"referral_reason": "stenosis"},
        {"relation": "provider_office"},
        {"message": "my doctor sent me"},
    ],
)
def test_a_referral_counts_wherever_it_is_said(changed):
    assert value_of(CATALOGUE["referral_rule_met"], one_lead(service_requested="spine surgery", **changed)) == 1.0


def test_a_referral_not_said_is_not_there_where_one_is_required():
    assert value_of(CATALOGUE["referral_rule_met"], one_lead(service_requested="spine surgery")) == 0.0
    assert np.isnan(value_of(CATALOGUE["referral_rule_met"], one_lead(service_requested="physio")))


def test_met_and_unanswered_rules_add_up_to_the_rules_there_are():
    lead = one_lead(service_requested="spine surgery", payer="Oscar", referrer="Somebody")

    assert [value_of(CATALOGUE[name], lead) for name in ("rules_met", "rules_unanswered")] == [
        1.0,
        1.0,
    ]  # the payer is answered: not taken
