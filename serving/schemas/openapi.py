"""How does a program learn to call us? The OpenAPI 3.0.3 document, and a plain page made from it.

Lives here: the document, built from the models in ``contracts``; 3.0.3 because CRMs do not read 3.1 yet.
Does not live here: the routes themselves (``api``), the same document for tools that read Swagger 2.0 only
(``swagger``)."""

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.schemas import leads as kept
from serving.schemas import scoring

__all__ = ["PROMISE", "build_openapi"]

PROMISE = "A score supports the order of calls; a person decides. This is not triage and not medical advice. A low score never hides an urgent lead."
"""What a score is, said wherever one is shown."""

_MODELS = (
    scoring.Lead,
    scoring.BatchRequest,
    scoring.Answer,
    scoring.BatchAnswer,
    scoring.Failure,
    scoring.Ready,
    kept.LeadAnswer,
    kept.EventsRequest,
    kept.EventsAnswer,
    kept.OutcomeRequest,
    kept.OutcomeAnswer,
    kept.FeedbackRequest,
    kept.Recorded,
    kept.Queue,
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
    """The OpenAPI 3.0.3 document of this service."""
    schemas = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )[1]["$defs"]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Leadlight",
            "version": "1",
            "description": f"How likely is an enquiry to become a booked appointment, and why. {PROMISE}",
        },
        "servers": [{"url": "/"}],
        "paths": {
            "/v1/score": {"post": _scores("scoreLead", "Score one lead", scoring.Lead, scoring.Answer, _LEAD_EXAMPLE)},
            "/v1/score/batch": {
                "post": _scores(
                    "scoreBatch",
                    "Score up to 1,000 leads, each answered for itself",
                    scoring.BatchRequest,
                    scoring.BatchAnswer,
                    {"leads": [_LEAD_EXAMPLE]},
                )
            },
            "/v1/leads": {
                "post": _told(
                    "putLead",
                    "Create or update a lead, and score it from all that is known",
                    scoring.Lead,
                    kept.LeadAnswer,
                    _LEAD_EXAMPLE,
                    201,
                )
            },
            "/v1/leads/{lead_id}": {
                "get": _reads(
                    "readLead",
                    "Everything that is known of a lead",
                    {"type": "object"},
                    refusals=_OF_A_LEAD,
                    parameters=_NAMED,
                )
            },
            "/v1/leads/{lead_id}/events": {
                "post": _told(
                    "addEvents",
                    "Add what happened with a lead, and score it again",
                    kept.EventsRequest,
                    kept.EventsAnswer,
                    {"events": [_EVENT_EXAMPLE]},
                    named=True,
                )
            },
            "/v1/leads/{lead_id}/outcomes": {
                "post": _told(
                    "addOutcome",
                    "Add what became of a lead",
                    kept.OutcomeRequest,
                    kept.OutcomeAnswer,
                    {"stage": "booked"},
                    named=True,
                )
            },
            "/v1/leads/{lead_id}/feedback": {
                "post": _told(
                    "addFeedback",
                    "Say that a score or a reason is wrong",
                    kept.FeedbackRequest,
                    kept.Recorded,
                    {"kind": "grade", "grade": "A", "said_by": "ann"},
                    named=True,
                )
            },
            "/v1/queue": {
                "get": _reads(
                    "readQueue",
                    "The open leads, urgent ones first, then the likeliest",
                    _ref(kept.Queue),
                    refusals=_OF_A_QUEUE,
                    parameters=_LIMIT,
                )
            },
            "/v1/model": {
                "get": _reads(
                    "readModel", "What the model is and how good it is", {"type": "object"}, refusals=_KEY_REFUSALS
                )
            },
            "/readyz": {
                "get": _reads("readReadiness", "Whether scores can be given", _ref(scoring.Ready), 503)
                | {"security": []}
            },
            "/livez": {
                "get": _reads("readLiveness", "Whether the process is alive", {"type": "object"}) | {"security": []}
            },
        },
        "security": [{"apiKey": []}, {"bearer": []}],
        "components": {
            "schemas": {name: _in_3_0(schema) for name, schema in sorted(schemas.items())},
            "securitySchemes": _SECURITY,
        },
    }


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _json(schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    return {"application/json": {"schema": schema} | ({} if example is None else {"example": example})}


_SECURITY = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key made by leadlight key add.",
    },
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same key as Authorization: Bearer."},
}

_KEY_REFUSALS = {
    "401": "The request carries no key that is taken.",
    "403": "The key's role may not do this.",
    "429": "Too many requests, of this key or at once; try again after as many seconds as Retry-After says.",
    "503": "No model is loaded yet, or the service is stopping; try again.",
}

_REFUSALS = _KEY_REFUSALS | {
    "400": "The body is not JSON that can be read.",
    "408": "The body was not whole within ten seconds.",
    "413": "The body is larger than 2 MB.",
    "415": "The body is not JSON.",
    "422": "A field cannot be used; see fields.",
    "431": "The headers are larger than 16 KB.",
}


def _scores(
    operation: str, summary: str, asked: type[BaseModel], answered: type[BaseModel], example: Any
) -> dict[str, Any]:
    """A POST that takes JSON and gives scores."""
    return {
        "operationId": operation,
        "summary": summary,
        "description": PROMISE,
        "requestBody": {"required": True, "content": _json(_ref(asked), example)},
        "responses": {"200": {"description": "Scored.", "content": _json(_ref(answered))}} | _refused(_REFUSALS),
    }


_GONE = {"410": "The person asked to be forgotten since, or before what is told of happened."}
_OF_A_LEAD = _KEY_REFUSALS | {"404": "There is no lead with this id."}
_NAMED = [
    {
        "name": "lead_id",
        "in": "path",
        "required": True,
        "schema": {"type": "string"},
        "description": "The lead's id, URL-encoded.",
    }
]
_OF_A_QUEUE = _KEY_REFUSALS | {"422": "The limit is no such number; see fields."}
_LIMIT = [
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        "description": "Leads at most.",
    }
]
_KEYED = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "schema": {"type": "string"},
        "description": "The same key within seven days gets the same answer, and nothing is written twice.",
    }
]


def _told(
    operation: str,
    summary: str,
    asked: type[BaseModel],
    answered: type[BaseModel],
    example: Any,
    created: int | None = None,
    named: bool = False,
) -> dict[str, Any]:
    """A POST that is kept before it is answered."""
    done = {
        str(status): {"description": words, "content": _json(_ref(answered))}
        for status, words in ((200, "Kept."), (created, "Created."))
        if status
    }
    return {
        "operationId": operation,
        "summary": summary,
        "description": f"It is on the disk when this answers. {PROMISE}",
        "parameters": [*(_NAMED if named else ()), *_KEYED],
        "requestBody": {"required": True, "content": _json(_ref(asked), example)},
        "responses": done | _refused(_REFUSALS | _GONE | (_OF_A_LEAD if named else {})),
    }


def _refused(refusals: dict[str, str]) -> dict[str, Any]:
    """The responses that refuse, in the order of their statuses."""
    return {
        status: {"description": words, "content": _json(_ref(scoring.Failure))}
        for status, words in sorted(refusals.items())
    }


def _reads(
    operation: str,
    summary: str,
    schema: dict[str, Any],
    otherwise: int | None = None,
    refusals: dict[str, str] | None = None,
    parameters: Any = (),
) -> dict[str, Any]:
    """A GET that gives JSON."""
    responses = {
        str(status): {"description": summary + ".", "content": _json(schema)} for status in (200, otherwise) if status
    }
    return {
        "operationId": operation,
        "summary": summary,
        **({"parameters": parameters} if parameters else {}),
        "responses": responses | _refused(refusals or {}),
    }


def _in_3_0(schema: Any) -> Any:
    """JSON Schema as pydantic writes it, in the dialect of OpenAPI 3.0: nullable for null, one example, no empty
    titles.
    """
    if isinstance(schema, list):
        return [_in_3_0(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _in_3_0(value) for key, value in schema.items() if key not in ("title", "examples", "anyOf")}
    if isinstance(schema.get("properties"), dict):
        plain["properties"] = {name: _in_3_0(one) for name, one in schema["properties"].items()}
    if isinstance(schema.get("examples"), list):
        plain["example"] = schema["examples"][0]
    if "anyOf" in schema:
        plain |= _any_of([_in_3_0(one) for one in schema["anyOf"]])
    if plain.get("default", "") is None:
        del plain["default"]
    return plain


def _any_of(choices: list[dict[str, Any]]) -> dict[str, Any]:
    """The choices without null, which becomes nullable; every scalar at once is said as any single value."""
    known = [one for one in choices if one.get("type") != "null"]
    nullable = {"nullable": True} if len(known) < len(choices) else {}
    if len(known) == 1 and "$ref" not in known[0]:
        return known[0] | nullable
    if len(known) == 1:
        return {"allOf": known} | nullable
    return {"anyOf": known} | nullable
