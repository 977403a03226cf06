"""Do a practice's changes of words' weights take effect, and is a broken or forbidden one refused?"""

import numpy as np
import pytest

from features.practice.practice import Practice
from features.text.custom_phrases import add_custom_phrases, find_faults
from features.text.label_reader import LabelReader
from features.text.message_reader import MessageReader
from features.text.message_terms import list_terms
from features.text.phrase_lexicon import PhraseLexicon
from features.text.taught.label_words import LARGEST_CHANGE, MOST_TERMS, add_label_words, decode_words, encode_words
from tests.support.message_readers import build_message_reader

MESSAGE = "do you have a fax"


def raise_words(message, change):
    """Return a change of every term of a message that the shipped model has."""
    hashes = np.intersect1d(list_terms([message]).hashes, LabelReader.load_default().model.hashes)
    return encode_words(hashes, np.full(len(hashes), change))


def read_label(reader, message, label):
    readings = reader.read_all([message], np.array(["2026-03-04"], "datetime64[D]"))
    return float(LabelReader.load_default().read([message], readings).get(label)[0])


def test_a_changed_word_moves_its_label_alone_and_no_other_message():
    shipped = build_message_reader()
    taught = shipped.with_label_words({"callback": raise_words(MESSAGE, 2.0)})

    assert read_label(taught, MESSAGE, "callback") > read_label(shipped, MESSAGE, "callback") + 0.01
    assert read_label(taught, MESSAGE, "fear") == read_label(shipped, MESSAGE, "fear")
    assert read_label(taught, "rash", "callback") == read_label(shipped, "rash", "callback")


def test_the_words_that_are_marked_weigh_what_the_practice_changed():
    shipped = LabelReader.load_default()
    column = shipped.labels.index("callback")

    before = shipped.weigh_words(MESSAGE).weights[:, column].sum()
    after = shipped.with_words({"callback": raise_words(MESSAGE, 1.0)}).weigh_words(MESSAGE).weights[:, column].sum()

    assert after > before


def test_the_phrase_file_carries_them_to_the_model_and_back():
    words = {"callback": raise_words(MESSAGE, 2.0)}
    lexicon = add_custom_phrases(PhraseLexicon.load_default(), {"label_words": words})
    again = PhraseLexicon.from_dict(lexicon.to_dict())

    assert MessageReader.of(again, Practice()).label_words == words
    assert "label_words" not in PhraseLexicon.load_default().to_dict()


def test_what_is_encoded_is_bounded_and_the_largest_stay():
    hashes, changes = np.arange(MOST_TERMS + 50), np.r_[np.full(50, 0.001), np.full(MOST_TERMS, -99.0)]

    kept, decoded = decode_words(encode_words(hashes, changes))

    assert kept.tolist() == list(range(50, MOST_TERMS + 50)) and (decoded == -LARGEST_CHANGE).all()


def test_terms_and_labels_that_the_model_lacks_are_skipped():
    model = LabelReader.load_default().model
    words = encode_words(np.array([7]), np.ones(1))
    changed = add_label_words(model, {"callback": words, "gone": words})

    assert (changed.weights == model.weights).all()


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ({"callback": "???"}, "cut off or changed"),
        ({"callback": "AAAA"}, "cut off or changed"),
        ({"callback": 3}, "cut off or changed"),
        ({"calback": ""}, "is none of the labels"),
        ({"red_flag": encode_words(np.array([5]), np.array([-0.5]))}, "words of an emergency"),
        ({"callback": encode_words(np.array([5]), np.array([np.nan]))}, "cut off or changed"),
    ],
)
def test_a_broken_or_forbidden_change_is_refused(section, fault):
    ((path, text),) = find_faults({"label_words": section})

    assert path[0] == "label_words" and fault in text


def test_what_readings_fit_writes_has_no_fault():
    words = {"callback": raise_words(MESSAGE, 0.5), "red_flag": raise_words("chest pain", 0.5)}

    assert find_faults({"label_words": words}) == []
