"""Does whoever takes over a lead learn what is known, what is confirmed, what is open, and until when to answer?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from features.practice.practice import Clinic, Practice, Service
from features.practice.queue_policy import QueuePolicy
from serving.desk.handoff import add_opening_hours, compose_hand_off, find_route
from serving.store.database.entities import DeskStep, LeadChange, StoredLead

MONDAY = datetime(2026, 11, 30, 15, tzinfo=UTC)
"""10 AM in New York."""

OAK = Practice(
    clinics=(Clinic("Plano", also_called=("plano tx",), coordinator="Rosa", opening_hours=("Mon 08:00-12:00",)),),
    services=(
        Service("Spine surgery", payers=("Aetna",), referral_required=True, coordinator="Surgery desk"),
        Service("Therapy"),
    ),
    desk=QueuePolicy(hand_off_to="Front desk", hand_off_hours=3.0),
)


def step(number, kind, undoes=None, **detail):
    return DeskStep("L1", "anna", kind, detail, undoes, MONDAY, number)


BOOKED = step(4, "outcome", stage="booked", appointment_at="2026-12-04T14:00:00-05:00", clinic="Plano TX")


def compose(values, *steps):
    return compose_hand_off(StoredLead("L1", values), steps, OAK, MONDAY)


def test_nothing_known_is_everything_open():
    note = compose({})

    assert note.open_columns == ("phone", "relation", "service_requested", "preferred_clinic", "payer")
    assert note.needs_appointment and note.accepts_payer is None and note.route.to == "Front desk"


def test_a_booking_names_its_clinic_and_what_was_written_down_is_confirmed():
    values = {"phone": "617 555 0123", "service_requested": "spine surgery", "payer": "aetna PPO", "relation": "self"}
    steps = [step(2, "facts", fields="payer, relation"), step(3, "note", text="Prefers mornings"), BOOKED]

    note = compose(values, *steps)

    assert (note.clinic.name, note.service.name, note.accepts_payer) == ("Plano", "Spine surgery", True)
    assert note.confirmed == {"payer", "relation"} and note.open_columns == ("referrer",)
    assert [each.number for each in note.notes] == [3] and not note.needs_appointment
    assert note.route.to == "Plano, Surgery desk"


def test_what_was_undone_confirms_nothing_and_books_nothing():
    note = compose(
        {"phone": "1"}, step(2, "note", text="x"), step(5, "undo", undoes=2), BOOKED, step(6, "undo", undoes=4)
    )

    assert note.notes == () and note.needs_appointment and note.clinic is None


@pytest.mark.parametrize(
    ("payer", "service", "accepted"),
    [("Oscar", "spine surgery", False), ("Oscar", "therapy", None), (None, "spine surgery", None)],
)
def test_insurance_is_judged_only_where_there_is_a_list(payer, service, accepted):
    assert compose({"payer": payer, "service_requested": service}).accepts_payer is accepted


def test_a_referral_that_is_named_is_not_open():
    given = {"service_requested": "spine surgery", "referral_reason": "by Dr. Lee"}

    assert "referrer" not in compose(given).open_columns


def test_the_answer_is_due_in_the_clinics_own_hours():
    plano = find_route(OAK, OAK.clinics[0], None, MONDAY)
    anywhere = find_route(OAK, None, None, MONDAY)

    # Two hours are left on Monday morning; the third is on the next Monday.
    assert plano.answer_by.isoformat() == "2026-12-07T09:00:00-05:00" and plano.to == "Plano, Rosa"
    assert anywhere.answer_by.isoformat() == "2026-11-30T13:00:00-05:00"


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-30T07:00", 60, "2026-11-30T09:00"),  # before opening
        ("2026-11-30T16:00", 60, "2026-11-30T17:00"),  # to the minute of closing
        ("2026-11-30T17:00", 60, "2026-12-01T09:00"),  # at closing
        ("2026-11-25T16:30", 60, "2026-11-27T08:30"),  # over Thanksgiving
        ("2026-10-30T16:00", 120, "2026-11-02T09:00"),  # over a weekend with a change of the clock
    ],
)
def test_opening_hours_are_added_up(start, minutes, end):
    practice = Practice()
    begin = datetime.fromisoformat(start).replace(tzinfo=practice.zone)

    assert add_opening_hours(practice.open_minutes(), begin, minutes).strftime("%Y-%m-%dT%H:%M") == end


def test_hours_that_never_come_end_in_a_plain_count():
    begin = datetime(2026, 11, 30, 9, tzinfo=OAK.zone)

    assert (add_opening_hours(((),) * 7, begin, 60) - begin).total_seconds() == 3600


def test_what_somebody_else_changed_after_it_was_written_down_is_not_confirmed():
    values = {"phone": "214 555 0100", "payer": "aetna"}
    written = replace(step(2, "facts", fields="phone, payer"), at=MONDAY)
    changes = [
        LeadChange(MONDAY - timedelta(days=1), {"phone": "1", "payer": "2"}),
        LeadChange(MONDAY, {"phone": "214 555 0199", "payer": "aetna"}),
        LeadChange(MONDAY + timedelta(hours=1), {"phone": "214 555 0100"}),
    ]
    again = replace(step(3, "contact", fields="phone"), at=MONDAY + timedelta(hours=2))

    confirmed = [
        compose_hand_off(StoredLead("L1", values), steps, OAK, MONDAY, changes).confirmed
        for steps in ([written], [written, again])
    ]

    assert confirmed == [{"payer"}, {"payer", "phone"}]
