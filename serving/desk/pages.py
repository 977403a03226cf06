"""What does the intake lead see? Queue entries -> HTML, with the templates and the style sheet beside this file.

Lives here: words and lengths for the page, rendering with everything escaped.
Does not live here: what is shown and in which order (``queue``), routes (``serving.api``).
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from scipy.special import expit

from features.clock import local_clock
from serving.desk.queue import GRADES, PAGE_LEADS, Entry, Filter, Queue, utc
from serving.lanes import LANES
from serving.people.desk_people import Visitor
from serving.people.passwords import LEAST_LETTERS
from serving.reasons import Reason
from serving.scoring import Engine, hundredths

__all__ = ["REASONS_LISTED", "Bar", "again_page", "document", "lead_page", "notice_page", "password_page", "queue_page", "sign_in_page", "style_sheet"]

REASONS_LISTED = 3
PROMISE = "A score supports the order of calls; a person decides. This is not triage."
ARRIVAL_WORDS = "a few leads are called as they came, so that it can be seen what the score is worth. Please call them like any other."
_FOLDER = Path(__file__).parent
_BAR_WIDTH = 100.0
"""Length of the longest bar, in units of the drawing."""

_FACTS = {
    "channel": "Channel", "source": "Source", "campaign": "Campaign", "service_requested": "Service asked for", "preferred_clinic": "Clinic asked for",
    "payer": "Payer", "relation": "Asking for", "preferred_contact": "Prefers contact by", "preferred_time": "Prefers contact at", "timeframe": "Timeframe",
}  # fmt: skip


@dataclass(frozen=True)
class Bar:
    """One reason as a bar that grows to the right when it raises the score and to the left when it lowers it."""

    text: str
    effect: str
    left: float
    width: float


def queue_page(queue: Queue, wanted: Filter, page: int, visitor: Visitor | None = None) -> str:
    """The list of open leads, one page of it. A page past the end is the last one."""
    rows = queue.rows(wanted)
    pages = max(1, -(-len(rows) // PAGE_LEADS))
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE_LEADS
    return _render(
        "queue.html", queue.engine, queue=queue, entries=queue.entries(rows[first : first + PAGE_LEADS]), wanted=wanted, lanes=LANES, grades=GRADES,
        first=first, found=len(rows), page=page, pages=pages, link=lambda number: _link(wanted, number), visitor=visitor, **_status(queue),
    )  # fmt: skip


def lead_page(queue: Queue, entry: Entry, visitor: Visitor | None = None) -> str:
    """One lead with all its reasons, its message, and what is not known."""
    facts = [(words, entry.facts[name]) for name, words in _FACTS.items() if isinstance(entry.facts.get(name), str)]
    created_at = entry.facts.get("created_at")
    arrived = _local(utc(created_at), queue.engine) if _hours_known(entry) else None
    base = hundredths(float(expit(entry.explanation.base)))
    return _render("lead.html", queue.engine, entry=entry, bars=_bars(entry), facts=facts, arrived=arrived, base=base, visitor=visitor, **_status(queue))


def notice_page(title: str, text: str, engine: Engine | None = None, refresh: bool = False, visitor: Visitor | None = None) -> str:
    """A page with one message: warming up, nothing to show, not found."""
    return _render("notice.html", engine, title=title, text=text, refresh=refresh, visitor=visitor)


def sign_in_page(wanted: str, name: str = "", fault: str = "", note: str = "", warning: str = "") -> str:
    """The page that asks for name and password, and leads on to the path ``wanted``."""
    return _render("sign_in.html", None, wanted=wanted, name=name, fault=fault, note=note, warning=warning)


def password_page(visitor: Visitor, fault: str = "", note: str = "") -> str:
    """The page on which somebody chooses another password."""
    return _render("password.html", None, visitor=visitor, fault=fault, note=note, least=LEAST_LETTERS)


def again_page(path: str, typed: list[tuple[str, str]], words: str, visitor: Visitor | None, sign_in: bool) -> str:
    """A form that was not taken, with what was typed, to be sent once more; where ``sign_in``, after signing in on another page."""
    return _render("again.html", None, path=path, typed=typed, words=words, visitor=visitor, sign_in=sign_in)


def document(description: dict[str, Any], visitor: Visitor | None = None) -> str:
    """The API description as a page that needs no script."""
    return _render("docs.html", None, description=description, schemas=description["components"]["schemas"], visitor=visitor)


@cache
def style_sheet() -> bytes:
    """The style sheet."""
    return (_FOLDER / "desk.css").read_bytes()


@cache
def _templates() -> Environment:
    made = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"hundredths": hundredths, "waiting": _waiting, "path": lambda text: quote(str(text), safe=""), "spoken": _spoken, "schema": _schema_words}
    return made


def _render(template: str, engine: Engine | None, **values: Any) -> str:
    practice = engine.bundle.practice.name if engine is not None else ""
    return _templates().get_template(template).render({"promise": PROMISE, "practice": practice, "listed": REASONS_LISTED, "visitor": None} | values)


def _status(queue: Queue) -> dict[str, Any]:
    """As of when, by which model, and how good it is."""
    bundle = queue.engine.bundle
    return {
        "as_of": _local(queue.as_of, queue.engine),
        "version": queue.engine.version,
        "sha256": bundle.sha256[:12],
        "auc": _auc(bundle.figures),
        "label_words": f"within {bundle.horizon_days} days" if bundle.dated else "",
        "horizon_days": bundle.horizon_days,
        "emergency": bundle.practice.emergency_sentence,
        "share": queue.share,
        "arrival_words": ARRIVAL_WORDS,
    }


def _auc(figures: dict[str, Any]) -> str | None:
    """The model's own area under the ROC curve on later leads, with its interval where training gave one."""
    found = figures.get("scorers", {}).get("Leadlight", figures).get("auc")
    if isinstance(found, list) and len(found) == 3:
        return f"{found[0]:.2f} ({found[1]:.2f} to {found[2]:.2f})"
    return f"{found:.2f}" if isinstance(found, int | float) else None


def _bars(entry: Entry) -> list[Bar]:
    """Every reason and everything else, to one scale."""
    parts = [(one.text, one.effect, one.log_odds) for one in entry.explanation.reasons]
    rest = entry.explanation.everything_else
    parts += [("Everything else together", Reason("", rest, ()).effect, rest)] if rest else []
    longest = max((abs(size) for _, _, size in parts), default=1.0) or 1.0
    sized = [(text, effect, max(_BAR_WIDTH * abs(size) / longest, 1.0)) for text, effect, size in parts]
    return [Bar(text, effect, _BAR_WIDTH if effect == "raises" else _BAR_WIDTH - width, width) for text, effect, width in sized]


def _link(wanted: Filter, page: int) -> str:
    """The address of a page of the same list."""
    asked = {"lane": wanted.lane, "grade": wanted.grade, "channel": wanted.channel, "arrived": wanted.arrived, "page": page if page > 1 else ""}
    return "/?" + urlencode({name: value for name, value in asked.items() if value})


def _hours_known(entry: Entry) -> bool:
    return entry.hours_waiting == entry.hours_waiting


_UNITS_OF_WAITING = ((2, 1 / 60, "minute", "minutes"), (48, 1, "hour", "hours"), (1440, 24, "day", "days"), (np.inf, 730.5, "month", "months"))
"""(below this many hours, hours in one, one, many)."""


def _waiting(hours: float) -> str:
    """How long somebody has waited, as people say it.

    >>> _waiting(0.5), _waiting(5), _waiting(200), _waiting(float("nan"))
    ('30 minutes', '5 hours', '8 days', 'not known')
    """
    if hours != hours:
        return "not known"
    for limit, size, one, many in _UNITS_OF_WAITING:
        if hours < limit:
            count = int(max(hours, 0) / size)
            return f"{count} {one if count == 1 else many}"
    raise AssertionError("an infinite waiting time")


def _local(moment: np.datetime64, engine: Engine) -> str | None:
    """A UTC instant on the practice's own clock, such as "5 Mar 2026, 09:00"; None when not known."""
    if np.isnat(moment):
        return None
    there = local_clock(np.array([moment]), engine.bundle.practice.timezone)[0].astype("datetime64[s]").item()
    return f"{there.day} {there:%b %Y, %H:%M}"


def _spoken(value: Any) -> str:
    """A category as words: ``web_form`` reads "web form"; unknown reads as a dash with words for screen readers in the template."""
    return value.replace("_", " ") if isinstance(value, str) else ""


def _schema_words(schema: dict[str, Any]) -> str:
    """The type of a field in a few words."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "allOf" in schema:
        return _schema_words(schema["allOf"][0])
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_schema_words(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    return f"list of {_schema_words(schema['items'])}" if schema.get("type") == "array" and "items" in schema else schema.get("type", "any value")
