"""Are reasons plain words, in the practice's own units and names?"""

import re
from dataclasses import replace

import numpy as np
import pytest

import features.signals  # noqa: F401  (fills the catalogue)
from features.explain.plain_names import name_value
from features.explain.reason_words import ReasonWords, load_reason_words
from features.practice.display_formats import LocalFormats
from features.registry import CATALOGUE
from features.signals.custom_columns import build_column_signals
from features.signals.sent_columns import build_sent_signal

EVERY_SIGNAL = pytest.mark.parametrize("signal", CATALOGUE.values(), ids=CATALOGUE)
ODD = re.compile(
    r"_|\bkm\b|in 100(?!%)|in vain|payer|e-mail|inquir|clinic|signs of life|throw-away|\bof an age\b", re.IGNORECASE
)


@EVERY_SIGNAL
def test_every_text_is_plain_and_american(signal):
    lowest, highest = (0.0, 1.0) if signal.unit in ("yes/no", "share") else (0.0, 3.0)
    values = [np.nan, 1.0 if signal.unit == "month" else lowest, highest]

    texts = [ReasonWords().describe(signal, value) for value in values]

    assert all(texts) and not any(ODD.search(text) or text.endswith(".") or "{" in text for text in texts), texts
    assert all(text[0].isupper() or text[0].isdigit() for text in texts)


def test_every_word_of_the_file_belongs_to_a_signal():
    assert set(load_reason_words()) <= set(CATALOGUE)
    parts = {part for texts in load_reason_words().values() for part in texts}
    assert parts <= {"reason", "absent", "unknown", "whole"}


def test_distances_are_in_the_units_of_the_practice():
    signal = CATALOGUE["distance_to_offering_clinic"]

    assert ReasonWords().describe(signal, 20.0).startswith("12 miles")
    assert ReasonWords(LocalFormats("en-GB")).describe(signal, 20.0).startswith("20 km")


def test_once_and_twice_are_words():
    assert ReasonWords().describe(CATALOGUE["times_reached"], 2.0) == "We spoke twice"


def test_dates_are_so_long_ago_or_ahead():
    (first_visit, *_) = build_column_signals("custom:first_visit", "date", np.array(["2026-03-01"] * 60, object))

    texts = [ReasonWords().describe(first_visit, days) for days in (-24.0, 0.0, 3.0)]

    assert texts == ["First visit: 24 days ago", "First visit: today", "First visit: in 3 days"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("area_code_distance", 40.0, "Local phone number"),
        ("area_code_distance", 805.0, "Phone number from an area 500 miles away"),
        ("chosen_timeframe", 1.0, "Chose “as soon as possible” on the form"),
        ("chosen_timeframe", 30.0, "Wants to come in within 30 days, by the form"),
        ("opening_hours_waited", 130.0, "Came in 130 open hours ago"),
        ("opening_hours_waited", 0.3, "Came in less than an open hour ago"),
        ("longest_call", 0.7, "Talked with us for 42 seconds"),
        ("hours_open", 0.004, "Just came in"),
        ("hours_unanswered", 0.004, "Waiting on our reply for less than a minute"),
        ("minutes_to_answer", 0.4, "We answered right away"),
        ("stated_timeframe", 0.3, "Wants to come in today"),
        ("days_since_last_touch", 0.3, "Last heard from 7 hours ago"),
        ("days_since_last_touch", 1234.5, "Last heard from 3 years ago"),
        ("days_since_last_touch", 9.8, "Last heard from 10 days ago"),
        ("days_since_last_touch", 1.5, "Last heard from 1.5 days ago"),
        ("longest_call", 3.8, "Talked with us for 4 minutes"),
        ("form_completeness", 1.0, "Left nothing blank"),
        ("form_completeness", 0.4, "Filled in 40% of the form"),
        ("source_booking_rate", 0.003, "Under 1% of leads from this source booked"),
        ("source_booking_rate", 0.998, "Over 99% of leads from this source booked"),
    ],
)
def test_values_are_said_as_a_front_desk_says_them(name, value, text):
    assert ReasonWords().describe(CATALOGUE[name], value) == text


def test_raw_names_of_columns_and_values_are_never_shown():
    category = np.array(["google_ads", "google_ads", "self_pay"] * 20, object)
    signals = build_column_signals("custom:utm_source", "category", category)
    counted = build_column_signals("custom:pages_viewed", "number", np.arange(60.0))

    texts = [ReasonWords().describe(signal, value) for signal in signals for value in (1.0, 2.0, np.nan)]
    texts += [ReasonWords().describe(counted[0], 1.0)]

    assert not any("_" in text for text in texts), texts
    assert any(text == "UTM source: Google ad" for text in texts) and texts[-1] == "Pages viewed: 1"


def test_the_practices_own_words_come_first():
    words = replace(ReasonWords(), own_names={"pages_viewed": "Pages they read", "google_ads": "Our Google campaign"})
    (pages, *_) = build_column_signals("custom:pages_viewed", "number", np.arange(60.0))

    assert words.describe(pages, 3.0) == "Pages they read: 3"
    assert name_value("google_ads", words.own_names) == "Our Google campaign"
    assert name_value("web_form", words.own_names, "channel") == "Web form"
    assert words.describe(build_sent_signal("payer", "payer"), 0.0) == "Insurance not provided by this source"
    own = replace(words, own_names={"payer": "Plan"})
    assert own.describe(build_sent_signal("payer", "payer"), 0.0) == "Plan not provided by this source"
