"""How does the OpenAPI document describe the hooks of the CRMs, and what is not JSON?

Lives here: the operations of the hooks and of ``/metrics``. Does not live here: the rest of the document
(``openapi``), what each CRM sends (``serving.crm.inbound``).

A CRM is told these addresses when it is set up and reads no document: they stand in it so that nothing is left out.
"""

from typing import Any

from pydantic import BaseModel, Field

from serving.schemas.hook_examples import HOOK_ANSWER, HOOK_BODIES, example_failure

__all__ = ["HubSpotChange", "describe_hooks", "describe_metrics"]

_JSON, _XML, _TEXT = "application/json", "text/xml", "text/plain"
_OBJECT, _STRING = {"type": "object"}, {"type": "string"}
_CHANGES = {"type": "array", "items": {"$ref": "#/components/schemas/HubSpotChange"}, "maxItems": 100}
_KEY = "Proven by a key, as a bearer token or in X-API-Key; as ?code= only by one of this hook (leadlight hook add)."
_BODY_SIGNED = (
    f"{_KEY} Once the product's secret is set: by its signature of the body, or by a key of no hook in a header."
)
_SIGNATURE = "Proven by HubSpot's signature v3 of the request."


class HubSpotChange(BaseModel):
    """One change of a contact, as HubSpot sends it; other fields are ignored."""

    subscriptionType: str = Field(description="Such as contact.propertyChange.")  # noqa: N815  (HubSpot's name)
    objectId: int | str = Field(description="The contact's id.")  # noqa: N815  (HubSpot's name)


_KEPT = "kept at once, worked off in order"
_SIGNED_OR_KEY = (
    "Proven by HubSpot's signature v3 of the request, or by a key in X-API-Key (leadlight hook add hubspot)."
)
_FORM = "JSON, or a form (application/x-www-form-urlencoded). "
_HOOKS = (
    ("hubspot", "hookHubSpotWorkflow", "Score a contact of a HubSpot workflow", _OBJECT, _SIGNED_OR_KEY),
    ("hubspot/events", "hookHubSpotEvents", f"Take up to 100 changes of HubSpot contacts: {_KEPT}", None, _SIGNATURE),
    ("salesforce", "hookSalesforce", f"Take an outbound message of Salesforce: {_KEPT}", _STRING, _KEY),
    ("dynamics", "hookDynamics", "Take a change of a lead in Dynamics 365", _OBJECT, _KEY),
    ("generic", "hookGeneric", "Take a lead, an event or an outcome of any other tool", _OBJECT, _FORM + _KEY),
    ("gravityforms", "hookGravityForms", "Take an entry of Gravity Forms", _OBJECT, _FORM + _KEY),
    ("typeform", "hookTypeform", "Take a response of Typeform", _OBJECT, _FORM + _BODY_SIGNED),
    ("facebook", "hookFacebook", "Take a lead of a Facebook or Instagram ad", _OBJECT, _FORM + _KEY),
    ("callrail", "hookCallRail", "Take a call or a form of CallRail", _OBJECT, _FORM + _BODY_SIGNED),
    ("whatconverts", "hookWhatConverts", "Take a lead of WhatConverts", _OBJECT, _FORM + _KEY),
    ("odoo", "hookOdoo", "Take a lead of Odoo", _OBJECT, _FORM + _KEY),
    ("frappe", "hookFrappe", "Take a lead of Frappe CRM or ERPNext", _OBJECT, _FORM + _KEY),
)
"""End of the path, name of the operation, summary, schema (None for a list of changes), proof."""

_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    _SIGNATURE: [{"hubSpotSignature": []}],
    _SIGNED_OR_KEY: [{"hubSpotSignature": []}, {"hookKey": []}],
}
_ANSWERS: dict[str, Any] = {
    "hubspot/events": {"received": 1, "kept": True},
    "salesforce": "<notificationsResponse><Ack>true</Ack></notificationsResponse>",
    "dynamics": {"lead_id": "6d81597f-0f9f-4711-8122-000d3aa2331c", "news": True, "score": 31, "grade": "B"},
}
"""Answers that are no score in flat JSON."""

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
    refusals = {
        status: _describe_answer(text, _JSON, failure, example_failure(status, text))
        for status, text in _REFUSALS.items()
    }
    return {
        f"/v1/hooks/{end}": {"post": _describe_hook(end, name, summary, schema or _CHANGES, proof, refusals)}
        for end, name, summary, schema, proof in _HOOKS
    }


def _describe_hook(
    end: str, name: str, summary: str, schema: dict[str, Any], proof: str, refusals: dict[str, Any]
) -> dict[str, Any]:
    """Describe the operation of one hook."""
    kind = _XML if schema is _STRING else _JSON
    answer = _describe_answer("Taken.", kind, schema if kind == _XML else _OBJECT, _ANSWERS.get(end, HOOK_ANSWER))
    return {
        "operationId": name,
        "summary": summary,
        "description": proof,
        "security": _SECURITY[proof] if proof in _SECURITY else [{"hookKey": []}],
        "requestBody": {"required": True, "content": {kind: {"schema": schema, "example": HOOK_BODIES[end]}}},
        "responses": {"200": answer} | refusals,
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


def _describe_answer(text: str, kind: str, schema: dict[str, Any], example: Any = None) -> dict[str, Any]:
    content = {"schema": schema} | ({} if example is None else {"example": example})
    return {"description": text, "content": {kind: content}}
