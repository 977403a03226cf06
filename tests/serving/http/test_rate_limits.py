"""Are bodies, headers and crowds held to their bounds, in memory as in time?"""

import asyncio
import gzip
import resource
import time
import zlib

import httpx
import pytest
from starlette.testclient import TestClient

from serving.errors import RequestError
from serving.http.middleware import RequestMiddleware
from serving.http.rate_limits import MAX_CALLERS, FailedKeyLimiter, RateLimiter, RequestSlots
from serving.http.request_body import MAX_HEADER_BYTES, decompress_body, read_body
from serving.http.request_metrics import RequestMetrics, render_metrics
from serving.schemas.scoring import Failure
from serving.settings import MAX_BODY_BYTES

JSON = {"content-type": "application/json"}
PACKED = JSON | {"content-encoding": "gzip"}


def test_a_packed_lead_scores_as_a_plain_one(client, payload):
    body = client.build_request("POST", "/", json=payload).content

    compressed, uncompressed = (
        client.post("/v1/score", content=gzip.compress(body), headers=PACKED),
        client.post("/v1/score", json=payload),
    )

    assert compressed.status_code == 200
    assert compressed.json() == uncompressed.json() | {"receipt": compressed.json()["receipt"]}


def test_a_bomb_is_refused_before_it_is_unpacked(client):
    bomb = gzip.compress(b" " * (MAX_BODY_BYTES * 200))
    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    answer = client.post("/v1/score", content=bomb, headers=PACKED)

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "after decompression" in answer.json()["message"]
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_before) * 1024 < 20 * MAX_BODY_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"",
        gzip.compress(b"{}")[:-1],
        gzip.compress(b"{}") + b"{}",
        gzip.compress(b"{}") * 2,
        zlib.compress(b"{}"),
        b"\x1f\x8b" + b"\0" * 50,
    ],
    ids=["plain", "nothing", "cut short", "more behind it", "two streams", "zlib", "zeros"],
)
def test_what_is_not_one_whole_stream_is_refused(client, body):
    answer = client.post("/v1/score", content=body, headers=PACKED)

    assert (answer.status_code, Failure.model_validate(answer.json()).code) == (400, "not_gzip")


def test_a_stream_of_just_the_most_bytes_is_taken():
    scope = {"headers": [(b"content-encoding", b"gzip")]}

    assert len(decompress_body(scope, gzip.compress(b" " * MAX_BODY_BYTES))[1]) == MAX_BODY_BYTES
    with pytest.raises(RequestError, match="after decompression"):
        decompress_body(scope, gzip.compress(b" " * (MAX_BODY_BYTES + 1)))


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x-gzip", "compress"])
def test_another_packing_is_refused(client, encoding):
    assert (
        client.post("/v1/score", content=b"{}", headers=JSON | {"content-encoding": encoding}).json()["code"]
        == "unknown_encoding"
    )


def test_headers_are_counted(client):
    assert client.get("/livez", headers={"x-note": "a" * MAX_HEADER_BYTES}).status_code == 431
    assert client.get("/", params={"q": "a" * MAX_HEADER_BYTES}).json()["code"] == "headers_too_large"


def test_a_body_that_does_not_come_is_dropped():
    async def silence():
        await asyncio.sleep(60)

    begun = time.monotonic()
    with pytest.raises(RequestError, match="not complete within 0.05 seconds"):
        asyncio.run(read_body(silence, 0.05))

    assert time.monotonic() - begun < 5


def test_a_body_that_drips_is_dropped_though_it_never_stops():
    async def drip():
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    with pytest.raises(RequestError, match="not complete within 0.1 seconds"):
        asyncio.run(read_body(drip, 0.1))


def test_ten_times_too_many_are_shed_at_once_and_the_rest_is_answered():
    metrics, slots, waiting = RequestMetrics(["/slow"]), RequestSlots(4), []

    async def slow(scope, receive, send):
        waiting.append(1)
        await asyncio.sleep(0.5)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def crowd():
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(RequestMiddleware(slow, metrics=metrics, slots=slots)), base_url="http://here"
        ) as client:

            async def ask():
                begun = time.perf_counter()
                return await client.post("/slow", json={}), time.perf_counter() - begun

            first = [asyncio.create_task(ask()) for _ in range(4)]
            while len(waiting) < 4:
                await asyncio.sleep(0.01)
            return await asyncio.gather(*[ask() for _ in range(36)]), await asyncio.gather(*first), await ask()

    shed, first, last = asyncio.run(crowd())

    assert {answer.status_code for answer, _ in shed} == {429} and {
        answer.headers["retry-after"] for answer, _ in shed
    } == {"1"}
    assert sorted(seconds for _, seconds in shed)[len(shed) // 2] < 0.1
    assert {answer.status_code for answer, _ in first} == {200} and last[0].status_code == 200
    assert "\nleadlight_shed_total 36.0\n" in render_metrics(metrics) and slots.in_flight == 0


def test_a_place_is_given_back_whatever_happens():
    async def broken(scope, receive, send):
        raise ZeroDivisionError

    slots = RequestSlots(1)
    client = TestClient(RequestMiddleware(broken, slots=slots), raise_server_exceptions=False)

    assert [client.post("/v1/score", json={}).status_code for _ in range(3)] == [500] * 3 and slots.in_flight == 0
    assert (
        client.post("/v1/score", content=b"x" * (MAX_BODY_BYTES + 1), headers=JSON).status_code == 413
        and slots.in_flight == 0
    )


def test_liveness_is_answered_however_much_is_in_work(client):
    gate = RequestMiddleware(client.app.app, slots=RequestSlots(0))

    assert TestClient(gate).get("/livez").status_code == 200
    assert TestClient(gate).post("/v1/score", json={}).json()["code"] == "busy"


def test_memory_does_not_grow_with_callers():
    rates, failures = RateLimiter(1, 1, lambda: 0.0), FailedKeyLimiter(lambda: 0.0)

    for number in range(MAX_CALLERS + 500):
        rates.take(f"k{number}")
        failures.add(f"c{number}")

    assert len(rates._buckets) == len(failures._times) == MAX_CALLERS


def test_each_kind_of_caller_has_places_of_its_own():
    slots = RequestSlots(4)

    with slots.hold("stranger"):
        with pytest.raises(RequestError, match="already handling 1 such requests"), slots.hold("stranger"):
            pass
        with slots.hold("hook"), slots.hold("hook"), slots.hold("key"):
            free = {kind: slots.has_place(kind) for kind in ("key", "hook", "person", "stranger")}

    assert free == {"key": True, "hook": False, "person": True, "stranger": False}
    assert slots.has_place("stranger") and slots.has_place("hook")


@pytest.mark.parametrize(
    "headers",
    [
        [("content-length", "2"), ("transfer-encoding", "chunked")],
        [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
    ],
    ids=["both", "twice"],
)
def test_a_body_with_two_lengths_is_refused(client, headers):
    headers = [("content-type", "application/json"), *headers]

    answer = client.post("/v1/score", content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "two_lengths")


def test_what_is_left_is_counted_and_comes_back():
    now = [0.0]
    rates = RateLimiter(2, 4, lambda: now[0])
    first, second = rates.take("ab12cd34"), rates.take("ab12cd34")
    now[0] = 10.0
    later = rates.take("ab12cd34")

    assert [(left.limit, left.remaining, left.reset) for left in (first, second, later)] == [
        (4, 3, 1),
        (4, 2, 1),
        (4, 3, 1),
    ]
