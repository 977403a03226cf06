"""Does a booking keep its time, and can a calendar read the file?"""

from datetime import UTC, datetime

import pytest

from serving.desk.appointments import Appointment, find_appointment, format_calendar_file
from serving.desk.lead_state import validate_step
from serving.errors import RequestError
from serving.store.database.entities import DeskStep

NOON = datetime(2026, 11, 30, 18, tzinfo=UTC)
FRIDAY = "2026-12-04T14:00:00-06:00"


def step(number, kind="outcome", undoes=None, **detail):
    return DeskStep("L1", "anna", kind, detail, undoes, NOON, number)


BOOKED = step(1, stage="booked", appointment_at=FRIDAY, clinic="Plano", provider="Dr. Shah")


def test_the_newest_appointment_is_found_whatever_the_order():
    moved = step(2, stage="booked", appointment_at="2026-12-05T09:00:00-06:00")

    assert find_appointment([BOOKED]) == Appointment("L1", 1, datetime.fromisoformat(FRIDAY), "Plano", "Dr. Shah")
    assert find_appointment([moved, BOOKED]).number == 2
    assert find_appointment([BOOKED, step(3, stage="attended")]).number == 1


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [step(1, stage="booked")],
        [BOOKED, step(2, "undo", undoes=1)],
        [BOOKED, step(2, stage="lost", reason="price")],
    ],
)
def test_without_a_time_undone_or_lost_there_is_none(steps):
    assert find_appointment(steps) is None


def test_the_file_is_a_calendar_event_and_nothing_typed_breaks_out_of_its_line():
    hostile = Appointment("L1", 7, NOON, "Plano; Suite 2,\r\nATTENDEE:x", 'Dr. "Shah"\nX:1')

    lines = format_calendar_file(hostile, 'Oak "Spine"', NOON).split("\r\n")

    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2] == "END:VCALENDAR" and lines[-1] == ""
    assert "DTSTART:20261130T180000Z" in lines and "DTEND:20261130T183000Z" in lines
    assert "LOCATION:Plano\\; Suite 2\\, ATTENDEE:x" in lines
    assert not any(line.startswith(("ATTENDEE", "X:")) for line in lines)


def test_long_lines_are_folded_at_75_bytes():
    long = Appointment("é" * 90, 7, NOON)

    text = format_calendar_file(long, "Oak", NOON)

    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "é" * 90 in text.replace("\r\n ", "")


def test_a_booking_takes_time_clinic_and_provider():
    fields = {"stage": "booked", "appointment_at": FRIDAY, "clinic": "Plano", "provider": "Dr. Shah"}

    detail = validate_step("outcome", fields, NOON)

    assert detail["clinic"] == "Plano" and datetime.fromisoformat(detail["appointment_at"]).hour == 20
    with pytest.raises(RequestError, match="fix the fields that are named"):
        validate_step("outcome", {"stage": "booked", "appointment_at": "2020-01-01T09:00:00-06:00"}, NOON)
