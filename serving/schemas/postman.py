"""How does a person try the API by hand? A Postman collection (v2.1) from the OpenAPI document, with an
example for every route.

Lives here: the translation. Does not live here: what is described
(``openapi``), examples of hooks
(``hook_examples``), HubSpot's hooks: those are signed, and a signature is valid for only five minutes.
"""

import json
from functools import lru_cache
from typing import Any

from serving.http.hook_keys import ADDRESS_HOOKS
from serving.schemas.hook_examples import HOOK_BODIES, HOOK_TITLES
from serving.schemas.openapi import build_openapi

__all__ = ["LOCAL_ADDRESS", "build_postman"]

LOCAL_ADDRESS = "http://127.0.0.1:3000"
"""Where ``leadlight serve`` listens unless it is told otherwise."""

_FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
"""Postman's identifier of the format; nothing is fetched from there."""

_ADDRESS, _KEY, _HOOK_KEY, _NEW_ID, _LEAD_ID = "baseUrl", "apiKey", "hookKey", "{{$guid}}", "L-1001"

_NO_KEY = {"type": "noauth"}
_BY_KEY = {
    "type": "apikey",
    "apikey": [
        {"key": name, "value": value, "type": "string"}
        for name, value in (("key", "X-API-Key"), ("value", f"{{{{{_KEY}}}}}"), ("in", "header"))
    ],
}


@lru_cache(maxsize=4)
def build_postman(address: str = LOCAL_ADDRESS) -> dict[str, Any]:
    """Build the collection. Its variables are the service's address and the keys; it holds no key.

    >>> [folder["name"] for folder in build_postman()["item"]]
    ['Scores', 'Leads that are kept', 'The service', 'Hooks']
    """
    document = build_openapi()
    folders: dict[str, list[dict[str, Any]]] = {
        "Scores": [],
        "Leads that are kept": [],
        "The service": [],
        "Hooks": _build_hook_items(),
    }
    for path, methods in document["paths"].items():
        if path.startswith("/v1/hooks/"):
            continue  # with the examples of ``_build_hook_items``; HubSpot's cannot be tried without its signature
        for method, operation in methods.items():
            folders[_find_folder(path)].append(_build_item(path, method, operation))
    return {
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": _FORMAT,
        },
        "auth": _BY_KEY,
        "variable": [_variable(_ADDRESS, address), _variable(_KEY, ""), _variable(_HOOK_KEY, "")],
        "item": [{"name": name, "item": items} for name, items in folders.items()],
    }


def _find_folder(path: str) -> str:
    """Return the folder of a path."""
    if path.startswith("/v1/score"):
        return "Scores"
    return "Leads that are kept" if path.startswith(("/v1/leads", "/v1/queue")) else "The service"


def _build_item(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """Build a request with its example from one operation."""
    parameters = operation.get("parameters", ())
    headers = [
        {"key": parameter["name"], "value": _NEW_ID, "description": parameter["description"]}
        for parameter in parameters
        if parameter["in"] == "header"
    ]
    query = [
        _variable(parameter["name"], str(parameter["schema"].get("default", "")))
        | {"description": parameter["description"]}
        for parameter in parameters
        if parameter["in"] == "query"
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    text = None if body is None else json.dumps(body["example"], indent=2, ensure_ascii=False)
    request = _build_request(method, path, headers, query, None if text is None else ("json", text))
    request |= {"auth": _NO_KEY} if operation.get("security") == [] else {}
    request |= {"description": operation.get("description", operation["summary"])}
    return {
        "name": operation["summary"],
        "request": request,
        "response": _build_answers(request, operation),
    }


def _build_hook_items() -> list[dict[str, Any]]:
    """Build the requests of the hooks that a key opens, with what their product sends and what it is answered."""
    paths = build_openapi()["paths"]
    items = []
    for end, name in HOOK_TITLES.items():
        if end.startswith("hubspot"):
            continue
        body, is_xml = HOOK_BODIES[end], isinstance(HOOK_BODIES[end], str)
        text = ("xml", body) if is_xml else ("json", json.dumps(body, indent=2))
        # Where the product takes the key, as leadlight hook add shows it: elsewhere a key in the address is refused.
        in_address = end in ADDRESS_HOOKS
        key = [_variable("code" if in_address else "X-API-Key", f"{{{{{_HOOK_KEY}}}}}")]
        headers, query = ([], key) if in_address else (key, [])
        request = _build_request("post", f"/v1/hooks/{end}", headers, query, text) | {"auth": _NO_KEY}
        answers = _build_answers(request, paths[f"/v1/hooks/{end}"]["post"])
        items.append({"name": name, "request": request, "response": answers})
    return items


def _build_answers(request: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """Build the saved answers of a request: every one that the document has an example of."""
    answers = []
    for status, answer in operation["responses"].items():
        # An answer without a body has no content.
        for kind, content in answer.get("content", {}).items():
            if "example" not in content:
                continue
            example = content["example"]
            body = example if isinstance(example, str) else json.dumps(example, indent=2)
            answers.append(
                {
                    "name": answer["description"],
                    "originalRequest": request,
                    "code": int(status),
                    "header": [{"key": "Content-Type", "value": kind}],
                    "body": body,
                }
            )
    return answers


def _build_request(
    method: str,
    path: str,
    headers: list[dict[str, str]],
    query: list[dict[str, str]],
    body: tuple[str, str] | None,
) -> dict[str, Any]:
    """Build a request in Postman's format: the address in parts and as one text.

    Parameters
    ----------
    body : (language, text) or None
        The language is json or xml.
    """
    parts = [part.replace("{", ":").replace("}", "") for part in path.strip("/").split("/")]
    query_text = "&".join(f"{variable['key']}={variable['value']}" for variable in query)
    url: dict[str, Any] = {
        "raw": f"{{{{{_ADDRESS}}}}}/{'/'.join(parts)}" + (f"?{query_text}" if query else ""),
        "host": [f"{{{{{_ADDRESS}}}}}"],
        "path": parts,
    }
    if query:
        url["query"] = query
    if any(part.startswith(":") for part in parts):
        url["variable"] = [_variable(part[1:], _LEAD_ID) for part in parts if part.startswith(":")]
    if body is None:
        return {"method": method.upper(), "header": headers, "url": url}
    language, text = body
    content = {"key": "Content-Type", "value": "text/xml" if language == "xml" else "application/json"}
    return {
        "method": method.upper(),
        "header": [content, *headers],
        "body": {"mode": "raw", "raw": text, "options": {"raw": {"language": language}}},
        "url": url,
    }


def _variable(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}
