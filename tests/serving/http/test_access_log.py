"""Is the log one JSON object a line, with ids and numbers and nothing that a person wrote?"""

import io
import json
import logging

import pytest
from starlette.testclient import TestClient

from serving.http.access_log import JsonLineFormatter, configure_json_logging
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics

CANARY = ("Zebedee Quillfeather", "+16175550199", "my left elbow sings at midnight")
LOGGERS = ("leadlight", "bentoml", "uvicorn", "bentoml.access", "uvicorn.access")


@pytest.fixture
def log_lines():
    """What is log_lines from ``info`` on; the loggers are as before afterwards."""
    loggers = {
        name: (log.handlers, log.propagate, log.level, log.disabled)
        for name in LOGGERS
        for log in [logging.getLogger(name)]
    }
    file = io.StringIO()
    configure_json_logging("info", file)
    yield lambda: [json.loads(line) for line in file.getvalue().splitlines()]
    for name, (handlers, propagate, level, disabled) in loggers.items():
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate, logger.disabled = handlers, propagate, disabled
        logger.setLevel(level)


def test_a_request_is_one_line_without_values(client, log_lines, payload):
    name, phone, message = CANARY

    answer = client.post(
        "/v1/score",
        json=payload | {"message": message, "phone": phone, "custom": {"note": name}},
        headers={"x-request-id": "Zebedee.Quillfeather"},
    )
    client.get(f"/leads/{name}")
    client.post("/v1/score", json={"created_at": name})
    client.request(name.replace(" ", ""), f"/{phone}", headers={"x-request-id": phone.removeprefix("+")})

    scored, lead, refused, odd = log_lines()
    assert scored | {"time": 0, "seconds": 0} == {
        "time": 0,
        "level": "info",
        "logger": "leadlight.access",
        "message": "request",
        "request_id": answer.headers["x-leadlight-request-id"],
        "method": "POST",
        "address": "/v1/score",
        "status": 200,
        "seconds": 0,
        "key": "none",
        "role": "none",
    }
    assert (lead["address"], lead["status"]) == ("/leads/{lead_id}", 404)
    assert refused["status"] == 422
    assert (lead["key"], lead["role"]) == ("anna", "manager")
    assert (odd["method"], odd["address"], len(odd["request_id"])) == ("other", "other", 32)
    assert answer.headers["x-request-id"] == "Zebedee.Quillfeather" and "Quillfeather" not in json.dumps(log_lines())
    assert not [text for text in (*CANARY, "6175550199", "ZebedeeQuillfeather") if text in json.dumps(log_lines())]


def test_a_fault_is_said_by_its_kind_and_place(log_lines):
    async def broken(scope, receive, send):
        raise ValueError(CANARY[0])

    TestClient(RequestMiddleware(broken, metrics=RequestMetrics(())), raise_server_exceptions=False).get("/")

    fault, request = log_lines()
    assert (fault["level"], request["status"]) == ("error", 500)
    assert "ValueError at broken:" in fault["message"] and CANARY[0] not in json.dumps(log_lines())


def test_an_exception_that_is_logged_keeps_its_text_to_itself(log_lines):
    try:
        raise ValueError(CANARY[0])
    except ValueError:
        logging.getLogger("bentoml.anything").exception("it failed")

    assert log_lines()[0]["exception"] == "ValueError" and CANARY[0] not in json.dumps(log_lines())


def test_below_the_level_nothing_is_written_and_a_probe_is_below_info(client, log_lines):
    client.get("/livez")
    logging.getLogger("leadlight").setLevel("WARNING")
    client.get("/docs")

    assert log_lines() == []


def test_a_line_stays_one_line():
    record = logging.LogRecord("leadlight", logging.INFO, "", 0, "one\ntwo\u2028three", (), None)

    assert len(JsonLineFormatter().format(record).split("\n")) == 1
