"""Does what is named carry most of the movement, in words that point the right way?"""

import numpy as np
import pytest

import features.signals  # noqa: F401  (fills the catalogue)
from features.registry import CATALOGUE, FAMILIES
from features.signals.custom_columns import build_column_signals
from serving.scoring.reason_groups import CONTEXT, choose_list_reason, find_topic, group_reasons
from serving.scoring.reason_words import ReasonWords
from training.bundle import Predictions

SIGNALS = tuple(CATALOGUE.values())
NAMES = [signal.name for signal in SIGNALS]


def predictions(parts, values=None):
    """One scored row with these contributions; every value is 1 unless said otherwise."""
    row = np.array([[parts.get(name, 0.0) for name in NAMES]])
    shown = np.array([[(values or {}).get(name, 1.0) for name in NAMES]])
    return Predictions(np.array([0.5]), np.array([0.0]), 0.0, row, shown)


def grouped(parts, values=None, hidden=()):
    return group_reasons(SIGNALS, predictions(parts, values), 0, ReasonWords(), hidden)


def test_every_signal_has_a_topic_and_words():
    assert all(find_topic(signal) for signal in SIGNALS) and len({find_topic(signal) for signal in SIGNALS}) <= 18
    assert {signal.family for signal in SIGNALS} <= set(FAMILIES)


def test_signals_of_one_topic_are_one_reason_in_the_words_of_the_strongest_that_agrees():
    reasons = grouped(
        {"distance_to_offering_clinic": -0.6, "clinics_in_reach": 0.1, "asks_for_appointment": 0.4},
        {"distance_to_offering_clinic": 80.0},
    )

    assert [(reason.text, round(reason.log_odds, 2)) for reason in reasons.named] == [
        ("50 miles from the nearest location with this service", -0.5),
        ("Wants an appointment", 0.4),
    ]
    assert [len(part) for part in (reasons.speak_for, reasons.speak_against, reasons.context)] == [1, 1, 0]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_named_carries_two_thirds_and_everything_adds_up(seed):
    random = np.random.default_rng(seed)
    parts = dict(zip(NAMES, random.normal(0, 0.2, len(NAMES)) * random.pareto(1.5, len(NAMES)), strict=True))

    reasons = grouped(parts)

    assert reasons.coverage >= 2 / 3 and len(reasons.named) <= 10
    total = sum(reason.log_odds for reason in reasons.named) + reasons.other
    assert total == pytest.approx(sum(parts.values()), abs=1e-9)


def test_what_the_desk_did_is_context_and_no_reason_to_call():
    reasons = grouped({"attempts_unanswered": -0.8, "hours_open": -0.4, "asks_for_appointment": 0.3})

    assert {reason.topic for reason in reasons.context} <= set(CONTEXT) and len(reasons.context) == 2
    assert [reason.text for reason in reasons.speak_for] == ["Wants an appointment"] and reasons.speak_against == ()


def test_a_reason_that_is_not_faithful_is_named_by_its_topic_alone():
    reasons = grouped({"asks_for_appointment": 0.5, "valid_phone": 0.2}, hidden=("contact_data",))

    assert [reason.text for reason in reasons.named] == ["Wants an appointment", "Phone and email"]
    assert reasons.other == pytest.approx(0) and reasons.coverage == 1


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


def test_a_fact_speaks_before_what_is_unknown():
    parts = {"longest_call": -0.3, "inbound_touches": -0.2}

    reasons = grouped(parts, {"longest_call": np.nan, "inbound_touches": 0.0})

    assert [reason.text for reason in reasons.named] == ["Hasn't contacted us again"]


def test_columns_of_the_export_belong_to_the_topic_they_speak_of():
    category = np.array(["google_ads", "phone"] * 30, object)
    channel = build_column_signals("channel", "category", category)[0]
    own = build_column_signals("custom:Tier", "category", category)[0]

    assert (find_topic(channel), find_topic(own)) == ("channel", "column tier")
    assert ReasonWords().describe(channel, 1.0) == "Came by: Google ad"


def test_the_rest_is_not_the_longest_bar_where_small_topics_all_point_one_way():
    large = {"asks_for_appointment": -0.3, "valid_phone": -0.29, "payer_accepted": -0.28}
    small = ("was_referred", "names_condition", "asks_price_only", "distance_to_offering_clinic", "wants_it_soon")

    reasons = grouped(large | dict.fromkeys(small, 0.14))

    assert abs(reasons.other) <= max(abs(reason.log_odds) for reason in reasons.named)
