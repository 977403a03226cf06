"""What is in a request's body, and may it be that large? Bytes as they come -> the whole body, counted, unpacked and in
time.

Lives here: the kinds of body that are taken, counting, unpacking gzip with a bound, the time a body may take, the size
of headers. Does not live here: reading JSON (``wire``), where requests pass (``gate``)."""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from serving.errors import RequestError
from serving.http.authorization import accepts_forms
from serving.settings import MAX_BODY_BYTES

__all__ = [
    "BODY_SECONDS",
    "MAX_FORM_BYTES",
    "MAX_HEADER_BYTES",
    "XML_PATHS",
    "check_content_type",
    "check_header_size",
    "find_body_limit",
    "decompress_body",
    "read_body",
]

BODY_SECONDS = 10.0
"""A body that is not whole by then is dropped."""

MAX_HEADER_BYTES = 16 * 1024
"""Names and values of all headers and the address, together."""

MAX_FORM_BYTES = 64 * 1024
"""Largest form that a page sends."""

XML_PATHS = frozenset({"/v1/hooks/salesforce"})
"""Addresses that also take XML."""

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
    """Refuse bodies that are not JSON (on pages: not a plain form; uploads everywhere), and packings other than gzip:
    RequestError with status 415.
    """
    headers = dict(scope["headers"])
    if headers.get(b"content-encoding", b"").strip().lower() not in (b"", b"identity", b"gzip"):
        raise RequestError(
            415,
            "unknown_encoding",
            "The body is packed in a way that is not read here; send it plain or with Content-Encoding: gzip.",
        )
    if scope["method"] not in ("POST", "PUT", "PATCH"):
        return
    kind = headers.get(b"content-type", b"application/json").decode("latin-1").partition(";")[0].strip().lower()
    if scope["path"] in XML_PATHS and kind in ("text/xml", "application/soap+xml"):
        return
    if accepts_forms(scope["path"]):
        if b"content-type" in headers and kind != "application/x-www-form-urlencoded":
            raise RequestError(
                415, "not_a_form", "A page takes forms only; send Content-Type: application/x-www-form-urlencoded."
            )
        return
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise RequestError(415, "not_json", "The request says it is not JSON; send Content-Type: application/json.")


def find_body_limit(scope: dict[str, Any]) -> int:
    """How large a request's body may be."""
    return MAX_FORM_BYTES if accepts_forms(scope["path"]) else MAX_BODY_BYTES


async def read_body(
    receive: Callable[[], Awaitable[dict[str, Any]]], seconds: float = BODY_SECONDS, most: int = MAX_BODY_BYTES
) -> bytes:
    """The body as it came, counted as it comes, whatever Content-Length says.

    Raises
    ------
    RequestError
        With status 413 when it is too large, 408 when it takes too long, 400 when the connection ends before it is
        whole.
    """
    chunks, size, more = [], 0, True
    try:
        async with asyncio.timeout(seconds):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestError(
                        400, "disconnected", "The connection was closed before the request was whole.", retryable=True
                    )
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                more = message.get("more_body", False)
                if size > most:
                    raise _too_large(most)
    except TimeoutError:
        raise RequestError(
            408, "too_slow", f"The request was not whole within {seconds:g} seconds; send it at once.", retryable=True
        ) from None
    return b"".join(chunks)


def decompress_body(scope: dict[str, Any], body: bytes, most: int = MAX_BODY_BYTES) -> tuple[dict[str, Any], bytes]:
    """The request with its body plain: no more than ``most`` bytes are ever unpacked.

    Raises
    ------
    RequestError
        With status 413 when more comes out than a body may hold, 400 when it is not gzip, or has more behind its end.

    >>> import gzip
    >>> scope = {"headers": [(b"content-encoding", b"gzip"), (b"content-length", b"22")]}
    >>> decompress_body(scope, gzip.compress(b"{}"))
    ({'headers': [(b'content-length', b'2')]}, b'{}')
    """
    if dict(scope["headers"]).get(b"content-encoding", b"").strip().lower() != b"gzip":
        return scope, body
    reader = zlib.decompressobj(_GZIP)
    try:
        plain = reader.decompress(body, most + 1)
    except zlib.error:
        raise _not_gzip() from None
    if len(plain) > most:
        raise _too_large(most, " when it is unpacked")
    if not reader.eof or reader.unused_data:
        raise _not_gzip()
    kept = [
        (name, value)
        for name, value in scope["headers"]
        if name not in (b"content-encoding", b"content-length", b"transfer-encoding")
    ]
    return {**scope, "headers": [*kept, (b"content-length", str(len(plain)).encode())]}, plain


def _too_large(most: int, when: str = "") -> RequestError:
    size, instead = (
        (f"{most // 1024**2} MB", "fewer leads at once") if most >= 1024**2 else (f"{most // 1024} KB", "less text")
    )
    return RequestError(413, "too_large", f"The request is larger than {size}{when}; send {instead}.")


def _not_gzip() -> RequestError:
    return RequestError(
        400, "not_gzip", "The body is not one whole gzip stream; send it plain, or packed once and whole."
    )
