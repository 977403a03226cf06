"""Are fields of the wrong type named, all of them, and neither values nor names that are not ours?"""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from serving.errors import RequestError
from serving.schemas.lead_validation import _is_plain, format_field_path, validate_lead
from serving.schemas.scoring import Lead


def test_a_lead_that_fits_comes_back_as_it_was():
    payload = {"lead_id": "7", "Anything of their own": 3, "events": [{"occurred_at": "2026-03-05", "kind": "chat"}]}

    assert validate_lead(payload) is payload


def test_every_fault_is_listed_once_and_no_value_is_repeated():
    payload = {"phone": {"a": "6175550123", "b": 1}, "events": [{"kind": "chat", "colour": "red"}], "custom": 5}

    with pytest.raises(RequestError, match="wrong type") as caught:
        validate_lead(payload)

    faults = {fault.field: (fault.found, fault.expected) for fault in caught.value.fields}
    assert faults["phone"] == ("an object", "a single value: text, number, true, false or null")
    assert faults["events[0].occurred_at"][1] == "a value" and faults["custom"] == ("a number", "an object")
    assert len(faults) == 4 and "6175550123" not in str(faults) and "colour" not in str(faults)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("events", 2, "kind"), "events[2].kind"),
        (("Ann Miller", "str"), "(a column of your own)"),
        ((), "lead"),
    ],
)
def test_a_path_names_our_fields_alone(path, text):
    assert format_field_path(path) == text


def test_lists_and_objects_that_say_one_value_are_that_value():
    payload = {
        "Comment": [{"from": "bot", "text": "Hello!"}, {"from": "visitor", "text": "My knee hurts"}],
        "message": {"body": "My knee hurts"},
        "phone": ["617-555-0123"],
        "payer": {"id": 7, "label": "Aetna"},
        "events": [{"occurred_at": "2026-03-05", "kind": "chat"}],
        "custom": {"Services": ["Implants", "Veneers"], "Visits": 3},
    }

    assert validate_lead(payload) == {
        "Comment": "My knee hurts",
        "message": "My knee hurts",
        "phone": "617-555-0123",
        "payer": "Aetna",
        "events": payload["events"],
        "custom": {"Services": "Implants; Veneers", "Visits": 3},
    }


def test_a_contact_is_its_value_in_any_spelling_of_the_name_and_two_ids_are_a_fault():
    phone = [{"label": "Mobile", "value": "617-555-0123"}, {"label": "Home", "value": "617-555-0124"}]

    assert validate_lead({"Phone Number": phone}, knows=lambda key: True) == {"Phone Number": "617-555-0123"}
    with pytest.raises(RequestError, match="wrong type") as caught:
        validate_lead({"lead_id": ["8812", "8813"]})
    assert [fault.field for fault in caught.value.fields] == ["lead_id"]


def test_a_list_below_a_key_that_may_be_what_a_person_wrote_is_refused_without_repeating_it():
    payload = {"Which services?": ["Implants"], "Anna Quillfeather": ["x"]}

    with pytest.raises(RequestError) as refused:
        validate_lead(payload, lambda key: key == "Which services?")

    assert [fault.field for fault in refused.value.fields] == ["(a column of your own)"]
    del payload["Anna Quillfeather"]
    assert validate_lead(payload, lambda key: key == "Which services?") == {"Which services?": "Implants"}


@pytest.mark.parametrize(
    "payload",
    [
        {"data": {"Message": "My knee hurts", "phone": ["617-555-0123"]}},
        {"properties": {"Message": {"value": "My knee hurts"}, "phone": {"value": "617-555-0123"}}},
        {"body": {"lead": {"Message": "My knee hurts", "phone": "617-555-0123"}}},
    ],
)
def test_a_wrapper_around_the_fields_of_a_lead_is_taken_off(payload):
    assert validate_lead(payload) == {"Message": "My knee hurts", "phone": "617-555-0123"}


def test_what_stands_beside_a_wrapper_stays_and_an_object_of_other_things_is_no_wrapper():
    beside = {"lead_id": "7", "phone": "1", "lead": {"phone": "2", "message": "My knee"}}

    assert validate_lead(beside) == {"lead_id": "7", "phone": "1", "message": "My knee"}
    with pytest.raises(RequestError) as caught:
        validate_lead({"lead_id": "7", "data": {"Ann Miller": "red", "shoe": 9}})
    assert "Miller" not in str(caught.value.fields)


def is_lead(payload):
    """Whether the model takes a payload as it is."""
    try:
        Lead.model_validate(payload)
    except ValidationError:
        return False
    return True


ODD_VALUES = (
    *("", "ä", "\ud800", 5, 10**30, True, None, 1.5, float("nan"), float("inf"), [], ["a"], {}, {"a": 1}),
    *({"a": "\ud800"}, {"a": [1]}, {"a": float("inf")}, [{"occurred_at": "2026-03-05", "kind": "chat"}]),
    *([{"occurred_at": 5, "kind": "chat", "reached": None}], [{"occurred_at": "2026-03-05"}], [{"kind": "chat"}]),
    *([{"occurred_at": True, "kind": "chat"}], [{"occurred_at": "2026-03-05", "kind": 3}], [None], ["chat"]),
    *([{"occurred_at": "2026-03-05", "kind": "chat", "colour": 1}], [{"occurred_at": float("nan"), "kind": "chat"}]),
    *([{"occurred_at": "2026-03-05", "kind": "chat", "duration_s": [1]}], b"bytes", (1,), Decimal("1")),
)


@pytest.mark.parametrize("name", ["phone", "events", "custom", "cutoff", "outcomes", "A field of their own", "\ud800"])
def test_what_passes_at_a_glance_passes_the_model(name):
    payloads = [{"lead_id": "7", name: value} for value in ODD_VALUES]

    for payload in payloads:
        assert not _is_plain(payload) or is_lead(payload)
    assert sum(map(_is_plain, payloads)) >= (0 if name == "\ud800" else 2)


@pytest.mark.parametrize("payload", [None, [], "lead", 5, {5: "x"}, {"custom": {5: 1}}])
def test_what_is_no_object_with_names_does_not_pass_at_a_glance(payload):
    assert not _is_plain(payload) or is_lead(payload)


@pytest.mark.parametrize("beside", [None, ""])
def test_an_empty_field_beside_a_wrapper_loses_to_the_one_inside(beside):
    lead = validate_lead({"email": beside, "events": [], "properties": {"email": "a@example.org", "events": None}})

    assert lead["email"] == "a@example.org"


def test_the_only_lead_of_a_list_in_a_wrapper_is_read_and_several_are_refused():
    assert validate_lead({"data": [{"message": "hi"}]}) == {"message": "hi"}
    with pytest.raises(RequestError):
        validate_lead({"data": [{"message": "hi"}, {"message": "hello"}]})


def test_an_id_alone_makes_no_wrapper():
    assert validate_lead({"message": "hi", "contact": {"id": 55, "label": "Web"}}) == {
        "message": "hi",
        "contact": "Web",
    }


def test_an_object_below_a_column_of_the_model_is_its_value():
    assert validate_lead({"record": {"label": "A", "phone": "1"}}, lambda key: key == "record") == {"record": "A"}


def test_custom_columns_on_both_sides_of_a_wrapper_are_kept():
    lead = validate_lead({"custom": {"a": 1}, "data": {"message": "hi", "custom": {"a": 2, "b": ["x", "y"]}}})

    assert lead == {"message": "hi", "custom": {"a": 1, "b": "x; y"}}
