"""When and where was this lead booked? The appointment that somebody typed, and a file for a calendar.

Lives here: finding the appointment among a lead's steps, the text of its calendar file (RFC 5545).
Does not live here: reading the time that was typed (``callback_times``), storing steps (``lead_actions``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from serving.store.database.entities import DeskStep

__all__ = ["Appointment", "find_appointment", "format_calendar_file"]

_LENGTH = timedelta(minutes=30)
_LINE_BYTES = 75
"""Bytes of a line in a calendar file; longer ones are folded."""


@dataclass(frozen=True)
class Appointment:
    """An appointment that was made on the desk.

    Parameters
    ----------
    number : int
        Of the step that booked it.
    at : datetime, aware
    clinic, provider : str
        Empty where not given.
    """

    lead_id: str
    number: int
    at: datetime
    clinic: str = ""
    provider: str = ""


def find_appointment(steps: Sequence[DeskStep]) -> Appointment | None:
    """Return the newest appointment among a lead's steps, in any order; None where none has a time.

    An undone step made none, and neither did one that was followed by a loss.
    """
    undone = {step.undoes for step in steps}
    outcomes = sorted((step for step in steps if step.kind == "outcome" and step.number not in undone), key=_number)
    if not outcomes or outcomes[-1].detail["stage"] == "lost":
        return None
    booked = [step for step in outcomes if step.detail.get("appointment_at")]
    if not booked:
        return None
    step = booked[-1]
    return Appointment(
        step.lead_id,
        step.number,
        datetime.fromisoformat(step.detail["appointment_at"]),
        step.detail.get("clinic", ""),
        step.detail.get("provider", ""),
    )


def _number(step: DeskStep) -> int:
    return step.number


def format_calendar_file(appointment: Appointment, practice: str, now: datetime) -> str:
    """Return the calendar file of an appointment. It names the lead by its id alone.

    >>> noon = datetime(2026, 12, 4, 18, tzinfo=UTC)
    >>> text = format_calendar_file(Appointment("L1", 7, noon, "Plano"), "Oak", noon)
    >>> [line for line in text.split("\\r\\n") if line.startswith(("DTSTART", "LOCATION"))]
    ['DTSTART:20261204T180000Z', 'LOCATION:Plano']
    """
    provider = f" with {appointment.provider}" if appointment.provider else ""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Leadlight//Desk//EN",
        "BEGIN:VEVENT",
        f"UID:{appointment.number}@leadlight",
        f"DTSTAMP:{_format_utc(now)}",
        f"DTSTART:{_format_utc(appointment.at)}",
        f"DTEND:{_format_utc(appointment.at + _LENGTH)}",
        f"SUMMARY:{_escape(f'Appointment{provider}: lead {appointment.lead_id}')}",
        *([f"LOCATION:{_escape(appointment.clinic)}"] if appointment.clinic else []),
        f"ORGANIZER;CN={_quote_name(practice)}:invalid:nomail",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def _format_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escape(text: str) -> str:
    """Escape what would end a value or begin another line."""
    escaped = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(escaped.split())


def _quote_name(text: str) -> str:
    """Return a text as a quoted parameter, which may hold no quote."""
    return '"' + " ".join(text.replace('"', "'").split()) + '"'


def _fold(line: str) -> Iterator[str]:
    """Cut a line into parts of at most 75 bytes, each but the first beginning with a space."""
    part = ""
    for character in line:
        if len((part + character).encode()) > _LINE_BYTES:
            yield part
            part = " "
        part += character
    yield part
