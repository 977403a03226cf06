"""Does only a fresh request of HubSpot's pass, letter by letter?"""

import base64
import hashlib
import hmac
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.crm.inbound.hubspot_signature import compute_signature_v3, verify_signature
from serving.crm.inbound.replay_protection import ReplayCache
from serving.crm.ports import HookReply, HookRequest
from serving.crm_settings import Secret
from serving.errors import RequestError

SECRET = Secret("an invented client secret")
PUBLIC = "https://score.practice.example"


def test_the_signature_is_the_hmac_of_method_uri_body_and_timestamp():
    signed = b'POSThttps://score.practice.example/v1/hooks/hubspot{"a":1}1772712000000'
    expected = base64.b64encode(hmac.new(b"s3cr3t", signed, hashlib.sha256).digest()).decode()

    assert compute_signature_v3("s3cr3t", "post", PUBLIC + "/v1/hooks/hubspot", b'{"a":1}', "1772712000000") == expected


@pytest.mark.parametrize(
    ("encoded", "decoded"),
    list(zip("%3A %2F %3F %40 %21 %24 %27 %28 %29 %2A %2C %3B %3a %2f".split(), ":/?@!$'()*,;:/", strict=True)),
)
def test_twelve_marks_are_decoded_before_signing(encoded, decoded):
    assert compute_signature_v3("s", "POST", f"/a?b={encoded}", b"", "1") == compute_signature_v3(
        "s", "POST", f"/a?b={decoded}", b"", "1"
    )


@pytest.mark.parametrize("encoded", ["%20", "%25", "%26", "%3D", "%23", "%2B", "%C3%A9", "%253A"])
def test_nothing_else_is_decoded(encoded):
    from urllib.parse import unquote

    assert compute_signature_v3("s", "POST", f"/a?b={encoded}", b"", "1") != compute_signature_v3(
        "s", "POST", f"/a?b={unquote(encoded)}", b"", "1"
    )


def test_an_address_beyond_ascii_is_signed_as_it_was_sent(sign, noon):
    for target in ("/v1/hooks/hubspot?clinic=caf%C3%A9", "/v1/hooks/hubspot?clinic=caf\u00e9"):
        request = sign(b"{}", target)
        assert verify_signature(request, SECRET, PUBLIC, noon) == request.headers["x-hubspot-signature-v3"]


@pytest.mark.parametrize("age", [timedelta(), timedelta(minutes=5), timedelta(minutes=-5)])
def test_a_fresh_request_passes(sign, noon, age):
    assert verify_signature(sign(b"{}", now=noon - age), SECRET, PUBLIC, noon)


@pytest.mark.parametrize(
    "age",
    [
        timedelta(minutes=5, milliseconds=1),
        timedelta(minutes=-5, milliseconds=-1),
        timedelta(days=-400),
        timedelta(days=9_000),
    ],
)
def test_an_old_request_and_one_from_the_future_are_refused(sign, noon, age):
    with pytest.raises(RequestError, match="no valid HubSpot signature"):
        verify_signature(sign(b"{}", now=noon - age), SECRET, PUBLIC, noon)


@pytest.mark.parametrize(
    "change",
    [
        {"body": b'{"a": 2}'},
        {"method": "PUT"},
        {"target": "/v1/hooks/hubspot/events"},
        {"headers": {}},
        {"headers": {"x-hubspot-signature-v3": "\udcff", "x-hubspot-request-timestamp": "\u0661"}},
    ],
)
def test_a_request_that_was_changed_is_refused(sign, noon, change):
    with pytest.raises(RequestError, match="no valid HubSpot signature"):
        verify_signature(replace(sign(b'{"a": 1}'), **change), SECRET, PUBLIC, noon)


@pytest.mark.parametrize(
    "timestamp",
    ["", "yesterday", "1e12", "-1772712000000", "1772712000000.0", "9" * 400, "\u0661" * 13, " 1772712000000"],
)
def test_a_timestamp_that_is_none_is_refused_though_it_was_signed(noon, timestamp):
    headers = {
        "x-hubspot-signature-v3": compute_signature_v3(SECRET.reveal(), "POST", PUBLIC + "/a", b"", timestamp),
        "x-hubspot-request-timestamp": timestamp,
    }

    with pytest.raises(RequestError, match="no valid HubSpot signature"):
        verify_signature(HookRequest("POST", "/a", headers, b""), SECRET, PUBLIC, noon)


@pytest.mark.parametrize("missing", [(None, PUBLIC), (SECRET, None)])
def test_a_hook_without_its_secret_takes_nothing(sign, noon, missing):
    with pytest.raises(RequestError, match="not set up") as refused:
        verify_signature(sign(b"{}"), *missing, noon)

    assert refused.value.status == 503


@settings(deadline=None)
@given(given_signature=st.text(max_size=60), timestamp=st.text(max_size=20), body=st.binary(max_size=60))
def test_whatever_is_sent_without_the_secret_is_refused(given_signature, timestamp, body):
    from tests.serving.crm.conftest import NOW  # a fixture would be shared by all examples

    headers = {"x-hubspot-signature-v3": given_signature, "x-hubspot-request-timestamp": timestamp}
    with pytest.raises(RequestError, match="no valid HubSpot signature"):
        verify_signature(HookRequest("POST", "/a", headers, body), SECRET, PUBLIC, NOW)


def test_a_replayed_request_gets_the_same_answer_and_has_no_effect(noon):
    replays, calls = ReplayCache(), []

    def work():
        calls.append(1)
        return HookReply(200, {}, str(len(calls)).encode())

    bodies = [replays.answer_once("one", noon + timedelta(minutes=minutes), work).body for minutes in (0, 1, 10)]
    later = replays.answer_once("one", noon + timedelta(minutes=11), work).body

    assert bodies == [b"1", b"1", b"1"] and later == b"2"


def test_a_request_that_failed_may_be_sent_again(noon):
    replays, answers = ReplayCache(), iter([HookReply(503, {}, b""), HookReply(200, {}, b"done")])

    first, second = (replays.answer_once("one", noon, lambda: next(answers)) for _ in range(2))

    assert (first.status, second.body) == (503, b"done")
