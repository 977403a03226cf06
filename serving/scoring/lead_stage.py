"""How far have we come with this lead? One state machine, made from everything that happened, whatever reported it.

Lives here: what counts as a happening, the stages, and how one leads to the next. Plain values, no store, no clock.
Does not live here: what to do at a stage (``next_step``), steps of the desk (``serving.desk.lead_state``).

A stage is made of four parts, of which the first one that holds gives it its name:

    opted out           -> do not contact    until the CRM withdraws it or somebody reopens the lead
    booked or closed    -> booked, closed    by an outcome; until another outcome, or somebody reopens the lead
    a callback is set   -> callback set      until a call at its time, or until it is canceled
    contact so far      -> new, trying (we wrote or called), connected (we spoke, or they replied)

An outcome does not erase what came before it: a lead that is reopened is connected again if somebody spoke with it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from features.blocks.events import SAME_ATTEMPT
from serving.store.database.entities import DeskStep, Event, LeadChange, Outcome

__all__ = [
    "HAPPENINGS",
    "KEPT_BEFORE",
    "STAGES",
    "Happening",
    "LeadStage",
    "list_happenings",
    "read_payload_events",
    "trace_stage",
]

STAGES = ("new", "trying", "connected", "callback set", "booked", "closed", "do not contact")

KEPT_BEFORE = timedelta(minutes=5)
"""A call this long before the promised time, or later, keeps the promise."""
_SAME_ATTEMPT = SAME_ATTEMPT.item()
_WON = ("booked", "attended", "treated")


class Happening(NamedTuple):
    """Something that happened with a lead.

    Parameters
    ----------
    at : datetime, or datetime64 where all of a lead's are
    kind : str, one of ``HAPPENINGS``
    detail : str or datetime
        Result of an attempt, stage or reason of an outcome, time of a callback.
    """

    at: Any
    kind: str
    detail: Any = ""


@dataclass(frozen=True)
class LeadStage:
    """Where a lead stands.

    Parameters
    ----------
    contact : {"new", "trying", "connected"}
    callback_at : datetime, optional
    final : {"", "booked", "closed"}
    reason : str
        The outcome that ended it: "booked", "attended", "treated", or why it was lost.
    opted_out : bool
    calls, attempts : int
        Calls we made; those without an answer since the person was last heard from.
    last_call_at : moment, optional
    last_write_at : moment, optional
        When we last wrote.
    last_result : str
        Of the last call: reached, no_answer, voicemail, wrong_number, unknown, or empty.
    awaits : {"", "call", "reply"}
        What the person waits for: they called and nobody answered, or they wrote and nobody replied.
    heard_after_end : bool
        Whether the person got in touch after the lead was booked or closed.
    wrong_number : bool
        Whether the number on file is known to be wrong.
    on_phone : bool
        Whether calls or texts went to and fro, so that a number is known somewhere.
    """

    contact: str = "new"
    callback_at: datetime | None = None
    final: str = ""
    reason: str = ""
    opted_out: bool = False
    calls: int = 0
    attempts: int = 0
    last_call_at: Any = None
    last_write_at: Any = None
    last_result: str = ""
    awaits: str = ""
    heard_after_end: bool = False
    wrong_number: bool = False
    on_phone: bool = False

    @property
    def name(self) -> str:
        """The stage, one of ``STAGES``."""
        if self.opted_out:
            return "do not contact"
        return self.final or ("callback set" if self.callback_at is not None else self.contact)

    @property
    def is_open(self) -> bool:
        """Whether somebody should still get in touch."""
        return not self.opted_out and not self.final


def trace_stage(happenings: Iterable[Happening], opted_out: bool = False) -> LeadStage:
    """Return the stage after everything that happened, in any order.

    Parameters
    ----------
    opted_out : bool
        Whether the lead's record says that it must not be contacted, whatever happened.

    >>> day = datetime(2026, 11, 30)
    >>> trace_stage([Happening(day, "attempt", "no_answer"), Happening(day + timedelta(hours=1), "reply")]).name
    'connected'
    """
    stage = LeadStage()
    for happening in sorted(happenings, key=lambda happening: (happening.at, _rank(happening))):
        stage = HAPPENINGS[happening.kind](stage, happening)
    return replace(stage, opted_out=True) if opted_out else stage


def _rank(happening: Happening) -> int:
    """Order what has the same time: a number before it is dialed, a voicemail after the call it was left in."""
    if happening.kind == "new number":
        return 0
    return 2 if happening.detail == "voicemail" else 1


def _attempt(stage: LeadStage, happening: Happening) -> LeadStage:
    """Count a call without an answer; a voicemail left in the same call is not another one."""
    is_voicemail = happening.detail == "voicemail"
    if is_voicemail and stage.last_call_at is not None and happening.at - stage.last_call_at <= _SAME_ATTEMPT:
        return stage if stage.last_result == "reached" else replace(stage, last_result="voicemail")
    return replace(
        _keep_callback(stage, happening.at),
        contact="connected" if stage.contact == "connected" else "trying",
        calls=stage.calls + 1,
        # Nobody knows whether an "unknown" call was answered: it is a call, and no attempt without an answer.
        attempts=stage.attempts + (happening.detail != "unknown"),
        last_call_at=happening.at,
        last_result=happening.detail,
        wrong_number=stage.wrong_number or happening.detail == "wrong_number",
        # A call back, answered or not, is what a missed caller waited for. Who wrote still waits for an answer.
        awaits=stage.awaits if stage.awaits == "reply" else "",
        # Somebody dialed a number: it is known, if not to us then in the CRM or the phone system.
        on_phone=True,
    )


def _connect(stage: LeadStage, happening: Happening) -> LeadStage:
    """Note that we spoke."""
    return replace(_keep_callback(stage, happening.at), contact="connected", attempts=0, awaits="")


def _reach(stage: LeadStage, happening: Happening) -> LeadStage:
    """Count a call of ours that was answered."""
    spoken = _connect(stage, happening)
    return replace(spoken, calls=stage.calls + 1, last_call_at=happening.at, last_result="reached", on_phone=True)


def _take_call(stage: LeadStage, happening: Happening) -> LeadStage:
    """Note a call of theirs that was answered."""
    return replace(_connect(stage, happening), on_phone=True, heard_after_end=bool(stage.final))


def _reply(stage: LeadStage, happening: Happening) -> LeadStage:
    """Note that they wrote; to a lead that nobody had tried yet this is its inquiry and no reply."""
    return replace(
        stage,
        # "trying" becomes "connected": they answered us, if only in writing.
        contact="new" if stage.contact == "new" else "connected",
        attempts=0,
        awaits="reply",
        heard_after_end=bool(stage.final),
        on_phone=stage.on_phone or happening.detail == "sms_in",
    )


def _miss(stage: LeadStage, happening: Happening) -> LeadStage:
    """Note that they called and nobody answered."""
    # The attempts so far count no more: who calls us can be reached now.
    return replace(stage, attempts=0, awaits="call", heard_after_end=bool(stage.final), on_phone=True)


def _write(stage: LeadStage, happening: Happening) -> LeadStage:
    """Note that we wrote."""
    contact = "trying" if stage.contact == "new" else stage.contact
    awaits = "" if stage.awaits == "reply" else stage.awaits
    on_phone = stage.on_phone or happening.detail == "sms_out"
    return replace(stage, contact=contact, awaits=awaits, last_write_at=happening.at, on_phone=on_phone)


def _set_callback(stage: LeadStage, happening: Happening) -> LeadStage:
    # A time that is typed for a lead that is booked or closed would put it back on the list.
    return replace(stage, callback_at=happening.detail) if stage.is_open else stage


def _book(stage: LeadStage, happening: Happening) -> LeadStage:
    return replace(_end(stage), final="booked", reason=happening.detail)


def _close(stage: LeadStage, happening: Happening) -> LeadStage:
    return replace(_end(stage), final="closed", reason=happening.detail)


def _opt_out(stage: LeadStage, happening: Happening) -> LeadStage:
    return replace(_end(stage), opted_out=True)


def _end(stage: LeadStage) -> LeadStage:
    """Drop what somebody was waiting for."""
    return replace(stage, callback_at=None, awaits="", heard_after_end=False)


def _reopen(stage: LeadStage, happening: Happening) -> LeadStage:
    return replace(stage, final="", reason="", opted_out=False, heard_after_end=False)


def _keep_callback(stage: LeadStage, at: Any) -> LeadStage:
    """End a callback whose time has come; a call before it leaves it as it is."""
    if stage.callback_at is None or at < stage.callback_at - KEPT_BEFORE:
        return stage
    return replace(stage, callback_at=None)


HAPPENINGS: dict[str, Callable[[LeadStage, Happening], LeadStage]] = {
    "attempt": _attempt,
    "reach": _reach,
    "connect": _connect,
    "take call": _take_call,
    "reply": _reply,
    "miss": _miss,
    "write": _write,
    "callback": _set_callback,
    "cancel callback": lambda stage, happening: replace(stage, callback_at=None),
    "book": _book,
    "close": _close,
    "opt out": _opt_out,
    "reopen": _reopen,
    "new number": lambda stage, happening: replace(stage, wrong_number=False),
}
"""Kind of happening -> the stage after it."""


def list_happenings(
    events: Iterable[Event] = (),
    outcomes: Iterable[Outcome] = (),
    steps: Sequence[DeskStep] = (),
    changes: Iterable[LeadChange] = (),
) -> list[Happening]:
    """Return what the store knows of a lead as happenings; what a step of the desk became is counted once."""
    # Steps of the desk write events and outcomes, too, with ids that begin with "desk:"; here the step itself counts.
    undone = {step.undoes for step in steps}
    happenings = [
        _read_event(event.occurred_at, event.kind, event.reached)
        for event in events
        if not (event.event_id or "").startswith("desk:")
    ]
    happenings += [
        _read_outcome(outcome.occurred_at, outcome.stage, outcome.reason)
        for outcome in outcomes
        if not (outcome.outcome_id or "").startswith("desk:")
    ]
    happenings += [_read_step(step) for step in steps if step.kind != "undo" and step.number not in undone]
    happenings += [Happening(change.known_at, "new number") for change in changes if change.fields.get("phone")]
    return [happening for happening in happenings if happening is not None]


_BY_EVENT = {"missed_call": "miss", "sms_in": "reply", "email_in": "reply", "chat": "reply", "sms_out": "write"}


def _read_event(at: Any, kind: str, reached: Any) -> Happening | None:
    """Return an event as a happening; None for one that says nothing about contact, such as a page view.

    ``reached`` is 1 or True, 0 or False, NaN or None.
    """
    is_answered = reached is not None and reached == 1
    if kind == "outbound_call":
        # NaN is not equal to itself: a call of which nobody said whether it was answered.
        is_unknown = reached is None or reached != reached
        return (
            Happening(at, "reach")
            if is_answered
            else Happening(at, "attempt", "unknown" if is_unknown else "no_answer")
        )
    if kind == "voicemail":
        return Happening(at, "attempt", "voicemail")
    if kind == "inbound_call":
        # Calls of theirs count as answered where nothing is recorded: phone systems have another kind for missed ones.
        return Happening(at, "miss" if reached is not None and reached == 0 else "take call")
    if kind == "email_out":
        return Happening(at, "write")
    return Happening(at, _BY_EVENT[kind], kind) if kind in _BY_EVENT else None


def _read_outcome(at: Any, stage: str, reason: str | None) -> Happening:
    if stage in _WON:
        return Happening(at, "book", stage)
    return Happening(at, "close", reason or "lost") if stage == "lost" else Happening(at, "connect")


def _read_step(step: DeskStep) -> Happening | None:
    """Return a step of the desk as a happening; None for one that says nothing about contact, such as a note."""
    detail = step.detail
    if step.kind == "call":
        result = detail["result"]
        return Happening(step.at, "reach") if result == "reached" else Happening(step.at, "attempt", result)
    if step.kind == "outcome":
        return _read_outcome(step.at, detail["stage"], detail.get("reason"))
    if step.kind == "callback":
        return Happening(step.at, "callback", datetime.fromisoformat(detail["at"]))
    by_kind = {
        "cancel_callback": "cancel callback",
        "message": "write",
        "do_not_contact": "opt out",
        "back": "reopen",
    }
    return Happening(step.at, by_kind[step.kind]) if step.kind in by_kind else None


def read_payload_events(events: Iterable[tuple[Any, str, float, float]], cutoff: Any) -> list[Happening]:
    """Return the events of a payload as happenings, those before a moment; NaT counts all."""
    happenings = [_read_event(at, kind, reached) for at, kind, reached, _ in events if not at >= cutoff]
    return [happening for happening in happenings if happening is not None]
