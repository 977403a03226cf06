"""Are chances said as people count?"""

from serving.scoring.score_words import reach_in_words


def test_two_probabilities_are_said_as_people_count(engine):
    assert reach_in_words(0.6, 0.7, engine.bundle) == "60% likely to answer; 70% book if they do"
    assert reach_in_words(0.9, 0.004, engine.bundle) == "90% likely to answer; fewer than 1% book if they do"
    assert reach_in_words(0.07, 1.0, engine.bundle) is None
    assert reach_in_words(0.999, 0.6, engine.bundle) == "Already spoke with them, or sure to answer; 60% book"
