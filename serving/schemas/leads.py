"""What do requests and answers about stored leads look like? Leads, events, outcomes, feedback and the queue.

Lives here: pydantic models for the OpenAPI document, and the type of each field of an outcome or feedback. Does not
live here: the models of a score (``scoring``), reading requests (``serving.leads.request_reading``)."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from features.schema import LOST_REASONS, STAGES
from serving.errors import Fault
from serving.schemas.scoring import CLOSED, Answer, Event

__all__ = [
    "EventsAnswer",
    "EventsRequest",
    "FeedbackRequest",
    "LeadAnswer",
    "OutcomeAnswer",
    "OutcomeRequest",
    "Queue",
    "Recorded",
    "find_mismatches",
]

_MAX_PLACE = 1_000_000


class LeadAnswer(Answer):
    """The score of a stored lead, from everything known of it."""

    created: bool = Field(description="Whether the lead is new.")
    changed: list[str] = Field(description="Fields with a new value; the practice's own column as custom:NAME.")


class EventsRequest(BaseModel):
    """Events of a lead."""

    model_config = CLOSED
    events: list[Event]


class EventsAnswer(Answer):
    """The lead's score, with these events."""

    added: int = Field(description="New events.")
    known_already: int = Field(
        description="Events sent before: with the same event_id, or equal in everything if they have none."
    )


class OutcomeRequest(BaseModel):
    """The outcome of a lead."""

    model_config = CLOSED
    stage: str = Field(description=f"One of {', '.join(STAGES)}.", json_schema_extra={"enum": list(STAGES)})
    occurred_at: str | None = Field(None, description="When it happened; now when left out.")
    reason: str | None = Field(None, description=f"Why a lead was lost: one of {', '.join(LOST_REASONS)}.")
    value: float | None = Field(None, description="Its value, in the practice's currency.")
    outcome_id: str | None = Field(
        None,
        description="The sender's own id. Repeated with the same content it is skipped, with another refused (409).",
    )


class OutcomeAnswer(BaseModel):
    """The outcome is stored."""

    model_config = CLOSED
    lead_id: str
    recorded: bool = Field(
        description="False if exactly this stands already: a retry. A stage that comes again after another one is new."
    )
    stage: str


class FeedbackRequest(BaseModel):
    """A person's feedback on a score. It is stored beside the score and never replaces it."""

    model_config = CLOSED
    kind: str = Field(
        description="order, grade or reason_wrong.", json_schema_extra={"enum": ["order", "grade", "reason_wrong"]}
    )
    said_by: str = Field(description="The person's name in the practice.")
    receipt: str | None = Field(None, description="Receipt of the score.")
    grade: str | None = Field(None, description="The grade that the lead should have.")
    place: int | None = Field(None, ge=1, le=_MAX_PLACE, description="The position in the queue that it should have.")
    reason: str | None = Field(None, description="The signals whose reason is wrong, separated by commas.")
    note: str | None = Field(None, description="Free text.")


class Recorded(BaseModel):
    """It is stored."""

    model_config = CLOSED
    lead_id: str
    recorded: bool = Field(description="False if it repeats what this person said last, within ten minutes.")
    kind: str


class QueuedLead(BaseModel):
    """An open lead and its last score; unknown fields are left out."""

    model_config = CLOSED
    lead_id: str
    created_at: str
    channel: str | None = None
    scored_at: str | None = None
    probability: float | None = Field(None, ge=0, le=1)
    grade: str | None = None
    lane: str | None = Field(None, description="urgent, callback due, normal or nurture.")
    receipt: str | None = None
    model_version: str | None = None
    why_here: str | None = Field(None, description="Why it has this position.")


class Queue(BaseModel):
    """Open leads in the desk's working order. A person decides whom to call."""

    model_config = CLOSED
    leads: list[QueuedLead]
    count: int


def find_mismatches(payload: Mapping[str, Any]) -> list[Fault]:
    """Find the fields of an outcome or of feedback whose value has the wrong type.

    >>> [(fault.field, fault.expected) for fault in find_mismatches({"stage": "lost", "reason": 4, "value": 120.0})]
    [('reason', 'a text')]
    """
    texts = {"stage", "reason", "outcome_id", "kind", "said_by", "receipt", "grade", "note"}
    faults = [
        Fault(name, "another kind of value", "a text")
        for name, value in payload.items()
        if name in texts and not isinstance(value, str | None)
    ]
    value, position = payload.get("value"), payload.get("place")
    # bool is a kind of int in Python, so True would be the money 1; and 1e300 times a few no longer fits a float.
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300):
        faults.append(Fault("value", "another value", "a number"))
    is_integer = isinstance(position, int) and not isinstance(position, bool)
    if position is not None and not (is_integer and 1 <= position <= _MAX_PLACE):
        faults.append(Fault("place", "another value", f"a whole number from 1 to {_MAX_PLACE:,}"))
    return faults
