"""Are the words that made a label marked, and no others?"""

import numpy as np
import pytest

from features.text.label_reader import LabelReader
from features.text.label_spans import find_label_spans
from tests.support.message_readers import build_message_reader


def find_words(message, label):
    """The words marked for a label."""
    readings = build_message_reader().read_all([message], np.array(["2026-03-04"], "datetime64[D]"))
    spans = find_label_spans(message, LabelReader.load_default().read([message], readings))
    return [message[span.start : span.stop] for span in spans if span.meaning == label]


def test_the_words_of_an_emergency_are_marked_left_to_right():
    words = find_words("hello, since this morning one side of my face is drooping and my speech is slurred", "red_flag")

    assert {"face", "drooping", "slurred"} & set(words)
    assert not {"hello", "since", "this", "of", "my", "and"} & set(words) and len(words) <= 8


@pytest.mark.parametrize(
    "message",
    [
        "I would like to come in for the knee, please call me at the office",
        "How much is it, and do you take my insurance?",
        "Was referred by my doctor, can you get me in this week?",
        "Hola, quiero una cita para la rodilla de mi hija, gracias",
    ],
)
def test_no_word_that_says_nothing_by_itself_is_marked_alone(message):
    readings = build_message_reader().read_all([message], np.array(["2026-03-04"], "datetime64[D]"))
    spans = find_label_spans(message, LabelReader.load_default().read([message], readings))
    says_nothing = ("i", "the", "to", "for", "is", "it", "me", "by", "una", "de", "la")
    alone = [
        span
        for span in spans
        if message[span.start : span.stop].casefold() in says_nothing
        and not (
            any(other.stop == span.start - 1 and other.meaning == span.meaning for other in spans)
            and any(other.start == span.stop + 1 and other.meaning == span.meaning for other in spans)
        )
    ]

    assert spans and alone == []


def test_a_label_that_is_not_said_has_no_words():
    assert find_words("I would like an appointment for my knee", "red_flag") == []
    assert find_words("what do you charge for a physical, just asking", "appointment") == []


def test_no_message_has_no_words():
    assert find_words("", "appointment") == []
