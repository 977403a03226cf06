"""What does a lead's own page show? What was written, why the score, what is unknown, what to do, what was done.

Lives here: the values that its template gets, its history. Does not live here: what is known of a lead
(``serving.desk.lead_details``), bars (``reason_bars``), links (``reach_links``), words of time and place
(``display_text``), other pages (``page_models``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from scipy.special import expit

from features.column_words import find_own_word, head_column
from features.explain.plain_names import name_value, says_origin
from features.practice.practice import Practice
from features.privacy.patient_names import compose_call_name, compose_name
from features.text.label_reader import LabelReader
from serving.accounts.sessions import SignedInUser
from serving.desk.appointments import find_appointment
from serving.desk.callback_times import QUICK_CHOICES
from serving.desk.handoff import CONFIRMING_KINDS
from serving.desk.lead_details import LeadDetails
from serving.desk.lead_state import CALL_RESULTS, MESSAGES, OUTCOMES
from serving.desk.message_templates import EMERGENCY_TEMPLATES
from serving.desk.pages.asked_facts import list_asked, list_fact_fields
from serving.desk.pages.desk_words import FACTS, LOST_CHOICES, is_our_word
from serving.desk.pages.display_text import DisplayText, describe_step
from serving.desk.pages.list_items import LeadListItem, build_list_items
from serving.desk.pages.page_models import QueueListing, describe_list, describe_model, format_snooze
from serving.desk.pages.reach_links import build_reach_links, fill_script
from serving.desk.pages.reason_bars import build_reason_bars
from serving.desk.pages.templates import render_template
from serving.desk.queue.filters import GRADES
from serving.desk.queue.queue_board import QueueSnapshot
from serving.desk.sentence_trial import name_label
from serving.scoring.next_step import LOST_WORDS
from serving.scoring.score_words import hundredths
from serving.store.database.entities import StoredLead
from training.bundle import Bundle

__all__ = ["DeskTeam", "LeadFormState", "merge_repeats", "render_lead"]


@dataclass(frozen=True)
class LeadFormState:
    """What the page shows of the last form that was sent from it.

    Parameters
    ----------
    undo : int, optional
        Number of the step that can be undone now.
    fault : str
        Why the step was not taken; empty when it was.
    may_confirm : bool
        Whether the person may take the step anyway.
    typed : mapping
        What was typed into the form that was not taken.
    """

    undo: int | None = None
    fault: str = ""
    may_confirm: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DeskTeam:
    """Who works on this desk, and with which texts.

    Parameters
    ----------
    names : mapping
        Person -> name to show.
    templates : mapping
        Name of a text (``serving.desk.message_templates``) -> the text.
    """

    names: Mapping[str, str]
    templates: Mapping[str, str]


def render_lead(
    snapshot: QueueSnapshot,
    view: LeadDetails,
    user: SignedInUser,
    team: DeskTeam,
    listing: QueueListing,
    form: LeadFormState,
) -> str:
    """Render one lead beside the list it was opened from: what was written, why the score, what is unknown, what to do,
    what was done.
    """
    names, lead = team.names, view.lead
    display = DisplayText.of(snapshot.engine.bundle.practice, snapshot.now)
    number = snapshot.columns.row_numbers.get(lead.lead_id)
    row = build_list_items(snapshot, [number], {}, names, {})[0] if number is not None else None
    lane = row.lane if row is not None else view.state.track
    is_urgent = lane == "urgent" and not view.stage.final
    return render_template(
        "lead.html",
        snapshot.engine,
        user,
        view=view,
        lead=lead,
        name=compose_name(view.names),
        row=row,
        lane=lane,
        is_urgent=is_urgent,
        people=names,
        section="",
        mine=view.state.owner == user.person_id,
        on_phone=_name_caller(view, display, names),
        undo=form.undo,
        fault=form.fault,
        may_confirm=form.may_confirm,
        typed=form.typed,
        moved=_describe_move(view, form.undo),
        done=_describe_done(view, display, names, form.undo),
        current_lead=lead.lead_id,
        **_describe_next(view, row, display),
        **_describe_lead(view, display, snapshot.engine.kinds),
        **_describe_score(view, snapshot.engine.bundle),
        **_describe_contact(view, display, user, team, is_urgent),
        **_describe_past(view, display, names),
        **_FORM_CHOICES,
        **describe_list(snapshot, listing),
        **describe_model(snapshot),
    )


_FORM_CHOICES = {
    "messages": MESSAGES,
    "results": CALL_RESULTS,
    "outcomes": OUTCOMES,
    "lost": LOST_CHOICES,
    "grades": GRADES,
    "soon": QUICK_CHOICES,
}
"""What the page's forms offer for every lead."""


def _describe_lead(view: LeadDetails, display: DisplayText, kinds: Mapping[str, str]) -> dict[str, Any]:
    """Return what the page shows of the lead itself: what was sent, what was read from it."""
    lead, practice = view.lead, display.practice
    return {
        "facts": _list_facts(lead, practice),
        "custom": [
            _describe_custom(name, value, display, kinds.get(f"custom:{name}", ""))
            for name, value in lead.custom.items()
            if not _is_none(value)
        ],
        "arrived": display.format_moment(lead.values.get("created_at")),
        "said": [name_label(label) for label in view.said_labels],
        "labels": [(label, name_label(label)) for label in LabelReader.load_default().labels],
        "clinics": [clinic.name for clinic in practice.clinics],
        "asked": list_asked(view.asks, practice),
        "fact_fields": list_fact_fields(practice),
    }


def _describe_next(view: LeadDetails, row: LeadListItem | None, display: DisplayText) -> dict[str, Any]:
    """Return what to do next and why; one of the two where both would say when, or what nobody may do yet."""
    advice, why_here = view.advice, row.why_here if row is not None and view.stage.is_open else ""
    if view.state.track == "nurture" and row is not None and row.lane == "nurture" and view.stage.is_open:
        until = display.format_moment(view.state.follow_up_at)
        return {"advice": f"Snoozed until {until}. Nothing to do before" if until else "Snoozed", "why_here": ""}
    if view.stage.name == "booked" and not view.stage.heard_after_end:
        undone = {step.undoes for step in view.steps}
        is_handed_off = any(step.kind == "hand_off" and step.number not in undone for step in view.steps)
        advice = "Booked and handed off. Nothing to do" if is_handed_off else "Booked. Next: the hand-off note"
    if row is not None and why_here and not row.is_ready and advice.startswith("Call "):
        # "Call today" and "call after 12:20 PM" would contradict each other: nobody may call them yet.
        advice, why_here = why_here, ""
    return {"advice": advice, "why_here": why_here}


def _describe_score(view: LeadDetails, bundle: Bundle) -> dict[str, Any]:
    """Return what the page shows of the score: the reasons as bars, where they begin, what the score is of."""
    return {
        "bars": build_reason_bars(view),
        "average": hundredths(bundle.base_rate),
        "start": hundredths(float(expit(view.base))),
        "likely": _describe_goal(bundle),
        "named": hundredths(view.grouped.coverage),
        "stage": view.stage,
    }


def _describe_contact(
    view: LeadDetails, display: DisplayText, user: SignedInUser, team: DeskTeam, is_urgent: bool
) -> dict[str, Any]:
    """Return how the person can be reached, when, and with which words: after a possible emergency those of one."""
    lead, practice = view.lead, display.practice
    texts = {}
    for name, emergency_name in EMERGENCY_TEMPLATES.items():
        template, is_written = team.templates[emergency_name if is_urgent else name], name != "call_script"
        # A name goes into what is said on the phone, and into no link: addresses are kept where pages are not.
        call_name = "" if is_written else compose_call_name(view.names)
        texts[name] = fill_script(template, practice, user, lead, call_name, is_written)
    # Who can only be emailed is shown what the email says: nobody can be asked to hang up.
    is_email_only = view.channels == frozenset({"e-mail"})
    return {
        "crm_url": practice.format_record_url(lead.lead_id),
        "script": texts["email_message" if is_email_only else "call_script"],
        "reach": build_reach_links(lead.values, view.channels, texts, practice),
        "held": display.format_hold(view.state),
        "snooze": format_snooze(display),
        "callback": display.format_moment(view.state.callback_at),
        "emergency": practice.emergency_sentence,
    }


def _describe_past(view: LeadDetails, display: DisplayText, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what happened with the lead so far, and who looked at it."""
    return {
        "appointment": find_appointment(view.steps),
        "history": _build_history(view, display, names),
        "scores": [(display.format_moment(score.scored_at), score) for score in view.scores[:20]],
        "reads": [
            (display.format_moment(line.at), names.get(line.actor, line.actor), line.detail["page"])
            for line in view.reads
        ],
    }


def _describe_goal(bundle: Bundle) -> str:
    """Say what a percentage is of: "likely to book within 30 days"."""
    goal = {"booked": "book", "attended": "show up", "treated": "start treatment"}.get(bundle.label, bundle.label)
    return f"likely to {goal}" + (f" within {bundle.horizon_days} days" if bundle.dated else "")


def _list_facts(lead: StoredLead, practice: Practice) -> list[tuple[str, str, str, bool]]:
    """Return what we know of a lead: column, label, value in words, and whether the words are ours."""
    facts = []
    for name in FACTS:
        value = lead.values.get(name)
        if not isinstance(value, str):
            continue
        is_ours = is_our_word(name, value, practice)
        if name == "phone":
            value = practice.formats.format_phone(value)
        shown = value if name in ("phone", "email", "postal_code") else name_value(value, practice.words, name)
        facts.append((name, head_column(name, practice.words), shown, is_ours))
    return facts


def _is_none(value: Any) -> bool:
    """Return whether a value says that there was nothing, such as "Newsletter 0": no fact worth a line.

    >>> _is_none(0.0), _is_none("0"), _is_none("no"), _is_none("none of these"), _is_none(3)
    (True, True, True, False, False)
    """
    return str(value).casefold() in ("0", "0.0", "false", "no")


def _describe_custom(name: str, value: Any, display: DisplayText, kind: str) -> tuple[str, str, bool]:
    """Return one of the practice's own columns and its value, in the practice's words, and whether the value is in
    words of ours: yes or no, or a moment.
    """
    words = display.practice.words
    if kind == "yes_no" and str(value).casefold() in ("1", "1.0", "true", "yes"):
        return head_column(name, words), "Yes", True
    own_word = find_own_word(str(value), words)
    if not own_word and isinstance(value, str) and says_origin(name):
        own_word = name_value(value, words, name)
    shown = own_word or display.format_value(value)
    is_ours = is_our_word(name, value, display.practice) or not own_word and shown != value
    return head_column(name, words), shown, is_ours


def _describe_done(view: LeadDetails, display: DisplayText, names: Mapping[str, str], number: int | None) -> str:
    """Say what the step was that can be undone now, so that a slip is seen at once."""
    step = next((step for step in view.steps if step.number == number), None)
    return "" if step is None else describe_step(step, display, names)


def _name_caller(view: LeadDetails, display: DisplayText, names: Mapping[str, str]) -> str:
    """Say who is on the phone with the person, as long as the lead is held for the call; empty for nobody."""
    last = view.steps[0] if view.steps else None
    if last is None or last.kind != "calling" or not display.format_hold(view.state):
        return ""
    return names.get(last.person, last.person)


def _describe_move(view: LeadDetails, number: int | None) -> str:
    """Say how the score moved with the facts that were just written down; empty for any other step."""
    step = next((step for step in view.steps if step.number == number), None)
    if step is None or step.kind not in CONFIRMING_KINDS or len(view.scores) < 2:
        return ""
    after, before = (hundredths(score.probability) for score in view.scores[:2])
    return f"The score stays at {after}%" if after == before else f"The score moved from {before}% to {after}%"


def _build_history(view: LeadDetails, display: DisplayText, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what happened, the newest first: when, what, by whom.

    Calls logged on the desk appear as steps only, not also as the events that they became.
    """
    undone = {step.undoes for step in view.steps}
    entries = [
        (
            step.at,
            describe_step(step, display, names) + (" (undone)" if step.number in undone else ""),
            names.get(step.person, step.person),
        )
        for step in view.steps
        if step.kind != "undo"
    ]
    # Events and outcomes whose id starts with "desk:" are effects of the steps above.
    entries += [
        (event.occurred_at, display.describe_event(event), "")
        for event in view.events
        if not (event.event_id or "").startswith("desk:")
    ]
    entries += [
        (
            outcome.occurred_at,
            OUTCOMES.get(outcome.stage, outcome.stage.capitalize())
            + (f": {LOST_WORDS.get(outcome.reason, outcome.reason)}" if outcome.reason else ""),
            "",
        )
        for outcome in view.outcomes
        if not (outcome.outcome_id or "").startswith("desk:")
    ]
    newest_first = sorted(entries, key=lambda entry: entry[0], reverse=True)
    return merge_repeats([(display.format_moment(moment), text, person) for moment, text, person in newest_first])


def merge_repeats(entries: Sequence[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Merge lines that say the same again and again, such as the pages of one visit: the newest time, and how often.

    >>> merge_repeats([("9:18 AM", "Viewed a page", ""), ("9:15 AM", "Viewed a page", ""), ("9 AM", "Called us", "")])
    [('9:18 AM', 'Viewed a page (2 times)', ''), ('9 AM', 'Called us', '')]
    """
    merged = []
    for (text, person), group in groupby(entries, key=lambda entry: entry[1:]):
        lines = list(group)
        merged.append((lines[0][0], text if len(lines) == 1 else f"{text} ({len(lines)} times)", person))
    return merged
