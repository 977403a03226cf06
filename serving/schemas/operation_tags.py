"""Which operations of the API belong together? Tags, in the order in which a developer meets them.

Lives here: the tags, and which path has which one. Does not live here: the operations (``openapi``).
"""

from typing import Any

__all__ = ["add_tags", "find_tag"]

_TAGS = {
    "Scores": "One lead or many, scored and not kept.",
    "Leads": "Leads that are kept, with what happened to them, and the queue.",
    "Insights": "Figures for managers.",
    "Hooks": "Where CRMs, forms, call trackers and ads send leads in their own words.",
    "Assistants": "What an assistant may read, in ids and numbers.",
    "Service": "Health, metrics and the model.",
}
"""Tag -> what its operations are about."""


def find_tag(path: str) -> str:
    """Return the tag of a path.

    >>> find_tag("/v1/score/batch"), find_tag("/v1/queue"), find_tag("/livez")
    ('Scores', 'Leads', 'Service')
    """
    beginnings = {"/v1/score": "Scores", "/v1/leads": "Leads", "/v1/queue": "Leads"}
    beginnings |= {"/v1/insights": "Insights", "/v1/hooks": "Hooks", "/mcp": "Assistants"}
    return next((tag for beginning, tag in beginnings.items() if path.startswith(beginning)), "Service")


def add_tags(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI document in which every operation has its tag.

    >>> add_tags({"paths": {"/livez": {"get": {}}}})["paths"]
    {'/livez': {'get': {'tags': ['Service']}}}
    """
    paths = {
        path: {method: operation | {"tags": [find_tag(path)]} for method, operation in methods.items()}
        for path, methods in document["paths"].items()
    }
    return document | {"paths": paths, "tags": [{"name": name, "description": _TAGS[name]} for name in _TAGS]}
