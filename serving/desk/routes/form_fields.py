"""What does a form of the desk say? Texts as a browser sends them -> what a step of the desk needs.

Lives here: callback times, moments without a time zone, numbers and ids in addresses, saying which field is wrong.
Does not live here: reading a form's body (``page_sessions``), what a step requires (``serving.desk.lead_state``).
"""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote

from serving.desk.desk_service import Desk
from serving.desk.queue.queue_board import QueueSnapshot
from serving.errors import RequestError

__all__ = ["complete_fields", "describe_fault", "parse_number", "quote_lead_id", "read_callback"]

_CALLBACK_FIELDS = ("when", "at", "soon")
"""Where a callback time may stand, the first one that is not empty counts: typed, picked from a calendar, a choice."""


_FIELD_NAMES = {"at": "When", "appointment_at": "Appointment", "until": "Snooze until", "stage": "Status"}
"""Field of a form whose label on the page is another word -> the label."""


def describe_fault(fault: RequestError) -> str:
    """Return what is wrong with a form, with what each field expects, each on a line of its own."""
    lines = [
        f"{_FIELD_NAMES.get(field.field, field.field.replace('_', ' ').capitalize())}: {field.expected}."
        for field in fault.fields
    ]
    # Where the fields are named beside the form, that something is wrong needs no sentence of its own.
    return "\n".join(lines if lines and fault.code == "invalid_step" else [fault.message, *lines])


def parse_number(text: str) -> int | None:
    """Parse a whole number of at most 18 digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def quote_lead_id(lead_id: str) -> str:
    """Quote a lead's id for an address."""
    return quote(lead_id, safe="")


def read_callback(typed: Mapping[str, str], desk: Desk, lead_id: str) -> str:
    """Return the callback time that a form holds, as text with a time zone; as it was typed when it cannot be read.

    Raises
    ------
    RequestError
        409 when nobody is at the desk then, until the person confirms it.
    """
    text = next((value for name in _CALLBACK_FIELDS if (value := typed.get(name, "").strip())), "")
    clock = desk.read_clock()
    moment = clock.parse(text)
    if moment is None:
        return text
    warning = "" if typed.get("confirm") else clock.warn(moment, desk.get_postal_code(lead_id))
    if warning:
        raise RequestError(409, "closed_hours", f"{warning} Save it anyway, or pick another time.")
    return moment.isoformat()


def complete_fields(kind: str, typed: Mapping[str, str], desk: Desk) -> dict[str, str]:
    """Return what a form says in full; reject a colleague who does not work here."""
    if kind == "nurture":
        return {"until": _add_time_zone(typed.get("until", ""), desk.take_snapshot())}
    if kind == "hand_off":
        return {"answer_by": _add_time_zone(typed.get("answer_by", ""), desk.take_snapshot())}
    if kind == "hand_over" and typed.get("to") not in desk.list_user_names():
        raise RequestError(422, "invalid_step", "Choose somebody who works on this desk.")
    return {}


def _add_time_zone(text: str, snapshot: QueueSnapshot) -> str:
    """Add the practice's time zone to a moment as a browser sends it; a day alone means its morning."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if len(text) == len("2026-03-05"):
        moment = moment.replace(hour=9)
    return (moment if moment.tzinfo else moment.replace(tzinfo=snapshot.engine.bundle.practice.zone)).isoformat()
