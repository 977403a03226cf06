"""Do the weights of words around a time come back from their file as they were learned?"""

import numpy as np

from features.text.times.time_model import NUMBER, NUMBERED, OTHER, TimeModel


def test_a_model_comes_back_from_its_file_as_it_was():
    model = TimeModel.load_default()
    again = TimeModel.from_arrays(model.to_arrays())

    assert model.words[:3] == (OTHER, NUMBER, NUMBERED)
    assert again.words == model.words and again.threshold == model.threshold
    np.testing.assert_array_equal(again.weights, model.weights)
