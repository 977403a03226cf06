"""Do marks around a value change nothing, and do marks that mean something stay?"""

import pytest

from features.parsing.lead_values import find_meaning
from features.parsing.scalars import strip_marks
from features.parsing.value_spelling import fold_value

DECORATED = [
    "{}.",
    "{},",
    "{}*",
    "{}!",
    "\u2022 {}",
    "'{}",
    "\u201c{}\u201d",
    '"{}"',
    "({})",
    "[{}]",
    "{} \U0001f44d",
    "\u2705 {}",
]


@pytest.mark.parametrize("form", DECORATED)
@pytest.mark.parametrize("value", ["web form", "Blue Cross Blue Shield", "after 5 pm", "knee replacement"])
def test_a_value_in_marks_is_the_value(form, value):
    assert strip_marks(form.format(value)) == value
    assert fold_value(form.format(value)) == fold_value(value)


@pytest.mark.parametrize(
    "value",
    [
        "5+",
        "A*",
        "(2)",
        "C++",
        "18-39",
        "Knee (left)",
        "(new) or (old)",
        "\u2705",
        "?",
        "",
        "3.",
        "$",
        "\u2713",
        "50%DEal of May",
    ],
)
def test_marks_that_say_something_stay(value):
    assert strip_marks(value) == value


@pytest.mark.parametrize(
    "text, relation",
    [
        ("Myself", "self"),
        ("me", "self"),
        ("Self (patient)", "self"),
        ("guardian of the patient", "parent"),
        ("Patient or guardian", "Patient or guardian"),
        ("Patient/Parent", "Patient/Parent"),
        ("Mother", "parent"),
        ("parent of patient", "parent"),
        ("my wife", "spouse"),
        ("Spouse/Partner", "spouse"),
        ("Doctor's office", "provider_office"),
        ("neighbor", "neighbor"),
    ],
)
def test_who_asks_is_read_in_the_words_of_forms(text, relation):
    assert find_meaning("relation", text).text == relation


@pytest.mark.parametrize(
    "column, one, other",
    [
        ("timeframe", "ASAP", "as soon as possible"),
        ("timeframe", "asap!", "As soon as possible"),
        ("preferred_contact", "Phone call", "phone"),
        ("preferred_contact", "by e-mail", "email"),
        ("preferred_contact", "Text message", "sms"),
    ],
)
def test_answers_of_forms_in_other_words_are_compared_as_equal(column, one, other):
    assert fold_value(one, column) == fold_value(other, column)
    assert fold_value(one, "source") != fold_value(other, "source") or one.casefold() == other
