"""How does a person try us out by hand? A Postman collection (v2.1) made from the OpenAPI document, an example for
every address.

Lives here: the translation, and examples of the hooks that a key opens. Does not live here: what is described
(``description``), HubSpot's hooks: those are signed, and no example keeps its signature for longer than five minutes.
"""

import json
from functools import cache
from typing import Any

from serving.schemas.openapi import build_openapi

__all__ = ["build_postman"]

_FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
"""The name of the format, by which Postman knows it; nothing is fetched from there."""

_ADDRESS, _KEY, _HOOK_KEY, _NEW_ID, _LEAD_ID = "baseUrl", "apiKey", "hookKey", "{{$guid}}", "L-1001"

_NO_KEY = {"type": "noauth"}
_BY_KEY = {
    "type": "apikey",
    "apikey": [
        {"key": name, "value": value, "type": "string"}
        for name, value in (("key", "X-API-Key"), ("value", f"{{{{{_KEY}}}}}"), ("in", "header"))
    ],
}

_DYNAMICS_EXAMPLE = {
    "PrimaryEntityName": "lead",
    "MessageName": "Create",
    "OperationCreatedOn": "/Date(1772704800000)/",
    "InputParameters": [
        {
            "key": "Target",
            "value": {
                "LogicalName": "lead",
                "Id": "6d81597f-0f9f-4711-8122-000d3aa2331c",
                "Attributes": [{"key": "address1_postalcode", "value": "02110"}],
            },
        }
    ],
}
_SALESFORCE_EXAMPLE = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
    '<OrganizationId>00D7F0000000001UAA</OrganizationId><Notification><Id>04l1</Id><sObject xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
    "<sf:Id>00Q1</sf:Id><sf:PostalCode>02110</sf:PostalCode></sObject></Notification></notifications></e:Body></e:Envelope>"
)


@cache
def build_postman() -> dict[str, Any]:
    """The collection. Its variables are the service's address and the keys; nobody's key stands in it.

    >>> [folder["name"] for folder in build_postman()["item"]]
    ['Scores', 'Leads that are kept', 'The service', 'Hooks']
    """
    described = build_openapi()
    folders: dict[str, list[dict[str, Any]]] = {
        "Scores": [],
        "Leads that are kept": [],
        "The service": [],
        "Hooks": _hooks(),
    }
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            folders[_folder(path)].append(_item(path, method, operation))
    return {
        "info": {
            "name": described["info"]["title"],
            "description": described["info"]["description"],
            "schema": _FORMAT,
        },
        "auth": _BY_KEY,
        "variable": [_variable(_ADDRESS, "http://127.0.0.1:3000"), _variable(_KEY, ""), _variable(_HOOK_KEY, "")],
        "item": [{"name": name, "item": items} for name, items in folders.items()],
    }


def _folder(path: str) -> str:
    """The folder that an address belongs to."""
    if path.startswith("/v1/score"):
        return "Scores"
    return "Leads that are kept" if path.startswith(("/v1/leads", "/v1/queue")) else "The service"


def _item(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """One operation as a request with its example."""
    parameters = operation.get("parameters", ())
    headers = [
        {"key": one["name"], "value": _NEW_ID, "description": one["description"]}
        for one in parameters
        if one["in"] == "header"
    ]
    asked = [
        _variable(one["name"], str(one["schema"].get("default", ""))) | {"description": one["description"]}
        for one in parameters
        if one["in"] == "query"
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    request = _request(
        method,
        path,
        headers,
        None if body is None else json.dumps(body["example"], indent=2, ensure_ascii=False),
        asked,
    )
    request |= {"auth": _NO_KEY} if operation.get("security") == [] else {}
    return {
        "name": operation["summary"],
        "request": request | {"description": operation.get("description", operation["summary"])},
        "response": [],
    }


def _hooks() -> list[dict[str, Any]]:
    """The hooks that a key opens, with what their CRM sends."""
    lead = build_openapi()["paths"]["/v1/score"]["post"]["requestBody"]["content"]["application/json"]["example"]
    code = [_variable("code", f"{{{{{_HOOK_KEY}}}}}")]
    sent = (
        ("Any other tool (Zapier, Make, n8n)", "/v1/hooks/generic", json.dumps(lead, indent=2), "json"),
        ("Salesforce, outbound message", "/v1/hooks/salesforce", _SALESFORCE_EXAMPLE, "xml"),
        ("Dynamics 365, webhook of Dataverse", "/v1/hooks/dynamics", json.dumps(_DYNAMICS_EXAMPLE, indent=2), "json"),
    )
    return [
        {"name": name, "request": _request("post", path, [], body, code, kind) | {"auth": _NO_KEY}, "response": []}
        for name, path, body, kind in sent
    ]


def _request(
    method: str,
    path: str,
    headers: list[dict[str, str]],
    body: str | None,
    asked: list[dict[str, str]],
    kind: str = "json",
) -> dict[str, Any]:
    """A request as the collection writes it: every part of the address by itself, and the whole once more for readers."""
    parts = [part.replace("{", ":").replace("}", "") for part in path.strip("/").split("/")]
    query = "&".join(f"{one['key']}={one['value']}" for one in asked)
    url: dict[str, Any] = {
        "raw": f"{{{{{_ADDRESS}}}}}/{'/'.join(parts)}" + (f"?{query}" if query else ""),
        "host": [f"{{{{{_ADDRESS}}}}}"],
        "path": parts,
    }
    url |= {"query": asked} if asked else {}
    url |= (
        {"variable": [_variable(part[1:], _LEAD_ID) for part in parts if part.startswith(":")]}
        if ":" in "".join(parts)
        else {}
    )
    if body is None:
        return {"method": method.upper(), "header": headers, "url": url}
    content = {"key": "Content-Type", "value": "text/xml" if kind == "xml" else "application/json"}
    return {
        "method": method.upper(),
        "header": [content, *headers],
        "body": {"mode": "raw", "raw": body, "options": {"raw": {"language": kind}}},
        "url": url,
    }


def _variable(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}
