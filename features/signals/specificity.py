"""Specificity: how precisely does the person say what they need?

Lives here: conditions, procedures and services named, length, how much of the form is filled in.
Does not live here: whether they want to come (``intent``), whether we offer it (``service_fit``).
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import SAID_FROM, signal

FORM_COLUMNS = (
    "message",
    "phone",
    "email",
    "postal_code",
    "service_requested",
    "preferred_clinic",
    "payer",
    "preferred_time",
    "timeframe",
)
"""What a complete inquiry has; ``form_completeness`` counts those that the lead's source sends at all."""


@signal(
    family="specificity",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    monotone=+1,
    reason="Names a condition or symptom",
    absent="Names no condition or symptom",
    unknown="No message to read",
    evidence=("words:condition",),
)
def names_condition(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message names a condition or symptom. Shape (n,), 0 to 1, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(names_condition, one_lead(message="my knee hurts on the stairs")) > 0.5
    True
    """
    return blocks.text.probability("condition")


@signal(
    family="specificity",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Names a procedure",
    absent="Names no procedure",
    unknown="No message to read",
    evidence=("words:procedure",),
)
def names_procedure(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message names a procedure. Shape (n,), 0 to 1, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(names_procedure, one_lead(message="do I need a cortisone injection")) > 0.5
    True
    """
    return blocks.text.probability("procedure")


@signal(
    family="specificity",
    unit="number",
    needs=("message", "services"),
    blocks=("text",),
    reason="Services of ours named in the message: {value}",
    absent="Names no service of ours in the message",
    unknown="No message to read",
    evidence=("words:service",),
)
def services_named(batch: Batch, blocks: Blocks) -> FloatArray:
    """How many of the practice's services the message names, under any of their names. Shape (n,), NaN without a
    message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(services_named, one_lead(message="back sugery, then physio"))
    2.0
    """
    return blocks.text.services_named


@signal(
    family="specificity",
    unit="number",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    monotone=+1,
    reason="Concrete details in the message: {value}",
    absent="The message holds no concrete detail",
    unknown="No message to read",
    evidence=("words:condition,procedure,insurance,referral,days",),
)
def details_given(batch: Batch, blocks: Blocks) -> FloatArray:
    """How many kinds of detail are given, of five: condition, procedure, insurance, referral, when. Shape (n,), 0 to 5,
    NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(details_given, one_lead(message="torn meniscus, I have Aetna, can I come in 2 weeks"))
    3.0
    """
    kinds = np.stack([blocks.text.probability(label) for label in ("condition", "procedure", "insurance", "referral")])
    named = np.where(np.isnan(kinds[0]), np.nan, (kinds >= SAID_FROM).sum(axis=0))
    return named + ~np.isnan(blocks.text.days)


@signal(
    family="specificity",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Was treated elsewhere before, or wants a second opinion",
    absent="Does not speak of treatment elsewhere",
    unknown="No message to read",
    evidence=("words:second_opinion",),
)
def treated_elsewhere(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message speaks of treatment elsewhere or a second opinion. Shape (n,), 0 to 1, NaN
    without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(treated_elsewhere, one_lead(message="another surgeon told me to wait, I want a 2nd opinion")) > 0.5
    True
    """
    return blocks.text.probability("second_opinion")


@signal(
    family="specificity",
    unit="words",
    needs=("message",),
    blocks=("text",),
    reason="Wrote {value}",
    absent="The message holds no words",
    unknown="No message to read",
    evidence=("words:all",),
)
def message_length(batch: Batch, blocks: Blocks) -> FloatArray:
    """Words in the message. Shape (n,), words, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(message_length, one_lead(message="<p>My  knee hurts.</p>"))
    3.0
    """
    return blocks.text.word_count


@signal(
    family="specificity",
    unit="share",
    needs=("phone|email|postal_code|service_requested|payer",),
    refined_by=("message", "preferred_clinic", "preferred_time", "timeframe"),
    blocks=("fields",),
    reason="Gave {value} of what the form asks for",
    absent="Left the form almost empty",
    unknown="No form on record",
    evidence=(
        "form:message,phone,email,postal_code,service_requested,preferred_clinic,payer,preferred_time,timeframe",
    ),
)
def form_completeness(batch: Batch, blocks: Blocks) -> FloatArray:
    """Share of the form's fields that are filled in, of those the lead's source sends. Shape (n,), 0 to 1, NaN when it
    sends none.

    >>> from features.testing import one_lead, value_of
    >>> value_of(form_completeness, one_lead(phone="617-555-0123", email=None, payer=None, message="hi"))
    0.5
    """
    form_columns = [name for name in FORM_COLUMNS if name in batch.columns]
    filled, sent = np.zeros((2, len(batch)))
    for name in form_columns:
        filled += blocks.fields.is_given(name)
        sent += batch.sent(name)
    return np.where(sent > 0, filled / np.maximum(sent, 1.0), np.nan)
