"""Consistency: does what they say fit together?

Lives here: two statements of the lead compared with each other, or with what the requested clinic offers.
Does not live here: the service's rules (``eligibility``).

What is stated only once is not compared: NaN, not "fits".
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal


@signal(
    family="consistency",
    unit="yes/no",
    needs=("services", "clinics", "preferred_clinic"),
    refined_by=("service_requested", "message"),
    blocks=("text", "geo"),
    monotone=+1,
    reason="The clinic asked for offers the service",
    absent="The clinic asked for does not offer the service",
    unknown="No clinic and service to compare",
    evidence=("clinic:preferred", "service:asked"),
)
def offered_at_preferred_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the clinic asked for offers the service asked for. Shape (n,), 1 yes, 0 no, NaN when either is unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(offered_at_preferred_clinic, one_lead(service_requested="spine surgery", preferred_clinic="North"))
    0.0
    """
    clinic, service = blocks.geo.preferred, blocks.text.service
    both_named = (clinic >= 0) & (service >= 0)
    offers = batch.context.geography.offers
    return np.where(both_named, offers[clinic, service] if offers.size else np.nan, np.nan)


@signal(
    family="consistency",
    unit="km",
    needs=("services", "clinics", "preferred_clinic"),
    refined_by=("service_requested", "message"),
    blocks=("geo",),
    monotone=-1,
    group="offered_at_preferred_clinic",
    reason="The clinic asked for does not offer the service, one about {value} from it does",
    absent="The clinic asked for offers the service",
    unknown="No clinic asked for",
    evidence=("clinic:preferred", "service:asked"),
)
def preferred_clinic_to_offering_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """Distance from the clinic asked for to the nearest one offering the service; needs no address. Shape (n,), km, 0
    when it offers it itself, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> round(
    ...     value_of(
    ...         preferred_clinic_to_offering_clinic,
    ...         one_lead(service_requested="spine surgery", preferred_clinic="North"),
    ...     )
    ... )
    21
    """
    return np.where(blocks.text.service >= 0, blocks.geo.offered_from_preferred_km, np.nan)


@signal(
    family="consistency",
    unit="km",
    needs=("clinics", "preferred_clinic", "postal_code|latitude"),
    refined_by=("service_requested", "message", "longitude"),
    blocks=("geo",),
    monotone=-1,
    group="distance_to_preferred_clinic",
    reason="About {value} further to the clinic asked for than to the nearest one",
    absent="Asks for the clinic nearest to them",
    unknown="No clinic and location to compare",
    evidence=("clinic:preferred", "clinic:nearest"),
)
def detour_to_preferred_clinic(batch: Batch, blocks: Blocks) -> FloatArray:
    """How much further the clinic asked for is than the nearest one offering the service. Shape (n,), km, 0 when it is
    the nearest, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(detour_to_preferred_clinic, one_lead(postal_code="02139", preferred_clinic="Downtown"))
    0.0
    """
    return np.maximum(blocks.geo.preferred_km - blocks.geo.distance_km, 0)


@signal(
    family="consistency",
    unit="yes/no",
    needs=("services", "referral_reason"),
    refined_by=("service_requested", "message"),
    blocks=("text", "fields"),
    reason="The reason for the referral fits the service asked for",
    absent="The reason for the referral names another service than the one asked for",
    unknown="No reason for a referral to compare with the service",
    evidence=("field:referral_reason", "service:asked"),
)
def referral_reason_fits_service(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the referral's reason is about the service asked for. Shape (n,), 1 yes, 0 it names another one, NaN when
    either says nothing.

    "Knee pain" does not speak against physical therapy: only a service that is named does.

    >>> from features.testing import one_lead, value_of
    >>> value_of(
    ...     referral_reason_fits_service,
    ...     one_lead(referral_reason="physical therapy after a fall", service_requested="spine surgery"),
    ... )
    0.0
    """
    about, service = blocks.fields.referral_services, blocks.text.service
    fits = about[np.arange(len(service)), service] if about.shape[1] else np.zeros(len(service), bool)
    return np.where(
        service < 0, np.nan, np.where(fits, 1.0, np.where(blocks.fields.referral_service >= 0, 0.0, np.nan))
    )


@signal(
    family="consistency",
    unit="yes/no",
    needs=("services", "service_requested", "message"),
    blocks=("text", "fields"),
    reason="Form and message name the same service",
    absent="The form asks for one service, the message names another",
    unknown="Form and message do not both name a service",
    evidence=("field:service_requested", "words:service"),
)
def message_fits_service_field(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message names the service chosen on the form. Shape (n,), 1 yes, 0 it names one other, NaN it names
    none or several others.

    Another service may be named as what was tried before, so this has no policy.

    >>> from features.testing import one_lead, value_of
    >>> value_of(message_fits_service_field, one_lead(service_requested="physio", message="I need back surgery"))
    0.0
    """
    on_form, named = blocks.fields.service, blocks.text.named_service
    services = blocks.fields.services
    same = (named >= 0) & services[np.arange(len(named)), named] if services.size else named >= len(named)
    return np.where(same, 1.0, np.where((on_form >= 0) & (blocks.text.services_named == 1), 0.0, np.nan))


@signal(
    family="consistency",
    unit="days",
    needs=("timeframe", "message"),
    refined_by=("created_at",),
    blocks=("text", "fields"),
    reason="Form and message name times about {value} apart",
    absent="Form and message name the same time",
    unknown="Form and message do not both name a time",
    evidence=("field:timeframe", "words:days"),
)
def timeframes_apart(batch: Batch, blocks: Blocks) -> FloatArray:
    """Days between the timeframe chosen on the form and the one stated in the message. Shape (n,), 0 or more, NaN
    unless both are stated.

    >>> from features.testing import one_lead, value_of
    >>> value_of(timeframes_apart, one_lead(timeframe="Within a week", message="could I come in 3 weeks"))
    14.0
    """
    return np.abs(blocks.fields.timeframe_days - blocks.text.days)


@signal(
    family="consistency",
    unit="yes/no",
    needs=("relation", "message"),
    blocks=("text", "fields"),
    reason="Form and message agree on whom it is for",
    absent="The form says it is for themselves, the message speaks for somebody else",
    unknown="Form and message do not both say whom it is for",
    evidence=("field:relation", "words:somebody_else"),
)
def relation_fits_message(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether form and message agree on whom it is for. Shape (n,), 1 yes, 0 the form says "self" and the message
    another, NaN not both are there.

    >>> from features.testing import one_lead, value_of
    >>> value_of(relation_fits_message, one_lead(relation="self", message="an appointment for my mother"))
    0.0
    """
    for_self = blocks.fields.map_values("relation", lambda relation: np.nan if relation is None else relation == "self")
    other = blocks.text.mentions("somebody_else")
    return np.where(np.isnan(for_self) | np.isnan(other), np.nan, 1 - for_self * other)
