"""Does a line of the list say the one thing to know before the lead is opened?"""

from dataclasses import replace

import pytest

from serving.desk.pages.list_items import LeadListItem
from serving.desk.pages.page_models import find_shared_obstacle

REASON = {"signals": ["asks_for_appointment"], "text": "Wants an appointment", "effect": "raises"}


def build_item(lane, is_ready, why_here):
    answer = {"reasons": [REASON]}
    return LeadListItem(None, "", lane, is_ready, why_here, answer, "", False, 0, "new", "", "", "", False)


@pytest.mark.parametrize(
    ("lane", "is_ready", "why_here", "expected"),
    [
        ("urgent", True, "Possible emergency", "Read the message first"),
        ("urgent", False, "Possible emergency; callback at 3 PM", "Possible emergency; callback at 3 PM"),
        ("normal", False, "Call after 8 AM: we're closed", "Call after 8 AM: we're closed"),
        ("callback due", True, "Callback at 3 PM", "Callback at 3 PM"),
    ],
)
def test_why_a_lead_stands_where_it_stands_is_never_replaced_by_a_reason_for_its_score(
    lane, is_ready, why_here, expected
):
    assert build_item(lane, is_ready, why_here).why_now == expected


def test_a_lead_to_call_shows_the_reason_for_its_score():
    assert build_item("normal", True, "31% likely to book").why_now == "Wants an appointment"


def test_a_percentage_that_stands_in_the_row_already_is_not_said_again():
    without_reason = replace(build_item("normal", True, "31% likely to book"), answer={})

    assert without_reason.why_now == ""
    assert (
        replace(without_reason, why_here="31% likely to book; $900 if so").why_now == "31% likely to book; $900 if so"
    )


def test_what_keeps_several_leads_waiting_is_said_once():
    closed = build_item("normal", False, "Call after 8 AM: we're closed")
    promised = build_item("normal", False, "Call after 9 AM: callback at 9 AM")
    ready = build_item("normal", True, "31% likely to book")

    assert find_shared_obstacle([ready, ready, promised, closed, closed]) == "Call after 8 AM: we're closed"
    assert find_shared_obstacle([ready, closed, promised]) == find_shared_obstacle([]) == ""


def test_the_service_that_stands_in_the_row_already_is_not_said_again():
    wants = {"signals": ["service_offered", "service_requested"], "text": "Wants: MRI scan", "effect": "raises"}
    item = replace(build_item("normal", True, "31% likely to book"), answer={"reasons": [wants, REASON]})

    assert item.reason == "Wants an appointment" and replace(item, answer={"reasons": [wants]}).reason == ""
