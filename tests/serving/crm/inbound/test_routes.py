"""Do the hooks answer over HTTP, behind the gate and with a real model, as serving/README.md says?"""

import json
import re
import shlex
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from serving.application import ADDRESSES, Components, create_application
from serving.crm.inbound.hubspot_signature import compute_signature_v3
from serving.crm.inbound.routes import HOOK_PATHS, HookRouter
from serving.crm.outbound.hubspot_writer import PROPERTIES
from serving.crm.ports import HookRequest
from serving.crm_settings import CRMS, VARIABLES, CrmSettings, Secret
from serving.errors import ServiceError
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics

README = (Path(__file__).parents[4] / "serving/README.md").read_text(encoding="utf-8")
CRM_SECTION = README.partition("## CRMs")[2].partition("\n## ")[0]


@pytest.fixture
def create_client(champion, bundle_folder, tmp_path, now, hook_settings):
    """Makes a client of the whole application with the hooks set up, with a gateway or without a store."""

    def make(gateway=None):
        metrics = RequestMetrics(ADDRESSES)
        application = create_application(
            Components(champion, lambda: now, metrics=metrics, crm=hook_settings, gateway=gateway)
        )
        return TestClient(RequestMiddleware(application, metrics=metrics), raise_server_exceptions=False)

    return make


def signed_headers(body, target, now):
    """As HubSpot signs at a moment."""
    timestamp = str(int(now.astype("datetime64[ms]").astype(int)))
    signature = compute_signature_v3(
        "an invented client secret", "POST", "https://score.practice.example" + target, body, timestamp
    )
    return {
        "x-hubspot-signature-v3": signature,
        "x-hubspot-request-timestamp": timestamp,
        "content-type": "application/json",
    }


def test_a_workflow_gets_a_real_score_without_a_store(create_client, payload_of, now):
    body, target = payload_of("hubspot_workflow.json"), "/v1/hooks/hubspot?clinic=a%40b&place=caf%C3%A9"

    reply = create_client().post(target, content=body, headers=signed_headers(body, target, now))

    answer = reply.json()
    assert (
        reply.status_code == 200
        and answer["lead_id"] == "70451"
        and answer["grade"] in "ABCD"
        and 0 <= answer["score"] <= 100
        and answer["reason_1"]
    )
    assert (
        all(value is None or isinstance(value, str | int | float) for value in answer.values())
        and "Planted" not in reply.text
    )


def test_the_same_lead_scores_the_same_by_every_way_in(create_client, payload_of, now):
    lead = {
        "lead_id": "9",
        "message": "Could I come in for physio next week?",
        "postal_code": "02110",
        "created_at": "2026-03-05T11:00:00Z",
    }
    theirs = {"vid": 9, "message": lead["message"], "zip": "02110", "createdate": 1772708400000}
    body, client = json.dumps(theirs).encode(), create_client()

    ours = client.post("/v1/score", json=lead).json()
    hooked = client.post(
        "/v1/hooks/hubspot", content=body, headers=signed_headers(body, "/v1/hooks/hubspot", now)
    ).json()

    assert hooked["probability"] == ours["probability"] and hooked["reason_1"] == ours["reason_1"]


def test_salesforce_sends_xml_and_nobody_else_may(create_client, payload_of, gateway):
    client = create_client(gateway)
    body, headers = (
        payload_of("salesforce_outbound.xml"),
        {"content-type": "text/xml; charset=UTF-8", "x-api-key": "an invented hook key"},
    )

    accepted, refused = (
        client.post(path, content=body, headers=headers) for path in ("/v1/hooks/salesforce", "/v1/hooks/generic")
    )

    assert (
        accepted.status_code == 200
        and accepted.headers["content-type"].startswith("text/xml")
        and b"<Ack>true</Ack>" in accepted.content
    )
    assert refused.status_code == 415 and len(gateway.leads) == 2 and "x-leadlight-shaped" not in accepted.headers


@pytest.mark.parametrize("path", HOOK_PATHS)
def test_a_stranger_is_refused_everywhere_in_the_one_shape(create_client, gateway, path):
    reply = create_client(gateway).post(path, content=b"{}", headers={"content-type": "application/json"})

    assert (
        reply.status_code == 401
        and set(reply.json()) == {"code", "message", "retryable", "request_id", "fields"}
        and gateway.leads == {}
    )


@pytest.mark.parametrize("path", HOOK_PATHS)
def test_a_hook_that_is_not_set_up_says_what_to_set(client, path):
    reply = client.post(path, content=b"{}", headers={"content-type": "application/json"})

    assert reply.status_code == 503 and "LEADLIGHT_" in reply.json()["message"] and reply.headers["retry-after"]


def test_what_needs_a_store_is_asked_for_again_without_one(create_client, payload_of, now):
    body = payload_of("hubspot_events.json")

    reply = create_client().post(
        "/v1/hooks/hubspot/events", content=body, headers=signed_headers(body, "/v1/hooks/hubspot/events", now)
    )

    assert (reply.status_code, reply.json()["code"], reply.json()["retryable"]) == (503, "no_store", True)


def test_a_secret_that_cannot_be_read_any_more_is_a_fault_of_ours(tmp_path, gateway, noon):
    settings = CrmSettings(secrets={"generic": Secret(file=tmp_path / "gone")})

    reply = HookRouter(settings, gateway).answer(
        "/v1/hooks/generic", HookRequest("POST", "/v1/hooks/generic", {}, b"{}"), noon, "r1"
    )

    assert reply.status == 503 and str(tmp_path) not in reply.body.decode()
    with pytest.raises(ServiceError, match="cannot be read"):
        settings.secrets["generic"].reveal()


def test_nothing_that_a_crm_sends_is_logged(create_client, payload_of, now, gateway, caplog):
    caplog.set_level(0)
    client = create_client(gateway)
    for path, name in (
        ("hubspot", "hubspot_workflow.json"),
        ("dynamics", "dynamics_update.json"),
        ("generic", "generic_form.json"),
        ("salesforce", "salesforce_outbound.xml"),
    ):
        for headers in (
            {"x-api-key": "an invented hook key"},
            {},
            signed_headers(payload_of(name), f"/v1/hooks/{path}", now),
        ):
            client.post(
                f"/v1/hooks/{path}", content=payload_of(name), headers={"content-type": "application/json", **headers}
            )

    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert not re.search("Planted|PLANTED|planted|555-0199|invented|02110|knee", logged)


@pytest.mark.parametrize(
    ("path", "name", "crm"),
    [
        ("hubspot/events", "hubspot_events.json", "hubspot"),
        ("dynamics", "dynamics_update.json", "dynamics"),
        ("generic", "generic_form.json", "generic"),
    ],
)
def test_the_door_is_told_which_crm_brings_a_lead(create_client, payload_of, now, gateway, path, name, crm):
    headers = (
        signed_headers(payload_of(name), f"/v1/hooks/{path}", now)
        if crm == "hubspot"
        else {"x-api-key": "an invented hook key"}
    )

    reply = create_client(gateway).post(
        f"/v1/hooks/{path}", content=payload_of(name), headers={"content-type": "application/json", **headers}
    )

    assert reply.status_code == 200 and gateway.crm == crm


def test_the_readme_names_every_variable_address_and_property():
    assert [name for name, meaning in VARIABLES.items() if f"| `{name}` | {meaning} |" not in CRM_SECTION] == [] and [
        path for path in HOOK_PATHS if path not in CRM_SECTION
    ] == []
    assert [crm for crm in CRMS if crm not in CRM_SECTION.lower()] == [] and all(
        name.removeprefix("leadlight_")[:6] in CRM_SECTION for name in PROPERTIES
    )


def test_the_examples_with_curl_work_as_they_stand(create_client, gateway):
    client, answers = create_client(gateway), []
    block = next(block for block in CRM_SECTION.split("```") if "curl " in block)
    for example in block.strip().split("\n\n"):
        arguments = shlex.split(
            example.replace("\\\n", " ").replace("$KEY", "an invented hook key").replace("KEY", "an+invented+hook+key")
        )
        headers = dict(arguments[i + 1].split(": ", 1) for i, argument in enumerate(arguments) if argument == "-H")
        address = next(argument for argument in arguments if argument.startswith("localhost:3000"))
        parts = [arguments[i + 1] for i, argument in enumerate(arguments) if argument in ("-d", "--data-binary")]
        parts += [quote(arguments[i + 1], safe="=") for i, at in enumerate(arguments) if at == "--data-urlencode"]
        content, is_form = "&".join(parts), "gravityforms" in address
        headers |= {"content-type": "application/x-www-form-urlencoded"} if is_form else {}
        answers.append(client.post(address.removeprefix("localhost:3000"), content=content.encode(), headers=headers))

    assert len(answers) == 4 and [reply.status_code for reply in answers] == [200] * 4, [
        reply.text for reply in answers
    ]
    assert (
        answers[0].json()["score"] == 31
        and answers[1].json()["score"] == 31
        and b"<Ack>true</Ack>" in answers[2].content
        and answers[3].json()["news"] is True
    )


def test_the_moment_of_a_request_is_that_of_the_service(create_client, payload_of, now):
    body = payload_of("hubspot_workflow.json")

    replies = [
        create_client().post(
            "/v1/hooks/hubspot", content=body, headers=signed_headers(body, "/v1/hooks/hubspot", now - age)
        )
        for age in (299_000_000, 301_000_000)
    ]

    assert [reply.status_code for reply in replies] == [200, 401]
