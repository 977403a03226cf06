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
        ("saturdays", "2026-03-04", 3),
        ("i am off on fridays, anything then", "2026-03-04", 2),
        ("solo fines de semana", "2026-03-04", 3),
        ("la semana del 18", "2026-03-04", 14),
        ("la primera semana de abril", "2026-03-04", 30),
        ("a partir del 20", "2026-03-04", 16),
        ("the weekend of the 14th", "2026-03-04", 10),
        ("out three or four weeks", "2026-03-04", 21),
        ("the day after that", "2026-03-04", None),
        ("day after tomorrow", "2026-03-04", 2),
        ("referred by Dr. Friday", "2026-03-04", None),
        ("can I see the doctor Friday", "2026-03-04", 2),
        ("14 May Street", "2026-03-04", None),
        ("no weekends", "2026-03-04", None),
        ("no mondays, tuesdays are good", "2026-03-04", 6),
        ("no, mondays", "2026-03-04", 5),
        ("any day but thursdays", "2026-03-04", None),
        ("fridays don't work", "2026-03-04", None),
        ("5/2 last year", "2026-03-04", None),
        ("monday thru thursday", "2026-03-04", None),
    ],
)
def test_a_form_counts_the_days(sentence, written, days):
    readings = build_message_reader().read_all([sentence], np.array([written], "datetime64[D]"))

    assert (None if np.isnan(readings.stated_days[0]) else readings.stated_days[0]) == days


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("she is back on the 20th, so the day after that", [16, 17]),
        ("this saturday or the one after", [3, 10]),
        ("the 20th is bad, the day before is fine", [16, 15]),
        ("llega el 20, al dia siguiente puede", [16, 17]),
        ("on the 12th. that day", [8, 8]),
    ],
)
def test_a_time_is_counted_from_the_one_before_it(sentence, days):
    readings = build_message_reader().read_all([sentence], np.array(["2026-03-04"], "datetime64[D]"))

    assert readings.times.days.tolist() == days
