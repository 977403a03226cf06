"""Does a linear part come back from its file as it was?"""

import numpy as np

from tests.training.model.conftest import PENALTY
from training.model.linear.linear_fit import fit_linear
from training.model.linear.linear_model import LinearModel


def test_a_file_brings_back_the_same_line(sample):
    matrix, label, signals = sample
    linear = fit_linear(matrix, label, signals, PENALTY)

    again = LinearModel.from_dict(linear.to_dict())

    np.testing.assert_array_equal(again.predict_raw(matrix.astype(float)), linear.predict_raw(matrix.astype(float)))
