"""Does the shipped model tell wished times from others in messages of hands that it never saw, better than rules?"""

import numpy as np

from features.text.times.time_model import TimeModel
from training.messages.fit_times import TimedTexts, fit_times, is_right, list_words, read_timed_texts, report_times


def list_numbers(line):
    """The numbers in a line of the report."""
    return [int(word.strip(",").replace(",", "")) for word in line.split() if word[0].isdigit()]


def test_times_of_unseen_hands_are_read_better_than_by_rules_alone():
    # "learned   right 178 of 204, invented 51 of 1,096"
    _, learned, rules = report_times(TimeModel.load_default(), read_timed_texts()).splitlines()
    right, stated, invented, without = list_numbers(learned)
    right_by_rules, _, invented_by_rules, _ = list_numbers(rules)

    assert right >= 0.85 * stated and invented <= 0.05 * without
    assert right >= right_by_rules and invented < invented_by_rules


def test_a_time_is_right_within_two_days_or_two_fifths():
    assert is_right(np.array([3.0, 4.0, 70.0, 5.0]), np.array([1.0, 1.0, 100.0, np.nan])).tolist() == [
        True,
        False,
        True,
        False,
    ]


def test_words_of_few_texts_have_no_weight():
    assert list_words(["knee friday"] * 3 + ["ankle"] * 2)[-2:] == ("friday", "knee")


def test_names_of_people_and_places_have_no_weight():
    texts = ["Knee pain, this is Lena Patel in Ohio on Friday", "my knee, says Dr. Patel"] * 3
    words = list_words(texts)

    assert {"knee", "friday"} <= {*words}
    assert {"lena", "patel", "ohio"}.isdisjoint(words)
    assert {"patel", "ruiz", "lena", "juan", "ohio"}.isdisjoint(TimeModel.load_default().words)


def test_what_is_learned_tells_a_wish_from_a_past_day():
    timed = read_timed_texts()
    dated = np.flatnonzero(timed.hand == "dated_sentences")
    hand = np.where(np.arange(len(dated)) % 2, "odd", "even")
    short = TimedTexts([timed.texts[row] for row in dated], hand, timed.days[dated])
    model = fit_times(short)
    last = model.weights[0]

    assert last[model.words.index("since")] < 0
    assert -2 < model.threshold < 2
