"""Does what the desk names as a reason tell a caller something, and stand on the right side?"""

import math

import pytest

import features.signals  # noqa: F401  (fills the catalogue)
from features.explain.reason_words import ReasonWords
from features.registry import CATALOGUE
from serving.scoring.informative_facts import choose_list_reason, is_telling


@pytest.mark.parametrize(
    ("name", "value", "raises", "tells"),
    [
        ("asks_for_appointment", 0.9, True, True),
        ("asks_for_appointment", 0.9, False, False),  # contradicts itself
        ("asks_for_appointment", 0.3, True, False),  # more likely not
        ("asks_for_no_care", 0.4, False, False),
        ("recent_touches", 2.0, False, False),
        ("valid_phone", math.nan, False, True),
        ("valid_phone", math.nan, True, False),
        ("payer_accepted", math.nan, False, True),
        ("zip_on_map", math.nan, False, False),
        ("provider_office_asks", 0.0, False, False),
        ("was_referred", 0.0, False, True),
        ("longest_call", 0.7, False, False),  # a voicemail
        ("longest_call", 7.0, True, True),
        ("form_completeness", 0.6, True, False),
        ("service_offered", 1.0, True, False),
        ("service_offered", 0.0, False, True),
        ("further_to_second_clinic", 40.0, False, False),
    ],
)
def test_a_fact_tells_something_where_a_caller_can_use_it(name, value, raises, tells):
    assert is_telling(CATALOGUE[name], value, raises) is tells


def test_the_list_shows_one_useful_reason_or_none():
    reason = lambda text, effect, *signals: {"text": text, "effect": effect, "signals": list(signals)}  # noqa: E731
    useless = [
        reason("We tried 2 times", "lowers", "attempts_made"),
        reason("Came in around 3 PM", "raises", "arrival_hour"),
        reason("Source: Google ad", "raises", "custom:source"),
        reason("20% of leads who came this way booked", "raises", "channel_booking_rate"),
    ]

    assert choose_list_reason(useless) == ""
    assert choose_list_reason([*useless, reason("Insurance not given", "lowers", "payer_accepted")]) == (
        "Insurance not given"
    )


@pytest.mark.parametrize(
    ("name", "value", "effect"),
    [
        ("zip_on_map", math.nan, "raises"),
        ("further_to_second_clinic", 40.0, "lowers"),
        ("provider_office_asks", 0.0, "lowers"),
        ("wants_it_soon", 0.0, "raises"),
        ("payer_accepted", math.nan, "raises"),
    ],
)
def test_no_list_shows_what_tells_a_caller_nothing(name, value, effect):
    text = ReasonWords().describe(CATALOGUE[name], value)

    assert choose_list_reason([{"text": text, "effect": effect, "signals": [name]}]) == ""


@pytest.mark.parametrize(
    ("text", "names", "effect"),
    [
        ("Insurance: Oscar", ["payer_accepted", "payer"], "lowers"),
        ("Wants: Physical therapy", ["service_offered", "service_requested"], "raises"),
        ("Maybe: mentions insurance", ["speaks_of_insurance"], "raises"),
    ],
)
def test_a_column_may_have_given_a_reason_its_words(text, names, effect):
    assert choose_list_reason([{"text": text, "effect": effect, "signals": names}]) == text
