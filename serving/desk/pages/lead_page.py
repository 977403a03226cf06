"""What does a lead's own page show? What was written, why the score, what is unknown, what to do, what was done.

Lives here: the values that its template gets, the bars of its reasons, its history. Does not live here: what is known
of a lead (``serving.desk.lead_details``), words of time and place (``display_text``), other pages (``page_models``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scipy.special import expit

from features.practice.practice import Practice
from features.schema import LOST_REASONS
from serving.accounts.sessions import SignedInUser
from serving.desk.callback_times import QUICK_CHOICES
from serving.desk.lead_details import LeadDetails
from serving.desk.lead_state import CALL_RESULTS, OUTCOMES
from serving.desk.pages.display_text import DEFAULT_SCRIPT, DisplayText, describe_step
from serving.desk.pages.list_items import build_list_items
from serving.desk.pages.page_models import describe_model
from serving.desk.pages.templates import render_template
from serving.desk.queue.filters import GRADES
from serving.desk.queue.queue_board import QueueSnapshot
from serving.scoring.engine import hundredths
from serving.scoring.reasons import Reason
from serving.store.database.entities import StoredLead

__all__ = ["LeadFormState", "render_lead"]

_BAR_WIDTH = 100.0
"""Length of the longest bar, in units of the drawing."""

_FACTS = {
    "phone": "Phone",
    "email": "E-mail",
    "channel": "Channel",
    "source": "Source",
    "campaign": "Campaign",
    "service_requested": "Service asked for",
    "preferred_clinic": "Clinic asked for",
    "postal_code": "ZIP code",
    "payer": "Payer",
    "relation": "Asking for",
    "preferred_contact": "Prefers contact by",
    "preferred_time": "Prefers contact at",
    "timeframe": "Timeframe",
    "referrer": "Referred by",
    "referral_reason": "Referred for",
}


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
    names: Mapping[str, str],
    script: str | None,
    form: LeadFormState,
) -> str:
    """Render one lead: what was written, why the score, what is unknown, what to do, what was done."""
    practice, lead = snapshot.engine.bundle.practice, view.lead
    display = DisplayText.of(practice, snapshot.now)
    number = snapshot.columns.row_numbers.get(lead.lead_id)
    row = build_list_items(snapshot, [number], {}, names)[0] if number is not None else None
    values = [(name, label, lead.values.get(name)) for name, label in _FACTS.items()]
    facts = [(name, label, value) for name, label, value in values if isinstance(value, str)]
    custom = [(name, display.format_value(value)) for name, value in lead.custom.items()]
    return render_template(
        "lead.html",
        snapshot.engine,
        user,
        view=view,
        lead=lead,
        row=row,
        bars=_build_bars(view),
        base=hundredths(float(expit(view.base))),
        facts=facts,
        custom=custom,
        arrived=display.format_moment(lead.values.get("created_at")),
        script=_fill_script(script or DEFAULT_SCRIPT, practice, user, lead),
        undo=form.undo,
        fault=form.fault,
        may_confirm=form.may_confirm,
        done=_describe_done(view, display, names, form.undo),
        typed=form.typed,
        results=CALL_RESULTS,
        outcomes=OUTCOMES,
        lost=LOST_REASONS,
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
        soon=QUICK_CHOICES,
        callback=display.format_moment(view.state.callback_at),
        emergency=practice.emergency_sentence,
        **describe_model(snapshot),
    )


def _fill_script(script: str, practice: Practice, user: SignedInUser, lead: StoredLead) -> str:
    """Fill the script's placeholders in one after the other."""
    placeholders = {
        "{practice}": practice.name,
        "{person}": user.shown_name,
        "{service}": lead.values.get("service_requested") or "your enquiry",
        "{clinic}": lead.values.get("preferred_clinic") or "one of our clinics",
    }
    for placeholder, value in placeholders.items():
        script = script.replace(placeholder, value)
    return script


def _build_bars(view: LeadDetails) -> list[Bar]:
    """Return every reason, everything else and the followed level as bars, to one scale."""
    parts = [(reason.text, reason.effect, reason.log_odds, ",".join(reason.signals)) for reason in view.reasons]
    if view.everything_else:
        effect = Reason("", view.everything_else, ()).effect
        parts.append(("Everything else together", effect, view.everything_else, ""))
    if level := view.shown.get("level_log_odds", 0.0):
        parts.append(("Counted as the last weeks went", Reason("", level, ()).effect, level, ""))
    # Parts that are all zero would divide by zero; any length shows them alike.
    longest = max((abs(size) for _, _, size, _ in parts), default=1.0) or 1.0
    sized = [
        (text, effect, max(_BAR_WIDTH * abs(size) / longest, 1.0), signals) for text, effect, size, signals in parts
    ]
    return [
        Bar(text, effect, _BAR_WIDTH if effect == "raises" else _BAR_WIDTH - width, width, signals)
        for text, effect, width, signals in sized
    ]


def _describe_done(view: LeadDetails, display: DisplayText, names: Mapping[str, str], number: int | None) -> str:
    """Say what the step was that can be undone now, so that a slip is seen at once."""
    step = next((step for step in view.steps if step.number == number), None)
    return "" if step is None else describe_step(step, display, names)


def _build_history(view: LeadDetails, display: DisplayText, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return what happened, the newest first: when, what, by whom.

    Calls logged on the desk appear as steps only, not also as the events that they became.
    """
    undone = {step.undoes for step in view.steps}
    entries = [
        (
            step.at,
            describe_step(step, display, names) + (" (taken back)" if step.number in undone else ""),
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
            f"Outcome: {outcome.stage}" + (f", {outcome.reason.replace('_', ' ')}" if outcome.reason else ""),
            "",
        )
        for outcome in view.outcomes
        if not (outcome.outcome_id or "").startswith("desk:")
    ]
    newest_first = sorted(entries, key=lambda entry: entry[0], reverse=True)
    return [(display.format_moment(moment), text, person) for moment, text, person in newest_first]
