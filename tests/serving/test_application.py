"""Does every address answer as described, to friends and to strangers?"""

import json
import logging
import re
from dataclasses import replace

import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.http.middleware import RequestMiddleware
from serving.schemas.scoring import Answer, BatchAnswer, Failure
from serving.scoring.model_loader import Champion
from serving.settings import MAX_BATCH_LEADS, MAX_BODY_BYTES, Settings
from training.explain.tree_shap import FastTreeShap

CANARY = ("Zebedee Quillfeather", "+16175550199", "my left elbow sings at midnight")


def test_one_lead_and_a_batch_give_the_same_number(client, payload):
    alone = client.post("/v1/score", json=payload).json()
    batch = client.post("/v1/score/batch", json={"leads": [payload, payload | {"message": "urgent"}, payload]}).json()

    assert [item["status"] for item in batch["results"]] == [200, 200, 200]
    assert abs(alone["log_odds"] - batch["results"][0]["answer"]["log_odds"]) < 1e-12
    assert alone["reasons"] == batch["results"][2]["answer"]["reasons"]


def test_answers_keep_to_their_contract(client, payload):
    alone = client.post("/v1/score", json=payload)
    batch = client.post("/v1/score/batch", json={"leads": [payload, {"message": []}]})

    assert Answer.model_validate(alone.json()).lead_id == "L-1001"
    assert BatchAnswer.model_validate(batch.json()).failed == 1


def test_a_bad_lead_does_not_fail_the_others(client, payload):
    leads = [
        payload,
        "not a lead",
        payload | {"created_at": "soon"},
        {"events": [{"kind": "dance", "occurred_at": "2026-03-01"}]},
        {},
    ]

    answer = client.post("/v1/score/batch", json={"leads": leads}).json()

    assert [item["status"] for item in answer["results"]] == [200, 422, 422, 200, 200]
    assert (answer["scored"], answer["failed"]) == (3, 2)
    assert [item["error"]["fields"][0]["field"] for item in answer["results"] if item["error"]] == [
        "lead",
        "created_at",
    ]
    assert "kind" in json.dumps(answer["results"][3])  # an event that cannot be read is not given, and said


def test_a_full_batch_is_answered_in_order(client):
    leads = [{"lead_id": f"L{i}"} for i in range(MAX_BATCH_LEADS)]

    answer = client.post("/v1/score/batch", json={"leads": leads}).json()

    assert [item["answer"]["lead_id"] for item in answer["results"]] == [lead["lead_id"] for lead in leads]


@pytest.mark.parametrize("leads", [None, [], {}, "all of them", [{}] * (MAX_BATCH_LEADS + 1)])
def test_a_batch_of_the_wrong_size_or_shape_is_refused(client, leads):
    answer = client.post("/v1/score/batch", json={"leads": leads})

    assert answer.status_code == 422
    assert answer.json()["fields"][0]["field"] == "leads"


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b'{"a": 1e999}', "application/json", 400),
        (b'{"message": "\\ud800"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"custom": {"a": {"b": 1}}}', "application/json", 422),
        (b'{"message": "' + b"x" * MAX_BODY_BYTES + b'"}', "application/json", 413),
        (b"message=hello", "application/x-www-form-urlencoded", 415),
        (b"--b\r\n\r\n--b--", "multipart/form-data; boundary=b", 415),
        (b"\x80\x04K\x01.", "application/vnd.bentoml+pickle", 415),
    ],
)
def test_a_hostile_body_is_refused_in_one_shape(client, body, content_type, status):
    answer = client.post("/v1/score", content=body, headers={"content-type": content_type})

    assert answer.status_code == status
    assert Failure.model_validate(answer.json()).request_id == answer.headers["x-request-id"]


def test_chunks_are_counted_whatever_the_headers_say(client):
    chunks = (b"x" * 65_536 for _ in range(MAX_BODY_BYTES // 65_536 + 2))

    answer = client.post("/v1/score", content=chunks, headers={"content-type": "application/json"})

    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/score", 405), ("POST", "/docs", 405), ("GET", "/no/such/page", 404), ("PUT", "/", 405)],
)
def test_a_wrong_address_or_method_is_answered_in_our_shape(client, method, path, status):
    answer = client.request(method, path)

    assert answer.status_code == status
    Failure.model_validate(answer.json())


def test_every_answer_carries_the_security_headers_and_a_request_id(client):
    for path in ("/", "/docs", "/openapi.json", "/static/desk.css", "/nowhere"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert len(headers["x-request-id"]) == 32
        assert "x-leadlight-shaped" not in headers


def test_a_plain_request_id_is_kept_and_another_is_replaced(client):
    answered_id = client.get("/livez", headers={"x-request-id": "crm-42"}).headers["x-request-id"]
    replaced = client.get("/livez", headers={"x-request-id": "a b<script>"}).headers["x-request-id"]

    assert answered_id == "crm-42"
    assert replaced != "a b<script>" and len(replaced) == 32


def test_the_description_is_valid_and_names_every_route(client):
    description = client.get("/openapi.json").json()

    validate(description)
    assert description["openapi"] == "3.0.3"
    assert {"/v1/score", "/v1/score/batch", "/v1/model", "/readyz"} <= set(description["paths"])
    assert 'anyOf": [{"type": "null"' not in json.dumps(description)


def test_the_documentation_page_shows_every_call_without_its_one_script(client):
    page = client.get("/docs").text

    assert page.count("<script") == page.count('<script type="module" src="/static/docs.js">') == 1
    # Names of XML, which nothing asks for, and the service itself.
    named = (
        "testserver",
        "www.w3.org/2000/svg",
        "schemas.xmlsoap.org/soap/envelope/",
        "soap.sforce.com/2005/09/outbound",
    )
    assert [url for url in re.findall(r"https?://([^\s\"'&<]+)", page) if not url.startswith(named)] == []
    assert "/v1/score/batch" in page


def test_the_model_card_says_what_the_model_is(client, bundle):
    card = client.get("/v1/model").json()

    assert card["sha256"] == bundle.sha256
    assert (card["label"], card["horizon_days"], card["figures"]["auc"]) == ("booked", 30, 0.81)
    assert len(card["signals"]) == len(bundle.signals)


def test_without_a_model_the_service_says_so_and_stays_up(tmp_path, now, people, session):
    settings = Settings(tmp_path)
    champion = Champion(settings)
    champion.load()
    client = TestClient(
        RequestMiddleware(create_application(Components(champion, lambda: now, users=people))), cookies=session
    )

    ready, score, page = client.get("/readyz"), client.post("/v1/score", json={}), client.get("/")

    assert (ready.status_code, score.status_code, page.status_code) == (503, 503, 503)
    assert "leadlight train" in ready.json()["warning"]
    assert score.json()["retryable"] is True and score.headers["retry-after"]
    assert client.get("/livez").status_code == 200


def test_an_unexpected_fault_is_answered_and_logged_without_values(champion, tmp_path, caplog):
    def broken_clock():
        raise ZeroDivisionError(CANARY[0])

    client = TestClient(
        RequestMiddleware(create_application(Components(champion, broken_clock))), raise_server_exceptions=False
    )

    with caplog.at_level(logging.DEBUG):
        answer = client.post("/v1/score", json={"message": CANARY[2]})

    assert answer.status_code == 500
    assert Failure.model_validate(answer.json()).code == "internal"
    assert "ZeroDivisionError" in caplog.text
    assert not any(text in caplog.text + answer.text for text in CANARY)


def test_what_a_person_wrote_stays_out_of_refusals_and_logs(client, caplog, capfd):
    name, phone, message = CANARY
    bodies = [
        {"created_at": name, "phone": phone, "message": message},
        {"lead_id": [name], "phone": {"number": phone}, name: [message]},
        {"custom": {name: {"a": message}}, "events": [{"kind": name, "occurred_at": message, phone: 1}]},
        {"relation": name, "existing_patient": message, "latitude": phone},
    ]

    with caplog.at_level(logging.DEBUG):
        answers = [client.post("/v1/score", json=body) for body in bodies]
        answers += [
            client.post("/v1/score/batch", json={"leads": bodies}),
            client.post("/v1/score", content=json.dumps(bodies[0])[:-1]),
        ]

    output = (
        "".join(answer.text for answer in answers)
        + caplog.text.replace("http://testserver", "")
        + "".join(capfd.readouterr())
    )
    assert [answer.status_code for answer in answers] == [422, 422, 422, 200, 200, 400]
    assert not [text for text in CANARY if text in output]


def test_metrics_count_answers_without_ids(client):
    client.get("/leads/nobody-in-particular")
    client.get("/another/address")
    client.post("/v1/score", json={})

    text = client.get("/metrics").text

    assert 'leadlight_requests_total{address="/leads/{lead_id}",role="manager",status="404"}' in text
    assert 'leadlight_requests_total{address="other",role="none",status="404"}' in text
    assert 'leadlight_requests_total{address="/v1/score",role="none",status="200"}' in text
    assert "nobody" not in text and "another" not in text


def test_a_model_that_lightgbm_explains_is_ready_and_said_to_be_slow(make_bundle, tmp_path, now, monkeypatch):
    honest = FastTreeShap.explain
    monkeypatch.setattr(
        FastTreeShap,
        "explain",
        lambda trees, rows, *others: replace(
            contributions := honest(trees, rows, *others), raw=contributions.raw + 1e-6
        ),
    )
    make_bundle().write(tmp_path / "other")
    settings = Settings(tmp_path, str(tmp_path / "other"))
    champion = Champion(settings)
    champion.load()
    client = TestClient(RequestMiddleware(create_application(Components(champion, lambda: now))))

    ready, metrics = client.get("/readyz"), client.get("/metrics").text

    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert ready.json()["warning"].startswith(
        "Reasons are computed by LightGBM itself, many times slower: "
        "ours differ from LightGBM's on rows made from the model's own thresholds"
    )
    assert "\nleadlight_slow_reasons 1.0\n" in metrics


def test_a_usual_model_is_not_said_to_be_slow(client):
    assert client.get("/readyz").json()["warning"] is None
    assert "\nleadlight_slow_reasons 0.0\n" in client.get("/metrics").text
