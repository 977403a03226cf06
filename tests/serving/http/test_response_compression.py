"""Are long answers compressed for those who can read it, and nothing else?"""

import asyncio
import gzip

import pytest
from starlette.testclient import TestClient

from serving.http.middleware import RequestMiddleware
from serving.http.response_compression import MIN_COMPRESSED_BYTES, accepts_gzip, compress_body

LONG = b'{"reason": "asked for an appointment"}' * 100


def answer(body: bytes, kind: str = "application/json", accepts: str = "gzip", scheme: str = "http", parts: int = 1):
    """What a caller gets of an application that answers with this body, as it came over the wire."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]})
        for number in range(parts):
            await send({"type": "http.response.body", "body": body, "more_body": number < parts - 1})

    client = TestClient(RequestMiddleware(app), f"{scheme}://here")
    with client.stream("GET", "/livez", headers={"accept-encoding": accepts}) as got:
        return got.headers, b"".join(got.iter_raw())


@pytest.mark.parametrize("size", [len(LONG), 200_000], ids=["at once", "in a thread"])
def test_a_long_answer_is_compressed_and_reads_the_same(size):
    body = (LONG * 100)[:size]

    headers, raw = answer(body)

    assert (headers["content-encoding"], headers["vary"]) == ("gzip", "accept-encoding")
    assert int(headers["content-length"]) == len(raw) < len(body) / 5 and gzip.decompress(raw) == body


@pytest.mark.parametrize(
    ("body", "kind", "accepts", "parts"),
    [
        (LONG[:MIN_COMPRESSED_BYTES], "application/json", "gzip", 1),
        (LONG, "image/png", "gzip", 1),
        (LONG, "application/json", "identity", 1),
        (LONG, "application/json", "gzip;q=0", 1),
        (LONG, "application/json", "gzip", 2),
    ],
    ids=["short", "no text", "not asked for", "refused", "in parts"],
)
def test_everything_else_is_sent_as_it_is(body, kind, accepts, parts):
    headers, raw = answer(body, kind, accepts, parts=parts)

    assert "content-encoding" not in headers and raw == body * parts


def test_no_size_tells_whether_a_guess_was_right():
    sizes = {len(asyncio.run(compress_body([], LONG))[1]) for _ in range(40)}

    assert len(sizes) > 5


def test_only_behind_https_a_browser_is_told_to_stay_there():
    assert answer(b"{}", scheme="https")[0]["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in answer(b"{}")[0]


def test_a_caller_that_says_nothing_gets_plain_text():
    assert not accepts_gzip([]) and not accepts_gzip([(b"accept-encoding", b"br, deflate")])
    assert accepts_gzip([(b"accept-encoding", b"GZIP")])


def test_an_application_that_fails_after_its_start_still_gets_our_error():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    got = TestClient(RequestMiddleware(app), raise_server_exceptions=False).get("/livez")

    assert (got.status_code, got.json()["code"]) == (500, "internal")
