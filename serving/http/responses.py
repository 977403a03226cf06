"""How does an answer leave the application? JSON, pages and refusals, in the one shape that the gate lets through.

Lives here: making responses. Does not live here: which addresses there are (``api``, ``desk.routes``), headers of every
answer (``gate``)."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from serving.errors import RequestError
from serving.http.middleware import FORMATTED_HEADER, format_failure

__all__ = ["Endpoint", "reply_to_errors", "encode_json", "json_reply", "page_reply"]

Endpoint = Callable[[Request], Awaitable[Response]]


def reply_to_errors(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with refusals answered in our shape."""

    async def shaped(request: Request) -> Response:
        try:
            return await endpoint(request)
        except RequestError as fault:
            extra = {"retry-after": str(fault.retry_after)} if fault.status in (429, 503) else {}
            extra |= {"www-authenticate": 'Bearer realm="leadlight"'} if fault.status == 401 else {}
            return json_reply(format_failure(fault, request.state.request_id), fault.status, extra)

    return shaped


def encode_json(value: Any) -> bytes:
    """JSON without NaN and without blanks. Nothing else in the process runs meanwhile, so what is large is written in
    pieces.

    >>> encode_json({"grade": "A", "receipt": None})
    b'{"grade":"A","receipt":null}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def json_reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON, never kept by a cache; bytes are JSON already."""
    body = value if isinstance(value, bytes) else encode_json(value)
    return Response(
        body, status, {"cache-control": "no-store", FORMATTED_HEADER.decode(): "1"} | (headers or {}), "application/json"
    )


def page_reply(text: str, status: int = 200) -> Response:
    """A page about leads, never kept by a cache."""
    return HTMLResponse(text, status, {"cache-control": "no-store", FORMATTED_HEADER.decode(): "1"})
