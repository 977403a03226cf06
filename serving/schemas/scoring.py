"""What do requests and answers of scoring look like? Pydantic models.

Lives here: leads as CRMs send them, answers as CRMs read them, errors.
Does not live here: the OpenAPI document made from these models (``openapi``), parsing values
(``features.tables.json_payload``).

No model puts an input value into its errors.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema, create_model

from features.schema import EVENT_KINDS, LEADS, Column
from serving.settings import MAX_BATCH_LEADS

__all__ = [
    "CLOSED",
    "Answer",
    "Ask",
    "BatchAnswer",
    "BatchItem",
    "BatchRequest",
    "Event",
    "Failure",
    "Lead",
    "Ready",
    "ScoredReason",
]

Scalar = str | bool | int | float | None
Value = Annotated[Scalar, WithJsonSchema(TypeAdapter(Scalar | list[Any] | dict[str, Any]).json_schema())]
"""What a lead may hold in one field. A list of choices, an object with a label and the turns of a chat are accepted
too: ``lead_validation`` makes one value of them before the model sees it."""

CLOSED = ConfigDict(hide_input_in_errors=True, extra="forbid", allow_inf_nan=False)
"""Only the declared fields, and no input value in an error."""


class Event(BaseModel):
    """Something that happened with the lead before it is scored."""

    model_config = CLOSED
    occurred_at: str | int | float = Field(
        description="When it happened: ISO 8601 with a time zone, such as 2026-03-05T14:00:00Z."
    )
    kind: str = Field(description=f"One of {', '.join(EVENT_KINDS)}.")
    reached: Scalar = Field(None, description="Whether the person was reached.")
    duration_s: Scalar = Field(None, description="How long it lasted, seconds.")
    event_id: Scalar = Field(
        None, description="The sender's own id; a repeated one is skipped. Used where leads are stored."
    )
    channel: Scalar = Field(None, description="How a touch before the inquiry came about; stored, never scored.")
    source: Scalar = Field(None, description="Where a touch before the inquiry came from; stored, never scored.")
    campaign: Scalar = Field(None, description="The campaign of a touch before the inquiry; stored, never scored.")


_EXAMPLES: dict[str, Any] = {
    "lead_id": "L-1001",
    "created_at": "2026-03-05T14:00:00Z",
    "channel": "web_form",
    "service_requested": "physical therapy",
    "message": "I would like an appointment next week, please.",
    "postal_code": "02110",
    "existing_patient": "no",
}


def _declare_field(column: Column) -> tuple[Any, Any]:
    """Declare one column of the leads table as an optional field."""
    allowed = f" One of {', '.join(column.allowed)}." if column.allowed else ""
    examples = [_EXAMPLES[column.name]] if column.name in _EXAMPLES else None
    return Value, Field(
        None, description=f"{column.meaning[0].upper()}{column.meaning[1:]}.{allowed}", examples=examples
    )


class _LeadShape(BaseModel):
    """One lead, flat.

    A list or an object is read as a cell of an export would be: choices, the label of an object, the turns of a chat.
    Any other field is treated as a column of the practice's own export, if the model was trained with it. first_name,
    last_name and full_name (or name) never enter a score; where leads are stored, the desk shows them.
    """

    model_config = ConfigDict(hide_input_in_errors=True, extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, Value]


Lead = create_model(
    "Lead",
    __base__=_LeadShape,
    __doc__=_LeadShape.__doc__,
    **{column.name: _declare_field(column) for column in LEADS.columns},
    cutoff=(
        Scalar,
        Field(None, description="Time of the score; only what was known before it counts. Now when left out."),
    ),
    events=(list[Event] | None, Field(None, description="Events so far, in any order.")),
    custom=(
        dict[str, Value] | None,
        Field(None, description="Columns of the practice's own export, by their own names."),
    ),
)


class BatchRequest(BaseModel):
    """Up to 1,000 leads. Each gets its own result."""

    model_config = CLOSED
    leads: list[Lead] = Field(min_length=1, max_length=MAX_BATCH_LEADS)  # type: ignore[valid-type]


class ScoredReason(BaseModel):
    """One reason for the score."""

    model_config = CLOSED
    text: str = Field(description="A fact about the lead, in plain words.")
    effect: str = Field(description="raises or lowers", json_schema_extra={"enum": ["raises", "lowers"]})
    log_odds: float = Field(description="How far it changed the score, in log-odds.")
    signals: list[str] = Field(description="The signals in it.")


class Ask(BaseModel):
    """A missing answer of the lead, and how far the score could change with it."""

    model_config = CLOSED
    question: str = Field(description="What to ask, in plain words.")
    field: str = Field(description="The column of the answer.")
    lowest: float = Field(description="Lowest probability among the answers that people give.", ge=0, le=1)
    highest: float = Field(description="Highest probability among the answers that people give.", ge=0, le=1)


class Answer(BaseModel):
    """A score and its reasons.

    It supports the order of calls; a person decides. It is not triage and not medical advice.
    """

    model_config = CLOSED
    lead_id: str | None = Field(description="As sent.")
    score: int = Field(description="The probability in hundredths.", ge=0, le=100)
    probability: float = Field(description="Calibrated probability of the outcome that the model predicts.", ge=0, le=1)
    probability_low: float = Field(
        description=(
            "Lower end of the 95% interval of the booking rate of leads with this score; where fields were not sent, "
            "as low as four of five such leads score once they are known."
        ),
        ge=0,
        le=1,
    )
    probability_high: float = Field(
        description="Upper end of the same interval; the more fields were not sent, the wider it is.", ge=0, le=1
    )
    odds_in_words: str = Field(description="The probability in words.")
    probability_reached: float | None = Field(
        None,
        description="Probability that the lead is reached within the horizon; null if the practice records no calls.",
        ge=0,
        le=1,
    )
    probability_when_reached: float | None = Field(
        None,
        description="Probability of the outcome once reached; multiplied by probability_reached it is probability.",
        ge=0,
        le=1,
    )
    reach_in_words: str | None = Field(None, description="Both in words.")
    grade: str = Field(description="A (most likely) to D.", json_schema_extra={"enum": ["A", "B", "C", "D"]})
    lane: str = Field(
        description=(
            "urgent if the message may tell of an emergency, whatever the score; spam if it reads like advertising or "
            "a test; nurture for grade D; else normal."
        ),
        json_schema_extra={"enum": ["urgent", "normal", "nurture", "spam"]},
    )
    wants_soon: bool = Field(False, description="Whether the message says that the person wants it soon.")
    next_step: str = Field(description="What to do next and by which channel, in one sentence; a person decides.")
    ask_1: str | None = Field(
        None,
        description=(
            "The question whose answer could change this score most; "
            "null for leads that are not stored, and if none would."
        ),
    )
    ask_2: str | None = None
    ask_3: str | None = None
    reason_1: str | None = None
    reason_1_effect: str | None = None
    reason_2: str | None = None
    reason_2_effect: str | None = None
    reason_3: str | None = None
    reason_3_effect: str | None = None
    reason_4: str | None = None
    reason_4_effect: str | None = None
    reason_5: str | None = None
    reason_5_effect: str | None = None
    coverage: float = Field(
        1.0,
        description=(
            "Share of the model's usual information that was sent, 0 to 1. A field left out was not sent; null or an "
            "empty text was asked for and left empty. The less was sent, the wider the interval."
        ),
        ge=0,
        le=1,
    )
    missing_1: str | None = Field(None, description="The field that was not sent and would matter most.")
    missing_2: str | None = None
    missing_3: str | None = None
    base_log_odds: float = Field(description="Log-odds of the average lead, the starting point of the reasons.")
    everything_else_log_odds: float = Field(description="Log-odds of everything that is not among the reasons.")
    level_log_odds: float = Field(
        0.0,
        description="How far outcomes since training moved every score (counted as the last weeks went), in log-odds.",
    )
    log_odds: float = Field(
        description="base_log_odds plus every reason plus everything_else_log_odds plus level_log_odds."
    )
    reasons: list[ScoredReason] = Field(description="The strongest first.")
    asks: list[Ask] = Field(
        [], description="What is missing and worth asking, the most useful first; for leads that are stored."
    )
    missing_inputs: list[str] = Field(
        [], description="Fields that were not sent and would matter most, the weightiest first."
    )
    model_version: str
    model_sha256: str = Field(description="First 12 digits of the bundle's sha256.")
    scored_at: str = Field(description="Time of the score, UTC.")
    receipt: str | None = Field(
        description=(
            "With it, leadlight replay computes this score again, to the bit; null if it could not be written."
        )
    )
    ignored: list[str] = Field(description="Fields sent that this model does not use, with or without a value.")
    notes: list[str] = Field(
        [], description="Values that could not be read, or stand for no value, and count as not given."
    )


class FailureField(BaseModel):
    """One field to fix."""

    model_config = CLOSED
    field: str
    found: str = Field(description="The type of the value, never the value.")
    expected: str


class Failure(BaseModel):
    """Why a request was refused."""

    model_config = CLOSED
    code: str = Field(description="For programs.")
    message: str = Field(description="For people.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    request_id: str
    fields: list[FailureField]
    retry_after: int | None = Field(
        None, description="Seconds to wait, with status 429 and 503; the header Retry-After says the same."
    )


class BatchItem(BaseModel):
    """One lead of a batch: its answer or its error."""

    model_config = CLOSED
    status: int = Field(description="HTTP status that this lead alone would have had.")
    answer: Answer | None = None
    error: Failure | None = None


class BatchAnswer(BaseModel):
    """One item for each lead, in the same order."""

    model_config = CLOSED
    results: list[BatchItem]
    scored: int
    failed: int


class Ready(BaseModel):
    """Whether scores can be given, and by which model."""

    model_config = CLOSED
    ready: bool
    model_version: str | None
    model_sha256: str | None
    desk: str = Field(description="ready, or none without a store")
    warning: str | None = Field(description="Problems: why a newer model is not in use, why reasons are slow.")
