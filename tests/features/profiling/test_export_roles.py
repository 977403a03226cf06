"""Is an export what a person would call it, and does each status say what a desk means by it?"""

import pandas as pd
import pytest

from features.parsing.scalars import MISSING
from features.profiling.export_roles import classify_appointment, propose_export


def propose(**columns):
    """Propose what an export of these columns becomes: the table, or None."""
    frame = pd.DataFrame({name.replace("_", " "): values * 10 for name, values in columns.items()})
    found = propose_export(frame, MISSING)
    return None if found is None else found[0].becomes


def test_a_call_log_a_visit_list_and_leads_are_told_apart():
    phones = ["617-555-0123", "508-555-0188"]
    days = ["2026-03-01 10:00", "2026-03-02 11:30"]

    calls = {
        "Call_Date": days,
        "Caller": phones,
        "Direction": ["Inbound", "Outbound"],
        "Result": ["Completed", "Missed"],
    }
    visits = {"Visit_Date": days, "Mobile": phones, "Visit_Status": ["Completed", "Canceled"], "Made_On": days}
    leads = {"Created": days, "Phone": phones, "Interest": ["knee", "back"], "Converted": ["Yes", "No"]}

    assert propose(**calls) == "events" and propose(**visits) == "outcomes" and propose(**leads) is None


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("CheckedOut", "attended"),
        ("Patient arrived", "attended"),
        ("Did not show", "booked"),
        ("Late cancel", "booked"),
        ("Rescheduled", "booked"),
        ("Confirmed - SMS", "booked"),
        ("Wait list", "not_booked"),
        ("Entered in error", "not_booked"),
        ("Not scheduled", "not_booked"),
        ("XK", None),
    ],
)
def test_the_status_of_an_appointment(status, expected):
    assert classify_appointment(status) == expected
