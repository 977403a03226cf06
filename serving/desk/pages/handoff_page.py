"""What does the note of a hand-off look like? Lines to print, to copy in one tap, or to select by hand.

Lives here: the words of the note, its page. Does not live here: what is known and who takes over
(``serving.desk.handoff``), addresses (``routes``).
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from features.column_words import head_column, name_column
from features.explain.plain_names import name_value
from features.practice.practice import Practice
from features.privacy.patient_names import compose_name
from serving.accounts.sessions import SignedInUser
from serving.desk.handoff import HandOff
from serving.desk.lead_details import LeadDetails
from serving.desk.pages.desk_words import RELATION_CHOICES, is_our_word
from serving.desk.pages.display_text import DisplayText, describe_step
from serving.desk.pages.lead_page import LeadFormState
from serving.desk.pages.templates import render_template
from serving.desk.queue.queue_board import QueueSnapshot
from serving.store.database.entities import StoredLead

__all__ = ["NoteLine", "format_note", "render_hand_off"]


@dataclass(frozen=True)
class NoteLine:
    """One line of the note.

    Parameters
    ----------
    label : str
        Empty for a line that stands alone.
    is_ours : bool
        Whether the value is in our words, which a page in another language translates, and not somebody's own.
    is_confirmed : bool
        Whether somebody of the desk wrote the value down.
    """

    label: str
    value: str
    is_ours: bool = False
    is_confirmed: bool = False


Lines = list[NoteLine]

_MAX_NOTES = 5
_CONFIRMED = " (confirmed)"


def render_hand_off(
    snapshot: QueueSnapshot,
    view: LeadDetails,
    note: HandOff,
    user: SignedInUser,
    names: Mapping[str, str],
    form: LeadFormState,
) -> str:
    """Render the note of one lead, with the form that says it was handed off, as it was typed where it was refused."""
    practice = snapshot.engine.bundle.practice
    display = DisplayText.of(practice, snapshot.now)
    last = next((step for step in view.steps if step.kind == "hand_off" and not _is_undone(step.number, view)), None)
    return render_template(
        "hand_off.html",
        snapshot.engine,
        user,
        lead=view.lead,
        name=compose_name(view.names),
        parts=_list_parts(view, note, display, names),
        text=format_note(view, note, display, user, names),
        route=note.route,
        answer_by=_format_date_and_time(display, note.route.answer_by),
        handed_off=None if last is None else f"{describe_step(last, display, names)}",
        handed_off_by="" if last is None else names.get(last.person, last.person),
        handed_off_at="" if last is None else _format_date_and_time(display, last.at),
        fault=form.fault,
        typed=form.typed,
        section="",
    )


def format_note(
    view: LeadDetails, note: HandOff, display: DisplayText, user: SignedInUser, names: Mapping[str, str]
) -> str:
    """Format the note as plain text, for a scheduling system or an email."""
    title = f"HAND-OFF to {note.route.to}" if note.route.to else "HAND-OFF"
    head = [title, f"From {user.shown_name}, {display.practice.name}, {_format_date_and_time(display, display.now)}"]
    head.append(f"Please answer by {_format_date_and_time(display, note.route.answer_by)}")
    blocks = ["\n".join(head)]
    for heading, lines in _list_parts(view, note, display, names):
        blocks.append("\n".join([heading.upper(), *map(_format_line, lines)]))
    return "\n\n".join(blocks) + "\n"


def _format_line(line: NoteLine) -> str:
    text = f"{line.label}: {line.value}" if line.label else f"- {line.value}"
    return text + (_CONFIRMED if line.is_confirmed else "")


def _list_parts(
    view: LeadDetails, note: HandOff, display: DisplayText, names: Mapping[str, str]
) -> list[tuple[str, Lines]]:
    """Return the parts of the note: heading and lines; empty parts are left out."""
    lead, practice = view.lead, display.practice
    parts = [
        ("Who", _list_contact(view, note, practice)),
        ("Visit", _list_visit(view, note, display)),
        ("Referral and insurance", _list_coverage(lead, note, practice)),
        ("Still open", [NoteLine("", text, True) for text in _list_open(note, practice)]),
        ("Their message", [NoteLine("", str(lead.values["message"]))] if lead.values.get("message") else []),
        (
            "Notes",
            [
                NoteLine(
                    f"{_format_date_and_time(display, step.at)}, {names.get(step.person, step.person)}",
                    describe_step(step, display, names),
                    True,
                )
                for step in note.notes[:_MAX_NOTES]
            ],
        ),
        ("Record", [NoteLine("Lead ID", lead.lead_id), *_crm_line(lead, practice)]),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def _list_contact(view: LeadDetails, note: HandOff, practice: Practice) -> Lines:
    lead, name = view.lead, compose_name(view.names)
    lines = [NoteLine("Name", name)] if name else []
    for column in (
        "phone",
        "email",
        "preferred_contact",
        "preferred_time",
        "relation",
        "existing_patient",
        "postal_code",
    ):
        lines += _line(column, lead, note, practice)
    if view.last_score is not None and view.last_score.lane == "urgent":
        lines.append(NoteLine("Warning", "Their message may tell of an emergency: read it first", True))
    if view.stage.wrong_number:
        lines.append(NoteLine("Warning", "The number on file is wrong", True))
    if view.stage.opted_out:
        lines.append(NoteLine("Warning", "Asked not to be contacted", True))
    return lines


def _list_visit(view: LeadDetails, note: HandOff, display: DisplayText) -> Lines:
    lead, practice, appointment = view.lead, display.practice, note.appointment
    lines = _line("service_requested", lead, note, practice)
    if appointment is not None:
        lines.append(NoteLine("Appointment", _format_date_and_time(display, appointment.at), True))
        lines += (
            [NoteLine("Location", appointment.clinic)]
            if appointment.clinic
            else _line("preferred_clinic", lead, note, practice)
        )
        lines += [NoteLine("Provider", appointment.provider)] if appointment.provider else []
    else:
        lines += _line("preferred_clinic", lead, note, practice) + _line("timeframe", lead, note, practice)
    return lines


def _list_coverage(lead: StoredLead, note: HandOff, practice: Practice) -> Lines:
    lines = _line("referrer", lead, note, practice) + _line("referral_reason", lead, note, practice)
    if note.service is not None and note.service.referral_required:
        lines.append(NoteLine("Referral", f"Required for {note.service.name}", True))
    lines += _line("payer", lead, note, practice)
    if note.accepts_payer is not None:
        words = "On our list for this service" if note.accepts_payer else "Not on our list for this service"
        lines.append(NoteLine("Coverage", words, True))
    return lines


def _list_open(note: HandOff, practice: Practice) -> list[str]:
    """Return what is still open, in words: what a clinic needs and nobody knows."""
    texts = ["Appointment time"] if note.needs_appointment else []
    return texts + [name_column(name, practice.words) for name in note.open_columns]


def _line(column: str, lead: StoredLead, note: HandOff, practice: Practice) -> Lines:
    """Return one fact with its label; none where it is not known."""
    value: Any = lead.values.get(column)
    if value is None or value == "":
        return []
    if column == "relation":
        words = RELATION_CHOICES.get(value, value)
    elif column == "phone":
        words = practice.formats.format_phone(value)
    elif column == "existing_patient":
        words = "Yes" if value else "No"
    else:
        words = value if column in ("email", "postal_code") else name_value(value, practice.words, column)
    label = {"relation": "For", "service_requested": "Service"}.get(column) or head_column(column, practice.words)
    is_ours = column in ("relation", "existing_patient") or is_our_word(column, value, practice)
    return [NoteLine(label, words, is_ours, column in note.confirmed)]


def _format_date_and_time(display: DisplayText, moment: datetime | None) -> str:
    """Format a moment with its date: whoever reads the note tomorrow must not read "today"."""
    if moment is None:
        return ""
    local = moment.astimezone(display.practice.zone)
    return f"{calendar.day_abbr[local.weekday()]}, {display.practice.formats.format_moment(local, date.min)}"


def _crm_line(lead: StoredLead, practice: Practice) -> Lines:
    address = practice.format_record_url(lead.lead_id)
    return [NoteLine("CRM", address)] if address else []


def _is_undone(number: int, view: LeadDetails) -> bool:
    return any(step.undoes == number for step in view.steps)
