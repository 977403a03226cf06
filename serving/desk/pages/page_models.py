"""What does each page say? Leads, lists and records of what people did -> HTML, with the templates and the style sheet
beside this file.

Lives here: choosing what a page is given. Does not live here: words of time and place (``wording``), the templates'
engine (``rendering``), what a lead's page knows (``lead_view``), lists (``board``), routes (``routes``)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scipy.special import expit

from features.schema import LOST_REASONS
from serving.accounts.passwords import MIN_LENGTH
from serving.accounts.sessions import SignedInUser
from serving.desk.disagreements import Disagreement, DisagreementTally
from serving.desk.lead_details import LeadDetails
from serving.desk.lead_state import CALL_RESULTS, OUTCOMES
from serving.desk.pages.display_text import DEFAULT_SCRIPT, DisplayText, describe_step, format_auc
from serving.desk.pages.templates import render_template
from serving.desk.queue.filters import GRADES, LANES_SHOWN, QueueFilter
from serving.desk.queue.queue_board import QueueSnapshot
from serving.scoring.engine import Engine, hundredths
from serving.scoring.reasons import Reason
from serving.store.repositories.queue_rows import QueueRow

__all__ = [
    "PAGE_LEADS",
    "LeadListItem",
    "render_resubmit",
    "render_api_docs",
    "render_search_results",
    "render_how_it_works",
    "render_lead",
    "render_disagreements",
    "render_notice",
    "render_nurture",
    "render_password",
    "render_queue",
    "build_list_items",
    "render_settings",
    "render_sign_in",
]

PAGE_LEADS = 50
REASONS_PER_LEAD = 3
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
class LeadListItem:
    """One lead on a list.

    Parameters
    ----------
    lane : str
        As shown: urgent, callback due, normal or nurture.
    why_here : str
        Why it stands where it stands.
    answer : dict
        What was shown with its last score; empty where there is none.
    late : bool
        Whether it waits longer than the practice wants.
    """

    lead: QueueRow
    lane: str
    why_here: str
    answer: dict[str, Any]
    waiting: str
    target: str
    late: bool
    calls: int
    taken: str
    callback: str
    follow_up: str

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """The strongest reasons: text, and "raises" or "lowers"."""
        reasons = (
            (self.answer.get(f"reason_{position}"), self.answer.get(f"reason_{position}_effect"))
            for position in range(1, REASONS_PER_LEAD + 1)
        )
        return [(text, effect) for text, effect in reasons if text]


@dataclass(frozen=True)
class Bar:
    """One reason as a bar that grows to the right when it raises the score and to the left when it lowers it."""

    text: str
    effect: str
    left: float
    width: float
    signals: str = ""


def build_list_items(
    snapshot: QueueSnapshot, numbers: Sequence[int], answers: Mapping[int, dict[str, Any]], names: Mapping[str, str]
) -> list[LeadListItem]:
    """Rows of a list, ready to be shown.

    Parameters
    ----------
    answers : mapping
        Number of a score -> what was shown with it.
    names : mapping
        Person -> name as it is shown.
    """
    display = DisplayText.of(snapshot.engine.bundle.practice, snapshot.now)
    items = []
    for number in numbers:
        lead = snapshot.columns.rows[number]
        minutes = display.minutes_since(lead.created_at)
        target = display.target_minutes(lead.channel)
        calls = int(snapshot.columns.arrays["calls"][number])
        is_held = lead.held_until is not None and lead.held_until > display.now
        owner = names.get(lead.owner, lead.owner) if lead.owner else ""
        items.append(
            LeadListItem(
                lead,
                snapshot.get_lane(number),
                snapshot.explain_position(number),
                answers.get(lead.score, {}),
                display.length(minutes),
                display.length(target),
                not calls and minutes > target,
                calls,
                f"{owner} has it until {display.clock(lead.held_until)}" if is_held else owner,
                display.when(lead.callback_at),
                display.when(lead.follow_up_at),
            )
        )
    return items


def render_queue(
    snapshot: QueueSnapshot,
    rows: Sequence[LeadListItem],
    match_count: int,
    queue_filter: QueueFilter,
    user: SignedInUser,
    views: Mapping[str, str],
    token: int,
) -> str:
    """The list of open leads, one page of it."""
    page_count = max(1, -(-match_count // PAGE_LEADS))
    return render_template(
        "queue.html",
        snapshot.engine,
        user,
        rows=rows,
        found=match_count,
        wanted=queue_filter,
        counts=snapshot.counts,
        lanes=LANES_SHOWN,
        grades=GRADES,
        channels=snapshot.list_channels(),
        clinics=snapshot.list_clinics(),
        services=snapshot.list_services(),
        pages=page_count,
        page=min(queue_filter.page, page_count),
        first=(min(queue_filter.page, page_count) - 1) * PAGE_LEADS,
        views=views,
        token=token,
        share=snapshot.columns.share,
        here="queue",
        **_describe_model(snapshot),
    )


def render_nurture(snapshot: QueueSnapshot, rows: Sequence[LeadListItem], user: SignedInUser) -> str:
    """Leads that are followed up later, the next first."""
    return render_template(
        "nurture.html", snapshot.engine, user, rows=rows, here="nurture", **_describe_model(snapshot)
    )


def render_search_results(
    snapshot: QueueSnapshot, rows: Sequence[LeadListItem], other_ids: Sequence[str], user: SignedInUser
) -> str:
    """What a search found; the words that were searched for are not repeated in any address."""
    return render_template(
        "search_results.html",
        snapshot.engine,
        user,
        rows=rows,
        others=other_ids,
        here="queue",
        **_describe_model(snapshot),
    )


def render_lead(
    snapshot: QueueSnapshot,
    view: LeadDetails,
    user: SignedInUser,
    names: Mapping[str, str],
    script: str | None,
    undo: int | None = None,
    fault: str = "",
    typed: Mapping[str, str] | None = None,
) -> str:
    """One lead: what was written, why the score, what is not known, what to do, what was done."""
    practice, lead = snapshot.engine.bundle.practice, view.lead
    display = DisplayText.of(practice, snapshot.now)
    number = snapshot.columns.row_numbers.get(lead.lead_id)
    row = build_list_items(snapshot, [number], {}, names)[0] if number is not None else None
    facts = [(name, label, value) for name, label in _FACTS.items() if isinstance(value := lead.values.get(name), str)]
    custom = [(name, display.value(value)) for name, value in lead.custom.items()]
    call = (script or DEFAULT_SCRIPT).replace("{practice}", practice.name).replace("{person}", user.shown_name)
    call = call.replace("{service}", lead.values.get("service_requested") or "your enquiry").replace(
        "{clinic}", lead.values.get("preferred_clinic") or "one of our clinics"
    )
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
        own=custom,
        arrived=display.when(lead.values.get("created_at")),
        script=call,
        undo=undo,
        fault=fault,
        typed=typed or {},
        results=CALL_RESULTS,
        outcomes=OUTCOMES,
        lost=LOST_REASONS,
        people=names,
        grades=GRADES,
        history=_build_history(view, display, names),
        scores=[(display.when(score.scored_at), score) for score in view.scores[:20]],
        here="",
        mine=view.state.owner == user.person_id,
        held=display.held(view.state),
        soon=display.soon,
        emergency=practice.emergency_sentence,
        **_describe_model(snapshot),
    )


def render_disagreements(
    snapshot: QueueSnapshot,
    entries: Sequence[Disagreement],
    tallies: Sequence[DisagreementTally],
    user: SignedInUser,
    names: Mapping[str, str],
) -> str:
    """Where people and the model disagreed, and what became of it."""
    display = DisplayText.of(snapshot.engine.bundle.practice, snapshot.now)
    lines = [
        (
            display.when(entry.step.at),
            names.get(entry.step.person, entry.step.person),
            describe_step(entry.step, display, names),
            entry,
        )
        for entry in entries
    ]
    return render_template(
        "disagreements.html",
        snapshot.engine,
        user,
        said=lines,
        tallies=tallies,
        here="ledger",
        **_describe_model(snapshot),
    )


def render_how_it_works(engine: Engine, user: SignedInUser, share: float) -> str:
    """What the model is, how good it is, what was checked, what it is not."""
    bundle = engine.bundle
    figures = bundle.figures
    return render_template(
        "how_it_works.html",
        engine,
        user,
        figures=figures,
        verdict=figures.get("verdict", {}),
        findings=figures.get("findings", []),
        trained=bundle.created_at[:10],
        policy=bundle.practice.desk,
        auc=format_auc(figures),
        horizon_days=bundle.horizon_days,
        label=bundle.label,
        version=engine.version,
        sha256=bundle.sha256[:12],
        share=share,
        base=hundredths(bundle.base_rate),
        here="how",
        emergency=bundle.practice.emergency_sentence,
    )


def render_settings(
    engine: Engine, user: SignedInUser, script: str | None, views: Mapping[str, str], done: bool = False
) -> str:
    """What can be changed: how a call begins, and one's own saved views."""
    return render_template(
        "settings.html", engine, user, script=script or DEFAULT_SCRIPT, views=views, done=done, here="settings"
    )


def render_notice(
    title: str, text: str, engine: Engine | None = None, refresh: bool = False, user: SignedInUser | None = None
) -> str:
    """A page with one message: warming up, nothing to show, not found."""
    return render_template("notice.html", engine, user, title=title, text=text, refresh=refresh, here="")


def render_sign_in(next_path: str, name: str = "", fault: str = "", note: str = "", warning: str = "") -> str:
    """The page that asks for name and password, and leads on to the path ``next_path``."""
    return render_template(
        "sign_in.html", None, None, wanted=next_path, name=name, fault=fault, note=note, warning=warning
    )


def render_password(user: SignedInUser, fault: str = "", note: str = "") -> str:
    """The page on which somebody chooses another password."""
    return render_template("password.html", None, user, fault=fault, note=note, least=MIN_LENGTH, here="")


def render_resubmit(
    path: str, typed: list[tuple[str, str]], message: str, user: SignedInUser | None, sign_in: bool
) -> str:
    """A form that was not taken, with what was typed, to be sent once more; where ``sign_in``, after signing in on
    another page.
    """
    return render_template("resubmit.html", None, user, path=path, typed=typed, words=message, sign_in=sign_in, here="")


def render_api_docs(description: dict[str, Any], user: SignedInUser | None = None) -> str:
    """The API description as a page that needs no script."""
    return render_template(
        "api_docs.html",
        None,
        user,
        description=description,
        schemas=description["components"]["schemas"],
        here="docs",
    )


def _describe_model(snapshot: QueueSnapshot) -> dict[str, Any]:
    """As of when, by which model, and how good it is."""
    bundle = snapshot.engine.bundle
    display = DisplayText.of(bundle.practice, snapshot.now)
    return {
        "as_of": display.when(display.now),
        "version": snapshot.engine.version,
        "sha256": bundle.sha256[:12],
        "auc": format_auc(bundle.figures),
    }


def _build_bars(view: LeadDetails) -> list[Bar]:
    """Every reason and everything else, to one scale."""
    parts = [(reason.text, reason.effect, reason.log_odds, ",".join(reason.signals)) for reason in view.reasons]
    parts += (
        [("Everything else together", Reason("", view.everything_else, ()).effect, view.everything_else, "")]
        if view.everything_else
        else []
    )
    longest = max((abs(size) for _, _, size, _ in parts), default=1.0) or 1.0
    sized = [
        (text, effect, max(_BAR_WIDTH * abs(size) / longest, 1.0), signals) for text, effect, size, signals in parts
    ]
    return [
        Bar(text, effect, _BAR_WIDTH if effect == "raises" else _BAR_WIDTH - width, width, signals)
        for text, effect, width, signals in sized
    ]


def _build_history(view: LeadDetails, wording: DisplayText, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What happened, the newest first: when, what, by whom.

    Calls logged here stand as steps only, not as their record too.
    """
    undone = {step.undoes for step in view.steps}
    said = [
        (
            step.at,
            describe_step(step, wording, names) + (" (taken back)" if step.number in undone else ""),
            names.get(step.person, step.person),
        )
        for step in view.steps
        if step.kind != "undo"
    ]
    said += [
        (one.occurred_at, wording.event(one), "") for one in view.events if not (one.event_id or "").startswith("desk:")
    ]
    said += [
        (one.occurred_at, f"Outcome: {one.stage}" + (f", {one.reason.replace('_', ' ')}" if one.reason else ""), "")
        for one in view.outcomes
        if not (one.outcome_id or "").startswith("desk:")
    ]
    return [(wording.when(at), words, who) for at, words, who in sorted(said, key=lambda one: one[0], reverse=True)]
