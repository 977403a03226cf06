"""Does a line of the list say the one thing to know before the lead is opened?"""

import pytest

from serving.desk.pages.list_items import LeadListItem

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
