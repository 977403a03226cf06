"""How does the desk word a time, a wait, a step? Plain words in the practice's local time.

Lives here: words for pages. Does not live here: why a lead is at its position
(``serving.desk.queue.order_explanations``), the reasons of a score (``features.explain.reasons``).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

import numpy as np

from features.column_words import lower_first, name_column
from features.practice.practice import Practice
from serving.desk.lead_state import CALL_RESULTS, MESSAGES, OUTCOMES
from serving.desk.sentence_trial import name_label
from serving.scoring.next_step import LOST_WORDS
from serving.store.database.entities import DeskStep, Event, LeadState

__all__ = ["DisplayText", "format_auc", "describe_step"]

_EVENTS = {
    "page_view": "Viewed a page",
    "form_submit": "Sent a form",
    "inbound_call": "Called us",
    "missed_call": "Missed call",
    "outbound_call": "We called",
    "voicemail": "Left a voicemail",
    "sms_in": "Texted us",
    "sms_out": "We texted",
    "email_in": "Emailed us",
    "email_out": "We emailed",
    "email_open": "Opened our email",
    "email_click": "Clicked a link in our email",
    "chat": "Chatted with us",
    "verification": "Verified",
}

_UNITS = (
    (120, 1, "minute", "minutes"),
    (48 * 60, 60, "hour", "hours"),
    (60 * 24 * 60, 24 * 60, "day", "days"),
    (np.inf, 30.44 * 24 * 60, "month", "months"),
)
"""(upper limit in minutes, minutes in one unit, singular, plural)."""

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
"""How the store writes a moment in a custom column."""


@dataclass(frozen=True)
class DisplayText:
    """Words at one moment, in one practice's local time.

    Parameters
    ----------
    now : datetime, aware
    """

    practice: Practice
    now: datetime

    @classmethod
    def of(cls, practice: Practice, now: np.datetime64) -> "DisplayText":
        """Build it for a moment in UTC."""
        return cls(practice, now.astype("datetime64[us]").item().replace(tzinfo=UTC))

    def format_moment(self, moment: datetime | None) -> str:
        """Format a moment as "today, 9 AM" or "Thu, Mar 5, 9 AM"; empty when unknown."""
        if moment is None:
            return ""
        local, today = moment.astimezone(self.practice.zone), self.now.astimezone(self.practice.zone).date()
        return self.practice.formats.format_moment(local, today)

    def format_time(self, moment: datetime) -> str:
        """Format the time of day."""
        return self.practice.formats.format_time(moment.astimezone(self.practice.zone))

    def count_minutes_since(self, moment: datetime) -> float:
        """Count the minutes since a moment, 0 for a future one."""
        return max((self.now - moment) / timedelta(minutes=1), 0.0)

    def get_target_minutes(self, channel: str | None) -> float:
        """Return how soon the practice wants a lead of a channel to be called."""
        return float(
            self.practice.desk.response_target_minutes.get(channel or "", self.practice.response_target_minutes)
        )

    @staticmethod
    def format_duration(minutes: float) -> str:
        """Format a duration as people say it.

        >>> DisplayText.format_duration(30), DisplayText.format_duration(300), DisplayText.format_duration(8 * 24 * 60)
        ('30 minutes', '5 hours', '8 days')
        """
        _, size, singular, plural = next(unit for unit in _UNITS if minutes < unit[0])
        count = int(minutes / size)
        return f"{count} {singular if count == 1 else plural}"

    @staticmethod
    def format_age(minutes: float) -> str:
        """Format how long somebody has waited, short enough for a list.

        >>> DisplayText.format_age(30), DisplayText.format_age(300), DisplayText.format_age(8 * 24 * 60)
        ('30 min', '5 h', '8 days')
        """
        return re.sub(r" minutes?", " min", re.sub(r" hours?", " h", DisplayText.format_duration(minutes)))

    def format_hold(self, state: LeadState) -> str:
        """Return until when a lead is held for its owner; empty when it is not."""
        is_held = state.held_until is not None and state.held_until > self.now
        return self.format_time(state.held_until) if is_held else ""

    def format_value(self, value: Any) -> str:
        """Format a value of a custom column: a whole number without its point, a moment in the practice's local time.

        >>> from features.practice.practice import Practice
        >>> DisplayText(Practice(), datetime(2026, 3, 5, tzinfo=UTC)).format_value(9.0)
        '9'
        """
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return self._format_day_or_moment(datetime.fromisoformat(value))
        if isinstance(value, float):
            return f"{value:g}"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return str(value)

    def _format_day_or_moment(self, moment: datetime) -> str:
        """Format a day alone where a column holds days: they are stored as the midnight that they begin with."""
        local = moment.astimezone(self.practice.zone)
        if local.time() == time():
            return self.practice.formats.format_day(local.date(), self.now.astimezone(self.practice.zone).date())
        return self.format_moment(moment)

    @staticmethod
    def describe_event(event: Event) -> str:
        """Say what happened."""
        text = _EVENTS.get(event.kind, event.kind.replace("_", " "))
        if event.reached is None:
            return text
        return text + (", they answered" if event.reached else ", no answer")


def describe_step(step: DeskStep, display: DisplayText, names: Mapping[str, str]) -> str:
    """Say what a person did, followed by their own note."""
    detail = step.detail

    def moment(name: str) -> str:
        return display.format_moment(datetime.fromisoformat(detail[name]))

    # Functions, because each kind of step has its own fields: only the text of this kind may be formatted.
    texts = {
        "claim": lambda: "Took this lead",
        "calling": lambda: "Calling",
        "assign": lambda: _describe_assignment(detail, names),
        "release": lambda: "Released",
        "call": lambda: f"Call logged: {CALL_RESULTS[detail['result']].lower()}",
        "message": lambda: MESSAGES[detail["channel"]],
        "contact": lambda: f"Added {_name_fields(detail, display)}",
        "facts": lambda: f"Added {_name_fields(detail, display)}",
        "hand_off": lambda: f"Handed off to {detail['to']}, answer by {moment('answer_by')}",
        "outcome": lambda: _describe_outcome(detail, display),
        "callback": lambda: f"Callback set for {moment('at')}",
        "cancel_callback": lambda: "Callback canceled",
        "hand_over": lambda: f"Reassigned to {names.get(detail['to'], detail['to'])}",
        "nurture": lambda: f"Snoozed until {moment('until')}",
        "back": lambda: "Reopened",
        "grade": lambda: f"Grade changed to {detail['grade']}",
        "order": lambda: f"Moved to place {detail['place']}",
        "reason_wrong": lambda: f"Reported a wrong reason: {detail['reason'].replace('_', ' ')}",
        "reading_wrong": lambda: _describe_report(detail),
        "reading_verdict": lambda: f"Report about the reading {detail['verdict']}",
        "note": lambda: "Note",
        "do_not_contact": lambda: "Marked Do Not Contact",
        "undo": lambda: "Undid",
    }
    text = texts[step.kind]()
    note = detail.get("text") or detail.get("note") or (detail.get("reason") if step.kind in ("grade", "order") else "")
    return f"{text}. “{note}”" if note else text


def _describe_assignment(detail: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Say to whom a rule gave a lead, and why: "Assigned to Ben R., next in turn"."""
    why = {"round_robin": "next in turn", "fewest_open": "fewest open leads", "away": "the owner is away"}
    return f"Assigned to {names.get(detail['to'], detail['to'])}, {why.get(detail['rule'], detail['rule'])}"


def _name_fields(detail: Mapping[str, Any], display: DisplayText) -> str:
    """Name the columns that somebody filled in: "insurance, ZIP code"."""
    names = (name_column(name, display.practice.words) for name in detail["fields"].split(", "))
    return ", ".join(map(lower_first, names))


def format_auc(figures: Mapping[str, Any]) -> str | None:
    """Format the model's area under the ROC curve on later leads, with its interval where training gave one."""
    auc = figures.get("scorers", {}).get("Leadlight", figures).get("auc")
    if isinstance(auc, list) and len(auc) == 3:
        return f"{auc[0]:.2f} ({auc[1]:.2f} to {auc[2]:.2f})"
    return f"{auc:.2f}" if isinstance(auc, int | float) else None


def _describe_report(detail: Mapping[str, Any]) -> str:
    """Say what somebody reported about the reading of a message."""
    says = "does say" if detail["answer"] == "yes" else "doesn't say"
    return f"Reported a wrong reading: the message {says} “{name_label(detail['label'])}”"


def _describe_outcome(detail: Mapping[str, Any], display: DisplayText) -> str:
    """Say what became of a lead: "Lost: too expensive", "Booked for Fri, Dec 4, 2 PM, Plano, Dr. Shah"."""
    words = OUTCOMES[detail["stage"]]
    if detail["stage"] == "lost" and detail.get("reason"):
        return f"{words}: {LOST_WORDS.get(detail['reason'], detail['reason'])}"
    if detail.get("appointment_at"):
        words += f" for {display.format_moment(datetime.fromisoformat(detail['appointment_at']))}"
    places = [detail[name] for name in ("clinic", "provider") if detail.get(name)]
    return ", ".join([words, *places])
