"""Do the words around a time decide whether somebody wishes for it?"""

import numpy as np
import pytest

from features.text.label_reader import LabelReader
from features.text.times.time_choice import choose_times
from features.text.times.time_model import TimeModel
from tests.support.message_readers import build_message_reader


def read_days(message, written="2026-03-04"):
    """By when the writer of a message of Wednesday, March 4, 2026 wants to come; None if they do not say so."""
    readings = build_message_reader().read_all([message], np.array([written], "datetime64[D]"))
    days = float(LabelReader.load_default().read([message], readings).days[0])
    return None if np.isnan(days) else days


@pytest.mark.parametrize(
    ("message", "days"),
    [
        ("best day for my appointment is Friday", 2),
        ("my wife says Friday works, can you book us", 2),
        ("April Jensen here, would Tuesday be possible for my knee?", 6),
        ("I need an appointment on March 16 at 10", 12),
        ("Can you make the appointment for March 14th?", 10),
        ("Wednesday next week for my tooth please", 7),
        ("I want a visit on the 13th of this month", 9),
        ("Please change my 3/10 to 3/17", 13),
        ("2026-03-20 please, dental cleaning", 16),
    ],
)
def test_a_time_that_is_wished_for_is_read(message, days):
    assert read_days(message) == days


@pytest.mark.parametrize(
    "message",
    [
        "Dr. May was recommended to me, I have a rash and need to be seen",
        "June Park here, I need a doctor for my knee",
        "I broke my wrist on Saturday and need to be seen",
        "Are you open on Saturday?",
        "My appointment is on Friday, should I fast?",
        "my mother passed on March 30th, please take her off your list",
    ],
)
def test_a_time_that_is_merely_stated_is_none(message):
    assert read_days(message) is None


def test_the_likeliest_time_is_chosen_and_of_two_alike_the_first():
    readings = build_message_reader().read_all(["friday or monday", "no time"], np.full(2, np.datetime64("2026-03-04")))
    model, labels = readings.reader.time_model, LabelReader.load_default().labels
    probability, by_rules = np.full((2, len(labels)), 0.5), np.full(2, np.nan)
    blank = TimeModel.of_words(model.words)
    alike = TimeModel(blank.words, blank.weights, blank.facts, 1.0, 0.0)

    assert choose_times(alike, readings, probability, labels, by_rules).tolist()[0] == 2
    assert np.isnan(choose_times(alike, readings, probability, labels, by_rules)[1])
    assert np.isnan(choose_times(blank, readings, probability, labels, by_rules)).all()
