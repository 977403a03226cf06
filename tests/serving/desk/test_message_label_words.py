"""Do approved reports move the words that they share, near what ships, and only where that helps?"""

import numpy as np

from features.text.label_reader import RED_FLAG, LabelReader
from features.text.message_terms import list_terms
from features.text.taught.label_words import decode_words
from serving.desk.message_label_reports import LabelledExample
from serving.desk.message_label_words import MIN_EXAMPLES, fit_label_words
from tests.support.message_readers import build_message_reader

PLACES = "shop school office barn garage bakery church library station market diner farm".split()
MISSED = [f"after five you will find me at the {place}" for place in PLACES]
"""Wishes to be called, in words of one practice, that the reader does not see."""
OTHERS = ["my knee hurts, can I come in", "what does a physical cost", "moving my visit to friday", "is parking free"]


def fit(examples, messages=OTHERS):
    (taught,) = fit_label_words(build_message_reader(), examples, messages)
    return taught


def read_label(message, label, words):
    reader = build_message_reader().with_label_words(words)
    readings = reader.read_all([message], np.array(["NaT"], "datetime64[D]"))
    return float(LabelReader.load_default().read([message], readings).get(label)[0])


def test_what_examples_share_is_learned_and_found_in_a_message_that_was_none_of_them():
    taught = fit([LabelledExample(message, "callback", True) for message in MISSED])
    unseen, words = "after five you will find me at the mill", {"callback": taught.words}

    assert taught.helps and taught.examples == len(MISSED) and taught.gain > 0
    assert read_label(unseen, "callback", words) > read_label(unseen, "callback", {}) + 0.1
    assert abs(read_label(OTHERS[1], "callback", words) - read_label(OTHERS[1], "callback", {})) < 0.1


def test_reports_that_contradict_each_other_are_refused():
    taught = fit([LabelledExample(message, "callback", at % 2 == 0) for at, message in enumerate(MISSED)])

    assert not taught.helps


def test_few_examples_teach_nothing():
    examples = [LabelledExample(message, "callback", True) for message in MISSED[: MIN_EXAMPLES - 1]]

    assert fit_label_words(build_message_reader(), examples, OTHERS) == []
    assert fit_label_words(build_message_reader(), [], OTHERS) == []


def test_no_name_number_or_rare_word_has_a_weight():
    strange = [f"zubrowka {message} Wojciechowski 555-0142" for message in MISSED]
    taught = fit([LabelledExample(message, "callback", True) for message in strange])

    hashes, _ = decode_words(taught.words)
    private = list_terms(["zubrowka"]).hashes, list_terms(["wojciechowski"]).hashes, list_terms(["555-0142"]).hashes
    ordinary = list_terms([message + " " for message in MISSED]).hashes

    assert len(hashes) > 0
    assert not np.setdiff1d(np.intersect1d(hashes, np.concatenate(private)), ordinary).size


def test_no_report_takes_weight_from_a_word_of_an_emergency():
    false_alarms = [f"crushing chest pain at the {place} right now" for place in PLACES]
    taught = fit([LabelledExample(message, RED_FLAG, False) for message in false_alarms])

    assert (decode_words(taught.words)[1] >= 0).all() and not taught.helps


def test_what_the_practice_learned_before_is_learned_anew_and_not_added_to():
    examples = [LabelledExample(message, "callback", True) for message in MISSED]
    once = fit(examples)
    again = fit_label_words(build_message_reader().with_label_words({"callback": once.words}), examples, OTHERS)

    assert again[0].words == once.words
