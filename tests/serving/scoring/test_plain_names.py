"""Are raw names of channels, columns and values turned into words?"""

import pytest

from serving.scoring.plain_names import CHANNEL_WORDS, name_column, name_value


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("pages_viewed", "Pages viewed"),
        ("utm_source", "UTM source"),
        ("FirstVisit", "First visit"),
        ("service_requested", "Wants"),
        ("payer", "Insurance"),
        ("zip-code", "ZIP code"),
        ("", ""),
    ],
)
def test_a_column_has_a_name_in_words(name, words):
    assert name_column(name) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [("google_ads", "Google ad"), ("WEB_FORM", "Web form"), ("self_pay", "Self pay"), ("Blue Cross", "Blue Cross")],
)
def test_a_value_has_a_name_in_words(value, words):
    assert name_value(value) == words


def test_the_practices_own_words_come_first():
    own = {"google_ads": "Our ads", "payer": "Plan"}

    assert (name_value("google_ads", own), name_column("payer", own)) == ("Our ads", "Plan")


def test_no_words_are_raw_names():
    assert not any("_" in words for words in CHANNEL_WORDS.values())
