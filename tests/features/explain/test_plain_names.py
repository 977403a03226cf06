"""Are raw names of channels and values turned into words?"""

import pytest

from features.explain.plain_names import CHANNEL_WORDS, name_value
from features.parsing.channel_names import normalize_channel


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("utm_source", "google_ads", "Google ad"),
        ("channel", "WEB_FORM", "Web form"),
        ("channel", "missed_call", "Missed call"),
        ("payer", "self_pay", "Self pay"),
        ("payer", "Blue Cross", "Blue Cross"),
        ("preferred_contact", "phone", "Phone"),
        ("relation", "portal", "Portal"),
    ],
)
def test_a_value_has_a_name_in_words_and_only_a_channel_is_called_as_one(column, value, words):
    assert name_value(value, column=column) == words


@pytest.mark.parametrize("spelling", ["Phone Call", "missed call", "web form", "live chat", "referral", "directory"])
def test_every_channel_as_we_store_it_has_words(spelling):
    assert normalize_channel(spelling) in CHANNEL_WORDS


def test_the_practices_own_words_come_first():
    own = {"google_ads": "Our ads"}

    assert [name_value(value, own, "channel") for value in ("google_ads", "Google_Ads")] == ["Our ads", "Our ads"]


def test_no_words_are_raw_names():
    assert not any("_" in words for words in CHANNEL_WORDS.values())
