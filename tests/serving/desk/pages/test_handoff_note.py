"""Does the note to a CRM say what a clinic needs, and nothing that the CRM's own record says of the person?"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from features.practice.practice import Clinic, Practice, Service
from serving.desk.handoff import compose_hand_off
from serving.desk.pages.display_text import DisplayText
from serving.desk.pages.handoff_note import NoteFacts, NoteLine, format_crm_note, format_line
from serving.scoring.lead_stage import LeadStage
from serving.store.database.entities import DeskStep, StoredLead

AT = datetime(2026, 12, 4, 15, tzinfo=UTC)
PRACTICE = Practice(
    clinics=(Clinic("Plano", coordinator="Rosa"),),
    services=(Service("MRI", referral_required=True, payers=("Aetna",)),),
)
VALUES = {
    "phone": "+12145550199",
    "email": "planted@example.org",
    "postal_code": "75024",
    "message": "planted words",
    "relation": "parent",
    "service_requested": "MRI",
    "preferred_clinic": "Plano",
    "payer": "Aetna",
    "existing_patient": True,
}


OF_THE_DESK = NoteFacts(names={"anna": "Anna"})


def write_note(values, steps=(), facts=OF_THE_DESK):
    lead = StoredLead("L1", values)
    return format_crm_note(lead, compose_hand_off(lead, steps, PRACTICE, AT), DisplayText(PRACTICE, AT), facts)


def test_it_holds_what_a_clinic_needs_and_no_contact_and_no_message():
    text = write_note(VALUES, [DeskStep("L1", "anna", "note", {"text": "Prefers mornings"}, None, AT, 1)])

    assert text.startswith("Please answer by Fri, Dec 4, 2026")
    for line in (
        "For: Their child",
        "Service: MRI",
        "Referral: Required for MRI",
        "Coverage: On our list for this service",
        "- Appointment time",
        "Prefers mornings",
    ):
        assert line in text
    assert not [part for part in ("planted", "555", "0199", "75024", "L1") if part in text]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("referral_reason", "call 214-555-0199 after five"),
        ("payer", "Aetna 2145550199"),
        ("timeframe", "write to planted@example.org"),
        ("referrer", "Self: QUINT, Marisol"),
        ("service_requested", "Quint knee"),
    ],
)
def test_a_contact_or_the_person_s_name_in_another_field_stays_here(column, value):
    text = write_note({column: value}, facts=NoteFacts(patient_names=("Marisol", "Quint")))

    assert "see the record" in text
    assert not [part for part in ("0199", "planted", "quint", "marisol") if part in text.casefold()]


def test_another_name_and_a_short_number_are_told():
    text = write_note({"referrer": "Dr. Lee, suite 200", "payer": "Aetna"}, facts=NoteFacts(patient_names=("Le",)))

    assert "Dr. Lee, suite 200" in text and "see the record" not in text


def test_what_must_be_known_before_a_call_comes_first():
    warned = NoteFacts("urgent", LeadStage(wrong_number=True, opted_out=True))

    text = write_note(VALUES, facts=warned)

    assert text.split("PATIENT\n")[1].startswith("Warning: Their message may tell of an emergency: read it first\n")
    assert "Warning: The number on file is wrong" in text and "Warning: Asked not to be contacted" in text
    assert "Warning" not in write_note(VALUES)


def test_of_a_lead_of_which_nothing_is_known_everything_is_open():
    text = write_note({})

    assert "PATIENT" not in text and "NOTES" not in text
    assert text.split("STILL OPEN\n")[1].count("\n- ") >= 4


def test_a_line_says_what_was_confirmed():
    line = NoteLine("Insurance", "Aetna")

    assert (format_line(line), format_line(replace(line, is_confirmed=True)), format_line(NoteLine("", "Time"))) == (
        "Insurance: Aetna",
        "Insurance: Aetna (confirmed)",
        "- Time",
    )
