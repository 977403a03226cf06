"""Do the evidence spans show the words of the message that counted, and no others?"""

from datetime import date

import pytest

from features.practice.practice import Service
from features.text.message_reader import MessageReader
from features.text.tokenization import locate_words, normalize_text
from tests.support.message_readers import build_message_reader

WRITTEN = date(2026, 3, 4)


@pytest.fixture(scope="module")
def reader() -> MessageReader:
    services = (Service("knee replacement", also_called=("new knee",)),)
    return build_message_reader(*services)


@pytest.mark.parametrize(
    ("message", "meaning", "pieces"),
    [
        ("<p>I&#39;d like an&nbsp;apointment</p>", "appointment", ["apointment"]),
        ("¿Cuánto cuesta una consulta mañana?", "price", ["Cuánto cuesta una consulta"]),
        ("¿Cuánto cuesta una consulta mañana?", "days", ["mañana"]),
        ("my mother 😀 fell", "somebody_else", ["my mother"]),
        ("not urgent. URGENT though!!", "urgency", ["URGENT"]),
        ("No chest pain", "red_flag", []),  # negated
        ("please cancel my appointment tomorrow", "appointment", []),  # silenced by what stands beside it
        ("please cancel my appointment tomorrow", "days", []),
        ("Wanna book", "appointment", ["Wanna book"]),  # two words of the phrase are one of the message
        ("next month, or on Friday if you can", "days", ["Friday"]),  # the soonest alone counts
        ("new - KNEE, knee replacment", "service", ["new - KNEE", "knee replacment"]),
        ("  test!!", "test", ["test"]),  # the whole message, without its edges
    ],
)
def test_the_spans_are_those_that_counted(reader, message, meaning, pieces):
    spans = reader.find_spans(message, WRITTEN)

    assert [message[span.start : span.stop] for span in spans if span.meaning == meaning] == pieces


@pytest.mark.parametrize(
    "message", ["My leg is red, hot and swollen", "call me about a bill, I have fever since my operation on 3/2"]
)
def test_what_counts_has_a_span_and_what_has_a_span_counts(reader, message):
    reading, spans = reader.read(message, WRITTEN), reader.find_spans(message, WRITTEN)

    assert {span.meaning for span in spans} - {"days", "service"} == {
        group for group, count in reading.counts.items() if count
    }


@pytest.mark.parametrize(
    "message",
    ["", "  ", ",", "?!", "&lt;b&gt;", "<", "&#;", "a|b", "\ud800", "\x00", "ß ﬁ İ", "1,000 n't. Dr. Lee: yes _ no"],
)
def test_placed_words_are_the_plain_words_whatever_the_message(message):
    placed = locate_words(message)

    assert len(placed) == len(normalize_text(message).split())
    assert all(0 <= start < stop <= len(message) for start, stop in placed)
