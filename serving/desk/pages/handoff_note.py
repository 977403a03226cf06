"""Which lines does the note of a hand-off hold? Labels and values, in words, for a page, a text and a CRM.

Lives here: the lines, and the text for a CRM. Does not live here: what is known and who takes over
(``serving.desk.handoff``), the page and its text (``handoff_page``), when a CRM gets it (``serving.desk.crm_notes``).
"""

import calendar
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from features.column_words import head_column, name_column
from features.explain.plain_names import name_value
from features.practice.practice import Practice
from features.privacy.value_patterns import find_contact_inside
from serving.desk.handoff import HandOff
from serving.desk.pages.desk_words import RELATION_CHOICES, is_our_word
from serving.desk.pages.display_text import DisplayText, describe_step
from serving.scoring.lead_stage import LeadStage
from serving.store.database.entities import StoredLead

__all__ = [
    "Lines",
    "NoteFacts",
    "NoteLine",
    "format_crm_note",
    "format_date_and_time",
    "format_line",
    "list_columns",
    "list_coverage",
    "list_notes",
    "list_open",
    "list_visit",
    "list_warnings",
]

_PERSON_COLUMNS = ("preferred_contact", "preferred_time", "relation", "existing_patient")
"""What a CRM is told of the person; phone, email and address stand in its own record."""
_MAX_NOTES = 5
_CONFIRMED = " (confirmed)"
_WITHHELD = "see the record"
_MAX_DIGITS = 9
"""A value with more digits may hold a phone number or a member's number of an insurance."""


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


@dataclass(frozen=True)
class NoteFacts:
    """What a note says of a lead beside its values.

    Parameters
    ----------
    lane : str
        Of the last score; empty without one.
    stage : LeadStage
    names : mapping
        Person of the desk -> name to show.
    patient_names : collection of str
        The parts of the person's own name: a value with one of them is withheld.
    """

    lane: str = ""
    stage: LeadStage = LeadStage()
    names: Mapping[str, str] = field(default_factory=dict)
    patient_names: Collection[str] = ()


def format_crm_note(lead: StoredLead, note: HandOff, display: DisplayText, facts: NoteFacts) -> str:
    """Format what a CRM is told: no name, no contact and no message, which stand in its own record.

    People type such things into other fields, too: a value with one of them is replaced by "see the record". What the
    desk itself wrote is kept as it is.
    """
    practice = display.practice
    of_lead = [
        ("Patient", list_warnings(facts.lane, facts.stage) + list_columns(_PERSON_COLUMNS, lead, note, practice)),
        ("Visit", list_visit(lead, note, display)),
        ("Referral and insurance", list_coverage(lead, note, practice)),
    ]
    parts = [
        *((heading, [_withhold_contact(line, facts.patient_names) for line in lines]) for heading, lines in of_lead),
        ("Still open", list_open(note, practice)),
        ("Notes", list_notes(note, display, facts.names)),
    ]
    blocks = ["\n".join([heading.upper(), *map(format_line, lines)]) for heading, lines in parts if lines]
    head = f"Please answer by {format_date_and_time(display, note.route.answer_by)}"
    return "\n\n".join([head, *blocks])


def format_line(line: NoteLine) -> str:
    """Format one line as plain text."""
    text = f"{line.label}: {line.value}" if line.label else f"- {line.value}"
    return text + (_CONFIRMED if line.is_confirmed else "")


def list_warnings(lane: str, stage: LeadStage) -> Lines:
    """Return what whoever takes over must know before they call."""
    warnings = {
        "Their message may tell of an emergency: read it first": lane == "urgent",
        "The number on file is wrong": stage.wrong_number,
        "Asked not to be contacted": stage.opted_out,
    }
    return [NoteLine("Warning", text, True) for text, is_so in warnings.items() if is_so]


def list_columns(columns: Sequence[str], lead: StoredLead, note: HandOff, practice: Practice) -> Lines:
    """Return a line for each column that is known."""
    return [line for column in columns for line in _line(column, lead, note, practice)]


def list_visit(lead: StoredLead, note: HandOff, display: DisplayText) -> Lines:
    """Return the lines on the visit: its time where one is set, else what they asked for."""
    practice, appointment = display.practice, note.appointment
    lines = _line("service_requested", lead, note, practice)
    if appointment is not None:
        lines.append(NoteLine("Appointment", format_date_and_time(display, appointment.at), True))
        lines += (
            [NoteLine("Location", appointment.clinic)]
            if appointment.clinic
            else _line("preferred_clinic", lead, note, practice)
        )
        lines += [NoteLine("Provider", appointment.provider)] if appointment.provider else []
    else:
        lines += _line("preferred_clinic", lead, note, practice) + _line("timeframe", lead, note, practice)
    return lines


def list_coverage(lead: StoredLead, note: HandOff, practice: Practice) -> Lines:
    """Return the lines on referral and insurance."""
    lines = _line("referrer", lead, note, practice) + _line("referral_reason", lead, note, practice)
    if note.service is not None and note.service.referral_required:
        lines.append(NoteLine("Referral", f"Required for {note.service.name}", True))
    lines += _line("payer", lead, note, practice)
    if note.accepts_payer is not None:
        answer = "On our list for this service" if note.accepts_payer else "Not on our list for this service"
        lines.append(NoteLine("Coverage", answer, True))
    return lines


def list_open(note: HandOff, practice: Practice) -> Lines:
    """Return what is still open: what a clinic needs and nobody knows."""
    texts = ["Appointment time"] if note.needs_appointment else []
    texts += [name_column(name, practice.words) for name in note.open_columns]
    return [NoteLine("", text, True) for text in texts]


def list_notes(note: HandOff, display: DisplayText, names: Mapping[str, str]) -> Lines:
    """Return what people of the desk wrote down, the newest first."""
    return [
        NoteLine(
            f"{format_date_and_time(display, step.at)}, {names.get(step.person, step.person)}",
            describe_step(step, display, names),
            True,
        )
        for step in note.notes[:_MAX_NOTES]
    ]


def _withhold_contact(line: NoteLine, patient_names: Collection[str]) -> NoteLine:
    """Return a line without a value that reaches or names the person."""
    if line.is_ours:
        return line
    words = {word.casefold() for word in re.findall(r"\w+", line.value)}
    is_named = any(word.casefold() in words for name in patient_names for word in re.findall(r"\w{2,}", name))
    digits = sum(character.isdigit() for character in line.value)
    if is_named or digits > _MAX_DIGITS or find_contact_inside(line.value):
        return replace(line, value=_WITHHELD, is_ours=True)
    return line


def _line(column: str, lead: StoredLead, note: HandOff, practice: Practice) -> Lines:
    """Return one fact with its label; none where it is not known."""
    value: Any = lead.values.get(column)
    if value is None or value == "":
        return []
    if column == "relation":
        value_text = RELATION_CHOICES.get(value, value)
    elif column == "phone":
        value_text = practice.formats.format_phone(value)
    elif column == "existing_patient":
        value_text = "Yes" if value else "No"
    else:
        value_text = value if column in ("email", "postal_code") else name_value(value, practice.words, column)
    label = {"relation": "For", "service_requested": "Service"}.get(column) or head_column(column, practice.words)
    is_ours = column in ("relation", "existing_patient") or is_our_word(column, value, practice)
    return [NoteLine(label, value_text, is_ours, column in note.confirmed)]


def format_date_and_time(display: DisplayText, moment: datetime | None) -> str:
    """Format a moment with its date: whoever reads the note tomorrow must not read "today"."""
    if moment is None:
        return ""
    local = moment.astimezone(display.practice.zone)
    return f"{calendar.day_abbr[local.weekday()]}, {display.practice.formats.format_moment(local, date.min)}"
