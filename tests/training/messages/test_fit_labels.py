"""Does the shipped model read messages of hands that it never saw, and is it the one that the corpus gives?"""

import numpy as np
import pytest

from features.practice.practice import Practice
from features.text.label_model import LabelModel
from features.text.message_reader import MessageReader
from features.text.phrase_lexicon import PhraseLexicon
from features.text.red_flags import RED_FLAG, find_red_flags
from training.messages.corpus import read_corpus
from training.messages.fit_labels import build_matrix, fit_labels, fit_weights, report

CORPUS = read_corpus()
TEST = np.flatnonzero(CORPUS.is_test)
TEXTS = [CORPUS.texts[row] for row in TEST]
TRUTH = CORPUS.truth[TEST]
MODEL = LabelModel.load_default()
SAID = MODEL.predict(TEXTS) >= MODEL.threshold


def f1(said, truth):
    """F1 of the labels that are sure."""
    sure = ~np.isnan(truth)
    hits = (said & (truth > 0) & sure).sum()
    return 2 * hits / ((said & sure).sum() + ((truth > 0) & sure).sum())


def test_labels_of_unseen_hands_are_read():
    assert f1(SAID, TRUTH) >= 0.80, report(MODEL, CORPUS)


@pytest.mark.parametrize("specialty", sorted(set(CORPUS.specialty[TEST])))
def test_labels_are_read_in_every_specialty(specialty):
    rows = CORPUS.specialty[TEST] == specialty

    assert f1(SAID[rows], TRUTH[rows]) >= 0.72


def test_red_flags_are_found_first_of_all():
    truth = TRUTH[:, MODEL.labels.index(RED_FLAG)]
    readings = MessageReader.of(PhraseLexicon.load_default(), Practice()).read_all(
        TEXTS, np.full(len(TEXTS), np.datetime64("2026-03-04"))
    )
    flagged = find_red_flags(TEXTS, readings)

    assert flagged[truth > 0].mean() >= 0.94 and (truth[flagged & ~np.isnan(truth)] > 0).mean() >= 0.6


def test_the_shipped_model_is_the_one_of_this_corpus():
    learning = np.flatnonzero(~CORPUS.is_test)
    matrix = build_matrix([CORPUS.texts[row] for row in learning])
    column = MODEL.labels.index("spam")
    label = CORPUS.truth[learning, column]
    sure = ~np.isnan(label)

    np.testing.assert_array_equal(MODEL.hashes, matrix.hashes)
    # Calibration multiplies all weights of a label by one number.
    weights = fit_weights(matrix.values[sure], label[sure] > 0).coef_[0] * matrix.idf
    assert np.corrcoef(weights, MODEL.weights[:, column])[0, 1] > 0.999


def test_a_small_corpus_can_be_learned_and_is_additive():
    few = np.concatenate([np.flatnonzero(CORPUS.hand == hand)[:100] for hand in ("hand_a", "hand_c", "hand_f")])
    part = type(CORPUS)([CORPUS.texts[row] for row in few], CORPUS.truth[few], CORPUS.hand[few], CORPUS.specialty[few])
    model = fit_labels(part)

    probability = model.predict(["I would like an appointment for my rash", "SEO services for your website"])

    appointment, spam = model.labels.index("appointment"), model.labels.index("spam")
    assert probability[0, appointment] > probability[1, appointment]
    assert probability[1, spam] > probability[0, spam]
