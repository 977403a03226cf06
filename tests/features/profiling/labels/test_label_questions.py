"""Where no label is found, is every column that may be it asked about, and nothing personal shown?"""

import numpy as np
import pandas as pd

from features.parsing.parsed_columns import ParsedColumns
from features.profiling.export_profile import profile_export
from features.profiling.labels.label_questions import ask_for_label
from features.readers.frame_writer import write_frame


def ask(used=(), **columns):
    """Ask about these columns of an export."""
    return ask_for_label(ParsedColumns(pd.DataFrame(columns), frozenset()), (), used)


def test_one_column_of_many_texts_that_names_an_outcome_is_asked_about_without_its_texts(tmp_path):
    texts = [f"booked {1 + n % 12}/{1 + n % 28}" if n % 3 else f"no - too far {n}" for n in range(80)]
    path = tmp_path / "export.csv"
    write_frame(pd.DataFrame({"Lead ID": np.arange(80) + 500, "did they book": texts}), path)

    (doubt,) = profile_export(path).label_doubts

    assert "'did they book' may say what became of the leads, but in" in doubt and "too far" not in doubt


def test_a_mark_for_an_end_is_asked_about_below_any_header(tmp_path):
    path = tmp_path / "export.csv"
    write_frame(pd.DataFrame({"Lead ID": np.arange(80) + 500, "goal": ["Appointment", "", ""] * 26 + ["", ""]}), path)

    assert "which of 'Appointment' mean" in profile_export(path).label_doubts[0]


def test_frequent_texts_of_several_words_are_shown_and_a_rare_one_is_counted():
    texts = ["Visit booked by us on the phone", "Price was too high for the patient"] * 6
    texts.append("Ann Lee will call us")

    (doubt,) = ask(Remark=texts)

    assert "'Visit booked by us on the phone'" in doubt and "and 1 more" in doubt and "Ann" not in doubt


def test_where_nothing_is_known_the_last_columns_of_a_few_words_are_named():
    columns = {
        "Kanal": ["Ads", "Web"] * 40,
        "Sävy": ["punainen", "sininen"] * 40,
        "Päätös": ["ihan ok", "ehkä"] * 40,
        "Koodi": ["1", "2"] * 40,
    }

    assert ask(used=("Kanal",), **columns) == (
        "QUESTION: does 'Päätös' or 'Sävy' say what became of each lead? If so, name it and its values under [label].",
    )
    assert ask(Koodi=["1", "2"] * 40) == ()
