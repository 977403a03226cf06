"""What may an assistant see of a lead, of the insights and of the model? Ids, numbers and our own words.

Lives here: taking from what the API and the desk know the fields that name nobody.
Does not live here: which tools there are and what they take (``tools``), the figures themselves.

What an assistant reads goes on to whoever runs it. So nothing leaves here that a person wrote or that reaches a person:
no name, contact, message, address, no value of a lead, and of the insights what a file may hold that leaves the house.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from features.logs.prediction_log import to_log_id
from features.registry import Signal
from features.schema import CUSTOM_PREFIX
from features.signals.sent_columns import SENT_PREFIX
from serving.insights.insight_report import InsightReport
from serving.insights.report_sections import SECTIONS
from serving.insights.sharing.shared_report import make_shareable
from serving.scoring.engine import Engine
from serving.scoring.reason_groups import TOPIC_TITLES, find_topic
from serving.scoring.score_words import hundredths

__all__ = ["SHARED_SECTIONS", "DescribeInsights", "view_insights", "view_model", "view_queue", "view_reasons"]

SHARED_SECTIONS = tuple(name for name in SECTIONS if name != "people")
"""Sections without people of the practice."""

DescribeInsights = Callable[[InsightReport, str | None], dict[str, Any]]
"""Report, and a section or None for the summary -> what ``/v1/insights`` answers."""

_WARNING = "A newer model or the home's practice.toml is not used; leadlight doctor says why."
"""What is wrong in our words: an error may name a folder, and that a person."""

_SCORE_FIELDS = ("probability", "grade", "lane", "scored_at", "receipt", "model_version")
_SUMS = ("base_log_odds", "level_log_odds", "everything_else_log_odds", "log_odds")


def view_queue(
    queue: Mapping[str, Any], now: np.datetime64, record_ids: Collection[str] = frozenset()
) -> dict[str, Any]:
    """Return the working order as numbers.

    Parameters
    ----------
    queue : mapping
        As ``/v1/queue`` answers it.
    now : datetime64[us], UTC
    record_ids : collection of str
        Ids that a CRM gave: HubSpot's have as many digits as a phone number.

    >>> lead = {"lead_id": "L-1", "created_at": "2026-03-05T11:00:00Z", "channel": "phone", "why_here": "new"}
    >>> view_queue({"leads": [lead | {"grade": "B", "probability": 0.3}]}, np.datetime64("2026-03-05T12:00"))["leads"]
    [{'position': 1, 'lead_id': 'L-1', 'waiting_minutes': 60, 'score': 30, 'grade': 'B', 'probability': 0.3}]
    """
    leads = []
    for position, lead in enumerate(queue["leads"], 1):
        waited = now - np.datetime64(lead["created_at"].removesuffix("Z"), "us")
        view = {
            "position": position,
            "lead_id": _hide_contact(lead["lead_id"], record_ids),
            "waiting_minutes": int(waited / np.timedelta64(1, "m")),
            "score": _to_score(lead.get("probability")),
        }
        score_fields = {name: lead[name] for name in sorted(_SCORE_FIELDS) if name in lead}
        leads.append(
            {name: value for name, value in view.items() if value is not None or name == "lead_id"} | score_fields
        )
    return {"leads": leads, "count": len(leads)}


def view_reasons(
    lead_id: str, shown: Mapping[str, Any], signals: Sequence[Signal], record_ids: Collection[str] = frozenset()
) -> dict[str, Any]:
    """Return what moved a lead's last score: signals, our words for what each asks, and log-odds.

    The sums are those that were shown: base, level, reasons and everything else add up to the log-odds. A value of
    the lead is in none of them, nor what the practice calls a column of its own.

    Parameters
    ----------
    shown : mapping
        The answer that was given with the score.
    signals : sequence of Signal
        Of the model in use; a signal of an earlier model that is not among them has no words.
    """
    by_name = {signal.name: signal for signal in signals}
    reasons = []
    for rank, reason in enumerate(shown.get("reasons", ()), 1):
        moved = [by_name[name] for name in reason["signals"] if name in by_name]
        topic = TOPIC_TITLES.get(find_topic(moved[0]), "A column of the practice's own") if moved else None
        reasons.append(
            {
                "rank": rank,
                "effect": reason["effect"],
                "log_odds": reason["log_odds"],
                "signals": list(dict.fromkeys(map(_name_signal, reason["signals"]))),
                "about": topic,
                "questions": [signal.question for signal in moved],
            }
        )
    numbers = {name: shown[name] for name in (*_SCORE_FIELDS, "probability_low", "probability_high", *_SUMS)}
    return {
        "lead_id": _hide_contact(lead_id, record_ids),
        "score": _to_score(shown["probability"]),
        **numbers,
        "reasons": reasons,
    }


def view_insights(report: InsightReport, section: str | None, describe: DescribeInsights) -> dict[str, Any]:
    """Return the summary, or a section's tables, as ``/v1/insights`` does, of what may leave the house: numbers of
    fewer than 11 people are hidden, with what would tell them, and nobody of the practice is named.
    """
    described = describe(make_shareable(report), section)
    if section is None:
        described["sections"] = [name for name in described["sections"] if name in SHARED_SECTIONS]
    return described


def view_model(engine: Engine, warning: str | None) -> dict[str, Any]:
    """Return which model answers and how good it is; not whose it is, which may be a doctor's name.

    Parameters
    ----------
    warning : str or None
        What is wrong all the same; an assistant learns that there is something.
    """
    card = engine.card()
    names = ("name", "version", "sha256", "label", "horizon_days", "dated", "trained_at", "base_rate", "level")
    return {name: card[name] for name in (*names, "grades", "figures")} | {
        "signals": len(engine.bundle.signals),
        "warning": None if warning is None else _WARNING,
    }


def _name_signal(name: str) -> str:
    """Return a signal's name without a word of the practice or of a person.

    >>> _name_signal("valid_phone"), _name_signal("sent:custom:Seen by Dr. Lee"), _name_signal("custom:Tags = Diabetes")
    ('valid_phone', 'sent:custom', 'custom')
    >>> _name_signal("payer (booking rate)"), _name_signal("referral_reason = Knee pain")
    ('payer (booking rate)', 'referral_reason')
    """
    flag = SENT_PREFIX if name.startswith(SENT_PREFIX) else ""
    if name.removeprefix(flag).startswith(CUSTOM_PREFIX):
        return flag + CUSTOM_PREFIX.rstrip(":")
    # What follows is one member of a list, as somebody wrote it.
    return name.partition(" = ")[0]


def _hide_contact(lead_id: str, record_ids: Collection[str] = frozenset()) -> str | None:
    """Return an id, None for one that may be an e-mail address, a phone number or, without a digit, a name.

    Digits that a CRM gave as its record's id are no phone number, however many there are.

    >>> _hide_contact("L-1001"), _hide_contact("ann@example.org"), _hide_contact("+1 617 555 0123")
    ('L-1001', None, None)
    >>> _hide_contact("ann.example")
    """
    if lead_id in record_ids and lead_id.isascii() and lead_id.isdigit():
        return lead_id
    is_plain = to_log_id(lead_id) == lead_id and any(character.isdigit() for character in lead_id)
    return lead_id if is_plain else None


def _to_score(probability: float | None) -> int | None:
    return None if probability is None else hundredths(probability)
