"""Can any tool send its own JSON, by a mapping file or in our names?"""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.mapping.column_mapping import Mapping
from serving.crm.inbound import generic
from serving.crm.ports import HookRequest
from serving.crm_settings import CrmSettings, Secret
from serving.errors import RequestError

PLAIN = CrmSettings(secrets={"generic": Secret("an invented hook key")})


def test_a_nested_body_is_read_by_paths(add_key, payload_of, hook_settings, gateway, noon):
    reply = generic.handle_webhook(add_key(payload_of("generic_form.json")), hook_settings, gateway, noon)

    assert gateway.leads == {
        "8812": {
            "created_at": "2026-03-05T11:58:00Z",
            "email": "planted.person@example.org",
            "postal_code": "02110",
            "message": "Could I come in next week about my knee?",
            "full_name": "Plantedfirst Plantedlast",
            "custom": {"answers.1.text": "gold"},
        }
    }
    assert [(lead, event["kind"], event["occurred_at"]) for lead, event in gateway.events] == [
        ("8812", "inbound_call", "2026-03-05T11:59:00Z")
    ]
    assert (
        json.loads(reply.body)["ignored"] == "answers.0.question, answers.1.question, form.id"
        and b"Planted" not in reply.body
    )


def test_the_same_body_once_more_adds_no_second_event(add_key, payload_of, hook_settings, gateway, noon):
    for _ in range(2):
        generic.handle_webhook(add_key(payload_of("generic_form.json")), hook_settings, gateway, noon)

    assert len(gateway.events) == 1


def test_our_own_names_need_no_file(add_key, gateway, noon):
    generic.handle_webhook(
        add_key(
            b'{"lead_id": 5, "channel": "web_form", "message": "knee", "first_name": "Ann", "custom": {"x": 1}, '
            b'"events": [], "cutoff": "1"}'
        ),
        PLAIN,
        gateway,
        noon,
    )

    assert gateway.leads == {"5": {"channel": "web_form", "message": "knee", "first_name": "Ann"}}


def test_an_outcome_goes_its_own_way(add_key, gateway, noon):
    mapping = Mapping.from_dict(
        {"version": 1, "leads": {"lead_id": "deal.id"}, "outcomes": {"stage": "deal.stage", "occurred_at": "deal.at"}}
    )
    settings = CrmSettings(secrets=PLAIN.secrets, mappings={"generic": mapping})

    generic.handle_webhook(
        add_key(b'{"deal": {"id": "5", "stage": "booked", "at": "2026-03-05T11:00:00Z"}}'), settings, gateway, noon
    )

    assert [(lead, outcome["stage"], outcome["occurred_at"]) for lead, outcome in gateway.outcomes] == [
        ("5", "booked", "2026-03-05T11:00:00Z")
    ]
    with pytest.raises(RequestError, match="has invalid values"):
        generic.handle_webhook(add_key(b'{"deal": {"id": "6", "stage": "Planted"}}'), settings, gateway, noon)
    assert "6" not in gateway.leads


def test_a_body_with_too_many_values_is_refused(add_key, gateway, noon):
    with pytest.raises(RequestError, match="more than 1,000 values"):
        generic.handle_webhook(add_key(json.dumps({"lead_id": 1, "a": [1] * 200_000}).encode()), PLAIN, gateway, noon)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(
    body=st.dictionaries(
        st.sampled_from(["lead_id", "message", "custom", "events", "call", "phone", "email", "x"])
        | st.text(max_size=12),
        json_values,
        max_size=6,
    )
)
def test_any_json_is_a_lead_or_a_refusal(body):
    from tests.serving.crm.conftest import NOW, MemoryGateway

    gateway = MemoryGateway()
    request = HookRequest("POST", "/v1/hooks/generic", {"x-api-key": "an invented hook key"}, json.dumps(body).encode())
    try:
        reply = generic.handle_webhook(request, PLAIN, gateway, NOW)
    except RequestError as refused:
        assert refused.status in (400, 422) and gateway.leads == {}
    else:
        assert reply.status == 200 and len(gateway.leads) == 1
