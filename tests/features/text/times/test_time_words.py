"""Are the small words of dates written as the tokenizer writes words, and do they stand for what they may?"""

import pytest

from features.text.times import time_words
from features.text.tokenization import TokenizedMessages


@pytest.mark.parametrize("kind", time_words.SMALL)
def test_phrases_are_normalized(kind):
    for phrase in time_words.SMALL[kind]:
        assert " ".join(TokenizedMessages.of_phrases([phrase]).strings()) == phrase


def test_days_are_days_of_a_month_and_of_a_week():
    assert set(time_words.ORDINAL_DAYS.values()) == set(range(1, 32))
    assert all(0 <= day <= 31 for day in (*time_words.IN_MONTH.values(), *time_words.CARDINAL_DAYS.values()))
    assert all(0 <= day <= 6 for day in time_words.OF_THIS_WEEK.values())
