"""How does the application answer? JSON, pages and errors, in the format that the middleware lets through.

Lives here: creating responses. Does not live here: the routes (``serving.application``, ``serving.desk.pages``), the
headers of every answer (``middleware``)."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from serving.errors import RequestError
from serving.http.middleware import FORMATTED_HEADER, format_failure

__all__ = ["Endpoint", "reply_to_errors", "encode_answers", "encode_json", "json_reply", "page_reply", "stream_reply"]

Endpoint = Callable[[Request], Awaitable[Response]]


def reply_to_errors(endpoint: Endpoint) -> Endpoint:
    """Wrap an endpoint so that a RequestError becomes an answer in our format."""

    async def endpoint_with_errors(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RequestError as error:
            headers = {"retry-after": str(error.retry_after)} if error.status in (429, 503) else {}
            headers |= {"www-authenticate": 'Bearer realm="leadlight"'} if error.status == 401 else {}
            return json_reply(format_failure(error, request.state.request_id), error.status, headers)

    return endpoint_with_errors


def encode_json(value: Any) -> bytes:
    """Encode as JSON without NaN and without spaces. It holds the GIL throughout, so encode large values in parts.

    >>> encode_json({"grade": "A", "receipt": None})
    b'{"grade":"A","receipt":null}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def encode_answers(answers: list[dict[str, Any]]) -> bytes:
    """Encode answers of plain types as ``encode_json`` does, in a quarter of its time.

    The numbers are the same; one below 0.0001 may be written with fewer digits of its exponent.

    >>> encode_answers([{"grade": "A", "log_odds": 2e-05}])
    b'[{"grade":"A","log_odds":0.00002}]'
    """
    try:
        encoded = to_json(answers, inf_nan_mode="constants")
    except ValueError:
        return encode_json(answers)
    # Where this stands in a text nothing is wrong; a number that is none is refused there.
    return encode_json(answers) if b"NaN" in encoded or b"Infinity" in encoded else encoded


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Create a JSON response that no cache stores; bytes are encoded already."""
    body = value if isinstance(value, bytes) else encode_json(value)
    return Response(
        body,
        status,
        {"cache-control": "no-store", FORMATTED_HEADER.decode(): "1"} | (headers or {}),
        "application/json",
    )


def page_reply(text: str, status: int = 200) -> Response:
    """Create an HTML response that no cache stores."""
    return HTMLResponse(text, status, {"cache-control": "no-store", FORMATTED_HEADER.decode(): "1"})


def stream_reply(events: AsyncIterator[str]) -> Response:
    """Create a response of server-sent events, which no cache stores and no proxy holds back."""
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
