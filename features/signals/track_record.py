"""Track record: how did leads like this do before?

Lives here: booking rates known strictly before the cutoff, shrunk towards the practice's own rate where they rest on
few leads; the outcomes of the same person's earlier inquiries.
Does not live here: the counting (``point_in_time.outcome_history``), the value itself as a category
(``custom_columns``).
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal


@signal(
    family="track_record",
    unit="share",
    needs=("history", "channel"),
    blocks=("history",),
    monotone=+1,
    group="channel",
    reason="Of earlier leads from this channel, {value} booked",
    unknown="No known outcome to compare the channel with",
    evidence=("record:channel",),
)
def channel_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate of the channel, as known by the days that ended before the cutoff (see ``RateLookup.rate``). Shape
    (n,), 0 to 1, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> round(value_of(channel_booking_rate, one_lead(channel="referral", cutoff="2026-03-05")), 3)
    0.6
    """
    return blocks.history.rate("channel")


@signal(
    family="track_record",
    unit="share",
    needs=("history", "campaign"),
    blocks=("history",),
    monotone=+1,
    group="campaign",
    reason="Of earlier leads from this campaign, {value} booked",
    unknown="No known outcome to compare the campaign with",
    evidence=("record:campaign",),
)
def campaign_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate of the campaign, as known strictly before the cutoff. Shape (n,), 0 to 1, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(campaign_booking_rate, one_lead(campaign="never seen", cutoff="2026-03-05"))
    0.5
    """
    return blocks.history.rate("campaign")


@signal(
    family="track_record",
    unit="share",
    needs=("history", "source"),
    blocks=("history",),
    monotone=+1,
    group="source",
    reason="Of earlier leads from this source, {value} booked",
    unknown="No known outcome to compare the source with",
    evidence=("record:source",),
)
def source_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate of the source, as known strictly before the cutoff. Shape (n,), 0 to 1, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(source_booking_rate, one_lead(source=None, cutoff="2026-03-05"))
    nan
    """
    return blocks.history.rate("source")


@signal(
    family="track_record",
    unit="share",
    needs=("history", "service_requested"),
    blocks=("history",),
    monotone=+1,
    group="service_requested",
    reason="Of earlier leads asking for this service, {value} booked",
    unknown="No known outcome to compare the service asked for with",
    evidence=("record:service_requested",),
)
def service_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate of the service asked for, as known strictly before the cutoff. Shape (n,), 0 to 1, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(service_booking_rate, one_lead(service_requested="Physio", cutoff="2026-03-05"))
    0.5
    """
    return blocks.history.rate("service_requested")


@signal(
    family="track_record",
    unit="share",
    needs=("history", "preferred_clinic"),
    blocks=("history",),
    monotone=+1,
    group="preferred_clinic",
    reason="Of earlier leads asking for this clinic, {value} booked",
    unknown="No known outcome to compare the clinic asked for with",
    evidence=("record:preferred_clinic",),
)
def clinic_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate of the clinic asked for, as known strictly before the cutoff. Shape (n,), 0 to 1, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(clinic_booking_rate, one_lead(preferred_clinic="North", cutoff="2026-03-05"))
    0.5
    """
    return blocks.history.rate("preferred_clinic")


@signal(
    family="track_record",
    unit="share",
    needs=("history", "practice"),
    blocks=("history",),
    monotone=+1,
    group="practice",
    reason="Of earlier leads of this practice, {value} booked",
    unknown="No known outcome of the practice to compare with",
    evidence=("record:practice",),
)
def practice_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate of the practice, in a group that shares a model, as known strictly before the cutoff. Shape (n,), 0
    to 1, NaN unknown.

    A practice with few known outcomes is near the group's own rate, a new one exactly at it.

    >>> from features.testing import one_lead, value_of
    >>> value_of(practice_booking_rate, one_lead(practice="never seen", cutoff="2026-03-05"))
    0.5
    """
    return blocks.history.rate("practice")


@signal(
    family="track_record",
    unit="share",
    needs=("history", "referrer"),
    blocks=("history",),
    monotone=+1,
    group="referrer",
    reason="Of earlier leads from this referrer, {value} booked",
    unknown="No known outcome to compare the referrer with",
    evidence=("record:referrer",),
)
def referrer_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate of the referrer, as known strictly before the cutoff. Shape (n,), 0 to 1, NaN unknown.

    A bundle knows no referrer; without the practice's own data each one is scored as a new one.

    >>> from features.testing import one_lead, value_of
    >>> value_of(referrer_booking_rate, one_lead(referrer=None, cutoff="2026-03-05"))
    nan
    """
    return blocks.history.rate("referrer")


@signal(
    family="track_record",
    unit="times",
    needs=("history", "person_id"),
    blocks=("history",),
    group="person_id",
    reason="This person inquired {value} before, with a known end",
    unknown="No earlier inquiry by this person on record",
    evidence=("record:person_id",),
)
def earlier_leads_of_person(batch: Batch, blocks: Blocks) -> FloatArray:
    """Earlier inquiries of the same person whose outcome was known strictly before the cutoff. Shape (n,), times, NaN
    when there is none.

    "None on record" and "no record available" are both NaN, on purpose: a model loaded from its bundle has no record
    of people (it is private, see ``features.point_in_time.outcome_history``) and must score everyone as it learned to
    score new people. Where the practice's own data is available, a returning person is recognized.

    >>> from features.testing import one_lead, value_of
    >>> value_of(earlier_leads_of_person, one_lead(person_id="P1", cutoff="2026-03-05"))
    1.0
    >>> value_of(earlier_leads_of_person, one_lead(person_id="P2", cutoff="2026-03-05"))
    nan
    """
    earlier = blocks.history.count_leads("person_id")
    return np.where(earlier > 0, earlier, np.nan)


@signal(
    family="track_record",
    unit="share",
    needs=("history", "person_id"),
    blocks=("history",),
    monotone=+1,
    group="person_id",
    reason="Going by this person's earlier inquiries, {value} book",
    unknown="No earlier inquiry by this person on record",
    evidence=("record:person_id",),
)
def person_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate of the same person's earlier inquiries, shrunk as ``OutcomeHistory.rate`` describes. Shape (n,),
    0 to 1, NaN when none is on record.

    NaN for new people and without a record of people, as in ``earlier_leads_of_person``.

    >>> from features.testing import one_lead, value_of
    >>> round(value_of(person_booking_rate, one_lead(person_id="P1", cutoff="2026-03-05")), 3)
    0.524
    """
    return np.where(blocks.history.count_leads("person_id") > 0, blocks.history.rate("person_id"), np.nan)


@signal(
    family="track_record",
    unit="share",
    needs=("message", "wording"),
    blocks=("history",),
    monotone=+1,
    reason="Of earlier messages worded like this one, about {value} led to a booking",
    unknown="No message to read, or too few earlier ones",
    evidence=("words:telling",),
)
def wording_booking_rate(batch: Batch, blocks: Blocks) -> FloatArray:
    """Booking rate that the message's words suggest, by weights learned from outcomes known before the cutoff's month.

    Shape (n,), 0 to 1, NaN without a message or before there are weights.

    >>> from features.testing import one_lead, value_of
    >>> round(value_of(wording_booking_rate, one_lead(message="Can I book an appointment?", cutoff="2026-03-05")), 3)
    0.378
    """
    return blocks.history.similar_wording_rate()
