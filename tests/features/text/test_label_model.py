"""Does the shipped label model add up, word by word, and stay itself through its file?"""

import numpy as np
import pytest
from scipy.special import expit

from features.text.label_model import LabelModel

MODEL = LabelModel.load_default()
MESSAGES = [
    "I need an appointment for my knee, it has been hurting for weeks",
    "what do you charge for a physical, just asking",
    "crushing chest pressure and my left arm is numb since an hour ago",
    "Bot: Any chest pain?\nVisitor: no, I want to move my visit to Friday",
    "ça fait mal ¿pueden verme? 😀",
]


@pytest.mark.parametrize("label", MODEL.labels)
@pytest.mark.parametrize("message", MESSAGES)
def test_the_weights_of_the_words_add_up_to_the_probability(message, label):
    column = MODEL.labels.index(label)
    total = MODEL.intercept[column] + MODEL.weigh_words(message).weights[:, column].sum()

    np.testing.assert_allclose(expit(total), MODEL.predict([message])[0, column], rtol=1e-4, atol=1e-7)


def test_one_message_reads_as_among_many():
    many = MODEL.predict(MESSAGES * 500)

    for row, message in enumerate(MESSAGES):
        np.testing.assert_array_equal(MODEL.predict([message])[0], many[row])
        np.testing.assert_array_equal(many[row], many[row + len(MESSAGES) * 400])


@pytest.mark.parametrize("label", MODEL.labels)
def test_a_label_is_said_from_its_threshold_on(label):
    column = MODEL.labels.index(label)
    probability = MODEL.predict(MESSAGES)[:, column]

    assert MODEL.find_label([*MESSAGES, None], label).tolist() == [
        *(probability >= MODEL.threshold[column]).tolist(),
        False,
    ]


def test_a_file_gives_the_same_model(tmp_path):
    np.savez(tmp_path / "model.npz", **MODEL.to_arrays())
    again = LabelModel.from_arrays(dict(np.load(tmp_path / "model.npz")))

    np.testing.assert_allclose(again.predict(MESSAGES), MODEL.predict(MESSAGES), atol=1e-3)


@pytest.mark.parametrize("nothing", [None, "", "  \n "])
def test_no_message_has_no_probability(nothing):
    assert np.isnan(MODEL.predict([nothing])).all()


def test_the_model_holds_hashes_and_no_text():
    arrays = MODEL.to_arrays()

    assert {name for name, array in arrays.items() if array.dtype.kind in "UO"} == {"labels"}
    assert sum(array.nbytes for array in arrays.values()) < 10_000_000
