"""What does a client of the Model Context Protocol ask, and how is it answered? Streamable HTTP, stateless, in JSON.

Lives here: versions, what each of them changes, methods, headers, batches; the status of each answer.
Does not live here: one message (``json_rpc``), the tools (``tools``), Starlette (``serving.api.mcp_routes``).

Up to 2025-11-25 a client begins with ``initialize`` and names the version in a header afterwards; 2026-07-28 has no
handshake: each request says its version itself, and ``server/discover`` says which there are. Neither needs anything
to be remembered between two requests, so any process may answer any of them. 2025-03-26 alone has batches.
"""

import base64
import binascii
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from serving.errors import RequestError
from serving.http.json_parsing import read_list, read_object
from serving.mcp.json_rpc import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    UNSUPPORTED_VERSION,
    Message,
    RpcFault,
    build_error,
    build_result,
    read_message,
)
from serving.mcp.tools import TOOLS, ArgumentFault, check_arguments

__all__ = ["HANDSHAKE_VERSIONS", "STATELESS_VERSION", "McpServer", "RpcReply"]

HANDSHAKE_VERSIONS = ("2025-03-26", "2025-06-18", "2025-11-25")
"""Versions that begin with ``initialize``, the oldest first."""

STATELESS_VERSION = "2026-07-28"

MAX_BATCH = 10
"""Messages in one body: a batch must not be a way around the limit of requests."""

_VERSIONS = (*HANDSHAKE_VERSIONS, STATELESS_VERSION)
_BATCHES, _STRUCTURED, _CORRECTABLE = "2025-03-26", "2025-06-18", "2025-11-25"
"""The only version with batches; since when answers have a schema; since when a tool names wrong arguments."""

_META = "io.modelcontextprotocol/"
_TTL_MILLISECONDS = 3_600_000
_STATUS = {PARSE_ERROR: 400, INVALID_REQUEST: 400, INVALID_PARAMS: 400, HEADER_MISMATCH: 400, UNSUPPORTED_VERSION: 400}
_INSTRUCTIONS = (
    "Leadlight orders the call list of a medical practice. A score supports the order of calls; a person decides. "
    "This is not triage and not medical advice; an urgent lead comes first whatever its score. Everything here is "
    "read-only and names nobody: leads are ids, and whoever calls opens them on the desk."
)

CallTool = Callable[[str, Mapping[str, Any], str], Awaitable[dict[str, Any]]]
"""Tool, checked arguments, reader -> its answer; RequestError where there is none."""


@dataclass(frozen=True)
class RpcReply:
    """An answer over HTTP; ``body`` is None where nothing is said."""

    status: int
    body: dict[str, Any] | list[dict[str, Any]] | None = None


class McpServer:
    """Answers a client's messages.

    Parameters
    ----------
    call_tool : callable
        See ``CallTool``.
    version : str
        Of Leadlight.
    """

    def __init__(self, call_tool: CallTool, version: str) -> None:
        self._call_tool, self._info = call_tool, {"name": "leadlight", "title": "Leadlight", "version": version}

    async def answer(self, body: bytes, headers: Mapping[str, str], reader: str) -> RpcReply:
        """Answer one body.

        Parameters
        ----------
        headers : mapping
            By lowercase name.
        reader : str
            Who asks, for the audit.
        """
        stated = headers.get("mcp-protocol-version")
        try:
            value = _parse(body)
            if stated is not None and stated not in _VERSIONS:
                raise _unsupported(stated)
        except RpcFault as fault:
            return RpcReply(400, build_error(None, fault))
        if stated == STATELESS_VERSION:
            return await self._answer_one(value, headers, stated, reader)
        # Who names none speaks the version that had no such header.
        version = stated or HANDSHAKE_VERSIONS[0]
        if not isinstance(value, list):
            return await self._answer_one(value, headers, version, reader)
        if version != _BATCHES or not 1 <= len(value) <= MAX_BATCH:
            expected = f"send one message, or in {_BATCHES} 1 to {MAX_BATCH}"
            refusal = RpcFault(INVALID_REQUEST, f"The body is a batch of {len(value):,}; {expected}.")
            return RpcReply(400, build_error(None, refusal))
        replies = [await self._answer_one(message, headers, version, reader, in_batch=True) for message in value]
        bodies = [reply.body for reply in replies if isinstance(reply.body, dict)]
        return RpcReply(200, bodies) if bodies else RpcReply(202)

    async def _answer_one(
        self, value: Any, headers: Mapping[str, str], version: str, reader: str, in_batch: bool = False
    ) -> RpcReply:
        """Answer one message by the rules of a version."""
        identifier = None
        try:
            message = read_message(value)
            identifier = message.identifier
            if message.method is None and version == STATELESS_VERSION:
                raise RpcFault(INVALID_REQUEST, "The body is a response, and nothing was asked.")
            if not message.is_request:
                return RpcReply(202)
            if version == STATELESS_VERSION:
                _check_envelope(message, headers)
            elif message.method == "initialize" and in_batch:
                raise RpcFault(INVALID_REQUEST, "initialize stands alone, not in a batch.")
            result = await self._answer_method(message, version, reader)
        except RpcFault as fault:
            identifier = fault.identifier if identifier is None else identifier
            # Before 2026-07-28 an error about a message that could be read is an answer like any other.
            is_read = identifier is not None and version != STATELESS_VERSION
            status = 200 if is_read else 404 if fault.code == METHOD_NOT_FOUND else _STATUS[fault.code]
            return RpcReply(status, build_error(identifier, fault))
        if version == STATELESS_VERSION:
            result |= {"resultType": "complete", "_meta": {f"{_META}serverInfo": self._info}}
        return RpcReply(200, build_result(identifier, result))

    async def _answer_method(self, message: Message, version: str, reader: str) -> dict[str, Any]:
        """Return the result of a request."""
        is_stateless = version == STATELESS_VERSION
        cached: dict[str, Any] = {"ttlMs": _TTL_MILLISECONDS, "cacheScope": "private"} if is_stateless else {}
        if message.method == "initialize" and not is_stateless:
            return self._initialize(message.params)
        if message.method == "ping" and not is_stateless:
            return {}
        if message.method == "server/discover" and is_stateless:
            return {"supportedVersions": [*reversed(_VERSIONS)], **self._describe(), **cached}
        if message.method == "tools/list":
            if message.params.get("cursor") is not None:
                raise RpcFault(INVALID_PARAMS, "There is one page of tools; send no cursor.")
            return {"tools": [tool.describe(version >= _STRUCTURED) for tool in TOOLS.values()], **cached}
        if message.method == "tools/call":
            return await self._call(message.params, version, reader)
        raise RpcFault(METHOD_NOT_FOUND, "There is no such method here; tools are listed and called, and nothing else.")

    def _initialize(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Agree on a version: the client's where we speak it, else our newest one."""
        requested = params.get("protocolVersion")
        if not isinstance(requested, str):
            raise RpcFault(INVALID_PARAMS, "initialize needs protocolVersion, a text.")
        version = requested if requested in HANDSHAKE_VERSIONS else HANDSHAKE_VERSIONS[-1]
        return {"protocolVersion": version, "serverInfo": self._info, **self._describe()}

    def _describe(self) -> dict[str, Any]:
        return {"capabilities": {"tools": {}}, "instructions": _INSTRUCTIONS}

    async def _call(self, params: Mapping[str, Any], version: str, reader: str) -> dict[str, Any]:
        """Call a tool. What goes wrong inside of it is its answer, so that the assistant can read it."""
        tool, arguments = TOOLS.get(str(params.get("name"))), params.get("arguments")
        if tool is None:
            raise RpcFault(INVALID_PARAMS, f"There is no such tool, expected one of {', '.join(TOOLS)}.")
        arguments = {} if arguments is None else arguments
        if not isinstance(arguments, dict):
            raise RpcFault(INVALID_PARAMS, "The arguments of a tool are an object.")
        try:
            check_arguments(tool, arguments)
            answer = await self._call_tool(tool.name, arguments, reader)
        except ArgumentFault as fault:
            if version < _CORRECTABLE:
                raise RpcFault(INVALID_PARAMS, str(fault)) from None
            return _fail(str(fault))
        except RequestError as fault:
            wait = f" Try again in {fault.retry_after} seconds." if fault.retryable else ""
            return _fail(fault.message + wait)
        text = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        result: dict[str, Any] = {"content": [{"type": "text", "text": text}], "isError": False}
        return result | {"structuredContent": answer} if version >= _STRUCTURED else result


def _fail(message: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": message}], "isError": True}


def _parse(body: bytes) -> Any:
    """Parse a body, which may be an object or a list."""
    try:
        return read_list(body) if body.lstrip()[:1] == b"[" else read_object(body)
    except RequestError as fault:
        raise RpcFault(PARSE_ERROR, fault.message) from None


def _check_envelope(message: Message, headers: Mapping[str, str]) -> None:
    """Check what a request of 2026-07-28 says of itself, and that its headers say the same."""
    meta = message.params.get("_meta")
    meta = meta if isinstance(meta, dict) else {}
    version = meta.get(f"{_META}protocolVersion")
    if not isinstance(version, str) or not isinstance(meta.get(f"{_META}clientCapabilities"), dict):
        message_text = f"params._meta needs {_META}protocolVersion, a text, and {_META}clientCapabilities, an object."
        raise RpcFault(INVALID_PARAMS, message_text)
    name = message.params.get("name") if message.method == "tools/call" else None
    pairs = [("mcp-protocol-version", version), ("mcp-method", message.method)]
    for header, expected in pairs if name is None else [*pairs, ("mcp-name", name)]:
        if _decode_header(headers.get(header)) != expected:
            raise RpcFault(HEADER_MISMATCH, f"The header {header} is missing, or says something else than the body.")
    if version != STATELESS_VERSION:
        raise _unsupported(version)


def _decode_header(value: str | None) -> str | None:
    """Return what a header says; a value that a header cannot hold comes in base64.

    >>> _decode_header("=?base64?Y2FsbF9xdWV1ZQ==?="), _decode_header("ping"), _decode_header("=?base64?!?=")
    ('call_queue', 'ping', None)
    """
    if value is None or not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    try:
        return base64.b64decode(value[9:-2], validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _unsupported(version: str) -> RpcFault:
    """Refuse a version; a client that knows several takes one of those named."""
    data = {"supported": [*reversed(_VERSIONS)], "requested": version[:40]}
    return RpcFault(UNSUPPORTED_VERSION, "This version of the protocol is not spoken here.", data)
