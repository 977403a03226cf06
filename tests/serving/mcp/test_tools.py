"""Do the tools take what they say, answer as they say, and leave a trace of what was read?"""

import json

import jsonschema
import pytest

from serving.api.mcp_routes import describe_insights
from serving.errors import RequestError
from serving.mcp.tools import TOOLS, ArgumentFault, ToolBox, check_arguments


@pytest.mark.parametrize("name", TOOLS)
def test_the_schemas_of_a_tool_are_valid(name):
    described = TOOLS[name].describe(has_output_schema=True)

    jsonschema.Draft202012Validator.check_schema(described["inputSchema"])
    jsonschema.Draft202012Validator.check_schema(described["outputSchema"])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("call_queue", {}),
        ("call_queue", {"limit": 100}),
        ("call_queue", {"limit": 5.0}),
        ("call_queue", {"limit": 0}),
        ("call_queue", {"limit": 101}),
        ("call_queue", {"limit": 2.5}),
        ("call_queue", {"limit": True}),
        ("call_queue", {"limit": "5"}),
        ("call_queue", {"Limit": 5}),
        ("lead_reasons", {}),
        ("lead_reasons", {"lead_id": ""}),
        ("lead_reasons", {"lead_id": 5}),
        ("lead_reasons", {"lead_id": "x" * 501}),
        ("lead_reasons", {"lead_id": "L-1"}),
        ("insights", {"section": "people"}),
        ("insights", {"section": "money"}),
        ("model_status", {"verbose": True}),
    ],
)
def test_arguments_are_checked_as_the_schema_says(name, arguments):
    schema = TOOLS[name].describe(has_output_schema=False)["inputSchema"]
    fits = jsonschema.Draft202012Validator(schema).is_valid(arguments)

    try:
        check_arguments(TOOLS[name], arguments)
        was_taken = True
    except ArgumentFault as fault:
        was_taken = False
        assert "x" * 501 not in str(fault)

    assert was_taken == fits


@pytest.mark.parametrize(
    ("name", "arguments"), [("call_queue", {"limit": 3}), ("lead_reasons", {}), ("model_status", {})]
)
def test_an_answer_is_of_the_schema_that_was_listed(tool_box, name, arguments):
    if name == "lead_reasons":
        arguments = {"lead_id": _first_id(tool_box)}

    answer = tool_box.call(name, arguments, "ab12cd34")

    jsonschema.validate(answer, TOOLS[name].describe(has_output_schema=True)["outputSchema"])


def test_the_queue_is_that_of_the_api_in_its_order(tool_box, assistant_desk):
    expected = [lead["lead_id"] for lead in assistant_desk.list_queue(100, "tests")["leads"]]

    leads = tool_box.call("call_queue", {"limit": 100}, "ab12cd34")["leads"]

    plain = [(shown["lead_id"], lead) for shown, lead in zip(leads, expected, strict=True) if shown["lead_id"]]
    assert len(plain) > 90 and all(shown == lead for shown, lead in plain)
    assert [lead["position"] for lead in leads] == list(range(1, 101))
    assert len(tool_box.call("call_queue", {}, "ab12cd34")["leads"]) == 20


def test_a_read_of_reasons_is_a_line_of_the_audit_under_the_key_s_prefix(tool_box, assistant_desk):
    lead_id = _first_id(tool_box)

    tool_box.call("lead_reasons", {"lead_id": lead_id}, "zz99zz99")

    assert [row.actor for row in assistant_desk.list_reads(lead_id)][0] == "zz99zz99"


def test_nothing_that_a_person_wrote_or_that_reaches_a_person_is_in_any_answer(tool_box, assistant_desk):
    leads = tool_box.call("call_queue", {"limit": 100}, "tests")["leads"]
    ids = [lead["lead_id"] for lead in leads if lead["lead_id"]][:25]
    told = json.dumps([leads, [tool_box.call("lead_reasons", {"lead_id": lead_id}, "tests") for lead_id in ids]])
    records = [assistant_desk.read_lead(lead_id).lead for lead_id in ids]
    personal = ("message", "phone", "email", "postal_code", "preferred_clinic", "service_requested")
    values = {str(record.values[name]) for record in records for name in personal if record.values.get(name)}
    values |= {str(value) for record in records for value in record.custom.values() if value}

    assert len(values) > 8 and [value for value in values if value in told] == []


def test_a_lead_that_is_not_there_leaves_no_trace_and_is_said(tool_box):
    with pytest.raises(RequestError, match="Lead not found") as caught:
        tool_box.call("lead_reasons", {"lead_id": "nobody"}, "ab12cd34")

    assert caught.value.status == 404


class KeptReport:
    """A cache that has its report already."""

    def __init__(self, report):
        self.report, self.asked = report, []

    def get_report(self, practice, scope):
        self.asked.append(scope)
        return self.report


def test_the_insights_are_those_of_all_inquiries_over_the_usual_months(assistant_desk, champion, now):
    from features.practice.practice import Practice
    from serving.insights.insight_report import compute_insights
    from tests.support.simulated.practice_columns import to_columns
    from tests.support.simulated.simulated_practices import simulate

    cache = KeptReport(compute_insights(to_columns(simulate(3, leads_a_month=200)), Practice()))
    box = ToolBox(assistant_desk, cache, describe_insights, lambda: champion.engine, lambda: None, lambda: now)

    summary = box.call("insights", {}, "tests")
    section = box.call("insights", {"section": "funnel"}, "tests")

    # A filter or other months could be subtracted from these until few people are left: there are none to choose.
    assert {scope.filters for scope in cache.asked} == {()} and {scope.months for scope in cache.asked} == {12}
    assert "funnel" in summary["sections"] and section["tables"][0]["name"] == "funnel_by_month"
    json.dumps([summary, section], allow_nan=False)


@pytest.mark.parametrize("name", ["call_queue", "lead_reasons", "insights"])
def test_without_a_store_the_tools_about_leads_say_so(champion, now, name):
    box = ToolBox(None, None, describe_insights, lambda: champion.engine, lambda: None, lambda: now)

    with pytest.raises(RequestError, match="no store"):
        box.call(name, {"lead_id": "L-1"}, "ab12cd34")

    assert box.call("model_status", {}, "ab12cd34")["name"] == "leadlight"


def test_without_a_model_the_reason_stays_here(now):
    def fail():
        raise RequestError(503, "not_ready", "No model is loaded. /home/dr.lee/models is empty.", retryable=True)

    box = ToolBox(None, None, describe_insights, fail, lambda: None, lambda: now)

    with pytest.raises(RequestError, match="leadlight doctor") as caught:
        box.call("model_status", {}, "ab12cd34")
    assert caught.value.retryable and "lee" not in caught.value.message


def _first_id(tool_box):
    leads = tool_box.call("call_queue", {"limit": 20}, "tests")["leads"]
    return next(lead["lead_id"] for lead in leads if lead["lead_id"])
