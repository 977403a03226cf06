"""What may be asked, and what is answered? The shapes of requests and answers, as pydantic models.

Lives here: leads as CRMs send them, answers as CRMs read them, errors.
Does not live here: the description made from these models (``description``), reading values
(``features.tables.json_payload``).

No model puts an input value into its errors.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from features.schema import EVENT_KINDS, LEADS, Column
from serving.errors import Fault, RequestError
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
    "validate_lead",
    "format_field_path",
]

Scalar = str | bool | int | float | None

CLOSED = ConfigDict(hide_input_in_errors=True, extra="forbid", allow_inf_nan=False)
"""Nothing but the fields declared, and no input value in an error."""


class Event(BaseModel):
    """Something that happened with the lead before it is scored."""

    model_config = CLOSED
    occurred_at: str | int | float = Field(
        description="When it happened: ISO 8601 with a zone, such as 2026-03-05T14:00:00Z."
    )
    kind: str = Field(description=f"One of {', '.join(EVENT_KINDS)}.")
    reached: Scalar = Field(None, description="Whether the person was reached.")
    duration_s: Scalar = Field(None, description="How long it took, seconds.")
    event_id: Scalar = Field(
        None, description="The sender's own id: the same one again is passed over. Used where leads are kept."
    )


_EXAMPLES: dict[str, Any] = {
    "lead_id": "L-1001",
    "created_at": "2026-03-05T14:00:00Z",
    "channel": "web_form",
    "service_requested": "physical therapy",
    "message": "I would like an appointment next week, please.",
    "postal_code": "02110",
    "existing_patient": "no",
}


def _field(column: Column) -> tuple[Any, Any]:
    """One column of the leads table as a field that may be left out."""
    allowed = f" One of {', '.join(column.allowed)}." if column.allowed else ""
    examples = [_EXAMPLES[column.name]] if column.name in _EXAMPLES else None
    return Scalar, Field(
        None, description=f"{column.meaning[0].upper()}{column.meaning[1:]}.{allowed}", examples=examples
    )


class _LeadShape(BaseModel):
    """One enquiry, flat.

    Any other field is taken as a column of the practice's own export, if the model learned from it.
    """

    model_config = ConfigDict(hide_input_in_errors=True, extra="allow", allow_inf_nan=False)
    __pydantic_extra__: dict[str, Scalar]


Lead = create_model(
    "Lead",
    __base__=_LeadShape,
    __doc__=_LeadShape.__doc__,
    **{column.name: _field(column) for column in LEADS.columns},
    cutoff=(
        Scalar,
        Field(None, description="The moment of the score; only what was known before it counts. Now when left out."),
    ),
    events=(list[Event] | None, Field(None, description="What happened so far, in any order.")),
    custom=(
        dict[str, Scalar] | None,
        Field(None, description="Columns of the practice's own export, by their own names."),
    ),
)


class BatchRequest(BaseModel):
    """Up to 1,000 leads. Each is answered for itself."""

    model_config = CLOSED
    leads: list[Lead] = Field(min_length=1, max_length=MAX_BATCH_LEADS)


class ScoredReason(BaseModel):
    """One reason for the score."""

    model_config = CLOSED
    text: str = Field(description="A fact about the lead, in plain words.")
    effect: str = Field(description="raises or lowers", json_schema_extra={"enum": ["raises", "lowers"]})
    log_odds: float = Field(description="How far it moved the score, in log-odds.")
    signals: list[str] = Field(description="The signals counted in it.")


class Ask(BaseModel):
    """One thing that is not known of the lead, and how far the score would move if it were."""

    model_config = CLOSED
    question: str = Field(description="What to ask, in plain words.")
    field: str = Field(description="The column that the answer belongs into.")
    lowest: float = Field(description="Lowest probability among the answers that people give.", ge=0, le=1)
    highest: float = Field(description="Highest probability among the answers that people give.", ge=0, le=1)


class Answer(BaseModel):
    """A score and its reasons.

    It supports the order of calls; a person decides. It is not triage and not medical advice.
    """

    model_config = CLOSED
    lead_id: str | None = Field(description="As sent.")
    score: int = Field(description="The probability in hundredths.", ge=0, le=100)
    probability: float = Field(
        description="Calibrated probability that the lead becomes what the model predicts.", ge=0, le=1
    )
    probability_low: float = Field(
        description="Lowest booking rate that leads with such a score may have, 95%.", ge=0, le=1
    )
    probability_high: float = Field(
        description="Highest booking rate that leads with such a score may have, 95%.", ge=0, le=1
    )
    odds_in_words: str = Field(description="The probability as people count.")
    probability_reached: float | None = Field(
        None,
        description="Probability that the lead is reached within the horizon; null where the practice records no calls.",
        ge=0,
        le=1,
    )
    probability_when_reached: float | None = Field(
        None,
        description="Probability of the conversion once reached; times probability_reached it is probability.",
        ge=0,
        le=1,
    )
    reach_in_words: str | None = Field(None, description="The two as people count.")
    grade: str = Field(description="A (most likely) to D.", json_schema_extra={"enum": ["A", "B", "C", "D"]})
    lane: str = Field(
        description="urgent when the message says so, whatever the score; nurture for grade D; else normal.",
        json_schema_extra={"enum": ["urgent", "normal", "nurture"]},
    )
    next_step: str = Field(description="What to do next and by which channel, in one sentence; a person decides.")
    ask_1: str | None = Field(
        None,
        description="The question whose answer could move this score most; null for leads that are not kept, and where nothing would.",
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
    base_log_odds: float = Field(description="Log-odds of the average lead, from which the reasons start.")
    everything_else_log_odds: float = Field(description="Log-odds of everything that is not among the reasons.")
    log_odds: float = Field(description="base_log_odds plus every reason plus everything_else_log_odds.")
    reasons: list[ScoredReason] = Field(description="The strongest first.")
    asks: list[Ask] = Field(
        [], description="What is missing and worth asking, the most telling first; worked out for leads that are kept."
    )
    model_version: str
    model_sha256: str = Field(description="First 12 digits of the bundle's sha256.")
    scored_at: str = Field(description="The moment of the score, UTC.")
    receipt: str | None = Field(
        description="By which leadlight replay computes this score again, to the bit; null when it could not be written down."
    )
    ignored: list[str] = Field(description="Fields sent that this model does not use.")


class FailureField(BaseModel):
    """One field to mend."""

    model_config = CLOSED
    field: str
    found: str = Field(description="What kind of value was found, never the value.")
    expected: str


class Failure(BaseModel):
    """Why a request was refused."""

    model_config = CLOSED
    code: str = Field(description="One word for programs.")
    message: str = Field(description="One sentence for people.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    request_id: str
    fields: list[FailureField]


class BatchItem(BaseModel):
    """One lead of a batch: its answer, or why it has none."""

    model_config = CLOSED
    status: int = Field(description="HTTP status this lead alone would have had.")
    answer: Answer | None = None
    error: Failure | None = None


class BatchAnswer(BaseModel):
    """One item for each lead sent, in the same order."""

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
    desk: str = Field(description="ready, or none where there is no store")
    warning: str | None = Field(description="What is amiss: why a newer model is not in use, why reasons are slow.")


_EXPECTED = {
    "string_type": "a text",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "missing": "a value",
    "extra_forbidden": "nothing by this name",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
}


def validate_lead(plain: Any) -> dict[str, Any]:
    """The fields given of one lead, once their shape is right.

    Raises
    ------
    RequestError
        With status 422 and every field to mend, named where the name is one of ours.
    """
    try:
        Lead.model_validate(plain)
    except ValidationError as fault:
        raise RequestError(
            422,
            "invalid_lead",
            "The lead has fields of the wrong shape; mend those named in fields.",
            _fields_of(fault),
        ) from None
    return plain


def _fields_of(fault: ValidationError) -> tuple[Fault, ...]:
    """Each field once, without the branches of a union."""
    found: dict[str, Fault] = {}
    for error in fault.errors(include_url=False, include_context=False):
        name = format_field_path(error["loc"])
        scalar = error["loc"] and len([part for part in error["loc"] if part in ("str", "bool", "int", "float")])
        expected = (
            "a single value: text, number, true, false or null"
            if scalar
            else _EXPECTED.get(error["type"], "another kind of value")
        )
        found.setdefault(name, Fault(name, _kind(error.get("input")), expected))
    return tuple(found.values())


def format_field_path(place: tuple[Any, ...]) -> str:
    """``events[2].kind``; a name that is not ours may be a person's, so it is not repeated."""
    known = {*Lead.model_fields, *Event.model_fields, "leads"}
    steps = [part for part in place if isinstance(part, int) or part not in ("str", "bool", "int", "float")]
    if not steps:
        return "lead"
    words = "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if step in known else ".(a column of your own)"
        for step in steps
    )
    return words.removeprefix(".")


def _kind(value: Any) -> str:
    """What kind of JSON value it is."""
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
        type(None): "nothing",
    }
    return names.get(type(value), "something else")
