"""Do the words around a time stand at their places, and no further than its sentence goes?"""

import numpy as np

from features.kernels.time_features import FACTS, LABELS, PLACE_OF_COLUMN, PLACES, TimedMessages, fill_features

BAR, START, END = 1, 3, 4


def fill(tokens, begin, end, log_odds=0.0, by_rules=np.nan):
    """Words by place and facts of the one time of a message, whose words are their own rows."""
    messages = TimedMessages(
        np.array(tokens),
        np.array([0, len(tokens)]),
        np.array([[0, begin, end, 0]]),
        np.array([5.0]),
        np.arange(100),
        np.full((1, len(LABELS)), log_odds),
        np.array([by_rules]),
        np.zeros(1, bool),
    )
    words, facts = np.empty((1, len(PLACE_OF_COLUMN)), np.int64), np.zeros((1, FACTS))
    fill_features(messages, words, facts)
    places = {
        place: [word for word in words[0, PLACE_OF_COLUMN == number].tolist() if word >= 0]
        for number, place in enumerate(PLACES)
    }
    return places, facts[0]


def test_words_are_told_apart_by_their_place():
    places, _ = fill([START, 10, 11, 50, 51, 20, 21, END], 3, 5)

    assert places == {
        "last": [11],
        "second_last": [10],
        "third_last": [START],
        "before": [START, 10, 11],
        "first": [20],
        "second": [21],
        "behind": [20, 21],
        "inside": [50, 51],
        "opening": [10, 11],
        "farther": [END],
    }


def test_a_sentence_opens_where_it_begins_and_other_sentences_are_farther():
    places, _ = fill([START, 70, 71, BAR, *range(30, 44), 50, 20, BAR, 72, END], 18, 19)

    assert places["opening"] == [30, 31] and 30 not in places["before"]
    assert set(places["farther"]) >= {30, 70, 71, 72} and 43 not in places["farther"]


def test_a_sentence_that_never_ends_costs_no_more():
    places, _ = fill([START, *[9] * 500, 50, END], 501, 502)

    assert places["opening"] == [9, 9] and len(places["farther"]) == 13


def test_another_sentence_does_not_count():
    places, _ = fill([START, 10, BAR, 50, BAR, 20, END], 3, 4)

    assert places["before"] == places["behind"] == []
    assert (places["last"], places["first"]) == ([START], [END])


def test_facts_tell_what_rules_chose_and_what_the_message_says():
    _, chosen = fill([START, 50, END], 1, 2, log_odds=2.0, by_rules=5.0)
    _, other = fill([START, 50, END], 1, 2, log_odds=-80.0)

    assert chosen.sum() != other.sum()
    assert np.abs(other).max() <= 1.5, "log-odds are bounded"
