"""Is every hostile body refused at once, at every address that takes one, and is memory as it was?

Against a real process.
"""

import gzip
import json
import socket
import time

import httpx
import pytest

from serving.crm.inbound.routes import HOOK_PATHS
from serving.http.authorization import FORM_PATHS
from tests.support.running_service import memory_of, sent_to_a_hook, wait_until_worked_off

TOLD = (
    "/v1/score",
    "/v1/score/batch",
    "/v1/leads",
    "/v1/leads/H-1/events",
    "/v1/leads/H-1/outcomes",
    "/v1/leads/H-1/feedback",
    "/bento/score",
)
EVENTS = "/v1/hooks/hubspot/events"
JSON = {"content-type": "application/json"}
BODIES = {
    "not a number": (b'{"lead_id": "H-1", "stage": "booked", "value": NaN}', JSON),
    "not finite": (b'{"lead_id": "H-1", "value": 1e999}', JSON),
    "five thousand digits": (b'{"lead_id": "H-1", "value": ' + b"9" * 5_000 + b"}", JSON),
    "deep": (b'{"lead_id": ' + b"[" * 500_000 + b"]" * 500_000 + b"}", JSON),
    "deep objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, JSON),
    "half a character": (b'{"lead_id": "H-1", "message": "\\ud800"}', JSON),
    "half a character in a name": (b'{"lead_id": "H-1", "\\udfff": 1}', JSON),
    "not UTF-8": (b'{"lead_id": "\xff\xfe"}', JSON),
    "a bomb": (gzip.compress(b" " * 50_000_000), JSON | {"content-encoding": "gzip"}),
    "an upload": (
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n{}\r\n--x--\r\n',
        {"content-type": "multipart/form-data; boundary=x"},
    ),
    "a form": (b"lead_id=H-1", {"content-type": "application/x-www-form-urlencoded"}),
    "nothing": (b"", JSON),
    "too much": (b" " * 3_000_000, JSON),
    "many small values": (b"[" + b"[]," * 100_000 + b"1e999]", JSON),
}
SLOWEST_SECONDS = 5.0
"""Of one refusal, on a machine that others use as well; most take a few milliseconds."""


def proof(running, path: str, body: bytes) -> dict[str, dict[str, str]]:
    """Headers and query by which a caller of this address is known."""
    return sent_to_a_hook(path, body) if path in HOOK_PATHS else {"headers": {"x-api-key": running.key}, "params": {}}


@pytest.fixture(scope="module")
def running(set_up):
    """The service with every hook set up."""
    return set_up


def refusals(running) -> dict[tuple[str, str], tuple[int, set[str], float]]:
    """(address, body) -> status, names in the answer, seconds."""
    answers = {}
    with httpx.Client(base_url=running.address, timeout=30) as client:
        for path in (*TOLD, *HOOK_PATHS):
            for name, (body, kind) in BODIES.items():
                if name == "a form" and path in FORM_PATHS:
                    continue
                content = gzip.decompress(body) if name == "a bomb" and "hubspot" in path else body
                expected, begun = proof(running, path, content), time.perf_counter()
                answer = client.post(path, content=body, headers=kind | expected["headers"], params=expected["params"])
                answers[path, name] = (
                    answer.status_code,
                    set(answer.json()) if "json" in answer.headers["content-type"] else set(),
                    time.perf_counter() - begun,
                )
    return answers


def test_every_hostile_body_is_refused_at_every_address_and_leaves_nothing_in_memory(running):
    process = running.process.pid
    answers = refusals(running)
    memory_before = memory_of(process)
    refusals(running)
    grown = memory_of(process) - memory_before

    shape = {"code", "message", "retryable", "request_id", "fields"}
    assert {
        case: answer for case, answer in answers.items() if answer[0] not in (400, 413, 415, 422) or answer[1] != shape
    } == {}
    assert max(seconds for _, _, seconds in answers.values()) < SLOWEST_SECONDS
    assert sorted(seconds for _, _, seconds in answers.values())[len(answers) // 2] < 0.1
    assert grown < 10_000_000


@pytest.mark.parametrize("path", [*TOLD, *HOOK_PATHS])
def test_a_hundred_megabytes_in_chunks_are_refused_and_never_held(running, path):
    process = running.process.pid
    memory_before, proof_of_crm = memory_of(process), proof(running, path, b"")
    query = "&".join(f"{name}={value.replace(' ', '%20')}" for name, value in proof_of_crm["params"].items())
    lines = [
        f"POST {path}?{query} HTTP/1.1",
        f"Host: 127.0.0.1:{running.port}",
        "Content-Type: application/json",
        "Transfer-Encoding: chunked",
    ]
    chunk, grown = b"10000\r\n" + b" " * 65_536 + b"\r\n", 0
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as connection:
        connection.sendall(
            "\r\n".join(
                [*lines, *(f"{name}: {value}" for name, value in proof_of_crm["headers"].items()), "", ""]
            ).encode()
        )
        for number in range(1_600):
            connection.sendall(chunk)
            if number % 400 == 399:
                grown = max(grown, memory_of(process) - memory_before)
        answer = connection.recv(4096)

    assert answer.startswith(b"HTTP/1.1 413")
    assert grown < 20_000_000
    assert running.answers()


@pytest.mark.parametrize("body", [b"{}", b"[", json.dumps([{}] * 101).encode()], ids=["no list", "no JSON", "too many"])
def test_what_is_no_delivery_is_refused_before_it_is_kept(running, body):
    home = running.printed.parent / "home"
    wait_until_worked_off(home)
    headers = sent_to_a_hook(EVENTS, body)["headers"] | {"content-type": "application/json"}

    answer = httpx.post(running.address + EVENTS, content=body, headers=headers, timeout=20)

    assert answer.status_code in (400, 422)
    assert list((home / "deliveries").iterdir()) == []
