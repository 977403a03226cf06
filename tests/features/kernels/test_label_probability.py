"""Is a probability what the joint weights make of words and phrases?"""

from dataclasses import replace

import numpy as np

from features.practice.practice import Service
from features.text.label_reader import LabelReader, asks_clearly, list_veto_strengths, tabulate_phrases
from tests.support.message_readers import build_message_reader

LABELS = LabelReader.load_default()
MESSAGES = [
    "I'd like to come in about my knee next week. Thanks!",
    "Crushing chest pain since an hour",
    "please move my visit to Friday, and I need an appointment for my son",
    "Grow your practice with our SEO services",
    "how much is an MRI",
]


def test_words_and_phrases_are_joined_as_they_were_fitted():
    readings = build_message_reader().read_all(MESSAGES, np.full(len(MESSAGES), np.datetime64("2026-03-04")))
    scores, wish = LABELS.model.score(MESSAGES), LABELS.labels.index("appointment")
    words = scores.message * LABELS.own[:, 0] + scores.sentence * LABELS.own[:, 1]
    log_odds = words + tabulate_phrases(readings, LABELS.groups) @ LABELS.phrases.T + LABELS.bias
    floor = LABELS.floor[0] - list_veto_strengths(log_odds, LABELS.labels) @ LABELS.floor[1:]
    asks = asks_clearly(scores.sentence[:, wish], readings)
    log_odds[asks, wish] = np.fmax(log_odds, floor[:, None])[asks, wish]
    log_odds[:, wish] = np.fmin(log_odds[:, wish], 3.0)

    answer = LABELS.read(MESSAGES, readings).probability

    others = [column for column, label in enumerate(LABELS.labels) if label != "red_flag"]
    np.testing.assert_allclose(answer[:, others], 1 / (1 + np.exp(-log_odds))[:, others], rtol=1e-12)
    assert asks.any() and (answer[:, wish] == 1 / (1 + np.exp(-3.0))).any()


def test_a_phrase_of_an_emergency_counts_unless_the_message_is_clearly_of_another_time():
    messages = ["please book my yearly checkup", "He had a stroke long ago, in 2017. We'd like therapy for his hand."]
    readings = build_message_reader().read_all(messages, np.full(2, np.datetime64("2026-03-04")))
    column, group = LABELS.labels.index("red_flag"), readings.groups.index("red_flag")
    plain = LABELS.read(messages, readings).probability[:, column]
    # As if a phrase of an emergency occurred in both.
    counts = readings.counts.copy()
    counts[:, group] = 1

    flagged = LABELS.read(messages, replace(readings, counts=counts)).probability[:, column]

    assert (plain < 1 / (1 + np.exp(2))).all()
    assert flagged[0] == LABELS.threshold[column] > flagged[1]


def test_a_message_that_names_a_service_of_the_practice_names_a_procedure_sooner():
    messages, day = ["do you do zubrowka on fridays", "my knee is sore"], np.full(2, np.datetime64("2026-03-04"))
    ours = build_message_reader(Service("Zubrowka"))
    column = LABELS.labels.index("procedure")

    with_service = LABELS.read(messages, ours.read_all(messages, day)).probability
    without = LABELS.read(messages, build_message_reader().read_all(messages, day)).probability

    log_odds = [np.log(answer[0, column] / (1 - answer[0, column])) for answer in (with_service, without)]
    np.testing.assert_allclose(log_odds[0] - log_odds[1], 0.5)
    np.testing.assert_array_equal(with_service[1], without[1])
