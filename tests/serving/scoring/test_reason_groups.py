"""Does what is named carry most of the movement, in words that point the right way?"""

import numpy as np
import pytest

import features.signals  # noqa: F401  (fills the catalogue)
from features.explain.reason_words import ReasonWords
from features.registry import CATALOGUE, FAMILIES
from features.signals.custom_columns import build_column_signals
from serving.scoring.reason_groups import CONTEXT, MIN_SHARE, find_topic, group_reasons
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


def grouped_whole(parts):
    """Every topic of a row on its own, so that none is left out."""
    topics = {find_topic(CATALOGUE[name]) for name in parts}
    alone = [{name: part for name, part in parts.items() if find_topic(CATALOGUE[name]) == topic} for topic in topics]
    return [reason for each in alone for reason in grouped(each).named]


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


def test_a_fact_speaks_before_what_is_unknown():
    parts = {"longest_call": -0.3, "inbound_touches": -0.2}

    reasons = grouped(parts, {"longest_call": np.nan, "inbound_touches": 0.0})

    assert [reason.text for reason in reasons.named] == ["Hasn't contacted us again"]


def test_what_tells_nothing_is_context_by_its_topic_and_a_gap_by_its_name():
    reasons = grouped(
        {"provider_office_asks": -0.5, "zip_on_map": 0.4}, {"provider_office_asks": 0, "zip_on_map": np.nan}
    )

    assert [reason.text for reason in reasons.context] == ["Who referred them", "ZIP code not given"]
    assert reasons.speak_for == reasons.speak_against == ()


def test_a_missing_phone_speaks_before_the_time_of_day_they_like():
    preferred = build_column_signals("preferred_time", "category", np.array(["morning", "evening"] * 30, object))[0]
    phone = CATALOGUE["valid_phone"]
    row = Predictions(np.array([0.5]), np.array([0.0]), 0.0, np.array([[-0.3, -0.2]]), np.array([[1.0, np.nan]]))

    reasons = group_reasons((preferred, phone), row, 0, ReasonWords())

    assert [reason.text for reason in reasons.speak_against] == ["No phone number"]


def test_a_fact_never_stands_on_the_side_that_it_contradicts():
    reasons = grouped({"asks_for_appointment": -0.5, "recent_touches": -0.2})

    assert reasons.speak_against == () and "Wants an appointment" not in [reason.text for reason in reasons.context]


@pytest.mark.parametrize("seed", range(10))
def test_for_and_against_name_two_thirds_of_what_they_are_about(seed):
    random = np.random.default_rng(seed)
    parts = dict(zip(NAMES, random.normal(0, 0.1, len(NAMES)) * random.pareto(1.5, len(NAMES)), strict=True))

    named = grouped(parts)
    whole = [reason for reason in grouped_whole(parts) if not reason.is_context]

    size = sum(abs(reason.log_odds) for reason in (*named.speak_for, *named.speak_against))
    assert size >= MIN_SHARE * sum(abs(reason.log_odds) for reason in whole)


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
