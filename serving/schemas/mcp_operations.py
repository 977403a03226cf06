"""How is the endpoint for assistants described to programs? The operation of ``/mcp``.

Lives here: its OpenAPI description. Does not live here: the document (``openapi``), the protocol (``serving.mcp``)."""

from typing import Any

__all__ = ["describe_mcp"]

_MESSAGE: dict[str, Any] = {
    "type": "object",
    "required": ["jsonrpc"],
    "properties": {
        "jsonrpc": {"type": "string", "enum": ["2.0"]},
        "id": {"description": "A text or a whole number; absent in a notification."},
        "method": {"type": "string"},
        "params": {"type": "object"},
    },
}
_EXAMPLE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "call_queue", "arguments": {"limit": 5}},
}
_TEXT = (
    "The Model Context Protocol over Streamable HTTP, for assistants: read-only, stateless, answers in JSON. Its "
    "client libraries speak it; an assistant's key (leadlight key add --role assistant) may call nothing else. Tools: "
    "call_queue, lead_reasons, insights, model_status, in ids, numbers and our own words."
)
_ERRORS = {
    "400": "An error of JSON-RPC: the body is no message, or of a version that is not spoken here.",
    "404": "An error of JSON-RPC: 2026-07-28 answers so where there is no such method.",
}
"""Refusals that are messages of the protocol; all others are errors as every address has them."""


def describe_mcp(refusals: dict[str, Any]) -> dict[str, Any]:
    """Describe ``/mcp``.

    Parameters
    ----------
    refusals : dict
        Status -> response, of every POST.

    >>> describe_mcp({})["post"]["operationId"]
    'callAssistantTools'
    """
    content = {"application/json": {"schema": _MESSAGE, "example": _EXAMPLE}}
    answer = {"application/json": {"schema": {"type": "object"}}}
    return {
        "post": {
            "operationId": "callAssistantTools",
            "summary": "Tools of an assistant, by the Model Context Protocol",
            "description": _TEXT,
            "requestBody": {"required": True, "content": content},
            "responses": {
                "200": {
                    "description": "The answer to a request, which may be an error of JSON-RPC.",
                    "content": answer,
                },
                "202": {"description": "A notification was taken; it has no answer."},
            }
            | refusals
            | {status: {"description": text, "content": answer} for status, text in _ERRORS.items()},
        }
    }
