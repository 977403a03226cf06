"""Do the shipped weights of words add up, word by word, and stay themselves through their file?"""

import numpy as np
import pytest

from features.text.label_model import LabelModel
from features.text.label_reader import LabelReader

MODEL = LabelReader.load_default().model
MESSAGES = [
    "I need an appointment for my knee, it has been hurting for weeks",
    "what do you charge for a physical, just asking",
    "Hello there. Crushing chest pressure! My left arm is numb since an hour ago. Thanks",
    "Bot: Any chest pain?\nVisitor: no, I want to move my visit to Friday",
    "ça fait mal ¿pueden verme? 😀",
    "",
]


@pytest.mark.parametrize("message", MESSAGES)
def test_the_weights_of_the_words_add_up_to_both_scores(message):
    scores, weights = MODEL.score([message]), MODEL.weigh_words(message)

    for of_score, of_words in zip(scores, weights, strict=True):
        total = MODEL.intercept + of_words.weights.sum(axis=0)
        np.testing.assert_allclose(total, of_score[0], rtol=1e-4, atol=1e-5)


def test_one_message_scores_as_among_many():
    many = MODEL.score(MESSAGES * 500)

    for row, message in enumerate(MESSAGES):
        for one, all_of_them in zip(MODEL.score([message]), many, strict=True):
            np.testing.assert_array_equal(one[0], all_of_them[row])
            np.testing.assert_array_equal(all_of_them[row], all_of_them[row + len(MESSAGES) * 400])


def test_a_message_of_one_sentence_scores_as_its_sentence():
    scores = MODEL.score(["can I come in about my ear"])

    np.testing.assert_array_equal(scores.message, scores.sentence)


def test_what_stands_in_another_sentence_does_not_change_the_strongest():
    wish = "Can I come in about my ear."
    column = MODEL.labels.index("appointment")

    alone, beside = MODEL.score([wish, f"{wish} Our website ranks poorly. Zzyzx!"]).sentence[:, column]

    assert beside == alone


def test_a_file_gives_the_same_model(tmp_path):
    np.savez(tmp_path / "model.npz", **MODEL.to_arrays())
    again = LabelModel.from_arrays(dict(np.load(tmp_path / "model.npz")))

    np.testing.assert_allclose(again.score(MESSAGES).message, MODEL.score(MESSAGES).message, atol=5e-3)


def test_the_model_holds_hashes_and_no_text():
    arrays = LabelReader.load_default().to_arrays()

    assert {name for name, array in arrays.items() if array.dtype.kind in "UO"} == {"labels", "joint_groups"}
    assert sum(array.nbytes for array in arrays.values()) < 10_000_000
