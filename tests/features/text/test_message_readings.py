"""Do readings list every time that a message states, and which of them it calls off?"""

import numpy as np

from features.text.message_readings import StatedTime
from tests.support.message_readers import build_message_reader


def test_times_come_in_the_order_of_the_words_and_know_what_calls_them_off():
    messages = ["hello", "cancel Friday, I can come Monday", "I cancel friday. Tomorrow then"]
    readings = build_message_reader().read_all(messages, np.full(3, np.datetime64("2026-03-04")))

    assert readings.list_times(0) == []
    assert readings.list_times(1) == [StatedTime(2.0, True), StatedTime(5.0, False)]
    assert readings.list_times(2) == [StatedTime(2.0, True), StatedTime(1.0, False)]


def test_a_group_that_the_practice_lacks_is_never_mentioned():
    readings = build_message_reader().read_all(["book me"], np.array(["2026-03-04"], "datetime64[D]"))

    assert not readings.mentions("no such group").any()
