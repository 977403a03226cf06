"""Season and hours: when did they come, and what time is it for them and for us?

Lives here: the time of arrival on the practice's clock, its opening hours and days off, the clock where the lead
lives.
Does not live here: how long they have been waiting, counting all hours (``engagement``), what opening hours are
(``calendar.business_time``).
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal

_FROM_HOUR, _TO_HOUR = 8, 21
"""Hours of the day between which a person may be called, on their own clock (the Telephone Consumer Protection Act's).
"""


@signal(
    family="season_and_hours",
    unit="hour of day",
    needs=("created_at",),
    blocks=("clock",),
    reason="Arrived around {value}",
    unknown="Time of arrival not known",
    evidence=("clock:arrival",),
)
def arrival_hour(batch: Batch, blocks: Blocks) -> FloatArray:
    """Hour of the day at which the lead arrived, in the practice's time zone. Shape (n,), 0 to 24, NaN without a date,
    or where the date has no time of day.

    >>> from features.testing import one_lead, value_of
    >>> value_of(arrival_hour, one_lead(created_at="2026-03-02T15:30:00Z"))
    10.5
    """
    arrival = blocks.clock.timed_arrival
    return np.where(arrival.is_known, arrival.minute / 60, np.nan)


@signal(
    family="season_and_hours",
    unit="day of week",
    needs=("created_at",),
    blocks=("clock",),
    reason="Arrived on a {value}",
    unknown="Day of arrival not known",
    evidence=("clock:arrival",),
)
def arrival_weekday(batch: Batch, blocks: Blocks) -> FloatArray:
    """Day of the week on which the lead arrived, in the practice's time zone. Shape (n,), 0 Monday to 6 Sunday, NaN
    without a date.

    >>> from features.testing import one_lead, value_of
    >>> value_of(arrival_weekday, one_lead(created_at="2026-03-02T15:30:00Z"))
    0.0
    """
    return np.where(blocks.clock.arrival.is_known, blocks.clock.arrival.weekday, np.nan)


@signal(
    family="season_and_hours",
    unit="month",
    needs=("created_at",),
    blocks=("clock",),
    reason="Arrived in {value}",
    unknown="Day of arrival not known",
    evidence=("clock:arrival",),
)
def arrival_month(batch: Batch, blocks: Blocks) -> FloatArray:
    """Month in which the lead arrived, on the practice's clock. Shape (n,), 1 January to 12 December, NaN without a
    date.

    A model learns from it once every month came twice: until then a month is a period, and says nothing of its return.

    >>> from features.testing import one_lead, value_of
    >>> value_of(arrival_month, one_lead(created_at="2026-03-01T02:00Z"))
    2.0
    """
    months = blocks.clock.arrival.local.astype("datetime64[M]").astype(np.int64)
    return np.where(blocks.clock.arrival.is_known, months % 12 + 1, np.nan)


@signal(
    family="season_and_hours",
    unit="yes/no",
    needs=("created_at",),
    blocks=("clock",),
    group="arrival_hour",
    reason="Arrived while we were open",
    absent="Arrived while we were closed",
    unknown="Time of arrival not known",
    evidence=("clock:arrival", "clock:opening hours"),
)
def arrived_while_open(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the lead arrived within the practice's opening hours. Shape (n,), 1 yes, 0 no, NaN without a date
    or its time of day.

    >>> from features.testing import one_lead, value_of
    >>> [value_of(arrived_while_open, one_lead(created_at=time)) for time in ("2026-03-02T15:30Z", "2026-03-01T15:30Z")]
    [1.0, 0.0]
    """
    return batch.context.business_time.is_open(blocks.clock.timed_arrival)


@signal(
    family="season_and_hours",
    unit="yes/no",
    needs=("created_at",),
    blocks=("clock",),
    group="arrival_weekday",
    reason="Arrived on a weekend or public holiday",
    absent="Arrived on a working day",
    unknown="Day of arrival not known",
    evidence=("clock:arrival", "clock:opening hours"),
)
def arrived_on_day_off(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the lead arrived on a US federal holiday or a day without opening hours. Shape (n,), 1 yes, 0 no, NaN
    without a date.

    >>> from features.testing import one_lead, value_of
    >>> value_of(arrived_on_day_off, one_lead(created_at="2026-11-26T15:30Z"))
    1.0
    """
    return batch.context.business_time.is_day_off(blocks.clock.arrival)


@signal(
    family="season_and_hours",
    unit="hours",
    needs=("created_at",),
    blocks=("clock",),
    group="waiting",
    reason="Has been waiting for {value} of our opening hours",
    absent="We have not been open since they arrived",
    unknown="Time of arrival not known",
    evidence=("clock:arrival", "clock:cutoff", "clock:opening hours"),
)
def opening_hours_waited(batch: Batch, blocks: Blocks) -> FloatArray:
    """Hours from arrival to the cutoff in which the practice was open. Shape (n,), hours, NaN without a date or its
    time of day.

    >>> from features.testing import one_lead, value_of
    >>> value_of(opening_hours_waited, one_lead(created_at="2026-02-27T21:30Z", cutoff="2026-03-02T15:00Z"))
    2.5
    """
    return np.maximum(
        batch.context.business_time.minutes_between(blocks.clock.timed_arrival, blocks.clock.now) / 60, 0.0
    )


@signal(
    family="season_and_hours",
    unit="yes/no",
    needs=("created_at",),
    blocks=("clock",),
    reason="We are open at this moment",
    absent="We are closed at this moment",
    unknown="The moment of scoring is not known",
    evidence=("clock:cutoff", "clock:opening hours"),
)
def open_now(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the practice is open at the cutoff. Shape (n,), 1 yes, 0 no, NaN without a moment.

    >>> from features.testing import one_lead, value_of
    >>> value_of(open_now, one_lead(cutoff="2026-03-02T15:30Z"))
    1.0
    """
    return batch.context.business_time.is_open(blocks.clock.timed_now)


@signal(
    family="season_and_hours",
    unit="yes/no",
    needs=("created_at", "postal_code"),
    blocks=("clock",),
    reason="May be called at this hour where they live",
    absent="It is too early or too late to call where they live",
    unknown="Their time zone is not known",
    evidence=("clock:lead", "field:postal_code"),
)
def within_contact_hours(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether it is between 8:00 and 21:00 at the cutoff on the clock of the lead's own ZIP code. Shape (n,), 1 yes, 0
    no, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(within_contact_hours, one_lead(postal_code="02139", cutoff="2026-03-02T15:30Z"))
    1.0
    >>> value_of(within_contact_hours, one_lead(postal_code="90210", cutoff="2026-03-02T15:30Z"))
    0.0
    """
    hour = (blocks.clock.now.minute / 60 + blocks.clock.lead_ahead_hours) % 24
    return np.where(np.isnan(hour) | ~blocks.clock.timed_now.is_known, np.nan, (hour >= _FROM_HOUR) & (hour < _TO_HOUR))


@signal(
    family="season_and_hours",
    unit="hours",
    needs=("created_at", "postal_code"),
    blocks=("clock",),
    reason="Their clock is {value} apart from ours",
    absent="Their clock shows what ours shows",
    unknown="Their time zone is not known",
    evidence=("clock:lead", "clock:cutoff"),
)
def clock_difference(batch: Batch, blocks: Blocks) -> FloatArray:
    """How far the clock of the lead's own ZIP code is from the practice's at the cutoff, ahead or behind. Shape (n,),
    hours, NaN unknown.

    >>> from features.testing import one_lead, value_of
    >>> value_of(clock_difference, one_lead(postal_code="90210", cutoff="2026-03-02T15:30Z"))
    3.0
    """
    return np.abs(blocks.clock.lead_ahead_hours)
