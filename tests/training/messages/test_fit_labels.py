"""Does the shipped reader read messages of hands that it never saw, and is it the one that the corpus gives?"""

import numpy as np
import pytest

from features.text.label_reader import RED_FLAG, LabelReader
from training.messages.corpus import read_corpus
from training.messages.fit_labels import build_matrix, build_neutral_rows, fit_labels, fit_weights, report
from training.messages.joint_weights import read_phrases

CORPUS = read_corpus()
TEST = np.flatnonzero(CORPUS.is_test)
TEXTS = [CORPUS.texts[row] for row in TEST]
TRUTH = CORPUS.truth[TEST]
READER = LabelReader.load_default()


@pytest.fixture(scope="module")
def probability():
    """The probabilities of the messages for testing, shape (messages, labels)."""
    return READER.read(TEXTS, read_phrases(TEXTS)).probability


@pytest.fixture(scope="module")
def said(probability):
    """Whether each label is read in each message for testing."""
    return probability >= READER.threshold


def f1(said, truth):
    """F1 of the labels that are sure."""
    sure = ~np.isnan(truth)
    hits = (said & (truth > 0) & sure).sum()
    return 2 * hits / ((said & sure).sum() + ((truth > 0) & sure).sum())


def test_labels_of_unseen_hands_are_read(said):
    assert f1(said, TRUTH) >= 0.85, report(READER, CORPUS)


@pytest.mark.parametrize("label", READER.labels)
def test_every_label_of_unseen_hands_is_read(said, label):
    column = READER.labels.index(label)

    assert f1(said[:, column], TRUTH[:, column]) >= 0.72


@pytest.mark.parametrize("specialty", sorted(set(CORPUS.specialty[TEST])))
def test_labels_are_read_in_every_specialty(said, specialty):
    rows = CORPUS.specialty[TEST] == specialty

    assert f1(said[rows], TRUTH[rows]) >= 0.78


def test_red_flags_are_found_first_of_all(said):
    column = READER.labels.index(RED_FLAG)
    truth, flagged = TRUTH[:, column], said[:, column]

    assert flagged[truth > 0].mean() >= 0.95 and (truth[flagged & ~np.isnan(truth)] > 0).mean() >= 0.6


@pytest.mark.parametrize("label", ["spam", "test", "not_a_lead"])
def test_what_lowers_a_score_is_said_of_few_others(said, label):
    column = READER.labels.index(label)
    truth = TRUTH[:, column]

    assert (truth[said[:, column] & ~np.isnan(truth)] > 0).mean() >= 0.95


def test_probabilities_are_calibrated_on_unseen_hands(probability):
    sure = ~np.isnan(TRUTH)
    for low, high in ((0.0, 0.05), (0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.01)):
        inside = sure & (probability >= low) & (probability < high)
        assert abs(probability[inside].mean() - (TRUTH[inside] > 0).mean()) < 0.1, (low, high, inside.sum())


def test_the_shipped_model_is_the_one_of_this_corpus():
    learning, model = np.flatnonzero(~CORPUS.is_test), READER.model
    texts, truth = [CORPUS.texts[row] for row in learning], CORPUS.truth[learning]
    matrix, column = build_matrix(texts), model.labels.index("spam")
    neutral = build_neutral_rows(texts, truth[:, model.labels.index("appointment")] == 1, matrix)
    sure = ~np.isnan(truth[:, column])

    np.testing.assert_array_equal(model.hashes, matrix.hashes)
    weights = fit_weights(matrix.values[sure], truth[sure, column] > 0, neutral.phrases).coef_[0] * matrix.idf
    assert np.corrcoef(weights, model.weights[:, column])[0, 1] > 0.98


def test_a_small_corpus_can_be_learned_and_is_additive():
    few = np.concatenate([np.flatnonzero(CORPUS.hand == hand)[:100] for hand in ("hand_a", "hand_c", "hand_f")])
    part = type(CORPUS)(
        [CORPUS.texts[row] for row in few], CORPUS.truth[few], CORPUS.hand[few], CORPUS.specialty[few], CORPUS.days[few]
    )
    reader = fit_labels(part)
    messages = ["I would like an appointment for my rash", "SEO services for your website"]

    probability = reader.read(messages, read_phrases(messages)).probability

    appointment, spam = reader.labels.index("appointment"), reader.labels.index("spam")
    assert probability[0, appointment] > probability[1, appointment]
    assert probability[1, spam] > probability[0, spam]
