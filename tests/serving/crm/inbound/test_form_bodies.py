"""Is a form read as it was filled in, and is a hostile one refused?"""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.crm.inbound.form_bodies import MAX_FIELDS, read_body_fields, read_form
from serving.errors import RequestError

FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}


def test_brackets_are_paths_and_a_group_of_checkboxes_is_one_value():
    body = b"lead[email]=a%40example.org&answers%5B0%5D%5Btext%5D=knee&pain[]=hip&pain[]=knee&empty="

    assert read_body_fields(FORM, body) == {
        "lead.email": "a@example.org",
        "answers.0.text": "knee",
        "pain": "hip; knee",
        "empty": "",
    }


def test_without_a_form_type_the_body_is_json():
    assert read_body_fields({}, b'{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "is empty"),
        (b"&&&", 400, "no fields"),
        (b"a=%FF%FE", 400, "not URL-encoded UTF-8"),
        ("a=ü".encode("latin-1"), 400, "not URL-encoded UTF-8"),
        (b"a=%00b", 400, "null character"),
        (b"a" + b"[b]" * 21 + b"=1", 400, "more than 20 brackets"),
        (b"&".join(b"a%d=1" % number for number in range(MAX_FIELDS + 1)), 422, "more than 1,000 fields"),
        (b"a=1&" * 500_000, 422, "more than 1,000 fields"),
    ],
)
def test_a_hostile_form_is_refused_at_once(body, status, message):
    begun = time.perf_counter()
    with pytest.raises(RequestError, match=message) as refused:
        read_form(body)

    assert refused.value.status == status and time.perf_counter() - begun < 1


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded; charset=iso-8859-1", 'a/json; charset="utf-16"'])
def test_another_charset_is_refused(kind):
    with pytest.raises(RequestError, match="charset is not UTF-8") as refused:
        read_body_fields({"content-type": kind}, b"a=1")

    assert refused.value.status == 415


@given(st.binary(max_size=80))
def test_any_bytes_are_fields_or_a_refusal(body):
    try:
        fields = read_form(body)
    except RequestError as refused:
        assert refused.status in (400, 422)
    else:
        assert fields and all(isinstance(value, str) for value in fields.values())


@pytest.mark.parametrize("name", ["lead_id", "id", "contact[id]", "leadId"])
def test_an_id_that_is_said_twice_is_refused_and_never_joined_into_a_third(name):
    with pytest.raises(RequestError) as refusal:
        read_form(f"{name}=7&email=a%40example.org&{name}=8".encode())

    assert refusal.value.status == 400 and "different values" in str(refusal.value)
    assert set(read_form(f"{name}=7&{name}=7".encode()).values()) == {"7"}
    assert read_form(b"paid=yes&paid=no") == {"paid": "yes; no"}


def test_what_a_lead_has_once_is_the_first_value_and_an_empty_one_says_nothing():
    find_column = {"email": "email", "record number": "lead_id"}.get

    fields = read_form(b"email=&email=a%40example.org&email=b%40example.org&lead.email=c&lead.email=d", find_column)

    assert fields == {"email": "a@example.org", "email.2": "b@example.org", "lead.email": "c", "lead.email.2": "d"}
    assert read_form(b"id=&id=7&note=") == {"id": "7", "note": ""}
    with pytest.raises(RequestError, match="2 times with different values"):
        read_form(b"record+number=7&record+number=8", find_column)
