"""Do readings list every time that a message states, and which of them it calls off?"""

from time import process_time

import numpy as np

from features.text.message_readings import StatedTime
from tests.support.message_readers import build_message_reader


def test_times_come_in_the_order_of_the_words_and_know_what_calls_them_off():
    messages = ["hello", "cancel Friday, I can come Monday", "I cancel friday. Tomorrow then"]
    readings = build_message_reader().read_all(messages, np.full(3, np.datetime64("2026-03-04")))

    assert readings.list_times(0) == []
    assert readings.list_times(1) == [StatedTime(2.0, True, is_date=True), StatedTime(5.0, False, is_date=True)]
    assert readings.list_times(2) == [StatedTime(2.0, True, is_date=True), StatedTime(1.0, False)]


def test_a_message_of_nothing_but_dates_is_read_in_linear_time():
    messages = ["cancel " + "on 12/12 " * 20_000]
    readings = build_message_reader().read_all(messages, np.full(1, np.datetime64("2026-03-04")))

    began = process_time()
    times = readings.list_times(0)

    # Looking through the sentence again for each date took over ten seconds; this takes a fifth of one.
    assert process_time() - began < 4
    assert len(times) == 20_000 and all(time.is_called_off for time in times)


def test_a_group_that_the_practice_lacks_is_never_mentioned():
    readings = build_message_reader().read_all(["book me"], np.array(["2026-03-04"], "datetime64[D]"))

    assert not readings.mentions("no such group").any()
