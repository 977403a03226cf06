"""Is this request's body of an accepted type, not too large and complete in time? Chunks as they arrive -> the body.

Lives here: accepted content types, counting bytes, decompressing gzip within a limit, the time limit of a body, the
size limit of headers, two lengths of one body. Does not live here: how many bodies may arrive at once
(``body_arrivals``), parsing JSON (``json_parsing``), where requests pass (``middleware``)."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from serving.errors import RequestError
from serving.http.authorization import FORM_PATHS, accepts_forms
from serving.http.body_arrivals import Arrival, Arrivals
from serving.settings import MAX_BODY_BYTES

__all__ = [
    "BODY_SECONDS",
    "MAX_FORM_BYTES",
    "MAX_HEADER_BYTES",
    "XML_PATHS",
    "check_content_type",
    "check_framing",
    "check_header_size",
    "find_body_limit",
    "decompress_body",
    "read_body",
]

BODY_SECONDS = 10.0
"""A body that is not complete by then is dropped."""

MAX_HEADER_BYTES = 16 * 1024
"""Names and values of all headers plus the address."""

MAX_FORM_BYTES = 64 * 1024
"""Largest form that a page sends."""

XML_PATHS = frozenset({"/v1/hooks/salesforce"})
"""Paths that also accept XML."""

_GZIP = 16 + zlib.MAX_WBITS


def check_header_size(scope: dict[str, Any]) -> None:
    """Refuse headers that are too large: RequestError with status 431."""
    size = (
        sum(len(name) + len(value) for name, value in scope["headers"])
        + len(scope.get("raw_path") or b"")
        + len(scope.get("query_string", b""))
    )
    if size > MAX_HEADER_BYTES:
        raise RequestError(
            431, "headers_too_large", f"The headers are larger than {MAX_HEADER_BYTES // 1024} KB; send fewer."
        )


def check_content_type(scope: dict[str, Any]) -> None:
    """Refuse bodies other than JSON, or a URL-encoded form on pages, and encodings other than gzip.

    Raises
    ------
    RequestError
        With status 415.
    """
    headers = dict(scope["headers"])
    if headers.get(b"content-encoding", b"").strip().lower() not in (b"", b"identity", b"gzip"):
        raise RequestError(
            415,
            "unknown_encoding",
            "The body's Content-Encoding is not supported; send it uncompressed or with Content-Encoding: gzip.",
        )
    if scope["method"] not in ("POST", "PUT", "PATCH"):
        return
    # Many programs send JSON without saying so; on a page's form a missing type is what an empty body looks like.
    kind = headers.get(b"content-type", b"application/json").decode("latin-1").partition(";")[0].strip().lower()
    if scope["path"] in XML_PATHS and kind in ("text/xml", "application/soap+xml"):
        return
    if scope["path"] in FORM_PATHS and kind == "application/x-www-form-urlencoded":
        return
    if accepts_forms(scope["path"]):
        if b"content-type" in headers and kind != "application/x-www-form-urlencoded":
            raise RequestError(
                415, "not_a_form", "A page accepts only forms; send Content-Type: application/x-www-form-urlencoded."
            )
        return
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise RequestError(
            415, "not_json", "The request's Content-Type is not JSON; send Content-Type: application/json."
        )


def find_body_limit(scope: dict[str, Any]) -> int:
    """Return how large a request's body may be."""
    return MAX_FORM_BYTES if accepts_forms(scope["path"]) else MAX_BODY_BYTES


def check_framing(scope: dict[str, Any]) -> None:
    """Refuse a request whose end two readers would see in different places: RequestError with status 400.

    A proxy that believes Content-Length and a server that believes Transfer-Encoding take one body for two requests.
    """
    names = [name for name, _ in scope["headers"] if name in (b"content-length", b"transfer-encoding")]
    if len(names) > 1:
        message = "The request has both Content-Length and Transfer-Encoding, or one of them twice; send one."
        raise RequestError(400, "two_lengths", message)


async def read_body(
    receive: Callable[[], Awaitable[dict[str, Any]]],
    seconds: float = BODY_SECONDS,
    limit: int = MAX_BODY_BYTES,
    arrivals: Arrivals | None = None,
    client: str = "",
) -> bytes:
    """Read the body, counting its bytes as they arrive, whatever Content-Length says.

    Parameters
    ----------
    arrivals : Arrivals, optional
        Counts the bodies that are still arriving, by ``client``.

    Raises
    ------
    RequestError
        With status 413 if it is too large, 408 if it takes too long, 400 if the connection closes before it is
        complete, 429 if bodies that are still arriving fill the memory set aside for them.
    """
    try:
        async with asyncio.timeout(seconds) as timeout:
            with (arrivals or Arrivals()).track(client, timeout) as arrival:
                return await _collect_chunks(receive, limit, arrival)
    except TimeoutError:
        raise RequestError(
            408,
            "too_slow",
            f"The request was not complete within {seconds:g} seconds, or came slower than too many others from its "
            "address; send it without pauses.",
            retryable=True,
        ) from None


async def _collect_chunks(receive: Callable[[], Awaitable[dict[str, Any]]], limit: int, arrival: Arrival) -> bytes:
    """Return the chunks of a body as one."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError(
                400, "disconnected", "The connection was closed before the request was complete.", retryable=True
            )
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return b"".join(chunks)
        arrival.grow(len(chunks[-1]))


def decompress_body(scope: dict[str, Any], body: bytes, limit: int = MAX_BODY_BYTES) -> tuple[dict[str, Any], bytes]:
    """Return the request with its body decompressed: never more than ``limit`` bytes.

    Raises
    ------
    RequestError
        With status 413 if the body is larger than the limit, 400 if it is not gzip or has bytes after its end.

    >>> import gzip
    >>> scope = {"headers": [(b"content-encoding", b"gzip"), (b"content-length", b"22")]}
    >>> decompress_body(scope, gzip.compress(b"{}"))
    ({'headers': [(b'content-length', b'2')]}, b'{}')
    """
    if dict(scope["headers"]).get(b"content-encoding", b"").strip().lower() != b"gzip":
        return scope, body
    reader = zlib.decompressobj(_GZIP)
    try:
        # One byte more than allowed tells that it is too large; the rest of a zip bomb is never decompressed.
        content = reader.decompress(body, limit + 1)
    except zlib.error:
        raise _not_gzip() from None
    if len(content) > limit:
        raise _too_large(limit, " after decompression")
    # Not eof: cut off. Unused data: something follows, perhaps a second stream that other readers would append.
    if not reader.eof or reader.unused_data:
        raise _not_gzip()
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name not in (b"content-encoding", b"content-length", b"transfer-encoding")
    ]
    return {**scope, "headers": [*headers, (b"content-length", str(len(content)).encode())]}, content


def _too_large(limit: int, when: str = "") -> RequestError:
    if limit >= 1024**2:
        size, fix = f"{limit // 1024**2} MB", "fewer leads at once"
    else:
        size, fix = f"{limit // 1024} KB", "less text"
    return RequestError(413, "too_large", f"The request is larger than {size}{when}; send {fix}.")


def _not_gzip() -> RequestError:
    return RequestError(
        400, "not_gzip", "The body is not one complete gzip stream; send it uncompressed, or compressed once."
    )
