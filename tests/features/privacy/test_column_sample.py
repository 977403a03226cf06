"""Is a large column looked at evenly, and a sparse one as a whole?"""

from collections import Counter

import pandas as pd

from features.privacy.column_sample import ColumnSample, sample_texts


def test_values_are_counted_as_texts_and_missing_ones_left_out():
    assert sample_texts([1.0, "1", " a ", None, "n/a"], frozenset({"n/a"})) == Counter({"1": 2, "a": 1})


def test_a_few_values_in_many_rows_are_all_found():
    values = pd.Series([None] * 50_000, dtype=object)
    values[17] = "Ann Lee"

    assert sample_texts(values, frozenset()) == Counter({"Ann Lee": 1})


def test_many_distinct_values_are_thinned_from_first_to_last():
    sample = sample_texts(pd.Series(map(str, range(3_000))), frozenset())

    assert len(sample) == 400 and {"0", "2999"} <= set(sample)


def test_a_column_of_marks_is_a_flag_and_figures_name_no_value():
    assert ColumnSample("x", Counter({"Yes": 5, "No": 1})).is_flag
    assert not ColumnSample("x", Counter({"Yes": 5, "Ann": 1})).is_flag
    assert ColumnSample("x", Counter({"Ann": 1, "b": 1})).describe(1, "names") == "50% of 2 distinct values are names"
