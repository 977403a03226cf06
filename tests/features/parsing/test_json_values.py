"""Is a list or an object of a payload read as the cell that an export has for it?"""

import pytest

from features.parsing.json_values import flatten_json_value


@pytest.mark.parametrize(
    "value, text",
    [
        (["Implants", "Veneers"], "Implants; Veneers"),
        ([{"id": 7, "label": "Implants"}, {"id": 9, "label": "Veneers"}], "Implants; Veneers"),
        ({"value": "42", "label": "Aetna PPO"}, "Aetna PPO"),
        ({"value": 42}, 42),
        (["Implants"], "Implants"),
        ([["Implants"]], "Implants"),
        ([3, 5], "3; 5"),
        ([], None),
        ({}, None),
        (["", None], None),
    ],
)
def test_choices_are_joined_and_an_object_is_its_label(value, text):
    assert flatten_json_value(value, "custom:Services") == text


@pytest.mark.parametrize(
    "value, text",
    [
        ({"text": "My knee hurts"}, "My knee hurts"),
        ({"body": "My knee hurts", "lang": "en"}, "My knee hurts"),
        ([{"from": "bot", "text": "Hello!"}, {"from": "visitor", "text": "My knee hurts"}], "My knee hurts"),
        (
            {"turns": [{"role": "assistant", "content": "Hi"}, {"role": "user", "content": "My knee hurts"}]},
            "My knee hurts",
        ),
        (["My knee hurts.", "Since May"], "My knee hurts. Since May"),
        ([{"from": "bot", "text": "Hello!"}], None),
    ],
)
def test_a_message_is_what_the_person_said(value, text):
    assert flatten_json_value(value, "message") == text


def test_a_contact_stands_under_its_own_name_and_a_clinics_contact_is_no_clinic():
    assert flatten_json_value({"email": "a@example.org", "kind": "home"}, "email") == "a@example.org"
    assert flatten_json_value({"email": "desk@example.org"}, "preferred_clinic") == {"email": "desk@example.org"}


@pytest.mark.parametrize("value", [{"a": 1, "b": 2}, [{"a": 1}, {"b": 2}], ["x"] * 1000, {"name": {"en": "x"}}])
def test_what_has_no_text_stays_as_it_is(value):
    assert flatten_json_value(value, "payer") == value


def test_a_deep_list_ends():
    value = "x"
    for _ in range(50):
        value = [value]

    assert flatten_json_value(value, "payer") is not None


@pytest.mark.parametrize(
    "value, column, text",
    [
        ([{"label": "work", "value": "a@example.org", "primary": True}], "email", "a@example.org"),
        ({"name": "Ann Lee", "address": "a@example.org"}, "email", "a@example.org"),
        ([{"label": "Mobile", "value": "617-555-0117"}, {"value": "617-555-0118"}], "phone", "617-555-0117"),
        ({"label": "home", "code": "02139"}, "postal_code", "02139"),
        ({"name": "Ann Lee", "id": 8812}, "lead_id", 8812),
        (["8812"], "lead_id", "8812"),
        (["8812", "8813"], "lead_id", ["8812", "8813"]),
        (["2026-03-01", "2026-03-02"], "created_at", ["2026-03-01", "2026-03-02"]),
        ({"name": "Ann Lee"}, "email", {"name": "Ann Lee"}),
    ],
)
def test_what_a_lead_has_once_is_one_value_without_its_label_and_two_ids_are_none(value, column, text):
    assert flatten_json_value(value, column) == text
