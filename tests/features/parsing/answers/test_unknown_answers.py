"""Does a field say no more than that the answer is not known?"""

import pytest

from features.parsing.answers.unknown_answers import is_unknown_answer


@pytest.mark.parametrize(
    "text", ["left blank", "I dunno", "not collected", "no selection", "weet niet", "n\u00e3o sei",
     "{{payer}}", "[your-payer]", "%payer%"]
)  # fmt: skip
def test_a_remark_is_no_answer(text):
    assert is_unknown_answer(text)


@pytest.mark.parametrize("text", ["{Knee replacement,MRI scan}", "[MRI]", "50%", "CT scan", "non-invasive surgery"])
def test_a_value_between_marks_is_a_value(text):
    assert not is_unknown_answer(text)
