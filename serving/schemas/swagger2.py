"""How do tools that only read Swagger 2.0 learn to call the API? The OpenAPI 3.0 document, translated.

Lives here: the translation; Power Automate, Power Apps and some External Services need it.
Does not live here: what is described (``openapi``).
"""

from functools import cache
from typing import Any

from serving.schemas.openapi import build_openapi

__all__ = ["build_swagger"]

_JSON = "application/json"


@cache
def build_swagger() -> dict[str, Any]:
    """Build the Swagger 2.0 document of this service from the OpenAPI 3.0 one.

    >>> build_swagger()["swagger"], build_swagger()["paths"]["/v1/score"]["post"]["parameters"][0]["schema"]
    ('2.0', {'$ref': '#/definitions/Lead'})
    """
    document = build_openapi()
    paths = {
        path: {method: _translate_operation(operation) for method, operation in methods.items()}
        for path, methods in document["paths"].items()
    }
    return {
        "swagger": "2.0",
        "info": document["info"],
        "basePath": "/",
        "consumes": [_JSON],
        "produces": [_JSON],
        "security": document["security"],
        "securityDefinitions": {
            name: _translate_security(scheme) for name, scheme in document["components"]["securitySchemes"].items()
        },
        "paths": paths,
        "definitions": {name: _translate_schema(schema) for name, schema in document["components"]["schemas"].items()},
    }


def _translate_operation(operation: dict[str, Any]) -> dict[str, Any]:
    """Translate one operation: the body is a parameter, a response holds its schema itself."""
    copied = ("operationId", "summary", "description", "security")
    translated: dict[str, Any] = {name: operation[name] for name in copied if name in operation}
    parameters = [{**parameter, **parameter["schema"]} for parameter in operation.get("parameters", ())]
    translated["parameters"] = [
        {name: value for name, value in parameter.items() if name != "schema"} for parameter in parameters
    ]
    if "requestBody" in operation:
        kind, body = _find_content(operation["requestBody"])
        translated["parameters"].append(
            {"name": "body", "in": "body", "required": True, "schema": _translate_schema(body)}
        )
        translated |= {} if kind == _JSON else {"consumes": [kind]}
    responses = {
        status: {"description": response["description"]}
        | ({"schema": _translate_schema(_find_content(response)[1])} if "content" in response else {})
        for status, response in operation["responses"].items()
    }
    kind = _find_content(operation["responses"]["200"])[0]
    translated |= {} if kind == _JSON else {"produces": [kind, _JSON]}
    return translated | {"responses": responses}


def _find_content(part: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the one content type of a body or a response, and its schema."""
    ((kind, content),) = part["content"].items()
    return kind, content["schema"]


def _translate_security(scheme: dict[str, Any]) -> dict[str, Any]:
    """Translate a security scheme; Swagger 2.0 has no bearer scheme, so that becomes a header."""
    if scheme["type"] == "http":
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": f"{scheme['description']} Write Bearer, a space and the key.",
        }
    return scheme


def _translate_schema(schema: Any) -> Any:
    """Translate a schema: a choice of types becomes any value, null becomes ``x-nullable``."""
    if isinstance(schema, list):
        return [_translate_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    translated = {
        name: _translate_schema(value) for name, value in schema.items() if name not in ("anyOf", "nullable", "$ref")
    }
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/components/schemas/", "#/definitions/")}
    return translated | ({"x-nullable": True} if schema.get("nullable") is True else {})
