"""What reaches the application, and what leaves it? One ASGI layer in front of everything.

Lives here: the order of the checks (headers, key, body, budget, place), request ids, security headers, one format for
all errors, unexpected errors without values. Does not live here: routes (``serving.application``), keys
(``authorization``), limits (``rate_limits``), bodies (``request_body``), parsing JSON (``json_parsing``)."""

import json
import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from serving.errors import RequestError
from serving.http.access_log import RequestRecord, log_request
from serving.http.authorization import ANONYMOUS, PUBLIC_PATHS, Authorizer, Caller, accepts_forms, identify_client
from serving.http.body_arrivals import Arrivals
from serving.http.rate_limits import Allowance, RequestSlots
from serving.http.request_body import (
    check_content_type,
    check_framing,
    check_header_size,
    decompress_body,
    find_body_limit,
    read_body,
)
from serving.http.request_metrics import RequestMetrics
from serving.http.response_compression import accepts_gzip, compress_body, is_compressible

__all__ = ["FORMATTED_HEADER", "STREAM_PATHS", "RequestMiddleware", "format_failure"]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
PageRenderer = Callable[[RequestError, str, str], tuple[int, str]]
"""Error, id of the request and the browser's languages -> status and page."""

log = logging.getLogger("leadlight.http")

FORMATTED_HEADER = b"x-leadlight-shaped"
"""Marks an error answer that is already in our format; removed before the answer is sent."""

STREAM_PATHS = frozenset({"/events"})
"""Paths whose answer goes on for as long as somebody listens."""

_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # Not no-referrer: a browser would then send "Origin: null" with our own forms.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

_HSTS = (b"strict-transport-security", b"max-age=31536000")
"""Sent behind https only: a browser that believed it on plain http could not open the desk on this machine again."""

_OWN_ID_HEADER = b"x-leadlight-request-id"
"""Our id of a request, as the log and the body of an error have it; ``x-request-id`` repeats the caller's, if any."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_DEFAULT_ERRORS = {
    400: ("bad_request", "The request cannot be read; see /docs for its format."),
    404: ("not_found", "There is nothing at this address; see /docs for the addresses."),
    405: ("method_not_allowed", "This address does not support that method; see /docs."),
    429: ("busy", "The service is busy; try again in a moment."),
    503: ("not_ready", "The service is not ready; try again in a moment."),
}


class RequestMiddleware:
    """An ASGI layer that every request passes.

    Parameters
    ----------
    app : ASGI application
    metrics : RequestMetrics, optional
        Counts every answer.
    authorizer : Authorizer, optional
        Checks the caller. Without one no key is needed: for an application behind another layer.
    slots : RequestSlots, optional
        Counts the requests in progress and refuses those above its limit.
    body_checks : dict, optional
        Path -> check of the body, for paths whose application would accept, or log, what we refuse.
    render_page : callable, optional
        Writes an error as a page for a person with a browser; programs get JSON, and so does everybody without it.
    """

    def __init__(
        self,
        app: App,
        metrics: RequestMetrics | None = None,
        authorizer: Authorizer | None = None,
        slots: RequestSlots | None = None,
        body_checks: Mapping[str, Callable[[bytes], object]] | None = None,
        render_page: PageRenderer | None = None,
    ) -> None:
        self.app, self.authorizer, self.body_checks = app, authorizer, body_checks or {}
        self.render_page = render_page
        self.metrics, self.slots = metrics or RequestMetrics(()), slots or RequestSlots(sys.maxsize)
        self.arrivals = Arrivals()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, pass it on, send the answer with our headers, count it and log it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        # Ours only: what a caller sends as an id may be a person's name or number.
        request_id = uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(scope, send, request_id, self.render_page if _is_browser(scope) else None)
        caller, code = ANONYMOUS, None
        try:
            check_header_size(scope)
            check_framing(scope)
            caller = self.authorizer.admit(scope) if self.authorizer is not None else ANONYMOUS
            scope["state"]["caller"] = caller.key
            check_content_type(scope)
            if scope["path"] in PUBLIC_PATHS:
                scope, body = await self._read_body(scope, receive, caller)
                await self._answer(scope, _replay(body, receive), answer)
            elif scope["path"] in STREAM_PATHS:
                await self._answer_stream(scope, receive, answer, caller)
            else:
                with self.slots.track():
                    await self._answer_in_turn(scope, receive, answer, caller)
        except RequestError as error:
            code = error.code
            self.metrics.count_refusal(code)
            await answer.fail(error)
        # The last line of defense: whatever it is, the caller gets our format and the log gets no value.
        except Exception as error:
            log.error("request %s failed: %s", request_id, _locate(error))
            await answer.fail(
                RequestError(
                    500, "internal", "The service failed on this request; report its request_id.", retryable=True
                )
            )
        if (user := scope["state"].get("user")) is not None:
            caller = Caller(user.person_id, user.role, "person")
            if self.authorizer is not None:
                self.authorizer.sessions.remember(scope, user.person_id)
        seconds, address = time.perf_counter() - start, self.metrics.label_for(scope["path"])
        self.metrics.count(scope["path"], answer.status, seconds, caller.role)
        log_request(
            RequestRecord(request_id, scope["method"], address, answer.status, seconds, caller.key, caller.role, code)
        )

    async def _read_body(self, scope: Scope, receive: Receive, caller: Caller) -> tuple[Scope, bytes]:
        """Return the request's body, decompressed, and its scope without the compression."""
        limit = find_body_limit(scope)
        # A key's own slow bodies count together; everybody else's by address.
        client = caller.key if caller.kind == "key" and caller is not ANONYMOUS else f"client {identify_client(scope)}"
        body = await read_body(receive, limit=limit, arrivals=self.arrivals, client=client)
        return decompress_body(scope, body, limit)

    async def _answer_in_turn(self, scope: Scope, receive: Receive, answer: "_Answer", caller: Caller) -> None:
        """Read the body, and only then take from the caller's budget and hold a place."""
        scope, body = await self._read_body(scope, receive, caller)
        if self.authorizer is not None:
            self.authorizer.charge(scope, caller, body)
        with self.slots.hold("key" if self.authorizer is None else caller.kind):
            if scope["path"] in self.body_checks and scope["method"] == "POST":
                self.body_checks[scope["path"]](body)
            await self._answer(scope, _replay(body, receive), answer)

    async def _answer_stream(self, scope: Scope, receive: Receive, answer: "_Answer", caller: Caller) -> None:
        """Answer with a stream: it costs its caller a request, but takes no place and no stop waits for it, because it
        is open all day. Who opens it bounds how many there are (``serving.desk.routes.notice_stream``).
        """
        with self.slots.track():
            scope, body = await self._read_body(scope, receive, caller)
        if self.authorizer is not None:
            self.authorizer.charge(scope, caller, body)
        await self._answer(scope, _replay(body, receive), answer)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        """Let the application answer."""
        await self.app(scope, receive, answer)
        await answer.finish()


def format_failure(error: RequestError, request_id: str) -> dict[str, Any]:
    """Format an error as every caller gets it."""
    fields = [{"field": fault.field, "found": fault.found, "expected": fault.expected} for fault in error.fields]
    failure = {
        "code": error.code,
        "message": error.message,
        "retryable": error.retryable,
        "request_id": request_id,
        "fields": fields,
    }
    # In the body too: Salesforce's External Services cannot read headers.
    return failure | {"retry_after": error.retry_after} if error.status in (429, 503) else failure


class _Answer:
    """Sends an answer with our headers; an error in another format is replaced by ours."""

    def __init__(self, scope: Scope, send: Send, request_id: str, render_page: PageRenderer | None) -> None:
        self._send, self._request_id, self._echoed_id = send, request_id, _read_callers_id(scope)
        self._render_page = render_page
        self._languages = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        self._is_secure, self._accepts_gzip = scope.get("scheme") == "https", accepts_gzip(scope["headers"])
        self._started = self._withheld = False
        self._state = scope["state"]
        # What an address takes, where the method was another one: kept of an error that is replaced by ours.
        self._allow: bytes | None = None
        # The answer's start, until its body shows whether it is worth compressing.
        self._start: dict[str, Any] | None = None
        self.status = 0

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", ())}
            self.status, self._started = message["status"], True
            # Starlette and BentoML answer errors in shapes of their own, which may name values of the request. They
            # are held back, body and all, and `finish` sends ours.
            self._withheld = message["status"] >= 400 and FORMATTED_HEADER not in names
            if self._withheld:
                self._allow = dict(message.get("headers", ())).get(b"allow")
            else:
                self._start = {**message, "headers": self._headers(message.get("headers", ()))}
        elif not self._withheld:
            await self._send_body(message)

    async def _send_body(self, message: dict[str, Any]) -> None:
        """Send a part of the body; before the first one the start, and a whole body compressed where that pays."""
        start, self._start = self._start, None
        body = message.get("body", b"")
        if start is not None:
            is_whole = not message.get("more_body", False)
            if is_whole and self._accepts_gzip and is_compressible(start["headers"], len(body)):
                headers, packed = await compress_body(start["headers"], body)
                start, message = {**start, "headers": headers}, {**message, "body": packed}
            await self._send(start)
        await self._send(message)

    async def finish(self) -> None:
        """Send our error in place of one that was withheld."""
        if self._withheld:
            refused = ("refused", "The request was refused; see /docs for its format.")
            code, message = _DEFAULT_ERRORS.get(self.status, refused)
            self._started = False
            if self.status >= 500 and self.status != 503:
                code, message = "internal", "The service failed on this request; report its request_id."
            await self.fail(RequestError(self.status, code, message, retryable=self.status >= 429))

    async def fail(self, error: RequestError) -> None:
        """Send an error, unless an answer has already started."""
        # A start whose body never came was not sent yet: the error takes its place.
        if self._started and not self._withheld and self._start is None:
            return
        self._start = None
        status, kind, body = self._write(error)
        headers = [
            (b"content-type", kind),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        if error.status in (429, 503):
            headers.append((b"retry-after", str(error.retry_after).encode()))
        if error.code == "rate_limited":
            headers += [(b"ratelimit-remaining", b"0"), (b"ratelimit-reset", str(error.retry_after).encode())]
        if error.status == 405 and self._allow is not None:
            headers.append((b"allow", self._allow))
        if status == 401:
            headers.append((b"www-authenticate", b'Bearer realm="leadlight"'))
        self._started, self._withheld, self.status = True, False, status
        await self._send({"type": "http.response.start", "status": status, "headers": self._headers(headers)})
        await self._send({"type": "http.response.body", "body": body})

    def _write(self, error: RequestError) -> tuple[int, bytes, bytes]:
        """Return an error's status, its type of content and its body: a page for a person, JSON for a program."""
        if self._render_page is not None:
            try:
                status, page = self._render_page(error, self._request_id, self._languages)
                return status, b"text/html; charset=utf-8", page.encode()
            except Exception as fault:
                # This answers when all else failed: whoever asked gets the error itself, with our headers.
                log.error("request %s: the page of its error failed: %s", self._request_id, _locate(fault))
        return error.status, b"application/json", json.dumps(format_failure(error, self._request_id)).encode()

    def _headers(self, headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Replace the headers that are ours to set."""
        replaced = {name for name, _ in _HEADERS} | {b"x-request-id", _OWN_ID_HEADER, FORMATTED_HEADER, b"server"}
        ids = [
            (b"x-request-id", self._echoed_id or self._request_id.encode()),
            (_OWN_ID_HEADER, self._request_id.encode()),
        ]
        others = [(name, value) for name, value in headers if name.lower() not in replaced]
        secure = [_HSTS] if self._is_secure else []
        allowance: Allowance | None = self._state.get("allowance")
        return [*others, *_HEADERS, *secure, *ids, *(allowance.headers() if allowance is not None else ())]


def _is_browser(scope: Scope) -> bool:
    """Whether a person with a browser asks: by a link, the address line, or a form of a page of ours. Whoever sends a
    key, or data to an address of programs, is none, whatever its library says it accepts.
    """
    headers = dict(scope["headers"])
    if b"text/html" not in headers.get(b"accept", b"") or b"authorization" in headers or b"x-api-key" in headers:
        return False
    return scope["method"] in ("GET", "HEAD") or accepts_forms(scope["path"])


def _read_callers_id(scope: Scope) -> bytes | None:
    """Return the caller's own id if it is well formed: it goes back to the caller, and nowhere else."""
    request_id = dict(scope["headers"]).get(b"x-request-id", b"")
    return request_id if _REQUEST_ID.fullmatch(request_id.decode("latin-1")) else None


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that gives the buffered body as one message, then whatever the connection sends."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> dict[str, Any]:
        return pending.pop() if pending else await receive()

    return receive_again


def _locate(error: BaseException) -> str:
    """Return the type of an exception and where it was raised, without its text, which may hold a value."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__} at " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
