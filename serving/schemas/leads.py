"""What may be told of leads that are kept, and what is answered? The shapes of leads, events, outcomes, feedback and
the queue.

Lives here: pydantic models that the OpenAPI document is made of, and which kind of value each field of a small request
takes. Does not live here: shapes of a score (``contracts``), reading what comes (``intake``)."""

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

_MOST_PLACE = 1_000_000


class LeadAnswer(Answer):
    """The score of a lead that was kept, made from all that is known of it."""

    created: bool = Field(description="Whether the lead is new.")
    changed: list[str] = Field(
        description="Fields that say something new; a column of the practice's own as custom:NAME."
    )


class EventsRequest(BaseModel):
    """What happened with a lead."""

    model_config = CLOSED
    events: list[Event]


class EventsAnswer(Answer):
    """The lead's score now that these events are known."""

    added: int = Field(description="Events that were new.")
    known_already: int = Field(
        description="Events that were sent before, by their event_id, or by their time and kind where they have none."
    )


class OutcomeRequest(BaseModel):
    """What became of a lead."""

    model_config = CLOSED
    stage: str = Field(description=f"One of {', '.join(STAGES)}.", json_schema_extra={"enum": list(STAGES)})
    occurred_at: str | None = Field(None, description="When it happened; now when left out.")
    reason: str | None = Field(None, description=f"Why a lead was lost: one of {', '.join(LOST_REASONS)}.")
    value: float | None = Field(None, description="What it was worth, in the practice's money.")
    outcome_id: str | None = Field(None, description="The sender's own id: the same one again is passed over.")


class OutcomeAnswer(BaseModel):
    """The outcome is kept."""

    model_config = CLOSED
    lead_id: str
    recorded: bool = Field(description="False where it was known already.")
    stage: str


class FeedbackRequest(BaseModel):
    """A person disagrees with a score. It is kept beside the score, and never in its place."""

    model_config = CLOSED
    kind: str = Field(
        description="order, grade or reason_wrong.", json_schema_extra={"enum": ["order", "grade", "reason_wrong"]}
    )
    said_by: str = Field(description="Who, as the practice calls its staff.")
    receipt: str | None = Field(None, description="Of the score that is meant.")
    grade: str | None = Field(None, description="The grade that should stand instead.")
    place: int | None = Field(None, ge=1, le=_MOST_PLACE, description="The place in the queue that it should have.")
    reason: str | None = Field(None, description="The signals whose reason is wrong, joined by commas.")
    note: str | None = Field(None, description="Free words.")


class Recorded(BaseModel):
    """It is kept."""

    model_config = CLOSED
    lead_id: str
    recorded: bool
    kind: str


class QueuedLead(BaseModel):
    """An open lead and its last score; what is not known is left out."""

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
    why_here: str | None = Field(None, description="Why it stands where it stands.")


class Queue(BaseModel):
    """Open leads in the working order of the desk. A person decides whom to call."""

    model_config = CLOSED
    leads: list[QueuedLead]
    count: int


def find_mismatches(payload: Mapping[str, Any]) -> list[Fault]:
    """The fields of an outcome or of feedback whose value is of another kind than theirs.

    >>> [(one.field, one.expected) for one in find_mismatches({"stage": "lost", "reason": 4, "value": 120.0})]
    [('reason', 'a text')]
    """
    texts = {"stage", "reason", "outcome_id", "kind", "said_by", "receipt", "grade", "note"}
    faults = [
        Fault(name, "another kind of value", "a text")
        for name, value in payload.items()
        if name in texts and not isinstance(value, str | None)
    ]
    value, place = payload.get("value"), payload.get("place")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300):
        faults.append(Fault("value", "another value", "a number"))
    if place is not None and (isinstance(place, bool) or not isinstance(place, int) or not 1 <= place <= _MOST_PLACE):
        faults.append(Fault("place", "another value", f"a whole number from 1 to {_MOST_PLACE:,}"))
    return faults
