"""Do the patterns of dates fit into the bits by which they are found, and do new forms count the days?"""

import numpy as np
import pytest

from features.text.phrase_lexicon import PhraseLexicon
from features.text.times.time_expressions import build_calendar, list_calendar_words
from tests.support.message_readers import build_message_reader


def test_each_pattern_and_each_kind_of_words_has_a_bit_of_its_own():
    calendar = PhraseLexicon.load_default().calendar
    words = sorted({"|", ",", *list_calendar_words(calendar)})
    built = build_calendar(calendar, {word: number for number, word in enumerate(words)})

    assert len(built.patterns) < 63 and len(built.phrases_from) < 63
    assert (built.begins >= 0).all()


def test_without_a_calendar_there_are_no_words():
    assert list_calendar_words({}) == set()


@pytest.mark.parametrize(
    ("sentence", "written", "days"),
    [
        ("next week", "2026-03-02", 9),
        ("next week", "2026-03-06", 5),
        ("next week, friday", "2026-03-04", 9),
        ("friday of next week", "2026-03-04", 9),
        ("this week", "2026-03-04", 2),
        ("this weekend", "2026-03-05", 2),
        ("the first wednesday of april", "2026-03-04", 28),
        ("third friday in march", "2026-03-04", 16),
        ("two weeks from monday", "2026-03-04", 19),
        ("a week from tomorrow", "2026-03-04", 8),
        ("the 6th of april", "2026-03-04", 33),
        ("el 6 de abril", "2026-03-04", 33),
        ("dentro de una quincena", "2026-03-04", 15),
        ("wed", "2026-03-02", 2),
        ("next sat", "2026-03-04", 10),
        ("sat morning", "2026-03-04", 3),
        ("no sooner than monday", "2026-03-04", 5),
        ("5/2 last year", "2026-03-04", None),
        ("monday thru thursday", "2026-03-04", None),
    ],
)
def test_a_form_counts_the_days(sentence, written, days):
    readings = build_message_reader().read_all([sentence], np.array([written], "datetime64[D]"))

    assert (None if np.isnan(readings.stated_days[0]) else readings.stated_days[0]) == days
