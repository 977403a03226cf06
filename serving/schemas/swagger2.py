"""How do tools learn to call us that read Swagger 2.0 only? The OpenAPI 3.0 document, said in the older words.

Lives here: the translation; Power Automate and Power Apps need it, and some External Services.
Does not live here: what is described (``description``).
"""

from functools import cache
from typing import Any

from serving.schemas.openapi import build_openapi

__all__ = ["build_swagger"]

_JSON = "application/json"


@cache
def build_swagger() -> dict[str, Any]:
    """The Swagger 2.0 document of this service, made from the OpenAPI 3.0 one.

    >>> build_swagger()["build_swagger"], build_swagger()["paths"]["/v1/score"]["post"]["parameters"][0]["schema"]
    ('2.0', {'$ref': '#/definitions/Lead'})
    """
    described = build_openapi()
    paths = {
        path: {method: _operation(one) for method, one in methods.items()}
        for path, methods in described["paths"].items()
    }
    return {
        "swagger": "2.0",
        "info": described["info"],
        "basePath": "/",
        "consumes": [_JSON],
        "produces": [_JSON],
        "security": described["security"],
        "securityDefinitions": {
            name: _security(one) for name, one in described["components"]["securitySchemes"].items()
        },
        "paths": paths,
        "definitions": {name: _schema(one) for name, one in described["components"]["schemas"].items()},
    }


def _operation(operation: dict[str, Any]) -> dict[str, Any]:
    """One operation: the body is a parameter, a response holds its schema itself."""
    said = {
        name: operation[name] for name in ("operationId", "summary", "description", "security") if name in operation
    }
    parameters = [{**one, **one["schema"]} for one in operation.get("parameters", ())]
    said["parameters"] = [{name: value for name, value in one.items() if name != "schema"} for one in parameters]
    if "requestBody" in operation:
        body = operation["requestBody"]["content"][_JSON]["schema"]
        said["parameters"].append({"name": "body", "in": "body", "required": True, "schema": _schema(body)})
    responses = {
        status: {"description": one["description"], "schema": _schema(one["content"][_JSON]["schema"])}
        for status, one in operation["responses"].items()
    }
    return said | {"responses": responses}


def _security(scheme: dict[str, Any]) -> dict[str, Any]:
    """A way to send the key; Swagger 2.0 has no word for a bearer, so that is a header."""
    if scheme["type"] == "http":
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": f"{scheme['description']} Write Bearer, a blank and the key.",
        }
    return scheme


def _schema(schema: Any) -> Any:
    """A schema without what Swagger 2.0 has no word for: a choice of types becomes any value, null is said beside the
    type.
    """
    if isinstance(schema, list):
        return [_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _schema(one) for name, one in schema.items() if name not in ("anyOf", "nullable", "$ref")}
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
    return plain | ({"x-nullable": True} if schema.get("nullable") is True else {})
