"""What does each page say? Lists, records of what people did, forms -> HTML, with the templates beside this folder.

Lives here: choosing the values that a template gets. Does not live here: a line of a list (``list_items``), a lead's
own page (``lead_page``), words of time and place (``display_text``), the templates' engine (``templates``), addresses
(``routes``)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from features.column_words import head_column
from features.explain.plain_names import name_value
from serving.accounts.password_hashing import MIN_LENGTH
from serving.accounts.sessions import SignedInUser
from serving.desk.pages.desk_words import LANE_WORDS, LOST_CHOICES, SECTION_WORDS
from serving.desk.pages.display_text import DisplayText, format_auc
from serving.desk.pages.list_items import LeadListItem
from serving.desk.pages.templates import render_template
from serving.desk.queue.filters import ARRIVALS, GRADES, LANES_SHOWN, LISTS, OWNERS, SORTS, QueueFilter
from serving.desk.queue.queue_board import QueueSnapshot
from serving.desk.sentence_trial import SentenceReading
from serving.desk.translation.translator import LANGUAGES
from serving.scoring.engine import Engine
from serving.scoring.score_words import hundredths

__all__ = [
    "PAGE_LEADS",
    "Picking",
    "QueueListing",
    "describe_list",
    "describe_model",
    "find_shared_obstacle",
    "format_snooze",
    "render_api_docs",
    "render_how_it_works",
    "render_notice",
    "render_notices",
    "render_nurture",
    "render_password",
    "render_queue",
    "render_resubmit",
    "render_search_results",
    "render_settings",
    "render_sign_in",
]

PAGE_LEADS = 50
_SNOOZE = timedelta(weeks=2)
"""For how long a lead is snoozed where nobody says another day."""


@dataclass(frozen=True)
class QueueListing:
    """One page of the filtered queue.

    Parameters
    ----------
    rows : sequence of LeadListItem
        Of this page.
    match_count : int
        Leads on all pages together.
    queue_filter : QueueFilter
        Which leads, and which page of them.
    """

    rows: Sequence[LeadListItem]
    match_count: int
    queue_filter: QueueFilter


@dataclass(frozen=True)
class Picking:
    """Taking one step with many leads of the list.

    Parameters
    ----------
    is_on : bool
        Whether leads can be picked now.
    done : str
        What was just done, or why nothing was, in words; empty for neither.
    people : mapping
        Who can be given leads -> name to show.
    """

    is_on: bool
    done: str
    people: Mapping[str, str]


def render_queue(
    snapshot: QueueSnapshot,
    listing: QueueListing,
    user: SignedInUser,
    views: Mapping[str, str],
    token: int,
    picking: Picking,
) -> str:
    """Render one page of the list of open leads."""
    return render_template(
        "queue.html",
        snapshot.engine,
        user,
        views=views,
        token=token,
        picking=picking,
        lost=LOST_CHOICES,
        snooze=format_snooze(DisplayText.of(snapshot.engine.bundle.practice, snapshot.now)),
        current_lead="",
        section="queue",
        **describe_list(snapshot, listing),
        **describe_model(snapshot),
    )


def format_snooze(display: DisplayText) -> str:
    """Return the day until which leads are snoozed where nobody says another one."""
    return (display.now.astimezone(display.practice.zone) + _SNOOZE).date().isoformat()


def describe_list(snapshot: QueueSnapshot, listing: QueueListing) -> dict[str, Any]:
    """Return what the list needs, on its own page and beside a lead."""
    page_count = max(1, -(-listing.match_count // PAGE_LEADS))
    page = min(listing.queue_filter.page, page_count)
    chips = _list_quick_chips(snapshot)
    return {
        "rows": listing.rows,
        "obstacle": find_shared_obstacle(listing.rows),
        "match_count": listing.match_count,
        "queue_filter": listing.queue_filter,
        "counts": snapshot.counts,
        "lists": LISTS,
        "current_list": listing.queue_filter.list or "call",
        "sorts": SORTS,
        "choices": _list_choices(snapshot),
        "quick_chips": chips,
        "quick_values": [chip[:2] for chip in chips],
        "pages": page_count,
        "page": page,
        "first": (page - 1) * PAGE_LEADS,
    }


def find_shared_obstacle(rows: Sequence[LeadListItem]) -> str:
    """Return why most of the leads that cannot be called yet must wait, such as "Call after 8 AM: we're closed": it is
    said once, above them. Empty where no two share a reason.
    """
    obstacles = Counter(row.why_here for row in rows if row.section == "later")
    ((words, count),) = obstacles.most_common(1) or [("", 0)]
    return words if count > 1 else ""


def _list_quick_chips(snapshot: QueueSnapshot) -> list[tuple[str, str, str]]:
    """Return the filters that are always one tap away: the part of the filter, its value, its words."""
    chips = [("owner", "open", OWNERS["open"]), ("arrived", "today", ARRIVALS["today"])]
    counted = [(lane, snapshot.counts[lane]) for lane in ("urgent", "callback due")]
    return chips + [("lane", lane, f"{SECTION_WORDS[lane]} {count:,}") for lane, count in counted if count]


def _list_choices(snapshot: QueueSnapshot) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return what leads can be filtered by: the part of the filter, its name, each value with its words."""
    words = snapshot.engine.bundle.practice.words
    channels = [(name, name_value(name, words, "channel")) for name in snapshot.list_channels()]
    choices = [
        ("owner", "Assigned to", list(OWNERS.items())),
        ("arrived", "Came in", list(ARRIVALS.items())),
        ("lane", "Priority", [(lane, LANE_WORDS[lane]) for lane in LANES_SHOWN]),
        ("grade", "Grade", [(grade, grade) for grade in GRADES]),
        ("channel", head_column("channel", words), channels),
        ("clinic", head_column("preferred_clinic", words), [(name, name) for name in snapshot.list_clinics()]),
        ("service", head_column("service_requested", words), [(name, name) for name in snapshot.list_services()]),
    ]
    return [choice for choice in choices if choice[2]]


def render_nurture(snapshot: QueueSnapshot, rows: Sequence[LeadListItem], user: SignedInUser) -> str:
    """Render the leads to follow up later, the next first."""
    return render_template(
        "nurture.html", snapshot.engine, user, rows=rows, section="nurture", **describe_model(snapshot)
    )


def render_notices(snapshot: QueueSnapshot, parts: Mapping[str, Sequence[LeadListItem]], user: SignedInUser) -> str:
    """Render what concerns a user now: kind of notice (``serving.desk.notices.KINDS``) -> leads."""
    return render_template(
        "notices.html", snapshot.engine, user, parts=parts, section="notices", **describe_model(snapshot)
    )


def render_search_results(
    snapshot: QueueSnapshot,
    groups: Mapping[str, Sequence[LeadListItem]],
    names: Mapping[str, str],
    other_ids: Sequence[str],
    user: SignedInUser,
) -> str:
    """Render what a search found, by what was found: the person, a service or location, words of the message; and the
    names of the leads on no list. The query is in no address.
    """
    return render_template(
        "search_results.html",
        snapshot.engine,
        user,
        groups=groups,
        is_empty=not (other_ids or any(groups.values())),
        other_ids=other_ids,
        names=names,
        section="queue",
        **describe_model(snapshot),
    )


def render_how_it_works(
    engine: Engine, user: SignedInUser, share: float, sentence: str = "", reading: SentenceReading | None = None
) -> str:
    """Render what the model is, how good it is, what was checked, and what it is not."""
    bundle = engine.bundle
    figures = bundle.figures
    return render_template(
        "how_it_works.html",
        engine,
        user,
        figures=figures,
        verdict=figures.get("verdict", {}),
        findings=figures.get("findings", []),
        trained=bundle.practice.formats.format_day(date.fromisoformat(bundle.created_at[:10]), date.min),
        policy=bundle.practice.desk,
        auc=format_auc(figures),
        horizon_days=bundle.horizon_days,
        label=bundle.label,
        version=engine.version,
        sha256=bundle.sha256[:12],
        share=share,
        base=hundredths(bundle.base_rate),
        section="how",
        sentence=sentence,
        reading=reading,
        emergency=bundle.practice.emergency_sentence,
    )


def render_settings(
    engine: Engine, user: SignedInUser, templates: Mapping[str, str], views: Mapping[str, str], done: bool = False
) -> str:
    """Render what can be changed: how a call begins, what messages say, and one's own saved views."""
    return render_template(
        "settings.html",
        engine,
        user,
        templates=templates,
        views=views,
        done=done,
        languages=LANGUAGES,
        section="settings",
    )


def render_notice(
    title: str, text: str, engine: Engine | None = None, refresh: bool = False, user: SignedInUser | None = None
) -> str:
    """Render a page with one message: warming up, nothing to show, not found."""
    return render_template("notice.html", engine, user, title=title, text=text, refresh=refresh, section="")


def render_sign_in(next_path: str, name: str = "", fault: str = "", note: str = "", warning: str = "") -> str:
    """Render the page that asks for name and password, and leads on to the path ``next_path``."""
    return render_template(
        "sign_in.html", None, None, next_path=next_path, name=name, fault=fault, note=note, warning=warning
    )


def render_password(user: SignedInUser, fault: str = "", note: str = "") -> str:
    """Render the page for choosing another password."""
    return render_template("password.html", None, user, fault=fault, note=note, least=MIN_LENGTH, section="")


def render_resubmit(
    path: str, typed: list[tuple[str, str]], message: str, user: SignedInUser | None, sign_in: bool
) -> str:
    """Render a rejected form with what was typed, to be sent again; where ``sign_in``, after signing in on another
    page.
    """
    return render_template(
        "resubmit.html", None, user, path=path, typed=typed, message=message, sign_in=sign_in, section=""
    )


def render_api_docs(description: dict[str, Any], address: str, user: SignedInUser | None = None) -> str:
    """Render the API description as a page that needs no script; its examples call the service at ``address``."""
    return render_template(
        "api_docs.html",
        None,
        user,
        description=description,
        address=address,
        schemas=description["components"]["schemas"],
        section="docs",
    )


def describe_model(snapshot: QueueSnapshot) -> dict[str, Any]:
    """Return as of when the page is, by which model, and how good that is."""
    bundle = snapshot.engine.bundle
    display = DisplayText.of(bundle.practice, snapshot.now)
    return {
        "as_of": display.format_moment(display.now),
        "version": snapshot.engine.version,
        "sha256": bundle.sha256[:12],
        "auc": format_auc(bundle.figures),
    }
