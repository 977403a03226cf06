"""What does the note of a hand-off look like? Lines to print, to copy in one tap, or to select by hand.

Lives here: the words of the note, its page. Does not live here: what is known and who takes over
(``serving.desk.handoff``), addresses (``routes``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.practice.practice import Practice
from features.privacy.patient_names import compose_name
from serving.accounts.sessions import SignedInUser
from serving.desk.crm_notes import NoteDelivery
from serving.desk.handoff import HandOff
from serving.desk.lead_details import LeadDetails
from serving.desk.pages.display_text import DisplayText, describe_step
from serving.desk.pages.handoff_note import (
    Lines,
    NoteLine,
    format_date_and_time,
    format_line,
    list_columns,
    list_coverage,
    list_notes,
    list_open,
    list_visit,
    list_warnings,
)
from serving.desk.pages.lead_page import LeadFormState
from serving.desk.pages.templates import render_template
from serving.desk.queue.queue_board import QueueSnapshot
from serving.store.database.entities import StoredLead

__all__ = ["HandOffPage", "format_note", "render_hand_off"]


@dataclass(frozen=True)
class HandOffPage:
    """What the page shows beside the note.

    Parameters
    ----------
    names : mapping
        Person of the desk -> name to show.
    form : LeadFormState
        What was typed, where it was refused.
    deliveries : sequence of NoteDelivery
        What became of the last note, for each CRM that gets one.
    """

    names: Mapping[str, str]
    form: LeadFormState
    deliveries: Sequence[NoteDelivery] = ()


def render_hand_off(
    snapshot: QueueSnapshot,
    view: LeadDetails,
    note: HandOff,
    user: SignedInUser,
    page: HandOffPage,
) -> str:
    """Render the note of one lead, with the form that says it was handed off, as it was typed where it was refused."""
    practice, names, form = snapshot.engine.bundle.practice, page.names, page.form
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
        answer_by=format_date_and_time(display, note.route.answer_by),
        handed_off=None if last is None else f"{describe_step(last, display, names)}",
        handed_off_by="" if last is None else names.get(last.person, last.person),
        handed_off_at="" if last is None else format_date_and_time(display, last.at),
        deliveries=page.deliveries,
        fault=form.fault,
        typed=form.typed,
        section="",
    )


def format_note(
    view: LeadDetails, note: HandOff, display: DisplayText, user: SignedInUser, names: Mapping[str, str]
) -> str:
    """Format the note as plain text, for a scheduling system or an email."""
    title = f"HAND-OFF to {note.route.to}" if note.route.to else "HAND-OFF"
    head = [title, f"From {user.shown_name}, {display.practice.name}, {format_date_and_time(display, display.now)}"]
    head.append(f"Please answer by {format_date_and_time(display, note.route.answer_by)}")
    blocks = ["\n".join(head)]
    for heading, lines in _list_parts(view, note, display, names):
        blocks.append("\n".join([heading.upper(), *map(format_line, lines)]))
    return "\n\n".join(blocks) + "\n"


def _list_parts(
    view: LeadDetails, note: HandOff, display: DisplayText, names: Mapping[str, str]
) -> list[tuple[str, Lines]]:
    """Return the parts of the note: heading and lines; empty parts are left out."""
    lead, practice = view.lead, display.practice
    parts = [
        ("Who", _list_contact(view, note, practice)),
        ("Visit", list_visit(lead, note, display)),
        ("Referral and insurance", list_coverage(lead, note, practice)),
        ("Still open", list_open(note, practice)),
        ("Their message", [NoteLine("", str(lead.values["message"]))] if lead.values.get("message") else []),
        ("Notes", list_notes(note, display, names)),
        ("Record", [NoteLine("Lead ID", lead.lead_id), *_crm_line(lead, practice)]),
    ]
    return [(heading, lines) for heading, lines in parts if lines]


def _list_contact(view: LeadDetails, note: HandOff, practice: Practice) -> Lines:
    lead, name = view.lead, compose_name(view.names)
    lines = [NoteLine("Name", name)] if name else []
    lines += list_columns(
        ("phone", "email", "preferred_contact", "preferred_time", "relation", "existing_patient", "postal_code"),
        lead,
        note,
        practice,
    )
    lane = "" if view.last_score is None else view.last_score.lane
    return lines + list_warnings(lane, view.stage)


def _crm_line(lead: StoredLead, practice: Practice) -> Lines:
    address = practice.format_record_url(lead.lead_id)
    return [NoteLine("CRM", address)] if address else []


def _is_undone(number: int, view: LeadDetails) -> bool:
    return any(step.undoes == number for step in view.steps)
