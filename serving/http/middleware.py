"""What reaches the application, and what leaves it? One ASGI layer in front of everything.

Lives here: the order in which a request is looked at (headers, key, limits, body), request ids, security headers,
errors in one shape, unexpected faults without values. Does not live here: routes (``api``), keys (``guard``), limits
(``limits``), bodies (``bodies``), reading JSON (``wire``)."""

import json
import logging
import re
import sys
import time
import traceback
import uuid
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from serving.errors import RequestError
from serving.http.access_log import log_request
from serving.http.authorization import ANONYMOUS, PUBLIC_PATHS, Caller, Authorizer
from serving.http.rate_limits import RequestSlots
from serving.http.request_body import check_content_type, check_header_size, find_body_limit, decompress_body, read_body
from serving.http.request_metrics import RequestMetrics

__all__ = ["FORMATTED_HEADER", "RequestMiddleware", "format_failure"]

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger("leadlight.gate")

FORMATTED_HEADER = b"x-leadlight-shaped"
"""Marks an error answer that already has our shape; taken off before it leaves."""

_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (
        b"referrer-policy",
        b"same-origin",
    ),  # not no-referrer: a browser would then send "Origin: null" with our own forms
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_WORDS = {
    400: ("bad_request", "The request cannot be read; compare it with /docs."),
    404: ("not_found", "There is nothing at this address; see /docs for those that exist."),
    405: ("method_not_allowed", "This address does not answer that method; see /docs."),
    429: ("busy", "The service is busy; try again in a moment."),
    503: ("not_ready", "The service is not ready; try again in a moment."),
}


class RequestMiddleware:
    """An ASGI layer that every request passes.

    Parameters
    ----------
    app : ASGI application
    own : ASGI application, optional
        Answers the ``own_paths`` in place of ``app``.
    checks : dict, optional
        Path -> check of a whole body, for paths whose application would let through, or log, what we refuse.
    meter : Meter, optional
        Counts every answer.
    guard : Guard, optional
        Says who may ask. Without one nobody is asked for a key: for a gate that stands behind another one.
    work : Work, optional
        Counts the requests in work, and refuses more than it has places for.
    """

    def __init__(
        self,
        app: App,
        own: App | None = None,
        own_paths: Collection[str] = (),
        checks: dict[str, Callable[[bytes], Any]] | None = None,
        meter: RequestMetrics | None = None,
        guard: Authorizer | None = None,
        work: RequestSlots | None = None,
    ) -> None:
        self.app, self.own, self.own_paths, self.checks = app, own, frozenset(own_paths), checks or {}
        self.meter, self.guard, self.work = meter or RequestMetrics(()), guard, work or RequestSlots(sys.maxsize)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        answer, caller, code = _Outgoing(send, request_id), ANONYMOUS, None
        try:
            check_header_size(scope)
            caller = self.guard.admit(scope) if self.guard is not None else ANONYMOUS
            scope["state"]["caller"] = caller.key
            check_content_type(scope)
            if scope["path"] in PUBLIC_PATHS:
                await self._answer(scope, receive, answer)
            else:
                with self.slots.hold():
                    await self._answer(scope, receive, answer)
        except RequestError as refused:
            code = refused.code
            self.meter.count_refusal(code)
            await answer.fail(refused)
        except (
            Exception
        ) as fault:  # the last line of defence: whatever it is, the caller gets our shape and the log gets no value
            log.error("request %s failed: %s", request_id, _place_of(fault))
            await answer.fail(
                RequestError(
                    500, "internal", "The service failed on this request; report its request_id.", retryable=True
                )
            )
        if (visitor := scope["state"].get("visitor")) is not None:
            caller = Caller(visitor.person_id, visitor.role)
        seconds, address = time.perf_counter() - begun, self.meter.label_for(scope["path"])
        self.meter.count(scope["path"], answer.status, seconds, caller.role)
        log_request(request_id, scope["method"], address, answer.status, seconds, caller.key, caller.role, code)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Outgoing") -> None:
        """Read the body, then let the application answer."""
        most = find_body_limit(scope)
        scope, body = decompress_body(scope, await read_body(receive, most=most), most)
        if scope["path"] in self.checks and scope["method"] == "POST":
            self.checks[scope["path"]](body)
        target = self.own if self.own is not None and scope["path"] in self.own_paths else self.app
        await target(scope, _replay(body, receive), answer)
        await answer.finish()


def format_failure(fault: RequestError, request_id: str) -> dict[str, Any]:
    """An error in the one shape that every caller gets."""
    fields = [{"field": one.field, "found": one.found, "expected": one.expected} for one in fault.fields]
    return {
        "code": fault.code,
        "message": fault.message,
        "retryable": fault.retryable,
        "request_id": request_id,
        "fields": fields,
    }


class _Outgoing:
    """Sends an answer on with our headers; an error that is not in our shape is put into it."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._request_id = send, request_id
        self._started = self._withheld = False
        self.status = 0

    async def __call__(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message.get("headers", ())}
            self.status, self._started = message["status"], True
            self._withheld = message["status"] >= 400 and FORMATTED_HEADER not in names
            if not self._withheld:
                await self._send({**message, "headers": self._headers(message.get("headers", ()))})
        elif not self._withheld:
            await self._send(message)

    async def finish(self) -> None:
        """Answer in place of an error that was held back."""
        if self._withheld:
            code, words = _WORDS.get(self.status, ("refused", "The request was refused; compare it with /docs."))
            self._started = False
            if self.status >= 500 and self.status != 503:
                code, words = "internal", "The service failed on this request; report its request_id."
            await self.fail(RequestError(self.status, code, words, retryable=self.status >= 429))

    async def fail(self, fault: RequestError) -> None:
        """Answer with an error, unless an answer is already under way."""
        if self._started and not self._withheld:
            return
        body = json.dumps(format_failure(fault, self._request_id)).encode()
        own = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        if fault.status in (429, 503):
            own.append((b"retry-after", str(fault.retry_after).encode()))
        if fault.status == 401:
            own.append((b"www-authenticate", b'Bearer realm="leadlight"'))
        self._started, self._withheld, self.status = True, False, fault.status
        await self._send({"type": "http.response.start", "status": fault.status, "headers": self._headers(own)})
        await self._send({"type": "http.response.body", "body": body})

    def _headers(self, given: Any) -> list[tuple[bytes, bytes]]:
        ours = {name for name, _ in _HEADERS} | {b"x-request-id", FORMATTED_HEADER, b"server"}
        kept = [(name, value) for name, value in given if name.lower() not in ours]
        return [*kept, *_HEADERS, (b"x-request-id", self._request_id.encode())]


def _request_id(scope: Scope) -> str:
    """The caller's own id when it is a plain one, else a new one."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _replay(body: bytes, receive: Receive) -> Receive:
    """The buffered body as one message; after it, whatever the connection says."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> dict[str, Any]:
        return waiting.pop() if waiting else await receive()

    return again


def _place_of(fault: BaseException) -> str:
    """The kind of a fault and where it arose: no text of its own, which may hold a value."""
    frames = traceback.extract_tb(fault.__traceback__)[-3:]
    return f"{type(fault).__name__} at " + " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
