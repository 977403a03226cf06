"""Engagement: how warm is the conversation right now?

Lives here: signals counted from the person's touches (calls, replies, visits) before the cutoff.
Does not live here: our attempts (``response``), what the lead asked for (``intent``), how precisely (``specificity``).
"""

import numpy as np

from features.array_types import DAY, FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.blocks.events import INBOUND, INTEREST
from features.registry import signal

_WAYS = (("inbound_call", "missed_call"), ("sms_in",), ("email_in",), ("form_submit", "verification"), ("chat",))
"""Ways in which a person reaches out, each with its kinds of events."""

_HALF_LIFE = 2 * DAY
"""A touch counts half as much for every two days of its age."""

_TOUCHES = (*INBOUND, *INTEREST)


@signal(
    family="engagement",
    unit="times",
    needs=("events",),
    blocks=("events",),
    monotone=+1,
    reason="Reached out to us {value}",
    absent="Has not reached out before",
    unknown="No record of contacts",
    evidence=("event:all inbound",),
)
def inbound_touches(batch: Batch, blocks: Blocks) -> FloatArray:
    """How often the person reached out or answered before the cutoff. Shape (n,), times.

    >>> from features.testing import one_lead, value_of
    >>> value_of(
    ...     inbound_touches,
    ...     one_lead(events=[("2026-03-01", "inbound_call"), ("2026-03-05", "chat")], cutoff="2026-03-05"),
    ... )
    1.0
    """
    return blocks.events.count(*INBOUND)


@signal(
    family="engagement",
    unit="times",
    needs=("events",),
    blocks=("events",),
    monotone=+1,
    reason="Looked at pages or e-mails {value}",
    absent="No page or e-mail looked at",
    unknown="No record of visits",
    evidence=("event:all interest",),
)
def interest_touches(batch: Batch, blocks: Blocks) -> FloatArray:
    """Page views and opened or clicked e-mails before the cutoff. Shape (n,), times.

    >>> from features.testing import one_lead, value_of
    >>> value_of(interest_touches, one_lead(events=[("2026-03-01", "page_view")], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count(*INTEREST)


@signal(
    family="engagement",
    unit="times",
    needs=("events",),
    blocks=("events",),
    monotone=+1,
    group="interest_touches",
    reason="Followed a link in our e-mails {value}",
    absent="Followed no link in our e-mails",
    unknown="No record of e-mails",
    evidence=("event:all email_click",),
)
def links_followed(batch: Batch, blocks: Blocks) -> FloatArray:
    """Links in our e-mails that the person followed before the cutoff. Shape (n,), times.

    >>> from features.testing import one_lead, value_of
    >>> value_of(links_followed, one_lead(events=[("2026-03-01", "email_click")], cutoff="2026-03-05"))
    1.0
    """
    return blocks.events.count("email_click")


@signal(
    family="engagement",
    unit="pages",
    needs=("events", "created_at"),
    blocks=("events", "clock"),
    reason="Looked at {value} before the inquiry",
    absent="Looked at no page before the inquiry",
    unknown="No record of visits",
    evidence=("event:all page_view", "clock:arrival"),
)
def pages_before_enquiry(batch: Batch, blocks: Blocks) -> FloatArray:
    """Pages looked at before the inquiry arrived. Shape (n,), pages, NaN where only the day of the
    inquiry is known.

    >>> from features.testing import one_lead, value_of
    >>> visits = [("2026-03-01T09:50", "page_view"), ("2026-03-02", "page_view")]
    >>> value_of(pages_before_enquiry, one_lead(created_at="2026-03-01T10:00Z", events=visits, cutoff="2026-03-05"))
    1.0
    """
    pages = blocks.events.count_before(batch.column("created_at"), "page_view")
    return np.where(blocks.clock.arrival.is_known & ~blocks.clock.timed_arrival.is_known, np.nan, pages)


@signal(
    family="engagement",
    unit="ways",
    needs=("events",),
    blocks=("events",),
    monotone=+1,
    group="inbound_touches",
    reason="Reached out in {value} (call, text, e-mail, form, chat)",
    absent="Has not reached out before",
    unknown="No record of contacts",
    evidence=("event:all inbound",),
)
def ways_used(batch: Batch, blocks: Blocks) -> FloatArray:
    """In how many ways the person reached out before the cutoff: by call, text, e-mail, form, chat. Shape (n,), 0 to 5.

    >>> from features.testing import one_lead, value_of
    >>> value_of(
    ...     ways_used,
    ...     one_lead(
    ...         events=[("2026-03-01", "form_submit"), ("2026-03-02", "inbound_call"), ("2026-03-03", "missed_call")]
    ...     ),
    ... )
    2.0
    """
    return blocks.events.count_ways(*_WAYS)


@signal(
    family="engagement",
    unit="touches",
    needs=("events",),
    blocks=("events",),
    monotone=+1,
    group="recent_touches",
    reason="Signs of life lately, older ones counted less: {value}",
    absent="No sign of life lately",
    unknown="No record of contacts",
    evidence=("event:last touches",),
)
def recent_touches(batch: Batch, blocks: Blocks) -> FloatArray:
    """Weighted number of calls, messages, visits and opened e-mails before the cutoff: half for every two days of age.
    Shape (n,), touches.

    >>> from features.testing import one_lead, value_of
    >>> value_of(
    ...     recent_touches, one_lead(events=[("2026-03-01", "chat"), ("2026-03-03", "page_view")], cutoff="2026-03-05")
    ... )
    0.75
    """
    return blocks.events.count_decayed(batch.cutoff, _HALF_LIFE, *_TOUCHES)


@signal(
    family="engagement",
    unit="share",
    needs=("events",),
    blocks=("events",),
    group="recent_touches",
    reason="Of the last week's signs of life, {value} came in the last day",
    absent="No sign of life in the last day",
    unknown="No sign of life in the last week",
    evidence=("event:last touches",),
)
def momentum(batch: Batch, blocks: Blocks) -> FloatArray:
    """Touches in the 24 hours before the cutoff as a share of those in the 7 days before it. Shape (n,), 0 to 1, NaN
    when there was none.

    >>> from features.testing import one_lead, value_of
    >>> value_of(
    ...     momentum, one_lead(events=[("2026-03-01", "chat"), ("2026-03-04T12:00", "page_view")], cutoff="2026-03-05")
    ... )
    0.5
    """
    day, week = (blocks.events.count_after(batch.cutoff - span, *_TOUCHES) for span in (DAY, 7 * DAY))
    return np.where(week > 0, day / np.maximum(week, 1), np.nan)


@signal(
    family="engagement",
    unit="days",
    needs=("events",),
    blocks=("events",),
    monotone=-1,
    reason="Last heard from {value} ago",
    absent="Heard from just now",
    unknown="Not heard from yet",
    evidence=("event:last inbound",),
)
def days_since_last_touch(batch: Batch, blocks: Blocks) -> FloatArray:
    """Days between the person's latest touch and the cutoff. Shape (n,), days, NaN when there was none: silence is not
    a long-ago touch.

    >>> from features.testing import one_lead, value_of
    >>> value_of(days_since_last_touch, one_lead(events=[("2026-03-01", "sms_in")], cutoff="2026-03-05"))
    4.0
    """
    return (batch.cutoff - blocks.events.last_inbound_at) / DAY


@signal(
    family="engagement",
    unit="minutes",
    needs=("events",),
    blocks=("events",),
    monotone=+1,
    reason="The longest call lasted {value}",
    absent="The longest call lasted no time at all",
    unknown="No call with a known duration",
    evidence=("event:longest call",),
)
def longest_call(batch: Batch, blocks: Blocks) -> FloatArray:
    """Duration of the longest call before the cutoff, in either direction. Shape (n,), minutes, NaN without a duration.

    >>> from features.testing import one_lead, value_of
    >>> value_of(longest_call, one_lead(events=[("2026-03-01", "inbound_call", 1.0, 90.0)], cutoff="2026-03-05"))
    1.5
    """
    return blocks.events.longest_s("inbound_call", "outbound_call") / 60
