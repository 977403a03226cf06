"""What goes into the store and comes out of it? Plain values: no session, no row object.

Lives here: one dataclass for each thing stored. Times are aware, in UTC; NumPy's datetime64 is accepted on input.
Does not live here: how they are stored (``tables``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from features.schema import CUSTOM_PREFIX, LEADS

__all__ = [
    "AuditRow",
    "PutResult",
    "ClaimedMessage",
    "Event",
    "StoredAnswer",
    "StoredLead",
    "StoredOutcome",
    "StoredScore",
    "Lead",
    "LeadChange",
    "OutboxMessage",
    "Outcome",
    "Override",
    "Score",
    "Spend",
    "LeadState",
    "DeskStep",
]

_NOT_LEAD_FIELDS = ("lead_id", "cutoff", "events", "outcomes")


@dataclass(frozen=True)
class Lead:
    """What a sender reports about one lead, now.

    Parameters
    ----------
    lead_id : str
    values : dict
        Columns of ``features.schema.LEADS`` -> value in its type (text, float, 1.0 or 0.0 for yes and no, a moment).
        Only what was sent: an update leaves the other columns as they are. None revokes a value: the field was asked
        for and left empty, which is not the same as one that was not sent.
    custom : dict
        The practice's own columns, by their own names -> text, number, true, false, a moment (stored as text) or None.
    names : dict
        Parts of the person's name (``features.privacy.patient_names.NAME_PARTS``) -> text, or None to remove it. They
        are stored apart (``Transaction.names``), so a stored lead has none here.
    """

    lead_id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, Any] = field(default_factory=dict)
    names: Mapping[str, str | None] = field(default_factory=dict, repr=False, kw_only=True)

    @classmethod
    def of(cls, converted: Mapping[str, Any]) -> "Lead":
        """Return the lead in a payload that ``features.tables.json_payload.canonical`` has read, without its events and
        cutoff.

        >>> Lead.of({"lead_id": "7", "channel": "phone", "custom:Tier": "gold", "events": []})
        Lead(lead_id='7', values={'channel': 'phone'}, custom={'Tier': 'gold'})
        """
        fields = {name: value for name, value in converted.items() if name not in _NOT_LEAD_FIELDS}
        custom = {
            name.removeprefix(CUSTOM_PREFIX): value for name, value in fields.items() if name.startswith(CUSTOM_PREFIX)
        }
        return cls(
            converted["lead_id"], {name: value for name, value in fields.items() if name in LEADS.by_name}, custom
        )

    def list_left_empty(self) -> list[str]:
        """List the columns that were sent without a value; the practice's own as ``custom:NAME``.

        >>> Lead("7", {"phone": None, "channel": "chat"}, {"Tier": None}).list_left_empty()
        ['phone', 'custom:Tier']
        """
        empty = [name for name, value in self.values.items() if value is None]
        return [*empty, *(CUSTOM_PREFIX + name for name, value in self.custom.items() if value is None)]


@dataclass(frozen=True)
class StoredLead(Lead):
    """A lead as stored: only fields that have a value.

    Parameters
    ----------
    first_known_at, changed_at : datetime
        When the store first received it, and when one of its values last changed.
    left_empty : tuple of str
        Columns that were sent without a value, ``custom:NAME`` for custom ones; all others without one were not sent.
    """

    first_known_at: datetime | None = None
    changed_at: datetime | None = None
    left_empty: tuple[str, ...] = ()

    def list_left_empty(self) -> list[str]:
        """List the columns that were sent without a value."""
        return list(self.left_empty)


@dataclass(frozen=True)
class PutResult:
    """The result of a put: ``changed`` lists the columns (``custom:NAME`` for custom ones), empty if nothing is new."""

    created: bool
    changed: tuple[str, ...]


@dataclass(frozen=True)
class LeadChange:
    """Values that became known at one moment; None is a revoked value."""

    known_at: datetime
    fields: dict[str, Any]


@dataclass(frozen=True)
class Event:
    """Something that happened with a lead. ``event_id`` is the sender's own: a repeated one is skipped."""

    occurred_at: Any
    kind: str
    direction: str | None = None
    duration_s: float | None = None
    staff_id: str | None = None
    reached: float | bool | None = None
    campaign: str | None = None
    event_id: str | None = None
    channel: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a lead.

    ``recorded_at`` is when the practice knew; now, when omitted. ``outcome_id`` as ``Event.event_id``. ``staff_id`` is
    who booked or closed the lead.
    """

    occurred_at: Any
    stage: str
    reason: str | None = None
    value: float | None = None
    recorded_at: Any = None
    outcome_id: str | None = None
    staff_id: str | None = None


@dataclass(frozen=True)
class Spend:
    """An amount of money spent on one day.

    Parameters
    ----------
    day : datetime
        Start of the day.
    amount : float
        In the practice's currency, 0 or more.
    position : int
        0 for the first amount of this day, campaign and channel, 1 for the second, and so on.
    impressions, clicks : float or None
        How often ads were shown for it and clicked, 0 or more; None where nobody says.
    """

    day: Any
    amount: float
    campaign: str | None = None
    channel: str | None = None
    position: int = 0
    impressions: float | None = None
    clicks: float | None = None


@dataclass(frozen=True)
class StoredOutcome(Outcome):
    """An outcome as stored, and the lead it belongs to."""

    lead_id: str = ""


@dataclass(frozen=True)
class Score:
    """A score that was given.

    Parameters
    ----------
    receipt : str or None
        For replaying it.
    cause : str
        Why it was computed: arrival, change, time, request.
    shown : dict or None
        What was answered, as plain JSON values.
    """

    lead_id: str
    receipt: str | None
    bundle_sha256: str
    model_version: str
    cutoff: Any
    probability: float
    grade: str
    lane: str
    cause: str = "request"
    shown: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class StoredScore(Score):
    """A score as stored; ``lead_id`` and ``shown`` are empty once the person was forgotten."""

    scored_at: datetime | None = None


@dataclass(frozen=True)
class Override:
    """A person disagrees with a score.

    Parameters
    ----------
    kind : {"order", "grade", "reason_wrong"}
    said_by : str
        Who, as the practice names its staff.
    grade : str, optional
        The grade that it should have.
    place : int, optional
        The place in the queue that it should have.
    reason : str, optional
        The signals whose reason is wrong, joined by commas.
    note : str, optional
        Free text; personal.
    """

    lead_id: str
    kind: str
    said_by: str
    receipt: str | None = None
    grade: str | None = None
    place: int | None = None
    reason: str | None = None
    note: str | None = None
    said_at: Any = None


@dataclass(frozen=True)
class DeskStep:
    """Something a person did with a lead on the desk; see ``serving.desk.lead_state`` for the kinds and the ``detail``
    of each.

    Parameters
    ----------
    undoes : int, optional
        The number of the step that this one undoes.
    number : int
        Its position among all steps; 0 before it is stored.
    """

    lead_id: str
    person: str
    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict, repr=False)
    undoes: int | None = None
    at: datetime | None = None
    number: int = 0


@dataclass(frozen=True)
class LeadState:
    """A lead's state on the desk.

    Parameters
    ----------
    track : {"queue", "nurture", "closed"}
    owner : str, optional
        Who works on the lead.
    held_until : datetime, optional
        Until then nobody but the owner calls.
    callback_at : datetime, optional
        When somebody promised to call.
    follow_up_at : datetime, optional
        When a nurtured lead returns to the queue; ``nurtured_at``: since when it is nurtured. A lead that is heard from
        later returns at once.
    calls : int
        Calls logged on the desk; ``last_call_at`` and ``last_result`` are of the last one.
    grade, place
        What a person says they should be.
    closed_because : str, optional
        An outcome, or the reason why it was lost.
    """

    track: str = "queue"
    owner: str | None = None
    held_until: datetime | None = None
    callback_at: datetime | None = None
    follow_up_at: datetime | None = None
    nurtured_at: datetime | None = None
    calls: int = 0
    last_call_at: datetime | None = None
    last_result: str | None = None
    grade: str | None = None
    place: int | None = None
    closed_because: str | None = None


@dataclass(frozen=True)
class StoredAnswer:
    """The answer given to an idempotency key; ``body`` is None when the person in it was forgotten since."""

    status: int
    body: str | None


@dataclass(frozen=True)
class OutboxMessage:
    """Something to send on.

    ``effect`` names its effect: the same effect is queued once per destination.
    """

    destination: str
    effect: str
    body: Mapping[str, Any]
    lead_id: str | None = None


@dataclass(frozen=True)
class ClaimedMessage(OutboxMessage):
    """A message that one worker holds until ``until``. ``attempt`` is 1 the first time."""

    number: int = 0
    attempt: int = 0
    token: str = ""
    until: datetime | None = None


@dataclass(frozen=True)
class AuditRow:
    """One line of the audit: hashed ids, numbers and field names."""

    seq: int
    at: datetime
    actor: str
    action: str
    lead_hash: str | None
    detail: dict[str, Any]
    row_hash: str
