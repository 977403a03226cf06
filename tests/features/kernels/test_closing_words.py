"""Do closings and the name behind them leave a message, and nothing else?"""

import numpy as np
import pytest

from features.text.tokenization import TokenizedMessages, locate_words, normalize_text


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("My knee hurts. Thanks!", "my knee hurts |"),
        ("My knee hurts, thank you so much", "my knee hurts"),
        ("My knee hurts\nKind regards,\nMary Ann Smith", "my knee hurts |"),
        ("My knee hurts. Thanks. Have a great day! God bless", "my knee hurts |"),
        ("My knee hurts thx Bob", "my knee hurts"),
        ("Me duele la rodilla. Muchas gracias, que tenga buen día", "me duele la rodilla |"),
        ("My knee hurts. Looking forward to hearing from you, J. Lee", "my knee hurts |"),
    ],
)
def test_a_closing_leaves(message, words):
    assert normalize_text(message) == words


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Thanks!", "thanks |"),
        ("Thank you, Maria", "thank you , maria"),
        ("no thanks", "no thanks"),
        ("I just wanted to say thank you", "i just wanted to say thank you"),
        ("Thanks. Knee Pain", "thanks | knee pain"),
        ("Thank you. Tuesday", "thank you | tuesday"),
        ("Hello, thanks. ASTHMA", "thanks | asthma"),
        ("Thanks. please call", "thanks | please call"),
        ("", ""),
    ],
)
def test_a_message_of_nothing_else_and_what_follows_a_closing_stay(message, words):
    assert normalize_text(message) == words


def test_messages_beside_it_keep_their_letters_words_and_hashes():
    with_closings = ["My knee, thanks", "Thank you!", "", "it hurts. Best regards, Ann", "second one"]
    plain = ["My knee", "Thank you!", "", "it hurts.", "second one"]
    ours, theirs = TokenizedMessages.of(with_closings), TokenizedMessages.of(plain)

    assert ours.strings() == theirs.strings()
    np.testing.assert_array_equal(ours.words_from, theirs.words_from)
    np.testing.assert_array_equal(ours.word_rows[:-1, 1:], theirs.word_rows[:-1, 1:])


def test_words_that_remain_are_where_they_were_written():
    message = "Dr. Lee, my knee hurts. Thanks, Ann"

    assert [message[start:stop] for start, stop in locate_words(message)] == [
        *("Dr", "Lee", ",", "my", "knee", "hurts"),
        ".",
    ]


def test_phrases_of_a_list_keep_all_of_their_words():
    assert TokenizedMessages.of_phrases(["many thanks", "say thanks"]).strings() == ["many", "thanks", "say", "thanks"]
