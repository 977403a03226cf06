"""How are the insights described to programs? The operations of ``/v1/insights``.

Lives here: their OpenAPI description. Does not live here: the document (``openapi``), the routes
(``serving.api.insight_routes``)."""

from typing import Any

from serving.insights.report_sections import DEFAULT_MONTHS, MONTH_CHOICES, SECTIONS
from serving.insights.scope.report_scope import FILTERS

__all__ = ["describe_insights"]

_MONTHS = {
    "name": "months",
    "in": "query",
    "required": False,
    "schema": {"type": "integer", "enum": list(MONTH_CHOICES), "default": DEFAULT_MONTHS},
    "description": "Months counted, the current one included.",
}

_FILTERS = [
    {
        "name": name,
        "in": "query",
        "required": False,
        "schema": {"type": "string", "maxLength": 200},
        "description": f"Only inquiries of this {name}, by the name that the figures use; 422 for any other name.",
    }
    for name in FILTERS
]


def describe_insights(refusals: dict[str, Any]) -> dict[str, Any]:
    """Describe every address of the insights.

    Parameters
    ----------
    refusals : dict
        Status -> response, of whoever has no key that may read them.

    >>> sorted(describe_insights({}))[:2]
    ['/v1/insights', '/v1/insights/change']
    """
    paths = {"/v1/insights": _describe("readInsights", "What changed, and what to do: the summary", refusals)}
    for name, section in SECTIONS.items():
        paths[f"/v1/insights/{name}"] = _describe(f"read{name.capitalize()}Insights", section.summary, refusals)
    return paths


def _describe(operation: str, summary: str, refusals: dict[str, Any]) -> dict[str, Any]:
    """Describe one GET. The tables differ from practice to practice, so the answer is an open object."""
    content = {"application/json": {"schema": {"type": "object"}}}
    text = f"{summary}. Figures with an interval have value, low and high; available is false while there are none."
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "parameters": [_MONTHS, *_FILTERS],
            "responses": {"200": {"description": text, "content": content}} | refusals,
        }
    }
