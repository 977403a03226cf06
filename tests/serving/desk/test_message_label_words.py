"""Do approved reports move the words that they share, near what ships, and only where that helps?"""

import numpy as np

from features.text.label_reader import RED_FLAG, LabelReader
from features.text.message_terms import VOCABULARIES, list_terms, read_vocabulary
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
    strange = [f"Patel zubrowka {message} Okafor tampa 555-0142" for message in MISSED]
    taught = fit([LabelledExample(message, "callback", True) for message in strange])

    hashes, _ = decode_words(taught.words)
    # The shipped model knows these words, so nothing but the choice of terms keeps them out.
    names = np.concatenate([list_terms([name]).hashes[:1] for name in ("patel", "okafor", "tampa")])

    assert len(hashes) > 0 and np.isin(names, LabelReader.load_default().model.hashes).all()
    # Every term with a weight is one of the messages without the strange words: of no run into them, and of no piece.
    assert np.isin(hashes, list_terms([*MISSED, *OTHERS]).hashes).all()


def test_every_word_with_a_weight_is_of_a_shipped_list():
    reader = build_message_reader()
    taught = fit([LabelledExample(message, "callback", True) for message in MISSED])
    shipped = {
        *reader.words,
        *(word for name in VOCABULARIES for term in read_vocabulary(name) for word in term.split()),
    }

    hashes, _ = decode_words(taught.words)
    words = sorted({word for message in (*MISSED, *OTHERS) for word in message.replace(",", "").split()})
    weighed = [word for word in words if np.isin(list_terms([word]).hashes[0], hashes)]

    assert weighed and set(weighed) <= shipped and set(words) - shipped


def test_no_report_takes_weight_from_a_word_of_an_emergency():
    false_alarms = [f"crushing chest pain at the {place} right now" for place in PLACES]
    taught = fit([LabelledExample(message, RED_FLAG, False) for message in false_alarms])

    assert (decode_words(taught.words)[1] >= 0).all() and not taught.helps


def test_reports_of_every_label_about_emergencies_lower_no_red_flag():
    emergencies = [f"crushing chest pain at the {place}, my arm is numb" for place in PLACES]
    reader = build_message_reader()
    harmful = {"spam", "test", "not_a_lead", "information_only"}
    reports = [
        LabelledExample(message, label, label in harmful)
        for message in emergencies
        for label in LabelReader.load_default().labels
    ]
    # Also those that do not help are put in: a phrase file is edited by hand, too.
    words = {taught.label: taught.words for taught in fit_label_words(reader, reports, OTHERS)}

    assert len(words) == len(LabelReader.load_default().labels)
    for message in (*emergencies, "I think I'm having a stroke", OTHERS[0]):
        assert read_label(message, RED_FLAG, words) >= read_label(message, RED_FLAG, {})


def test_what_the_practice_learned_before_is_learned_anew_and_not_added_to():
    examples = [LabelledExample(message, "callback", True) for message in MISSED]
    once = fit(examples)
    again = fit_label_words(build_message_reader().with_label_words({"callback": once.words}), examples, OTHERS)

    assert again[0].words == once.words
