"""What a message's words are worth, from the moment they were learned on."""

import numpy as np
import pytest

from features.text.word_weights import WordWeights

TIMES = np.array(["2026-02-01", "2026-03-01"], "datetime64[us]")
NUMBER = {"": 0, "soon": 1, "fax": 2, "knee": 3}


@pytest.fixture
def weights() -> WordWeights:
    """Two words; ``soon`` was worth nothing before March."""
    return WordWeights(TIMES, ("soon", "fax"), np.array([[0.0, -1.0], [2.0, -1.0]]), np.array([-1.0, -1.0]))


def compute_shares(
    weights: WordWeights, messages: list[list[str]], cutoffs: list[str], of_lead: list[int] | None = None
) -> np.ndarray:
    """The share for each cutoff, one message each unless ``of_lead`` says otherwise."""
    tokens = np.array([NUMBER.get(token, 0) for message in messages for token in message], np.int64)
    begins = np.cumsum([0, *map(len, messages)])
    rows = np.arange(len(messages)) if of_lead is None else np.array(of_lead)
    return weights.compute_share(
        weights.align_weights(NUMBER), tokens, begins, rows, np.array(cutoffs, "datetime64[us]")
    )


def logistic(log_odds: float) -> float:
    return 1 / (1 + np.exp(-log_odds))


def test_each_time_a_word_is_said_counts(weights):
    shares = compute_shares(weights, [["soon", "knee", "fax", "fax"]], ["2026-03-05"])

    np.testing.assert_allclose(shares, logistic(-1 + 2 - 2))


def test_a_moment_uses_the_weights_that_held_then_and_none_before_the_first(weights):
    message = ["soon"]

    shares = compute_shares(
        weights, [message], ["2026-01-31T23:59", "2026-02-28T23:59", "2026-03-01"], of_lead=[0, 0, 0]
    )

    np.testing.assert_allclose(shares, [np.nan, logistic(-1), logistic(1)])


def test_a_message_in_a_crowd_is_worth_what_it_is_worth_alone(weights):
    messages = [["soon", "fax"] * 7, [], ["knee"], ["fax", "soon", "soon"]]

    crowd = compute_shares(weights, messages, ["2026-03-05"] * 4)

    alone = [compute_shares(weights, [message], ["2026-03-05"])[0] for message in messages]
    np.testing.assert_array_equal(crowd, alone)


def test_saying_a_word_a_thousand_times_is_no_certainty(weights):
    shares = compute_shares(weights, [["fax"] * 1000], ["2026-03-05"])

    np.testing.assert_allclose(shares, logistic(-1 - 4))


def test_words_that_the_reader_does_not_know_are_left_out(weights):
    assert weights.align_weights({"": 0, "fax": 1}).tolist() == [[0.0, -1.0], [0.0, -1.0]]


def test_a_file_brings_back_the_same_wording(weights):
    again = WordWeights.from_arrays(weights.to_arrays())

    assert again.words == weights.words
    for name in ("since", "weights", "base"):
        np.testing.assert_array_equal(getattr(again, name), getattr(weights, name))
