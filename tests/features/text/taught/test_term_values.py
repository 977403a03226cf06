"""Does each message have the values on which its score rests?"""

import numpy as np
import pytest

from features.text.label_reader import LabelReader
from features.text.message_terms import list_terms
from features.text.taught.term_values import match_terms

MESSAGES = ["my knee hurts, can I come in", "no chest pain. knee knee knee", ""]


def test_values_times_weights_are_the_log_odds_of_the_model():
    model = LabelReader.load_default().model
    idf = np.sqrt(model.square.astype(float))

    log_odds = match_terms(MESSAGES, model.hashes, idf) @ (model.weights / idf[:, None]) + model.intercept

    # The squares are kept as half floats.
    assert log_odds == pytest.approx(model.score(MESSAGES).message, abs=0.02)


def test_terms_that_are_not_used_have_no_value_and_still_count_in_the_norm():
    model = LabelReader.load_default().model
    idf, is_used = np.sqrt(model.square.astype(float)), np.zeros(len(list_terms(MESSAGES).hashes), bool)
    is_used[::2] = True

    every, some = match_terms(MESSAGES, model.hashes, idf), match_terms(MESSAGES, model.hashes, idf, is_used)

    assert 0 < some.nnz < every.nnz
    assert (some.data == np.asarray(every[some.nonzero()]).ravel()).all()
