"""What can a person do with a lead, and what is its state afterwards? Steps in the order in which they were taken -> a
state.

Lives here: the kinds of steps, the fields of each, the one rule by which steps add up. Plain values, no store, no
clock. Does not live here: who may take a step, and when it takes effect outside of the desk (``lead_actions``).

A step that was undone counts as never taken, so undoing needs no rule of its own: the other steps are replayed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from features.schema import LOST_REASONS, RELATIONS
from features.text.label_reader import LabelReader
from serving.errors import Fault, RequestError
from serving.scoring.lead_stage import KEPT_BEFORE
from serving.store.database.entities import DeskStep, LeadState

__all__ = [
    "CALL_RESULTS",
    "HOLD",
    "MESSAGES",
    "STEP_FIELDS",
    "VERDICTS",
    "OUTCOMES",
    "validate_step",
    "find_holder",
    "replay_steps",
    "apply_step",
]

HOLD = timedelta(minutes=15)
"""How long a claimed lead is reserved for its owner; each of their steps starts the time anew."""

CALL_RESULTS = {
    "reached": "Spoke with them",
    "voicemail": "Left a voicemail",
    "no_answer": "No answer",
    "wrong_number": "Wrong number",
}
"""Result of a call -> words."""

MESSAGES = {"text": "Texted", "email": "Emailed"}
"""Channel of a message that somebody sent -> words."""

OUTCOMES = {
    "qualified": "Qualified",
    "booked": "Booked",
    "attended": "Showed up",
    "treated": "Treatment started",
    "lost": "Lost",
}
"""Outcome of a lead -> words."""

VERDICTS = ("approved", "rejected")
"""What a manager says of a report that a reading is wrong."""

_MAX_TEXT = 2_000
_MAX_CONTACT, _MIN_DIGITS = 200, 7
_MAX_DIGITS = 18
"""Digits of a step's number, so that every database stores it."""
_CLOSING = ("booked", "attended", "treated", "lost")
_MAX_AHEAD = timedelta(days=370)
"""No promise and no follow-up may be further ahead."""


def replay_steps(steps: Iterable[DeskStep]) -> LeadState:
    """Return the lead's state after its steps, oldest first; those that were undone do not count.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    >>> steps = [
    ...     DeskStep("L", "anna", "claim", {}, None, noon, 1),
    ...     DeskStep("L", "anna", "call", {"result": "no_answer"}, None, noon, 2),
    ... ]
    >>> replay_steps(steps).calls, replay_steps([*steps, DeskStep("L", "anna", "undo", {}, 2, noon, 3)]).calls
    (1, 0)
    """
    history = list(steps)
    undone = {step.undoes for step in history}
    state = LeadState()
    for step in history:
        if step.kind != "undo" and step.number not in undone:
            state = apply_step(state, step)
    return state


def apply_step(state: LeadState, step: DeskStep) -> LeadState:
    """Return the lead's state after one more step."""
    return _TRANSITIONS[step.kind](state, step)


def find_holder(state: LeadState, now: datetime) -> str | None:
    """Return who holds the lead now, so that nobody else calls."""
    return state.owner if state.held_until is not None and state.held_until > now else None


def validate_step(kind: str, fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the fields of a step of this kind, parsed and validated; other fields are dropped.

    Raises
    ------
    RequestError
        With status 422 and the fields to fix.
    """
    if kind not in STEP_FIELDS:
        raise RequestError(
            422,
            "invalid_step",
            "There is no such step; use the buttons of the page.",
            (Fault("kind", "another word", f"one of {', '.join(STEP_FIELDS)}"),),
        )
    detail: dict[str, Any] = {}
    faults = []
    for name, (parse, expected, is_required) in STEP_FIELDS[kind].items():
        value = fields.get(name)
        value = value.strip() if isinstance(value, str) else value
        if value in (None, ""):
            if is_required:
                faults.append(Fault(name, "nothing", expected))
            continue
        parsed = parse(value, now)
        if parsed is None:
            faults.append(Fault(name, "another value", expected))
        else:
            detail[name] = parsed
    if kind == "outcome" and detail.get("stage") == "lost" and "reason" not in detail:
        faults.append(Fault("reason", "nothing", "why it was lost"))
    if kind == "contact" and not (detail or faults):
        faults.append(Fault("phone", "nothing", "a phone number or an email address"))
    if kind == "facts" and not (detail or faults):
        faults.append(Fault("fact", "nothing", "at least one thing that they told you"))
    if faults:
        raise RequestError(
            422, "invalid_step", "Something is missing or cannot be read; fix the fields that are named.", tuple(faults)
        )
    return detail


def _make_choice_parser(choices: Iterable[str]) -> Callable[[Any, datetime], str | None]:
    allowed = tuple(choices)
    return lambda value, now: value if value in allowed else None


def _parse_text(value: Any, now: datetime) -> str | None:
    return value if isinstance(value, str) and len(value) <= _MAX_TEXT and "\0" not in value else None


def _parse_place(value: Any, now: datetime) -> int | None:
    # The length is bounded first: int would be slow on a very long number, and no database stores it.
    if not (isinstance(value, str) and len(value) <= len("10000") and value.isascii() and value.isdigit()):
        return None
    return int(value) if 1 <= int(value) <= 10_000 else None


def _parse_future_moment(value: Any, now: datetime) -> str | None:
    """Return a future moment with a time zone as text in UTC."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None or not now - timedelta(minutes=1) <= moment <= now + _MAX_AHEAD:
        return None
    return moment.astimezone(now.tzinfo).isoformat()


def _parse_phone(value: Any, now: datetime) -> str | None:
    is_text = isinstance(value, str) and len(value) <= _MAX_CONTACT and "\0" not in value
    return value if is_text and sum(map(str.isdigit, value)) >= _MIN_DIGITS else None


def _parse_email(value: Any, now: datetime) -> str | None:
    is_text = isinstance(value, str) and len(value) <= _MAX_CONTACT
    return value if is_text and re.fullmatch(r"[^@\s\0]+@[^@\s\0]+\.[^@\s\0]+", value) else None


def _parse_short_text(value: Any, now: datetime) -> str | None:
    return value if isinstance(value, str) and len(value) <= _MAX_CONTACT and "\0" not in value else None


def _parse_zip(value: Any, now: datetime) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"[0-9]{5}(?:-[0-9]{4})?", value) else None


def _parse_yes_no(value: Any, now: datetime) -> float | None:
    return {"yes": 1.0, "no": 0.0}.get(value) if isinstance(value, str) else None


def _parse_label(value: Any, now: datetime) -> str | None:
    """Return the name of a label of the reader (``features.text.label_reader``)."""
    return value if value in LabelReader.load_default().labels else None


def _parse_step_number(value: Any, now: datetime) -> int | None:
    is_number = isinstance(value, str) and len(value) <= _MAX_DIGITS and value.isascii() and value.isdigit()
    return int(value) if is_number else None


_CALLBACK_EXPECTED = "a future time, such as tomorrow 3 PM"
_GRADES = ("A", "B", "C", "D")
_REASON = (_parse_text, f"at most {_MAX_TEXT:,} characters", True)
_NOTE = (_parse_text, f"at most {_MAX_TEXT:,} characters", False)

_SHORT = (_parse_short_text, f"at most {_MAX_CONTACT} characters", False)
_PHONE = (_parse_phone, "a phone number with its area code", False)
_EMAIL = (_parse_email, "an email address", False)

STEP_FIELDS: dict[str, dict[str, tuple[Callable[[Any, datetime], Any], str, bool]]] = {
    "claim": {},
    "calling": {},
    "release": {},
    "call": {"result": (_make_choice_parser(CALL_RESULTS), f"one of {', '.join(CALL_RESULTS)}", True), "note": _NOTE},
    "message": {"channel": (_make_choice_parser(MESSAGES), f"one of {', '.join(MESSAGES)}", True), "note": _NOTE},
    "contact": {"phone": _PHONE, "email": _EMAIL},
    "facts": {
        "phone": _PHONE,
        "email": _EMAIL,
        "relation": (_make_choice_parser(RELATIONS), f"one of {', '.join(RELATIONS)}", False),
        "service_requested": _SHORT,
        "preferred_clinic": _SHORT,
        "payer": _SHORT,
        "postal_code": (_parse_zip, "a ZIP code of five digits", False),
        "timeframe": _SHORT,
        "existing_patient": (_parse_yes_no, "yes or no", False),
        "referrer": _SHORT,
        "referral_reason": _SHORT,
        "message": _NOTE,
    },
    "hand_off": {
        "to": (_parse_short_text, "who takes over, such as Plano or Rosa, ext. 14", True),
        "answer_by": (_parse_future_moment, "a future time, such as fri 2 pm", True),
        "note": _NOTE,
    },
    "outcome": {
        "stage": (_make_choice_parser(OUTCOMES), f"one of {', '.join(OUTCOMES)}", True),
        "reason": (_make_choice_parser(LOST_REASONS), f"one of {', '.join(LOST_REASONS)}", False),
        "appointment_at": (_parse_future_moment, "a future time, such as fri 2 pm", False),
        "clinic": (_parse_text, f"at most {_MAX_TEXT:,} characters", False),
        "provider": (_parse_text, f"at most {_MAX_TEXT:,} characters", False),
        "note": _NOTE,
    },
    "callback": {"at": (_parse_future_moment, _CALLBACK_EXPECTED, True), "note": _NOTE},
    "cancel_callback": {"note": _NOTE},
    "hand_over": {"to": (_parse_text, "a person of the desk", True), "note": _NOTE},
    "nurture": {"until": (_parse_future_moment, "a day to come, within a year", True), "note": _NOTE},
    "back": {"note": _NOTE},
    "grade": {"grade": (_make_choice_parser(_GRADES), "A, B, C or D", True), "reason": _REASON, "receipt": _NOTE},
    "order": {"place": (_parse_place, "a place from 1 to 10,000", True), "reason": _REASON, "receipt": _NOTE},
    "reason_wrong": {"reason": (_parse_text, "which reason", True), "note": _REASON, "receipt": _NOTE},
    "reading_wrong": {
        "label": (_parse_label, "one of the labels of the list", True),
        "answer": (_make_choice_parser(("yes", "no")), "yes or no", True),
    },
    "reading_verdict": {
        "report": (_parse_step_number, "the number of a report", True),
        "verdict": (_make_choice_parser(VERDICTS), f"one of {', '.join(VERDICTS)}", True),
    },
    "note": {"text": _REASON},
    "do_not_contact": {"note": _NOTE},
    "undo": {},
}
"""Kind of a step -> its fields: how each is parsed, what is expected, whether it is required."""


def _hold(state: LeadState, step: DeskStep) -> LeadState:
    """Hold the lead for the person."""
    return replace(state, owner=step.person, held_until=step.at + HOLD)


def _apply_call(state: LeadState, step: DeskStep) -> LeadState:
    """Count the call; one that reached somebody keeps the lead on hold for what comes of it.

    A promise ends with a call at its time, not with one before it: who was told 3 PM is called at 3 PM.
    """
    was_reached = step.detail["result"] == "reached"
    is_kept = state.callback_at is not None and step.at >= state.callback_at - KEPT_BEFORE
    called = replace(
        _hold(state, step),
        callback_at=None if is_kept else state.callback_at,
        calls=state.calls + 1,
        last_call_at=step.at,
        last_result=step.detail["result"],
    )
    return replace(called if was_reached else replace(called, held_until=None), place=None)


def _apply_outcome(state: LeadState, step: DeskStep) -> LeadState:
    """Hold the lead after an outcome; the final ones close it."""
    if step.detail["stage"] not in _CLOSING:
        return _hold(state, step)
    # A reason is chosen for a lost lead alone; one left over in the form of a booked lead says nothing.
    reason = step.detail.get("reason") if step.detail["stage"] == "lost" else None
    return replace(_close(state), owner=step.person, closed_because=reason or step.detail["stage"])


def _close(state: LeadState) -> LeadState:
    return replace(state, track="closed", held_until=None, callback_at=None, follow_up_at=None, place=None)


_TRANSITIONS: dict[str, Callable[[LeadState, DeskStep], LeadState]] = {
    "claim": _hold,
    "calling": _hold,
    # By a rule, so it is in no form: whoever was promised a call keeps the promise, from another person.
    "assign": lambda state, step: replace(state, owner=step.detail["to"], held_until=None),
    "release": lambda state, step: replace(state, owner=None, held_until=None),
    "call": _apply_call,
    "outcome": _apply_outcome,
    "callback": lambda state, step: replace(
        state,
        track="queue",
        owner=step.person,
        held_until=None,
        follow_up_at=None,
        callback_at=datetime.fromisoformat(step.detail["at"]),
    ),
    "cancel_callback": lambda state, step: replace(state, callback_at=None),
    "hand_over": lambda state, step: replace(state, owner=step.detail["to"], held_until=None),
    # Whoever was promised a call gets it, also while the lead is snoozed.
    "nurture": lambda state, step: replace(
        _close(state),
        track="nurture",
        callback_at=state.callback_at,
        owner=step.person,
        nurtured_at=step.at,
        follow_up_at=datetime.fromisoformat(step.detail["until"]),
    ),
    "back": lambda state, step: replace(
        state, track="queue", owner=None, held_until=None, follow_up_at=None, closed_because=None
    ),
    "grade": lambda state, step: replace(state, grade=step.detail["grade"]),
    "order": lambda state, step: replace(state, place=step.detail["place"]),
    "reason_wrong": lambda state, step: state,
    "reading_wrong": lambda state, step: state,
    "reading_verdict": lambda state, step: state,
    "message": lambda state, step: replace(_hold(state, step), held_until=None),
    "contact": lambda state, step: state,
    "facts": lambda state, step: state,
    "hand_off": lambda state, step: state,
    "note": lambda state, step: state,
    "do_not_contact": lambda state, step: replace(_close(state), closed_because="do_not_contact"),
}
