"""Does the note to a CRM say what a clinic needs, and nothing that the CRM's own record says of the person?"""

from dataclasses import replace
from datetime import UTC, datetime

from features.practice.practice import Clinic, Practice, Service
from serving.desk.handoff import compose_hand_off
from serving.desk.pages.display_text import DisplayText
from serving.desk.pages.handoff_note import NoteLine, format_crm_note, format_line
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


def write_note(values, steps=()):
    lead = StoredLead("L1", values)
    return format_crm_note(
        lead, compose_hand_off(lead, steps, PRACTICE, AT), DisplayText(PRACTICE, AT), {"anna": "Anna"}
    )


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
