"""Which tools does an assistant get, what do they take, and what do they answer? Four, and all of them only read.

Lives here: names, descriptions and schemas of the tools, checking arguments, calling the desk and the insights.
Does not live here: what may be seen (``assistant_views``), the protocol (``protocol``), threads (``serving.api``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from serving.desk.desk_service import Desk
from serving.errors import RequestError
from serving.insights.insight_cache import InsightCache
from serving.insights.scope.report_scope import ReportScope
from serving.mcp.assistant_views import (
    SHARED_SECTIONS,
    DescribeInsights,
    view_insights,
    view_model,
    view_queue,
    view_reasons,
)
from serving.scoring.engine import Engine
from serving.store.database.audit_chain import RecordRead

__all__ = ["TOOLS", "ArgumentFault", "Tool", "ToolBox", "check_arguments"]

MAX_LEADS = 100
_MAX_ID = 500


class ArgumentFault(Exception):
    """Raised for arguments that a tool does not take; its text says which and what is expected, and no value."""


@dataclass(frozen=True)
class Tool:
    """One tool.

    Parameters
    ----------
    name, title, description : str
        The description is what an assistant chooses by.
    arguments : dict
        Name -> its JSON schema, of the kinds that ``check_arguments`` knows.
    required : tuple of str
    answer : dict
        Name -> JSON schema of the fields that every answer has.
    """

    name: str
    title: str
    description: str
    arguments: Mapping[str, dict[str, Any]]
    answer: Mapping[str, dict[str, Any]]
    required: tuple[str, ...] = ()

    def describe(self, has_output_schema: bool) -> dict[str, Any]:
        """Describe the tool as ``tools/list`` does; versions before 2025-06-18 know no schema of the answer."""
        properties = {name: dict(schema) for name, schema in self.arguments.items()}
        schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        described = {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": schema | ({"required": list(self.required)} if self.required else {}),
            "annotations": {
                "title": self.title,
                "readOnlyHint": True,
                "destructiveHint": False,
                "idempotentHint": True,
                "openWorldHint": False,
            },
        }
        if has_output_schema:
            described["outputSchema"] = {
                "type": "object",
                "properties": dict(self.answer),
                "required": list(self.answer),
            }
        return described


_TEXT, _NUMBER, _COUNT, _LIST = {"type": "string"}, {"type": "number"}, {"type": "integer"}, {"type": "array"}
_MAYBE_TEXT = {"type": ["string", "null"]}

TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "call_queue",
            "Call queue",
            "The open leads in the order in which the desk calls them: id, position, minutes waited, score (chances in "
            "100), grade A to D, lane. An urgent lead stands first whatever its score.",
            {"limit": {"type": "integer", "minimum": 1, "maximum": MAX_LEADS, "default": 20}},
            {"leads": _LIST, "count": _COUNT},
        ),
        Tool(
            "lead_reasons",
            "Reasons of one lead",
            "Why one lead has its score: the signals that moved it, by how much in log-odds, and the question that "
            "each of them asks. Not what the person said or is called: whoever calls reads that on the desk.",
            {"lead_id": {"type": "string", "minLength": 1, "maxLength": _MAX_ID}},
            {"lead_id": _MAYBE_TEXT, "score": _COUNT, "log_odds": _NUMBER, "reasons": _LIST},
            ("lead_id",),
        ),
        Tool(
            "insights",
            "Insights",
            "Figures of the last 12 months for managers, with intervals: without a section what changed and which "
            "sections there are, with one its tables. Numbers of fewer than 11 people are hidden.",
            {"section": {"type": "string", "enum": list(SHARED_SECTIONS)}},
            {"available": {"type": "boolean"}},
        ),
        Tool(
            "model_status",
            "Model",
            "Which model scores, when it was trained, how good it was on leads that it had not seen, and what is wrong "
            "with it now.",
            {},
            {
                "name": _TEXT,
                "version": _TEXT,
                "trained_at": _TEXT,
                "figures": {"type": "object"},
                "warning": _MAYBE_TEXT,
            },
        ),
    )
}
"""Name -> tool, in the order in which they are listed."""


def check_arguments(tool: Tool, arguments: Mapping[str, Any]) -> None:
    """Check arguments against a tool's schema.

    Raises
    ------
    ArgumentFault
        For the first one that does not fit.

    >>> check_arguments(TOOLS["call_queue"], {"limit": 5})
    >>> check_arguments(TOOLS["call_queue"], {"limit": 101})
    Traceback (most recent call last):
    serving.mcp.tools.ArgumentFault: limit is another value, expected 1 to 100.
    """
    if unknown := arguments.keys() - tool.arguments.keys():
        known = ", ".join(tool.arguments) or "none"
        raise ArgumentFault(f"{tool.name} has {len(unknown)} arguments that it does not take, expected {known}.")
    if missing := [name for name in tool.required if name not in arguments]:
        raise ArgumentFault(f"{tool.name} needs {', '.join(missing)}.")
    for name, value in arguments.items():
        _check_value(name, value, tool.arguments[name])


def _check_value(name: str, value: Any, schema: Mapping[str, Any]) -> None:
    if schema["type"] == "integer":
        # A bool is an int for Python, and 5.0 is a whole number for JSON Schema.
        is_whole = not isinstance(value, bool) and isinstance(value, int | float) and value == int(value)
        if not is_whole or not schema["minimum"] <= value <= schema["maximum"]:
            raise ArgumentFault(f"{name} is another value, expected {schema['minimum']} to {schema['maximum']}.")
    elif not isinstance(value, str):
        raise ArgumentFault(f"{name} is another value, expected a text.")
    elif "enum" in schema:
        if value not in schema["enum"]:
            raise ArgumentFault(f"{name} is another value, expected one of {', '.join(schema['enum'])}.")
    elif not schema["minLength"] <= len(value) <= schema["maxLength"] or "\0" in value:
        raise ArgumentFault(
            f"{name} has {len(value):,} characters, expected 1 to {schema['maxLength']}, none of them NUL."
        )


class ToolBox:
    """Calls the tools.

    Parameters
    ----------
    desk : Desk or None
        None without a store: tools about leads and figures then say so.
    insights : InsightCache or None
    describe_insights : callable
        See ``DescribeInsights``.
    get_engine : callable
        Returns the engine in use; RequestError with status 503 while there is none.
    read_warning : callable
        Returns what is wrong with the model in use, None for nothing.
    clock : callable
        Returns the current time, datetime64[us] in UTC.
    """

    def __init__(
        self,
        desk: Desk | None,
        insights: InsightCache | None,
        describe_insights: DescribeInsights,
        get_engine: Callable[[], Engine],
        read_warning: Callable[[], str | None],
        clock: Callable[[], np.datetime64],
    ) -> None:
        self._desk, self._insights, self._clock = desk, insights, clock
        self._describe_insights = describe_insights
        self._get_engine, self._read_warning = get_engine, read_warning

    def call(self, name: str, arguments: Mapping[str, Any], reader: str) -> dict[str, Any]:
        """Call a tool with checked arguments. The audit notes whose record was read, and by which key, ``reader``.

        Raises
        ------
        RequestError
            Where there is no such lead, no store or no model.
        """
        try:
            return self._answer(name, arguments, reader)
        except RequestError as fault:
            if fault.code != "not_ready":
                raise
            # Why may name a folder of this machine, and that a person.
            message = "No model is loaded; leadlight doctor says why."
            raise RequestError(fault.status, fault.code, message, retryable=fault.retryable) from None

    def _answer(self, name: str, arguments: Mapping[str, Any], reader: str) -> dict[str, Any]:
        if name == "call_queue":
            desk = self._require_desk()
            queue = desk.list_queue(int(arguments.get("limit", 20)), reader)
            record_ids = desk.list_record_ids([lead["lead_id"] for lead in queue["leads"]])
            return view_queue(queue, self._clock(), record_ids)
        if name == "lead_reasons":
            return self._read_reasons(arguments["lead_id"], reader)
        if name == "insights":
            return self._read_insights(arguments.get("section"))
        return view_model(self._get_engine(), self._read_warning())

    def _read_reasons(self, lead_id: str, reader: str) -> dict[str, Any]:
        desk = self._require_desk()
        shown = desk.read_lead(lead_id).shown
        if not shown:
            raise RequestError(404, "no_score", "This lead has no score yet; ask again in a moment.")
        desk.record_read(RecordRead(reader, "read", "api", (lead_id,)))
        return view_reasons(lead_id, shown, desk.engine.bundle.signals, desk.list_record_ids([lead_id]))

    def _read_insights(self, section: str | None) -> dict[str, Any]:
        desk = self._require_desk()
        if self._insights is None:
            raise _no_store()
        try:
            report = self._insights.get_report(desk.engine.bundle.practice, ReportScope())
        except RequestError as fault:
            if fault.code != "no_insights":
                raise
            return {"available": False, "reason": fault.message}
        return view_insights(report, section, self._describe_insights)

    def _require_desk(self) -> Desk:
        if self._desk is None:
            raise _no_store()
        return self._desk


def _no_store() -> RequestError:
    return RequestError(503, "store_unavailable", "The service has no store at hand.", retryable=True)
