"""Engagement: how warm is the conversation right now?

Lives here: signals counted from touches (calls, replies, visits) before the cutoff.
Does not live here: what the lead asked for (``intent``), how precisely (``specificity``).
"""

from features.batch import Batch
from features.blocks import Blocks
from features.blocks.events import INBOUND, INTEREST, OUTBOUND
from features.catalogue import signal
from features.types import DAY, HOUR, MINUTE, FloatArray


@signal(
    family="engagement", unit="times", needs=("events",), blocks=("events",), monotone=+1,
    reason="Reached out to us {value}", absent="Has not reached out before", unknown="No record of contacts",
)  # fmt: skip
def inbound_touches(batch: Batch, blocks: Blocks) -> FloatArray:
    """How often the person reached out or answered before the cutoff. Shape (n,), times.

    >>> from features.examples import one_lead, value_of
    >>> value_of(inbound_touches, one_lead(events=[("2026-03-01", "inbound_call"), ("2026-03-05", "chat")], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count(*INBOUND)


@signal(
    family="engagement", unit="times", needs=("events",), blocks=("events",), monotone=+1,
    reason="Looked at pages or e-mails {value}", absent="No page or e-mail looked at", unknown="No record of visits",
)  # fmt: skip
def interest_touches(batch: Batch, blocks: Blocks) -> FloatArray:
    """Page views and opened or clicked e-mails before the cutoff. Shape (n,), times.

    >>> from features.examples import one_lead, value_of
    >>> value_of(interest_touches, one_lead(events=[("2026-03-01", "page_view")], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count(*INTEREST)


@signal(
    family="engagement", unit="days", needs=("events",), blocks=("events",), monotone=-1,
    reason="Last heard from {value} ago", absent="Heard from just now", unknown="Not heard from yet",
)  # fmt: skip
def days_since_last_touch(batch: Batch, blocks: Blocks) -> FloatArray:
    """Days between the person's latest touch and the cutoff. Shape (n,), days, NaN when there was none: silence is not a long-ago touch.

    >>> from features.examples import one_lead, value_of
    >>> value_of(days_since_last_touch, one_lead(events=[("2026-03-01", "sms_in")], cutoff="2026-03-05"))
    4.0
    """
    return (batch.cutoff - blocks.events.last(*INBOUND)) / DAY


@signal(
    family="engagement", unit="times", needs=("events",), blocks=("events",),
    reason="Called or written to {value} so far", absent="Nobody has called yet", unknown="No record of attempts",
)  # fmt: skip
def attempts_made(batch: Batch, blocks: Blocks) -> FloatArray:
    """The practice's attempts to reach the person before the cutoff. Shape (n,), times.

    >>> from features.examples import one_lead, value_of
    >>> value_of(attempts_made, one_lead(events=[("2026-03-01", "outbound_call")], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count(*OUTBOUND)


@signal(
    family="engagement", unit="times", needs=("events",), blocks=("events",), monotone=+1,
    reason="Reached {value} so far", absent="Not reached yet", unknown="No record of attempts",
)  # fmt: skip
def times_reached(batch: Batch, blocks: Blocks) -> FloatArray:
    """Attempts before the cutoff that reached the person. Shape (n,), times.

    >>> from features.examples import one_lead, value_of
    >>> value_of(times_reached, one_lead(events=[("2026-03-01", "outbound_call", 1.0)], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count_reached()


@signal(
    family="engagement", unit="minutes", needs=("events", "created_at"), blocks=("events",),
    reason="First called or written to after {value}", absent="Called at once", unknown="Nobody has called yet",
)  # fmt: skip
def minutes_to_first_attempt(batch: Batch, blocks: Blocks) -> FloatArray:
    """Minutes from arrival to the practice's first attempt before the cutoff. Shape (n,), minutes, 0 or more, NaN while there was none.

    >>> from features.examples import one_lead, value_of
    >>> lead = one_lead(created_at="2026-03-01T10:00Z", events=[("2026-03-01T10:20Z", "outbound_call")], cutoff="2026-03-05")
    >>> value_of(minutes_to_first_attempt, lead)
    20.0
    """
    return ((blocks.events.first(*OUTBOUND) - batch.column("created_at")) / MINUTE).clip(min=0)


@signal(
    family="engagement", unit="hours", needs=("created_at",),
    reason="Waiting for {value}", absent="Has just arrived", unknown="Time of arrival not known",
)  # fmt: skip
def hours_open(batch: Batch, blocks: Blocks) -> FloatArray:
    """Hours from arrival to the cutoff. Shape (n,), hours, 0 or more, NaN without a date.

    >>> from features.examples import one_lead, value_of
    >>> value_of(hours_open, one_lead(created_at="2026-03-01", cutoff="2026-03-02"))
    24.0
    """
    return ((batch.cutoff - batch.column("created_at")) / HOUR).clip(min=0)
