"""Is each product's body, as we believe it to be laid out, the lead that it means, and is nothing else of it kept?"""

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.mapping.column_mapping import Mapping
from serving.crm.hook_rules import FORM_HOOKS, read_rules
from serving.crm.inbound import generic
from serving.crm.inbound.product_payloads import NotAnInquiry, flatten_product
from serving.crm.ports import HookRequest
from serving.crm_settings import CrmSettings, Secret
from serving.errors import RequestError
from tests.serving.crm.conftest import NOW, PAYLOADS, MemoryGateway

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
KEY = "an invented hook key"
NOON = "2026-03-05T12:00:00Z"
KNEE = "Could I come in next week about my knee?"
ARRIVED = {"created_at": "2026-03-05T11:58:00Z", "email": "planted.person@example.org", "postal_code": "02110"}


def send(hook, body, kind=JSON, rules=None, mapping=None):
    """Answer of a hook, and what it stored."""
    gateway, secrets = MemoryGateway(), {hook: Secret(KEY)}
    extra = {} if rules is None else {"rules": read_rules(rules)}
    extra |= {} if mapping is None else {"mappings": {hook: mapping}}
    request = HookRequest("POST", f"/v1/hooks/{hook}", {"x-api-key": KEY, "content-type": kind}, body)
    reply = generic.handle_webhook(request, CrmSettings(secrets=secrets, **extra), gateway, NOW, hook)
    return json.loads(reply.body), gateway.leads


CASES = {
    "typeform": (
        "typeform_response.json",
        "b7c1f0a2d4e94c5f8a6b",
        ARRIVED
        | {"phone": "+16175550199", "message": KNEE, "service_requested": "Physical therapy", "channel": "web_form"}
        | {"first_name": "Plantedfirst", "source": "google", "campaign": "spring knees"},
    ),
    "facebook": (
        "facebook_lead.json",
        "3301452",
        ARRIVED
        | {"created_at": "2026-03-05T11:58:00+0000", "phone": "+16175550199", "channel": "social_ad"}
        | {"source": "facebook", "campaign": "Spring knees", "full_name": "Plantedfirst Plantedlast"},
    ),
    "gravityforms": (
        "gravityforms_entry.form",
        "8812",
        ARRIVED
        | {"phone": "(617) 555-0199", "message": KNEE, "channel": "web_form", "source": "website"}
        | {"first_name": "Plantedfirst", "last_name": "Plantedlast", "landing_page": "https://practice.example/knees"},
    ),
    "callrail": (
        "callrail_call.json",
        "CALinvented0000000000000000000001",
        {"created_at": "2026-03-05T06:58:00.000-05:00", "phone": "+16175550199", "channel": "missed_call"}
        | {"source": "Google Ads", "landing_page": "https://practice.example/knees"}
        | {"full_name": "PLANTEDFIRST PLANTEDLAST"},
    ),
    "whatconverts": (
        "whatconverts_form.json",
        "153928",
        ARRIVED
        | {"phone": "+16175550199", "message": KNEE, "channel": "web_form", "source": "google"}
        | {"campaign": "spring knees", "landing_page": "https://practice.example/knees"}
        | {"full_name": "Plantedfirst Plantedlast"},
    ),
    "generic": (
        "zapier_form.form",
        "z-771",
        {"channel": "Facebook Lead Ads", "email": "planted.person@example.org", "phone": "(617) 555-0199"}
        | {"postal_code": "02110", "message": KNEE, "full_name": "Plantedfirst Plantedlast"},
    ),
}


@pytest.mark.parametrize("hook", CASES)
def test_a_body_is_the_lead_that_it_means(hook, payload_of):
    name, lead_id, expected = CASES[hook]
    rules = PAYLOADS / "gravityforms_rules.toml" if hook == "gravityforms" else None

    answer, leads = send(hook, payload_of(name), FORM if name.endswith(".form") else JSON, rules)

    stored = leads[lead_id]
    assert {column: stored.get(column) for column in expected} == expected
    assert set(leads) == {lead_id} and answer["score"] == 31 and answer["channel_note"] is None
    assert "Planted" not in json.dumps(answer) and "note" not in stored and "transcription" not in json.dumps(stored)
    assert not [value for value in stored.values() if "Planted note" in str(value) or "summary" in str(value)]


def test_what_callrail_sends_beside_a_call_is_known_so_that_only_a_form_of_the_practice_is_left_to_map(payload_of):
    answer, leads = send("callrail", payload_of("callrail_call.json"))

    (lead,) = leads.values()
    assert answer["ignored"] == ""
    assert "referrer" not in lead and "score" not in str(lead.get("custom")) and lead["campaign"] == "Spring knees"


def test_what_the_practice_must_still_map_is_named_without_its_value(payload_of):
    answer, _ = send("typeform", payload_of("typeform_response.json"))
    entry, _ = send("gravityforms", payload_of("gravityforms_entry.form"), FORM)

    assert answer["ignored"] == "" or "Radio" not in answer["ignored"]
    assert "Knee" not in entry["ignored"] and "Planted" not in entry["ignored"]


@pytest.mark.parametrize(
    ("hook", "body"),
    [
        ("callrail", {"resource_id": "CAL1", "direction": "outbound", "customer_phone_number": "+16175550199"}),
        ("whatconverts", {"lead_id": 1, "lead_type": "Transaction"}),
    ],
)
def test_what_is_no_inquiry_is_answered_and_not_stored(hook, body):
    answer, leads = send(hook, json.dumps(body).encode())

    assert "not an inquiry" in answer["skipped"] and leads == {}
    with pytest.raises(NotAnInquiry):
        flatten_product(hook, body, lambda name: None)


def test_a_form_of_a_call_tracker_came_by_the_web():
    body = {"resource_id": "FRT1", "submitted_at": "2026-03-05T11:58:00Z", "form_data": {"Email": "a@example.org"}}

    _, leads = send("callrail", json.dumps(body).encode())

    assert leads["FRT1"]["channel"] == "web_form" and leads["FRT1"]["email"] == "a@example.org"


def test_what_a_visitor_adds_to_a_form_names_no_other_lead_and_no_other_time():
    form = {"Email": "a@example.org", "lead_id": "other-1", "leadId": "other-2", "id": "other-3"}
    form |= {"resource_id": "other-4", "submitted_at": "2020-01-01T00:00:00Z", "created_at": "2020-01-01T00:00:00Z"}
    body = {"resource_id": "FRT1", "submitted_at": "2026-03-05T11:58:00Z", "form_data": form}

    _, leads = send("callrail", json.dumps(body).encode())

    assert set(leads) == {"FRT1"} and leads["FRT1"]["created_at"] == "2026-03-05T11:58:00Z"


_PLANTED = {"lead_id": "other-1", "Lead ID": "other-2", "id": "other-3", "token": "other-4", "data.lead_id": "other-5"}
_PLANTED |= {"created_at": "2020-01-01T00:00:00Z", "submitted_at": "2020-01-01T00:00:00Z", "data": {"id": "other-6"}}

_OF_VISITORS = {
    "typeform": lambda planted, own: {"form_response": {"hidden": planted, "submitted_at": NOON} | own},
    "facebook": lambda planted, own: (
        {
            "created_time": NOON,
            "field_data": [{"name": name, "values": [value]} for name, value in planted.items() if name != "data"],
        }
        | own
    ),
    "callrail": lambda planted, own: {"form_data": planted, "submitted_at": NOON} | own,
    "whatconverts": lambda planted, own: {"additional_fields": planted, "date_created": NOON} | own,
}
_OWN_IDS = {"typeform": "token", "facebook": "leadgen_id", "callrail": "resource_id", "whatconverts": "lead_id"}


@pytest.mark.parametrize("hook", _OF_VISITORS)
def test_what_stands_in_a_visitors_link_or_form_names_no_other_lead_and_no_other_time(hook):
    body = _OF_VISITORS[hook](_PLANTED, {_OWN_IDS[hook]: "own-7"})

    answer, leads = send(hook, json.dumps(body).encode())

    assert set(leads) == {"own-7"} and leads["own-7"]["created_at"] == NOON
    assert "visitor.lead_id" in answer["ignored"] and "other-1" not in json.dumps(answer)
    # Without an id of the product's own, nothing of the visitor's takes its place.
    with pytest.raises(RequestError):
        send(hook, json.dumps(_OF_VISITORS[hook](_PLANTED, {})).encode())


def test_an_answer_to_a_question_named_like_an_id_names_no_lead_unless_the_practice_says_so(tmp_path):
    field = {"id": "q", "ref": "lead_id", "type": "short_text"}
    response = {"token": "own-7", "answers": [{"type": "text", "text": "other-1", "field": field}]}
    body = json.dumps({"form_response": response}).encode()
    (tmp_path / "hooks.toml").write_text('[typeform]\nids = ["visitor.lead_id"]\n')

    assert set(send("typeform", body)[1]) == {"own-7"}
    assert set(send("typeform", body, rules=tmp_path / "hooks.toml")[1]) == {"other-1"}


@pytest.mark.parametrize("name", ["email", "Email", "contact[email]", "E-Mail"])
def test_an_address_that_is_said_twice_is_the_first_and_the_other_is_said(name):
    form = f"id=7&{name}=a%40example.org&{name}=b%40example.org&pain=knee&pain=hip".encode()

    answer, leads = send("gravityforms", form, FORM)

    assert leads["7"]["email"] == "a@example.org" and "example.org" not in json.dumps(answer)
    assert any(field.endswith(".2") for field in answer["ignored"].split(", "))


def test_a_second_question_for_an_address_is_listed_and_one_of_many_values_gives_the_first():
    fields = [{"id": name, "type": "email", "title": name} for name in ("mine", "hers")]
    answers = [{"type": "email", "email": f"{field['id']}@example.org", "field": field} for field in fields]
    response = {"token": "own-7", "hidden": {"email": ""}, "answers": answers}
    lead = {"leadgen_id": "8", "field_data": [{"name": "email", "values": ["a@example.org", "b@example.org"]}]}

    answer, leads = send("typeform", json.dumps({"form_response": response}).encode())
    of_facebook, of_ads = send("facebook", json.dumps(lead).encode())

    assert leads["own-7"]["email"] == "mine@example.org" and of_ads["8"]["email"] == "a@example.org"
    assert "email.2" in answer["ignored"] and "email.2" in of_facebook["ignored"]


def test_a_field_that_the_mapping_file_names_is_taken_though_the_products_rules_drop_it():
    mapping = replace(Mapping.identity(), leads={"message": "notes"}, custom={"industry": "category"})
    body = {"name": "CRM-1", "notes": "About my knee", "industry": "steel", "website": "example.org"}

    _, leads = send("frappe", json.dumps(body).encode(), mapping=mapping)

    assert leads["CRM-1"] == {"channel": "web_form", "message": "About my knee", "custom": {"industry": "steel"}}


_ENDLESS = {
    "facebook": {"leadgen_id": "1", "field_data": [{"name": "?" * 200_000 + "x", "values": ["a"]}]},
    "typeform": {
        "form_response": {
            "token": "t",
            "definition": {"fields": [{"id": "q", "title": "{{" * 100_000}]},
            "answers": [{"type": "text", "text": "a", "field": {"id": "q", "ref": "r " * 100_000}}],
        }
    },
    "generic": {"lead_id": "1", "k " * 100_000: list(range(900))},
    "callrail": {"resource_id": "1", "form_data": {"k " * 100_000 + str(number): 1 for number in range(5)}},
}


@pytest.mark.parametrize("hook", _ENDLESS)
def test_names_without_end_cost_next_to_nothing(hook):
    body, start = json.dumps(_ENDLESS[hook]).encode(), time.process_time()

    answer, leads = send(hook, body)

    assert time.process_time() - start < 2 and len(leads) == 1
    assert "k k" not in str(answer) and "k k" not in str(leads)


def test_facebooks_own_webhook_says_what_it_lacks():
    with pytest.raises(RequestError, match="carries an id without the answers"):
        send("facebook", b'{"object": "page", "entry": [{"changes": []}]}')


def test_odoos_empty_fields_html_and_times_are_read_as_odoo_means_them():
    body = {"_id": 27, "_model": "crm.lead", "create_date": "2026-03-05 11:58:00", "email_from": False, "phone": "1"}
    body |= {
        "description": "<p>My knee &amp; hip</p>",
        "contact_name": "Plantedfirst",
        "stage_id": 3,
        "name": "Planted",
    }

    answer, leads = send("odoo", json.dumps(body).encode())

    assert leads["27"] == {
        "created_at": "2026-03-05T11:58:00Z",
        "channel": "web_form",
        "email": None,
        "phone": "1",
        "message": "My knee & hip",
        "full_name": "Plantedfirst",
    }
    assert answer["ignored"] == ""


def test_a_documents_name_is_frappes_id_and_no_persons_name():
    body = {
        "doctype": "CRM Lead",
        "name": "CRM-LEAD-2026-00027",
        "lead_name": "Plantedfirst",
        "email_id": "a@example.org",
    }

    _, leads = send("frappe", json.dumps(body).encode())

    assert leads == {
        "CRM-LEAD-2026-00027": {"channel": "web_form", "email": "a@example.org", "full_name": "Plantedfirst"}
    }


def test_another_products_body_is_refused_by_the_missing_part():
    with pytest.raises(RequestError, match="no form_response"):
        send("typeform", b'{"lead_id": 1}')


def test_an_unknown_channel_is_said_and_the_practices_own_is_not(tmp_path):
    own = tmp_path / "hooks.toml"
    own.write_text('[generic]\nchannel = "walk_in"\nchannels = ["walk_in"]\nvalues.payer = { "Me" = "self_pay" }\n')

    unknown, _ = send("generic", b'{"lead_id": 1, "channel": "Billboard"}')
    mapped, leads = send("generic", b'{"lead_id": 1, "payer": "me"}', rules=own)

    assert "not one that is known by name" in unknown["channel_note"] and "Billboard" not in str(unknown)
    assert mapped["channel_note"] is None and leads["1"] == {"payer": "self_pay", "channel": "walk_in"}


def test_a_wrapped_contact_is_the_lead_and_a_clinics_own_contact_is_not():
    body = {"lead_id": 1, "contact": {"email": "a@example.org"}, "clinic": {"email": "desk@example.org"}}

    _, leads = send("generic", json.dumps(body).encode())

    assert leads["1"] == {"email": "a@example.org"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["form_response", "answers", "field", "type", "ref", "choice", "labels", "field_data", "name", "values"]
            )
            | st.text(max_size=8),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(deadline=None, max_examples=60)
@given(hook=st.sampled_from(FORM_HOOKS), body=st.dictionaries(st.text(max_size=8), JSON_VALUES, max_size=5))
def test_any_json_is_a_lead_or_a_refusal(hook, body):
    for sent in (body, body | {"id": 1, "form_response": body, "field_data": [body], "additional_fields": body}):
        try:
            send(hook, json.dumps(sent).encode())
        except RequestError as refused:
            assert refused.status in (400, 422)


def test_a_message_that_is_an_object_and_a_list_of_services_are_one_value_each():
    body = {"lead_id": 1, "message": {"text": "My knee hurts"}, "service": ["Implants", "Veneers"]}

    _, leads = send("generic", json.dumps(body).encode())

    assert leads["1"] == {"message": "My knee hurts", "service_requested": "Implants; Veneers"}
