"""How does the OpenAPI document describe the hooks of the CRMs, and what is not JSON?

Lives here: the operations of the hooks and of ``/metrics``. Does not live here: the rest of the document
(``openapi``), what each CRM sends (``serving.crm.inbound``).

A CRM is told these addresses when it is set up and reads no document: they stand in it so that nothing is left out.
"""

from typing import Any

from pydantic import BaseModel, Field

__all__ = ["HubSpotChange", "describe_hooks", "describe_metrics"]

_JSON, _XML, _TEXT = "application/json", "text/xml", "text/plain"
_OBJECT = {"type": "object"}
_KEY = "Proven by the hook's own key, as a bearer token, in X-API-Key or as ?code=."
_SIGNATURE = "Proven by HubSpot's signature v3 of the request."


class HubSpotChange(BaseModel):
    """One change of a contact, as HubSpot sends it; other fields are ignored."""

    subscriptionType: str = Field(description="Such as contact.propertyChange.")  # noqa: N815  (HubSpot's name)
    objectId: int | str = Field(description="The contact's id.")  # noqa: N815  (HubSpot's name)


_HOOKS = (
    ("hubspot", "hookHubSpotWorkflow", "Score a contact of a HubSpot workflow", _JSON, _OBJECT, _SIGNATURE),
    (
        "hubspot/events",
        "hookHubSpotEvents",
        "Take up to 100 changes of HubSpot contacts: kept at once, worked off in order",
        _JSON,
        {"type": "array", "items": {"$ref": "#/components/schemas/HubSpotChange"}, "maxItems": 100},
        _SIGNATURE,
    ),
    (
        "salesforce",
        "hookSalesforce",
        "Take an outbound message of Salesforce: kept at once, worked off in order",
        _XML,
        {"type": "string"},
        _KEY,
    ),
    ("dynamics", "hookDynamics", "Take a change of a lead in Dynamics 365", _JSON, _OBJECT, _KEY),
    ("generic", "hookGeneric", "Take a lead, an event or an outcome of any other tool", _JSON, _OBJECT, _KEY),
)
"""End of the path, name of the operation, summary, content, schema, proof."""

_REFUSALS = {
    "400": "The body cannot be read.",
    "401": "Nothing proves that the CRM sent it. Nothing was done.",
    "408": "The body was not complete within ten seconds.",
    "409": "An id stands for other content; nothing was written.",
    "410": "The person was deleted on request, after this happened.",
    "413": "The body is larger than 2 MB.",
    "415": "The body is of another type.",
    "422": "A value is invalid; see fields.",
    "429": "Too many calls of this hook, or too many without proof from this address.",
    "431": "The headers are larger than 16 KB.",
    "503": "The hook is not set up, or the delivery could not be kept; the message says which.",
}


def describe_hooks(failure: dict[str, Any]) -> dict[str, Any]:
    """Describe every hook: path -> operations. ``failure``: the schema of an error."""
    refusals = {status: _describe_answer(text, _JSON, failure) for status, text in _REFUSALS.items()}
    return {
        f"/v1/hooks/{end}": {
            "post": {
                "operationId": operation,
                "summary": summary,
                "description": proof,
                "security": [{"hubSpotSignature": []}] if proof == _SIGNATURE else [{"hookKey": []}],
                "requestBody": {"required": True, "content": {kind: {"schema": schema}}},
                "responses": {"200": _describe_answer("Taken.", kind, schema if kind == _XML else _OBJECT)} | refusals,
            }
        }
        for end, operation, summary, kind, schema, proof in _HOOKS
    }


def describe_metrics(refusals: dict[str, Any]) -> dict[str, Any]:
    """Describe the page that Prometheus scrapes."""
    answer = _describe_answer("Counts, in Prometheus' text format.", _TEXT, {"type": "string"})
    return {
        "get": {
            "operationId": "readMetrics",
            "summary": "What Prometheus scrapes",
            "responses": {"200": answer} | refusals,
        }
    }


def _describe_answer(text: str, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": text, "content": {kind: {"schema": schema}}}
