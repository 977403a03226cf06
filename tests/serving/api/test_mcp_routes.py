"""Does /mcp let in whom it should, over HTTP as the transport asks?"""

import pytest
from starlette.testclient import TestClient

from serving.api.mcp_routes import is_trusted_origin
from serving.application import Components, create_application
from serving.crm_settings import CrmSettings
from serving.http.api_keys import KeyFile
from serving.http.authorization import Authorizer
from serving.http.middleware import RequestMiddleware
from serving.http.rate_limits import FailedKeyLimiter, RateLimiter

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.fixture
def assistant(champion, now, tmp_path):
    """A client with an assistant's key, which may ask three times at once."""
    keys = KeyFile(tmp_path)
    text, _ = keys.add("assistant", "claude", None)
    components = Components(champion, lambda: now, crm=CrmSettings("https://score.practice.example"))
    guard = Authorizer(keys, RateLimiter(1, 3, lambda: 0.0), FailedKeyLimiter(lambda: 0.0))
    gate = RequestMiddleware(create_application(components), authorizer=guard)
    return TestClient(gate, headers={"authorization": f"Bearer {text}"}, raise_server_exceptions=False)


def test_a_request_is_answered_in_json_and_a_notification_without_a_body(assistant):
    answer = assistant.post("/mcp", json=PING, headers={"accept": "application/json, text/event-stream"})
    notified = assistant.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"})

    assert (answer.status_code, answer.json()["result"]) == (200, {})
    assert answer.headers["content-type"] == "application/json" and "mcp-session-id" not in answer.headers
    assert (notified.status_code, notified.content) == (202, b"")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_there_is_no_stream_and_no_session_to_end(assistant, method):
    answer = assistant.request(method, "/mcp")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_who_takes_no_json_is_told(assistant):
    assert assistant.post("/mcp", json=PING, headers={"accept": "text/event-stream"}).status_code == 406
    assert assistant.post("/mcp", content=b"{}", headers={"content-type": "text/plain"}).status_code == 415


def test_without_a_key_nobody_learns_that_it_is_there(assistant):
    answer = assistant.post("/mcp", json=PING, headers={"authorization": ""})

    assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")


def test_a_page_of_another_site_is_refused_before_anything_is_read(assistant):
    statuses = [
        assistant.post("/mcp", json=PING, headers={"origin": origin}).status_code
        for origin in ("https://elsewhere.example", "https://score.practice.example", "http://127.0.0.1:6274")
    ]

    assert statuses == [403, 200, 200]


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "file://",
        "https://score.practice.example.elsewhere.example",
        "http://score.practice.example",
        "http://127.0.0.1.elsewhere.example",
        "http://localhost.elsewhere.example",
        "http://[",
    ],
)
def test_an_origin_that_only_looks_like_ours_is_foreign(origin):
    assert not is_trusted_origin(origin, "https://score.practice.example/leadlight")


def test_it_counts_against_the_key_s_budget_as_every_other_address(assistant):
    answers = [assistant.post("/mcp", json=PING) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["ratelimit-remaining"] == "2" and answers[3].headers["retry-after"]


def test_a_tool_without_a_store_says_so_to_the_assistant(assistant):
    call = PING | {"method": "tools/call", "params": {"name": "call_queue", "arguments": {}}}

    result = assistant.post("/mcp", json=call).json()["result"]

    assert result["isError"] and "no store" in result["content"][0]["text"]
