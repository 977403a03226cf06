"""How does a program learn to call the API? The OpenAPI 3.0.3 document.

Lives here: the document, built from the models in ``scoring`` and ``leads``; 3.0.3 because CRMs do not read 3.1 yet.
Does not live here: the routes (``serving.api``), the same document for tools that only read Swagger 2.0
(``swagger2``)."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.schemas import leads, scoring
from serving.schemas.hook_examples import example_failure
from serving.schemas.hook_operations import HubSpotChange, describe_hooks, describe_metrics
from serving.schemas.insight_operations import describe_insights
from serving.schemas.mcp_operations import describe_mcp
from serving.schemas.operation_tags import add_tags

__all__ = ["PROMISE", "build_openapi"]

PROMISE = (
    "A score supports the order of calls; a person decides. This is not triage and not medical advice. "
    "A low score never hides an urgent lead."
)
"""What a score is and is not; shown with every score."""

_MODELS = (
    scoring.Lead,
    scoring.BatchRequest,
    scoring.Answer,
    scoring.BatchAnswer,
    scoring.Failure,
    scoring.Ready,
    leads.LeadAnswer,
    leads.EventsRequest,
    leads.EventsAnswer,
    leads.OutcomeRequest,
    leads.OutcomeAnswer,
    leads.FeedbackRequest,
    leads.Recorded,
    leads.Queue,
    HubSpotChange,
)

_LEAD_EXAMPLE = {
    "lead_id": "L-1001",
    "created_at": "2026-03-05T14:00:00Z",
    "channel": "web_form",
    "service_requested": "physical therapy",
    "message": "I would like an appointment next week, please.",
    "postal_code": "02110",
}

_EVENT_EXAMPLE = {"occurred_at": "2026-03-05T14:05:00Z", "kind": "inbound_call", "event_id": "call-77"}


@cache
def build_openapi() -> dict[str, Any]:
    """Build the OpenAPI 3.0.3 document of this service."""
    schemas = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )[1]["$defs"]
    document = {
        "openapi": "3.0.3",
        "info": {
            "title": "Leadlight",
            "version": "1",
            "description": f"How likely is an inquiry to become a booked appointment, and why. {PROMISE}",
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/v1/score": {
                "post": _describe_scoring("scoreLead", "Score one lead", scoring.Lead, scoring.Answer, _LEAD_EXAMPLE)
            },
            "/v1/score/batch": {
                "post": _describe_scoring(
                    "scoreBatch",
                    "Score up to 1,000 leads, each with its own result",
                    scoring.BatchRequest,
                    scoring.BatchAnswer,
                    {"leads": [_LEAD_EXAMPLE]},
                )
            },
            "/v1/leads": {
                "post": _describe_write(
                    "putLead",
                    "Create or update a lead, and score it from everything known",
                    (scoring.Lead, leads.LeadAnswer),
                    _LEAD_EXAMPLE,
                    created_status=201,
                )
            },
            "/v1/leads/{lead_id}": {
                "get": _describe_read(
                    "readLead",
                    "Everything known of a lead",
                    {"type": "object"},
                    refusals=_LEAD_REFUSALS,
                    parameters=_LEAD_ID,
                )
            },
            "/v1/leads/{lead_id}/events": {
                "post": _describe_write(
                    "addEvents",
                    "Add events of a lead, and score it again",
                    (leads.EventsRequest, leads.EventsAnswer),
                    {"events": [_EVENT_EXAMPLE]},
                    has_lead_id=True,
                )
            },
            "/v1/leads/{lead_id}/outcomes": {
                "post": _describe_write(
                    "addOutcome",
                    "Add an outcome of a lead",
                    (leads.OutcomeRequest, leads.OutcomeAnswer),
                    {"stage": "booked"},
                    has_lead_id=True,
                )
            },
            "/v1/leads/{lead_id}/feedback": {
                "post": _describe_write(
                    "addFeedback",
                    "Report a wrong score or reason",
                    (leads.FeedbackRequest, leads.Recorded),
                    {"kind": "grade", "grade": "A", "said_by": "ann"},
                    has_lead_id=True,
                )
            },
            "/v1/queue": {
                "get": _describe_read(
                    "readQueue",
                    "The open leads in the desk's working order, with their last scores",
                    _ref(leads.Queue),
                    refusals=_QUEUE_REFUSALS,
                    parameters=_LIMIT,
                )
            },
            **describe_insights(_describe_refusals(_INSIGHT_REFUSALS)),
            "/v1/model": {
                "get": _describe_read(
                    "readModel", "What the model is and how good it is", {"type": "object"}, refusals=_KEY_REFUSALS
                )
            },
            "/mcp": describe_mcp(_describe_refusals(_MCP_REFUSALS)),
            "/readyz": {
                "get": _describe_read("readReadiness", "Whether scores can be given", _ref(scoring.Ready), 503)
                | {"security": []}
            },
            "/livez": {
                "get": _describe_read("readLiveness", "Whether the process is alive", {"type": "object"})
                | {"security": []}
            },
            "/healthz": {
                "get": _describe_read("readHealth", "The same as /livez", {"type": "object"}) | {"security": []}
            },
            "/metrics": describe_metrics(_describe_refusals(_KEY_REFUSALS)),
            **describe_hooks(_ref(scoring.Failure)),
        },
        "security": [{"apiKey": []}, {"bearer": []}],
        "components": {
            "schemas": {name: _convert_to_3_0(schema) for name, schema in sorted(schemas.items())},
            "securitySchemes": _SECURITY,
        },
    }
    return add_tags(document)


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _json(schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    return {"application/json": {"schema": schema} | ({} if example is None else {"example": example})}


_SECURITY = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "An API key, created by leadlight key add.",
    },
    "hookKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key of one hook (leadlight hook add), or one with role crm.",
    },
    "hubSpotSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-HubSpot-Signature-v3",
        "description": "HubSpot's signature of the request, beside X-HubSpot-Request-Timestamp.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same key as Authorization: Bearer."},
}

_KEY_REFUSALS = {
    "401": "The request has no valid API key.",
    "403": "The key's role does not have this permission.",
    "429": "Too many requests, with this key or at once; try again after the seconds in Retry-After.",
    "503": "No model is loaded yet, the database is unavailable, or the service is stopping; try again.",
}

_REFUSALS = _KEY_REFUSALS | {
    "400": "The body is not valid JSON.",
    "408": "The body was not complete within ten seconds.",
    "413": "The body is larger than 2 MB.",
    "415": "The body is not JSON.",
    "422": "A field is invalid; see fields.",
    "431": "The headers are larger than 16 KB.",
}

_MCP_REFUSALS = {status: text for status, text in _REFUSALS.items() if status != "422"} | {
    "405": "The request is no POST.",
    "406": "The client accepts no JSON.",
}


def _describe_scoring(
    operation: str, summary: str, body: type[BaseModel], answer: type[BaseModel], example: Any
) -> dict[str, Any]:
    """Describe a POST that scores leads."""
    return {
        "operationId": operation,
        "summary": summary,
        "description": PROMISE,
        "requestBody": {"required": True, "content": _json(_ref(body), example)},
        "responses": {"200": {"description": "Scored.", "content": _json(_ref(answer))}}
        | _describe_refusals(_REFUSALS),
    }


_CONFLICT = {"409": "An event_id or outcome_id stands for other content; both are named, and nothing was written."}
_GONE = {"410": "The person was deleted on request, after this happened."}
_INSIGHT_REFUSALS = _KEY_REFUSALS | {"422": "months is not a number that is offered."}
_LEAD_REFUSALS = _KEY_REFUSALS | {"404": "There is no lead with this id."}
_LEAD_ID = [
    {
        "name": "lead_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "The lead's id, URL-encoded.",
    }
]
_QUEUE_REFUSALS = _KEY_REFUSALS | {"422": "The limit is invalid; see fields."}
_LIMIT = [
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        "description": "Largest number of leads.",
    }
]
_IDEMPOTENCY_KEY = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "The same key within seven days gets the same answer, and nothing is written twice.",
    }
]


def _describe_write(
    operation: str,
    summary: str,
    models: tuple[type[BaseModel], type[BaseModel]],
    example: Any,
    created_status: int | None = None,
    has_lead_id: bool = False,
) -> dict[str, Any]:
    """Describe a POST that is stored before it is answered; ``models`` are those of the body and of the answer."""
    body, answer = models
    successes = {
        str(status): {"description": description, "content": _json(_ref(answer))}
        for status, description in ((200, "Stored."), (created_status, "Created."))
        if status
    }
    return {
        "operationId": operation,
        "summary": summary,
        "description": f"It is on disk when this answers. {PROMISE}",
        "parameters": [*(_LEAD_ID if has_lead_id else ()), *_IDEMPOTENCY_KEY],
        "requestBody": {"required": True, "content": _json(_ref(body), example)},
        "responses": successes
        | _describe_refusals(_REFUSALS | _CONFLICT | _GONE | (_LEAD_REFUSALS if has_lead_id else {})),
    }


def _describe_refusals(refusals: dict[str, str]) -> dict[str, Any]:
    """Describe the error responses, in the order of their statuses."""
    return {
        status: {
            "description": description,
            "content": _json(_ref(scoring.Failure), example_failure(status, description)),
        }
        for status, description in sorted(refusals.items())
    }


def _describe_read(
    operation: str,
    summary: str,
    schema: dict[str, Any],
    other_status: int | None = None,
    refusals: dict[str, str] | None = None,
    parameters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Describe a GET that returns JSON."""
    responses = {
        str(status): {"description": summary + ".", "content": _json(schema)}
        for status in (200, other_status)
        if status
    }
    return {
        "operationId": operation,
        "summary": summary,
        **({"parameters": parameters} if parameters else {}),
        "responses": responses | _describe_refusals(refusals or {}),
    }


def _convert_to_3_0(schema: Any) -> Any:
    """Convert pydantic's JSON Schema to OpenAPI 3.0: nullable instead of null, one example, no titles."""
    if isinstance(schema, list):
        return [_convert_to_3_0(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    converted = {
        key: _convert_to_3_0(value) for key, value in schema.items() if key not in ("title", "examples", "anyOf")
    }
    if isinstance(schema.get("properties"), dict):
        # A property may be called "title": the line above would have dropped it.
        converted["properties"] = {name: _convert_to_3_0(value) for name, value in schema["properties"].items()}
    if isinstance(schema.get("examples"), list):
        converted["example"] = schema["examples"][0]
    if "anyOf" in schema:
        converted |= _merge_choices([_convert_to_3_0(choice) for choice in schema["anyOf"]])
    if converted.get("default", "") is None:
        del converted["default"]
    return converted


def _merge_choices(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """Merge the choices of ``anyOf``: null becomes ``nullable``, a single choice needs no ``anyOf``."""
    others = [choice for choice in choices if choice.get("type") != "null"]
    nullable = {"nullable": True} if len(others) < len(choices) else {}
    if len(others) == 1 and "$ref" not in others[0]:
        return others[0] | nullable
    # Beside $ref, OpenAPI 3.0 ignores every other key.
    return {"allOf" if len(others) == 1 else "anyOf": others} | nullable
