"""Is a possible emergency found by either reader, and its words marked?"""

import numpy as np
import pytest

from features.practice.practice import Practice
from features.text.label_model import LabelModel
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon
from features.text.red_flags import find_red_flag_spans, find_red_flags

READER = MessageReader.of(PhraseLexicon.load_default(), Practice())


def flagged(*messages):
    """Whether each message is flagged."""
    return find_red_flags(
        messages, READER.read_all(messages, np.full(len(messages), np.datetime64("2026-03-04")))
    ).tolist()


# None of these was in the corpus, nor changed after the model was seen to read it.
@pytest.mark.parametrize(
    "message",
    [
        "my husband cant move his right arm and his words come out wrong, started at breakfast",
        "crushing pressure in my chest going up to my jaw and im sweating",
        "I took all of my sleeping pills an hour ago",
        "throat is swelling up after the peanut, hard to breathe",
        "Dad's speech is all slurred and half his face dropped just now",
        "vomiting blood since this morning",
    ],
)
def test_an_emergency_is_flagged_and_its_words_are_marked(message):
    assert flagged(message) == [True]
    spans = find_red_flag_spans(message)
    assert spans == sorted(spans, key=lambda span: span.start) and len(spans) >= 1
    assert all(message[span.start : span.stop].strip() == message[span.start : span.stop] != "" for span in spans)


def test_everyday_wishes_and_nothing_are_not_flagged():
    calm = [
        "can I get a physical next month",
        "How much is a teeth cleaning?",
        "please move my visit to Friday",
        None,
        "",
    ]

    assert flagged(*calm) == [False] * len(calm)


def test_a_phrase_is_enough_where_the_label_is_silent(monkeypatch):
    monkeypatch.setattr(LabelModel, "find_label", lambda self, messages, label: np.zeros(len(messages), bool))

    assert flagged("loss of bladder control", "my knee is sore") == [True, False]
