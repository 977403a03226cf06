"""Is a prompt that nobody answered told from a value?"""

import pandas as pd
import pytest

from features.profiling.values.prompts import find_prompts


@pytest.mark.parametrize("text", ["Select", "Please choose an option", "-- Select --", "---", "Not specified"])
def test_a_prompt_in_two_columns_is_counted(text):
    frame = pd.DataFrame({"Source": [text, "Ads"], "Payer": [f" {text} ", "Aetna"], "City": ["Boston", "Salem"]})

    assert find_prompts(frame) == {text: 2}


def test_a_prompt_of_one_column_and_a_value_of_two_are_none():
    frame = pd.DataFrame({"Source": ["Select", "Selected ads"], "Payer": ["Selected ads", "Aetna"]})

    assert find_prompts(frame) == {}


def test_a_column_of_many_values_is_no_list_to_choose_from():
    texts = ["Select", *(f"text {number}" for number in range(1_500))]

    assert find_prompts(pd.DataFrame({"a": texts, "b": texts})) == {}
