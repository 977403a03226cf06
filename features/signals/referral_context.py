"""Referral context: who sent them, and why?

Lives here: referrals named, mentioned or missing, and their reasons.
Does not live here: whether the service requires one (``eligibility``), how often the referrer's leads book
(``track_record``).
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import SAID_FROM, signal


@signal(
    family="referral_context",
    unit="probability",
    needs=("referrer|message",),
    refined_by=("created_at",),
    blocks=("text", "fields"),
    monotone=+1,
    reason="Was referred to us",
    absent="No referral mentioned",
    unknown="No referral on record",
    evidence=("field:referrer", "words:referral"),
)
def was_referred(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that somebody sent them: certain where a referrer is named, else by the message. Shape (n,), 0
    to 1, NaN when there is neither field nor message, or the field was not sent and the message says nothing.

    >>> from features.testing import one_lead, value_of
    >>> value_of(was_referred, one_lead(message="my doctor sent me to you")) > 0.5
    True
    """
    is_referral = blocks.text.probability("referral")
    unheard = (is_referral < SAID_FROM) & batch.is_withheld("referrer")
    return np.where(blocks.fields.is_given("referrer"), 1.0, np.where(unheard, np.nan, is_referral))


@signal(
    family="referral_context",
    unit="yes/no",
    needs=("relation",),
    blocks=("fields",),
    group="relation",
    reason="A provider's office is asking",
    absent="No provider's office is asking",
    unknown="Not said who is asking",
    evidence=("field:relation",),
)
def provider_office_asks(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether another provider's office sends the inquiry. Shape (n,), 1 yes, 0 no, NaN not said.

    >>> from features.testing import one_lead, value_of
    >>> value_of(provider_office_asks, one_lead(relation="provider_office"))
    1.0
    """
    return blocks.fields.map_values(
        "relation", lambda relation: np.nan if relation is None else relation == "provider_office"
    )


@signal(
    family="referral_context",
    unit="yes/no",
    needs=("referral_reason",),
    blocks=("fields",),
    monotone=+1,
    group="referral_reason",
    reason="Came with a reason for the referral",
    absent="No reason for a referral given",
    unknown="No reason for a referral given",
    evidence=("field:referral_reason",),
)
def referral_reason_given(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether a reason for the referral is given. Shape (n,), 1 yes, 0 no.

    >>> from features.testing import one_lead, value_of
    >>> value_of(referral_reason_given, one_lead(referral_reason="post-op rehab"))
    1.0
    """
    return blocks.fields.is_given("referral_reason").astype(float)


@signal(
    family="referral_context",
    unit="yes/no",
    needs=("services", "referral_reason"),
    blocks=("fields",),
    monotone=+1,
    group="referral_reason",
    reason="The reason for the referral is about something we do",
    absent="The reason for the referral says nothing of what we do",
    unknown="No reason for a referral given",
    evidence=("field:referral_reason",),
)
def referral_reason_is_ours(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the referral's reason names a service of ours or shares a telling word with one. Shape (n,), 1 yes, 0 no,
    NaN not given.

    >>> from features.testing import one_lead, value_of
    >>> value_of(referral_reason_is_ours, one_lead(referral_reason="PT eval and treat"))
    1.0
    """
    return np.where(blocks.fields.is_given("referral_reason"), blocks.fields.referral_services.any(axis=1), np.nan)


@signal(
    family="referral_context",
    unit="times",
    needs=("history", "referrer"),
    blocks=("history",),
    group="referrer",
    reason="The referrer sent us somebody {value} before",
    absent="The referrer has sent us nobody before",
    unknown="No referrer named",
    evidence=("record:referrer",),
)
def leads_from_referrer(batch: Batch, blocks: Blocks) -> FloatArray:
    """Earlier leads from the same referrer whose outcome was known strictly before the cutoff. Shape (n,), times, NaN
    when none is named.

    >>> from features.testing import one_lead, value_of
    >>> value_of(leads_from_referrer, one_lead(referrer="Somebody new", cutoff="2026-03-05"))
    0.0
    """
    return np.where(blocks.fields.is_given("referrer"), blocks.history.count_leads("referrer"), np.nan)


@signal(
    family="referral_context",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    reason="Has no referral, or asks whether one is needed",
    absent="Does not ask about needing a referral",
    unknown="No message to read",
    evidence=("words:no_referral",),
)
def has_no_referral_yet(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message says that there is no referral, or asks whether one is needed. Shape (n,), 1 yes, 0 no, NaN
    without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(has_no_referral_yet, one_lead(message="Do I need a referral?"))
    1.0
    """
    return blocks.text.mentions("no_referral")
