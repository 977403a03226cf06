"""Is a guess said with every value, and read as numbers as it was said?"""

import numpy as np
import pandas as pd

from features.profiling.labels.label_guess import LabelGuess, add_question, describe_label, encode_label, list_values

GUESS = LabelGuess("Stage", ("Won",), ("Lost", ""), "", open=("New",), unknown=("Hm",), counts=(("Won", 2), ("Hm", 1)))


def test_what_is_unknown_or_open_is_no_label():
    codes = encode_label(pd.Series(["Won", "Lost", None, "New", "Hm"]), GUESS)

    np.testing.assert_array_equal(codes, [1.0, 0.0, 0.0, np.nan, np.nan])


def test_questions_are_kept_in_their_order_and_stand_below_the_values():
    asked = add_question(add_question(GUESS, "one?"), "two?")

    assert asked.questions == ("one?", "two?") and GUESS.questions == ()
    assert describe_label(asked)[1:] == [
        "  Won -> booked      2 rows",
        "  Hm  -> ?           1 rows",
        "QUESTION: one?",
        "QUESTION: two?",
    ]


def test_many_values_are_counted():
    assert list_values(tuple("abcdefg")) == "'a', 'b', 'c', 'd', 'e' and 2 more"


def test_what_may_be_about_a_person_is_counted():
    values = ("Stuck", "Maria Okafor", "her mother will call us again", "ask 617-555-0117")

    assert list_values(values) == "'Stuck' and 3 more"


def test_a_text_of_many_rows_is_no_remark_about_one_person():
    value = "Could not reach the patient after three tries"

    assert list_values((value,)) == "1 text of several words"
    assert list_values((value,), {value: 5}) == repr(value)


def test_a_remark_about_one_person_is_counted_for_programs_too():
    remark = "Ann Lee asks her mother first"
    guess = LabelGuess("Stage", ("Won",), ("Lost",), "", unknown=("Hm", remark), counts=(("Hm", 1), (remark, 2)))

    plain = guess.to_plain()

    assert plain["counts"] == {"Hm": 1, "(1 text of several words)": 2}
    assert plain["unknown"] == ("Hm", "(1 text of several words)")
    assert "Ann" not in str(plain)
