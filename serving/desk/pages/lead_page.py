"""What does a lead's own page show? What was written, why the score, what is unknown, what to do, what was done.

Lives here: the values that its template gets, the bars of its reasons, its history. Does not live here: what is known
of a lead (``serving.desk.lead_details``), words of time and place (``display_text``), other pages (``page_models``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from scipy.special import expit

from features.column_words import find_own_word, head_column
from features.practice.practice import Practice
from features.privacy.patient_names import compose_call_name, compose_name
from features.text.label_reader import LabelReader
from serving.accounts.sessions import SignedInUser
from serving.desk.appointments import find_appointment
from serving.desk.callback_times import QUICK_CHOICES
from serving.desk.handoff import CONFIRMING_KINDS
from serving.desk.lead_details import LeadDetails
from serving.desk.lead_state import CALL_RESULTS, MESSAGES, OUTCOMES
from serving.desk.pages.asked_facts import list_asked, list_fact_fields
from serving.desk.pages.desk_words import FACTS, LOST_CHOICES, is_our_word
from serving.desk.pages.display_text import DisplayText, describe_step
from serving.desk.pages.list_items import build_list_items
from serving.desk.pages.page_models import QueueListing, describe_list, describe_model, format_snooze
from serving.desk.pages.templates import render_template
from serving.desk.queue.filters import GRADES
from serving.desk.queue.queue_board import QueueSnapshot
from serving.desk.sentence_trial import name_label
from serving.scoring.engine import hundredths
from serving.scoring.next_step import LOST_WORDS
from serving.scoring.plain_names import name_value, says_origin
from serving.scoring.reasons import Reason
from serving.store.database.entities import StoredLead
from training.bundle import Bundle

__all__ = ["DeskTeam", "LeadFormState", "build_reach_links", "render_lead"]

_BAR_WIDTH = 100.0
"""Length of the longest bar, in units of the drawing."""


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
        Name of a text (``serving.desk.desk_service.TEMPLATES``) -> the text.
    """

    names: Mapping[str, str]
    templates: Mapping[str, str]


@dataclass(frozen=True)
class Bar:
    """One reason as a bar that grows to the right when it raises the score and to the left when it lowers it."""

    text: str
    effect: str
    left: float
    width: float
    signals: str = ""


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
    names, templates = team.names, team.templates
    practice, lead = snapshot.engine.bundle.practice, view.lead
    display = DisplayText.of(practice, snapshot.now)
    number = snapshot.columns.row_numbers.get(lead.lead_id)
    row = build_list_items(snapshot, [number], {}, names, {})[0] if number is not None else None
    facts = _list_facts(lead, practice)
    custom = [_describe_custom(name, value, display) for name, value in lead.custom.items()]
    call_name = compose_call_name(view.names)
    # A name goes into what is said on the phone, and into no link: addresses are kept where pages are not.
    texts = {
        name: _fill_script(text, practice, user, lead, call_name if name == "call_script" else "")
        for name, text in templates.items()
    }
    return render_template(
        "lead.html",
        snapshot.engine,
        user,
        view=view,
        lead=lead,
        name=compose_name(view.names),
        crm_url=practice.format_record_url(lead.lead_id),
        row=row,
        bars=_build_bars(view),
        base=hundredths(float(expit(view.base))),
        likely=_describe_goal(snapshot.engine.bundle),
        named=hundredths(view.grouped.coverage),
        facts=facts,
        custom=custom,
        arrived=display.format_moment(lead.values.get("created_at")),
        script=texts["call_script"],
        reach=build_reach_links(lead.values, view.channels, texts, practice),
        messages=MESSAGES,
        clinics=[clinic.name for clinic in practice.clinics],
        appointment=find_appointment(view.steps),
        asked=list_asked(view.asks, practice),
        fact_fields=list_fact_fields(practice),
        moved=_describe_move(view, form.undo),
        stage=view.stage,
        advice=view.advice,
        undo=form.undo,
        fault=form.fault,
        may_confirm=form.may_confirm,
        said=[name_label(label) for label in view.said_labels],
        labels=[(label, name_label(label)) for label in LabelReader.load_default().labels],
        done=_describe_done(view, display, names, form.undo),
        typed=form.typed,
        results=CALL_RESULTS,
        outcomes=OUTCOMES,
        lost=LOST_CHOICES,
        people=names,
        grades=GRADES,
        history=_build_history(view, display, names),
        scores=[(display.format_moment(score.scored_at), score) for score in view.scores[:20]],
        reads=[
            (display.format_moment(line.at), names.get(line.actor, line.actor), line.detail["page"])
            for line in view.reads
        ],
        section="",
        mine=view.state.owner == user.person_id,
        held=display.format_hold(view.state),
        on_phone=_name_caller(view, display, names),
        soon=QUICK_CHOICES,
        snooze=format_snooze(display),
        callback=display.format_moment(view.state.callback_at),
        emergency=practice.emergency_sentence,
        current_lead=lead.lead_id,
        **describe_list(snapshot, listing),
        **describe_model(snapshot),
    )


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


def _describe_custom(name: str, value: Any, display: DisplayText) -> tuple[str, str, bool]:
    """Return one of the practice's own columns and its value, in the practice's words, and whether the value is in
    words of ours: yes or no, or a moment.
    """
    words = display.practice.words
    own_word = find_own_word(str(value), words)
    if not own_word and isinstance(value, str) and says_origin(name):
        own_word = name_value(value, words, name)
    shown = own_word or display.format_value(value)
    is_ours = is_our_word(name, value, display.practice) or not own_word and shown != value
    return head_column(name, words), shown, is_ours


def build_reach_links(
    values: Mapping[str, Any], channels: frozenset[str], texts: Mapping[str, str], practice: Practice
) -> dict[str, str]:
    """Return the links by which a person can be reached: "call", "text", "email", and the words "phone" and "address".

    Only those of channels that work: none for a number that is wrong or for somebody who opted out.

    >>> texts = {"text_message": "Hi there", "email_message": "Hello"}
    >>> values = {"phone": "214.555.3799"}
    >>> build_reach_links(values, frozenset({"phone"}), texts, Practice(name="Oak"))["text"]
    'sms:+12145553799?body=Hi%20there'
    """
    links: dict[str, str] = {}
    phone, email = str(values.get("phone") or ""), str(values.get("email") or "")
    if "phone" in channels and any(map(str.isdigit, phone)):
        shown = practice.formats.format_phone(phone)
        digits = "".join(filter(str.isdigit, phone))
        # Formatted means that it is a US number; others are dialed as they were given.
        is_us = shown.startswith("(")
        number = f"+1{digits[-10:]}" if is_us else ("+" if phone.strip().startswith("+") else "") + digits
        links |= {"call": f"tel:{number}", "text": f"sms:{number}?body={quote(texts['text_message'])}", "phone": shown}
    if "e-mail" in channels:
        subject = quote(f"Your request to {practice.name}")
        links["email"] = f"mailto:{quote(email, safe='@')}?subject={subject}&body={quote(texts['email_message'])}"
        links["address"] = email
    return links


def _fill_script(script: str, practice: Practice, user: SignedInUser, lead: StoredLead, call_name: str) -> str:
    """Fill the script's placeholders in one after the other; a name that is not known leaves no gap."""
    if not call_name:
        script = script.replace(" {name}", "").replace("{name}", "")
    placeholders = {
        "{practice}": practice.name,
        "{person}": user.shown_name,
        "{service}": lead.values.get("service_requested") or "an appointment",
        "{clinic}": lead.values.get("preferred_clinic") or "one of our locations",
    }
    # The name comes last: what a person is called must not be read as a placeholder.
    for placeholder, value in (placeholders | {"{name}": call_name}).items():
        script = script.replace(placeholder, value)
    return script


def _build_bars(view: LeadDetails) -> list[tuple[str, list[Bar]]]:
    """Return what speaks for the lead, what against it, and the context, as bars to one scale; empty parts left out."""
    grouped = view.grouped
    rest = [("Other factors", grouped.other)]
    if level := view.shown.get("level_log_odds", 0.0):
        rest.append(("Results of the last weeks", level))
    parts = [
        ("For", [(reason.text, reason.log_odds, ",".join(reason.signals)) for reason in grouped.speak_for]),
        ("Against", [(reason.text, reason.log_odds, ",".join(reason.signals)) for reason in grouped.speak_against]),
        (
            "Context",
            [(reason.text, reason.log_odds, ",".join(reason.signals)) for reason in grouped.context]
            + [(text, size, "") for text, size in rest if size],
        ),
    ]
    # Parts that are all zero would divide by zero; any length shows them alike.
    longest = max((abs(size) for _, part in parts for _, size, _ in part), default=1.0) or 1.0
    return [
        (title, [_build_bar(text, size, longest, signals) for text, size, signals in part])
        for title, part in parts
        if part
    ]


def _build_bar(text: str, log_odds: float, longest: float, signals: str) -> Bar:
    """Return one bar; even the shortest can be seen."""
    effect = Reason("", log_odds, ()).effect
    width = max(_BAR_WIDTH * abs(log_odds) / longest, 1.0)
    return Bar(text, effect, _BAR_WIDTH if effect == "raises" else _BAR_WIDTH - width, width, signals)


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
    return [(display.format_moment(moment), text, person) for moment, text, person in newest_first]
