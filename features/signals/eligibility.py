"""Eligibility: may this person have it here, by the service's own rules?

Lives here: the rules of practice.toml (ages, referral, payers) compared with what the lead states.
Does not live here: reading the rules (``practice.eligibility_rules``).

Age serves the service's rule and nothing else.
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal

_REFERRAL_COLUMNS = ("referrer", "referral_reason", "relation", "message")
"""Where a referral may be mentioned: "none is mentioned" is known only where all of them were sent."""


@signal(
    family="eligibility",
    unit="yes/no",
    needs=("services", "age_band"),
    refined_by=("service_requested", "message"),
    blocks=("eligibility",),
    monotone=+1,
    reason="Is of an age that the service is for",
    absent="Is not of an age that the service is for",
    unknown="No age rule to hold against them",
    evidence=("service:asked", "rule:ages", "field:age_band"),
)
def age_rule_met(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the service's rule on age is met. Shape (n,), 1 yes, 0 no, NaN no rule, no age, or an age band on both
    sides of it.

    >>> from features.testing import one_lead, value_of
    >>> value_of(age_rule_met, one_lead(service_requested="spine surgery", age_band="0-17"))
    0.0
    >>> value_of(age_rule_met, one_lead(service_requested="physio", age_band="0-17"))
    nan
    """
    return blocks.eligibility.age


@signal(
    family="eligibility",
    unit="yes/no",
    needs=("services", "referrer|referral_reason|relation|message"),
    refined_by=("service_requested",),
    blocks=("eligibility",),
    monotone=+1,
    reason="Comes with the referral that the service requires",
    absent="The service requires a referral and none is mentioned",
    unknown="No referral is required for what they ask",
    evidence=("service:asked", "rule:referral", "field:referrer", "field:referral_reason", "words:referral"),
)
def referral_rule_met(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether a service that requires a referral is asked for with one. Shape (n,), 1 yes, 0 no, NaN no service known
    that requires one, or a place where one might be mentioned was not sent.

    >>> from features.testing import one_lead, value_of
    >>> value_of(referral_rule_met, one_lead(service_requested="spine surgery", message="my doctor sent me"))
    1.0
    >>> value_of(referral_rule_met, one_lead(service_requested="spine surgery", message="how soon?"))
    0.0
    """
    met = blocks.eligibility.referral
    unheard = np.logical_or.reduce([batch.is_withheld(name) for name in _REFERRAL_COLUMNS])
    return np.where((met == 0) & unheard, np.nan, met)


@signal(
    family="eligibility",
    unit="yes/no",
    needs=("services", "payer"),
    refined_by=("service_requested", "message"),
    blocks=("eligibility",),
    monotone=+1,
    group="payer",
    reason="We take this payer for the service",
    absent="We do not take this payer for the service",
    unknown="No payer given",
    evidence=("field:payer", "service:asked", "rule:payers"),
)
def payer_accepted(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the payer is accepted for the service asked for (for any service when none is named). Shape (n,), 1 yes,
    0 no, NaN not stated.

    >>> from features.testing import one_lead, value_of
    >>> value_of(payer_accepted, one_lead(payer="aetna", service_requested="spine surgery"))
    1.0
    >>> value_of(payer_accepted, one_lead(payer="Medicaid", service_requested="spine surgery"))
    0.0
    """
    return blocks.eligibility.payer


@signal(
    family="eligibility",
    unit="yes/no",
    needs=("services", "payer"),
    blocks=("eligibility",),
    monotone=+1,
    group="payer",
    reason="We take this payer for some service",
    absent="We take this payer for no service",
    unknown="No payer given",
    evidence=("field:payer", "rule:payers anywhere"),
)
def payer_accepted_anywhere(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the payer is accepted for any service at all. Shape (n,), 1 yes, 0 no, NaN not stated.

    >>> from features.testing import one_lead, value_of
    >>> value_of(payer_accepted_anywhere, one_lead(payer="Medicaid", service_requested="spine surgery"))
    1.0
    """
    return blocks.eligibility.payer_anywhere


@signal(
    family="eligibility",
    unit="rules",
    needs=("services", "service_requested|message"),
    reads=("payer", "age_band", "referrer", "referral_reason", "relation", "message"),
    blocks=("eligibility",),
    monotone=+1,
    group="rules",
    reason="Meets {value} of the service",
    absent="No rule of the service is known to be met",
    unknown="No service of ours named",
    evidence=("service:asked", "rule:ages", "rule:referral", "rule:payers"),
)
def rules_met(batch: Batch, blocks: Blocks) -> FloatArray:
    """How many of the service's rules (age, referral, payer) are met. Shape (n,), rules, NaN when no service is known.

    >>> from features.testing import one_lead, value_of
    >>> value_of(
    ...     rules_met,
    ...     one_lead(service_requested="spine surgery", payer="Aetna", referrer="Dr. Example", age_band="75+"),
    ... )
    3.0
    """
    return blocks.eligibility.met_rules


@signal(
    family="eligibility",
    unit="rules",
    needs=("services", "service_requested|message"),
    reads=("payer", "age_band", "referrer", "referral_reason", "relation", "message"),
    blocks=("eligibility",),
    group="rules",
    reason="Not said yet whether they meet {value} of the service",
    absent="Nothing is open about the service's rules",
    unknown="No service of ours named",
    evidence=("service:asked", "rule:ages", "rule:referral", "rule:payers"),
)
def rules_unanswered(batch: Batch, blocks: Blocks) -> FloatArray:
    """How many of the service's rules cannot be answered from what the lead states. Shape (n,), rules, NaN when no
    service is known.

    >>> from features.testing import one_lead, value_of
    >>> value_of(rules_unanswered, one_lead(service_requested="spine surgery", payer="Aetna"))
    1.0
    """
    return blocks.eligibility.unanswered_rules
