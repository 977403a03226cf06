"""What is one message of JSON-RPC 2.0, and how is it answered?

Lives here: telling requests, notifications and responses apart, replies, the codes of errors.
Does not live here: parsing JSON (``serving.http.json_parsing``), methods (``protocol``).
"""

from dataclasses import dataclass, field
from typing import Any

__all__ = [
    "HEADER_MISMATCH",
    "INVALID_PARAMS",
    "INVALID_REQUEST",
    "METHOD_NOT_FOUND",
    "PARSE_ERROR",
    "UNSUPPORTED_VERSION",
    "Message",
    "RpcFault",
    "build_error",
    "build_result",
    "read_message",
]

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
"""Codes that MCP adds to those of JSON-RPC."""


class RpcFault(Exception):
    """A message that gets an error.

    Parameters
    ----------
    code : int
    message : str
        What was found and what was expected; never a value that was sent.
    data : dict, optional
        What a program may need to go on.
    identifier : str, int or None
        Of the request, where it could be read and nobody else knows it yet.
    """

    def __init__(
        self, code: int, message: str, data: dict[str, Any] | None = None, identifier: str | int | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.data, self.identifier = code, message, data, identifier


@dataclass(frozen=True)
class Message:
    """One message of a client.

    Parameters
    ----------
    method : str or None
        None for a response to something that we never asked.
    identifier : str, int or None
        None for a notification, which is never answered.
    """

    method: str | None
    identifier: str | int | None
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def is_request(self) -> bool:
        """Whether it must be answered."""
        return self.method is not None and self.identifier is not None


def read_message(value: Any) -> Message:
    """Read one parsed message.

    Raises
    ------
    RpcFault
        If it is no request, notification or response.

    >>> read_message({"jsonrpc": "2.0", "id": 1, "method": "ping"})
    Message(method='ping', identifier=1, params={})
    >>> read_message({"jsonrpc": "2.0", "method": "notifications/initialized"}).is_request
    False
    """
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise RpcFault(INVALID_REQUEST, 'A message is an object with "jsonrpc": "2.0".')
    identifier, method, params = value.get("id"), value.get("method"), value.get("params", {})
    if "id" in value and (isinstance(identifier, bool) or not isinstance(identifier, str | int)):
        raise RpcFault(INVALID_REQUEST, "The id of a request is a text or a whole number.")
    if method is None and ("result" in value or "error" in value):
        return Message(None, identifier)
    if not isinstance(method, str):
        raise RpcFault(INVALID_REQUEST, "A request names its method, as a text.")
    if not isinstance(params, dict):
        raise RpcFault(INVALID_PARAMS, "The params of a request are an object.", identifier=identifier)
    return Message(method, identifier, params)


def build_result(identifier: str | int | None, result: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a request.

    >>> build_result(1, {})
    {'jsonrpc': '2.0', 'id': 1, 'result': {}}
    """
    return {"jsonrpc": "2.0", "id": identifier, "result": result}


def build_error(identifier: str | int | None, fault: RpcFault) -> dict[str, Any]:
    """Return the error that answers a request; without an id where none could be read."""
    error: dict[str, Any] = {"code": fault.code, "message": fault.message}
    return {
        "jsonrpc": "2.0",
        "id": identifier,
        "error": error | ({} if fault.data is None else {"data": fault.data}),
    }
