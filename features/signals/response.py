"""Response: how often and how fast did we try, and how long has the person been waiting?

Lives here: signals counted from our attempts and answers before the cutoff, of the family ``engagement``.
Does not live here: what the person did (``engagement``).
"""

import numpy as np

from features.array_types import HOUR, MINUTE, FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.blocks.events import OUTBOUND
from features.registry import signal


@signal(
    family="engagement",
    unit="times",
    needs=("events",),
    blocks=("events",),
    version=2,
    reason="Called or written to {value} so far",
    absent="Nobody has called yet",
    unknown="No record of attempts",
    evidence=("event:all outbound",),
)
def attempts_made(batch: Batch, blocks: Blocks) -> FloatArray:
    """How often the practice tried to reach the person before the cutoff; a call and its voicemail are one. Shape (n,),
    times.

    >>> from features.testing import one_lead, value_of
    >>> value_of(attempts_made, one_lead(events=[("2026-03-01", "outbound_call")], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count_attempts()


@signal(
    family="engagement",
    unit="times",
    needs=("events",),
    blocks=("events",),
    monotone=+1,
    reason="Reached {value} so far",
    absent="Not reached yet",
    unknown="No record of attempts",
    evidence=("event:all reached",),
)
def times_reached(batch: Batch, blocks: Blocks) -> FloatArray:
    """How often an attempt reached the person before the cutoff. Shape (n,), times.

    >>> from features.testing import one_lead, value_of
    >>> value_of(times_reached, one_lead(events=[("2026-03-01", "outbound_call", 1.0)], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count_reached()


@signal(
    family="engagement",
    unit="times",
    needs=("events",),
    blocks=("events",),
    group="attempts_made",
    version=2,
    reason="Called or written to {value} without an answer",
    absent="No attempt is waiting for an answer",
    unknown="No record of attempts",
    evidence=("event:all outbound", "event:last inbound", "event:last reached"),
)
def attempts_unanswered(batch: Batch, blocks: Blocks) -> FloatArray:
    """How often the practice tried in a row since it last heard from the person or reached them. Shape (n,), times.

    >>> from features.testing import one_lead, value_of
    >>> story = [("2026-03-01", "outbound_call"), ("2026-03-02", "sms_in"), ("2026-03-03", "outbound_call", 0.0)]
    >>> value_of(attempts_unanswered, one_lead(events=story, cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count_attempts(blocks.events.last_contact_at)


@signal(
    family="engagement",
    unit="times",
    needs=("events",),
    blocks=("events",),
    reason="Was left a voicemail {value}",
    absent="Was left no voicemail",
    unknown="No record of attempts",
    evidence=("event:all voicemail",),
)
def voicemails_left(batch: Batch, blocks: Blocks) -> FloatArray:
    """Voicemails that the practice left before the cutoff. Shape (n,), times.

    >>> from features.testing import one_lead, value_of
    >>> value_of(voicemails_left, one_lead(events=[("2026-03-01", "voicemail")], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count("voicemail")


@signal(
    family="engagement",
    unit="times",
    needs=("events",),
    blocks=("events",),
    reason="Called us {value} in vain and was not called back",
    absent="No missed call is waiting for an answer",
    unknown="No record of calls",
    evidence=("event:all missed_call", "event:last outbound"),
)
def missed_calls_unanswered(batch: Batch, blocks: Blocks) -> FloatArray:
    """Missed calls since the practice last tried to reach the person. Shape (n,), times.

    >>> from features.testing import one_lead, value_of
    >>> missed = [("2026-03-01", "missed_call"), ("2026-03-02", "missed_call")]
    >>> value_of(missed_calls_unanswered, one_lead(events=missed, cutoff="2026-03-05"))
    2.0
    """
    return blocks.events.count_after(blocks.events.last_attempt_at, "missed_call")


@signal(
    family="engagement",
    unit="minutes",
    needs=("events", "created_at"),
    blocks=("events", "clock"),
    group="answer",
    reason="First called or written to after {value}",
    absent="Called at once",
    unknown="Nobody has called yet",
    evidence=("clock:arrival", "event:first outbound"),
)
def minutes_to_first_attempt(batch: Batch, blocks: Blocks) -> FloatArray:
    """Minutes from arrival to the practice's first attempt before the cutoff. Shape (n,), minutes, 0 or more, NaN while
    there was none, or where only the day of either is known.

    >>> from features.testing import one_lead, value_of
    >>> lead = one_lead(
    ...     created_at="2026-03-01T10:00Z", events=[("2026-03-01T10:20Z", "outbound_call")], cutoff="2026-03-05"
    ... )
    >>> value_of(minutes_to_first_attempt, lead)
    20.0
    """
    first = blocks.events.first(*OUTBOUND)
    minutes = np.maximum((first - batch.column("created_at")) / MINUTE, 0.0)
    is_timed = blocks.clock.timed_arrival.is_known & blocks.clock.has_time_of_day(batch.local_time(first))
    return np.where(is_timed, minutes, np.nan)


@signal(
    family="engagement",
    unit="minutes",
    needs=("events",),
    blocks=("events", "clock"),
    group="answer",
    reason="Their last word was answered after {value}",
    absent="Their last word was answered at once",
    unknown="Their last word was not answered yet, or there is none",
    evidence=("event:last inbound", "event:answer"),
)
def minutes_to_answer(batch: Batch, blocks: Blocks) -> FloatArray:
    """Minutes from the person's last touch to our next attempt. Shape (n,), minutes, NaN when it was not answered yet
    or there was none, or where only the day of either is known.

    >>> from features.testing import one_lead, value_of
    >>> value_of(
    ...     minutes_to_answer,
    ...     one_lead(events=[("2026-03-01T10:00", "chat"), ("2026-03-01T10:45", "sms_out")], cutoff="2026-03-05"),
    ... )
    45.0
    """
    heard = blocks.events.last_inbound_at
    answered = blocks.events.first_after(heard, *OUTBOUND)
    is_timed = [blocks.clock.has_time_of_day(batch.local_time(times)) for times in (heard, answered)]
    return np.where(is_timed[0] & is_timed[1], (answered - heard) / MINUTE, np.nan)


@signal(
    family="engagement",
    unit="hours",
    needs=("events",),
    blocks=("events",),
    group="answer",
    reason="Their last word has been waiting for an answer for {value}",
    absent="Their last word was answered",
    unknown="Not heard from yet",
    evidence=("event:last inbound", "event:answer"),
)
def hours_unanswered(batch: Batch, blocks: Blocks) -> FloatArray:
    """Hours that the person's last touch has been waiting for an attempt of ours. Shape (n,), hours, 0 answered, NaN
    when there was none.

    >>> from features.testing import one_lead, value_of
    >>> value_of(
    ...     hours_unanswered,
    ...     one_lead(events=[("2026-03-01", "voicemail"), ("2026-03-04", "sms_in")], cutoff="2026-03-05"),
    ... )
    24.0
    """
    return np.where(
        blocks.events.last_attempt_at > blocks.events.last_inbound_at,
        0.0,
        (batch.cutoff - blocks.events.last_inbound_at) / HOUR,
    )


@signal(
    family="engagement",
    unit="hours",
    needs=("created_at",),
    blocks=("clock",),
    group="waiting",
    reason="Waiting for {value}",
    absent="Has just arrived",
    unknown="Time of arrival not known",
    evidence=("clock:arrival", "clock:cutoff"),
)
def hours_open(batch: Batch, blocks: Blocks) -> FloatArray:
    """Hours from arrival to the cutoff. Shape (n,), hours, 0 or more, NaN without a date; whole days
    where only the day of arrival is known.

    >>> from features.testing import one_lead, value_of
    >>> value_of(hours_open, one_lead(created_at="2026-03-01", cutoff="2026-03-02"))
    24.0
    """
    hours = np.maximum((batch.cutoff - batch.column("created_at")) / HOUR, 0.0)
    return np.where(blocks.clock.timed_arrival.is_known, hours, hours // 24 * 24)
