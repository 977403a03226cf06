"""Is the time that a message wishes for told from those that it merely states?"""

import numpy as np
import pytest

from features.text.label_reader import LabelReader
from tests.support.message_readers import build_message_reader


def read_days(message):
    """By when the writer of a message of Wednesday, March 4, 2026 wants to come; None if they do not say so."""
    readings = build_message_reader().read_all([message], np.array(["2026-03-04"], "datetime64[D]"))
    days = float(LabelReader.load_default().read([message], readings).days[0])
    return None if np.isnan(days) else days


@pytest.mark.parametrize(
    ("message", "days"),
    [
        ("Need to move my appointment from Thursday 3/5 to Monday. We're lambing.", 5),
        ("I have an appointment on the 11th but my truck broke down. Can we do the 23rd instead?", 19),
        ("Please cancel my appointment on Friday, I found somebody closer", None),
        ("cant make it tomorrow kid is sick, can we reschedule to next Wednesday", 7),
    ],
)
def test_who_moves_a_visit_wants_the_last_time_unless_it_is_called_off(message, days):
    assert read_days(message) == days


@pytest.mark.parametrize(
    "message",
    [
        "Grow your practice with our SEO services, 50% off if you sign up by Friday",
        "Please send my records to Dr. Cole by Friday, the fax is 555-0142",
        "crushing chest pain since this morning and today my arm is numb",
        "what time do you close on Fridays, and is there parking on Monday",
    ],
)
def test_a_time_in_a_message_that_wants_no_visit_is_no_wish(message):
    assert read_days(message) is None


def test_a_few_words_are_an_answer():
    assert read_days("Tues the 10th") == 6
    assert read_days("end of the month") == 27
