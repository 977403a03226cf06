"""Are the traps of JSON refused, in words and without values?"""

import time

import pytest

from serving.errors import RequestError
from serving.http.json_parsing import MAX_DEPTH, read_object


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"", "is empty"),
        (b"   ", "is empty"),
        (b"{", "is not valid JSON"),
        (b"[]", "holds a list"),
        (b'"text"', "holds a text"),
        (b"null", "holds null"),
        (b"3", "holds a number"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1e999}', "too long or too large"),
        (b'{"a": ' + b"9" * 101 + b"}", "too long or too large"),
        (b'{"a": "\\ud800"}', "half of a character"),
        (b'{"\\uDFFF": 1}', "half of a character"),
        (b'{"a": ["\\ud800"]}', "half of a character"),
        (b'{"a": "\xff"}', "is not UTF-8"),
        (b'{"a":' * MAX_DEPTH + b"{}" + b"}" * MAX_DEPTH, "nested deeper"),
        (b"[" * 100_000, "nested deeper"),
    ],
)
def test_a_trap_is_refused(body, fault):
    with pytest.raises(RequestError, match=fault) as refused:
        read_object(body)

    assert refused.value.status == 400


def test_what_is_allowed_is_read():
    body = '\ufeff{"a": 1, "a": 2, "b": "\\ud83d\\ude00", "c": 1.5}'.encode()

    value = read_object(body)

    assert value == {"a": 2, "b": "😀", "c": 1.5}


def test_nesting_up_to_the_limit_is_read():
    body = b'{"a":' * (MAX_DEPTH - 1) + b"{}" + b"}" * (MAX_DEPTH - 1)

    assert "a" in read_object(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"latitude": NaN}', "latitude"),
        (b'{"longitude": 1e999}', "longitude"),
        (b'{"latitude": ' + b"9" * 5000 + b"}", "latitude"),
        (b'{"message": "\\ud800"}', "message"),
        (b'{"events": [{"kind": "chat"}, {"duration_s": -Infinity}]}', "events[1].duration_s"),
        (b'{"leads": [{}, {}, {"latitude": NaN}]}', "leads[2].latitude"),
        (b'{"custom": {"Zebedee Quillfeather": NaN}}', "custom.(a column of your own)"),
    ],
)
def test_a_trap_is_named_by_its_field_and_nothing_of_the_callers(body, field):
    with pytest.raises(RequestError, match="The request body holds") as refused:
        read_object(body)

    assert [fault.field for fault in refused.value.fields] == [field]
    assert "Zebedee" not in str(refused.value) + str(refused.value.fields)


def test_a_body_full_of_traps_is_refused_at_once():
    body = b'{"leads": [' + b"NaN," * 400_000 + b"NaN]}"
    begun = time.perf_counter()

    with pytest.raises(RequestError, match="NaN, which is not a JSON number"):
        read_object(body)

    assert time.perf_counter() - begun < 1
