"""Which headers name something that is recorded only after contact, however they are abbreviated?"""

import pytest

from features.profiling.late_headers import find_late_header, is_planned_date


@pytest.mark.parametrize(
    "header",
    [
        *("Status Dt", "Last Mod Dt", "Status Date", "Date of last status", "Resolution time", "Minutes to reply"),
        *(
            "First reply time in minutes",
            "CSAT",
            "NPS",
            "Called?",
            "Spoken to",
            "LVM",
            "Loss Rsn",
            "Time to resolution",
        ),
    ],
)
def test_what_is_recorded_later_is_recognized(header):
    assert find_late_header(header) is not None


@pytest.mark.parametrize(
    "header",
    ["Time on page", "Best time to call", "Called from", "Status", "Dt", "Response rate of campaign"],
)
def test_other_words_are_no_sign_of_it_or_of_another_kind(header):
    late = find_late_header(header)

    assert late is None or "stage" in late.reason


def test_an_appointments_day_is_planned_in_short_as_well():
    assert is_planned_date("Appt Dt") and is_planned_date("Sched Appt Dt") and not is_planned_date("Status Dt")


@pytest.mark.parametrize(
    "header",
    [
        "Best time to contact",
        "Preferred days to contact",
        "Good time to reply",
        "Expected response time",
        "Satisfaction with current dentist",
    ],
)
def test_what_the_person_says_beforehand_is_not_late(header):
    assert find_late_header(header) is None


@pytest.mark.parametrize("header", ["Time to contact", "Days to contact", "Response time", "Satisfaction"])
def test_how_long_we_took_stays_late(header):
    assert find_late_header(header) is not None
