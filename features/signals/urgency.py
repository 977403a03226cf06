"""Urgency: how soon do they want it?

Lives here: what message and form say about the time in which care is wanted.
Does not live here: phrases that sound like an emergency, which raise the lane and never the score; waiting on our side
(``engagement``).
"""

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal


@signal(
    family="urgency",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Wants it soon",
    absent="Does not say it is urgent",
    unknown="No message to read",
    evidence=("words:urgency",),
)
def wants_it_soon(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message says it should be soon. Shape (n,), 0 to 1, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(wants_it_soon, one_lead(message="Please, as soon as possible, it is getting worse")) > 0.5
    True
    >>> value_of(wants_it_soon, one_lead(message="It is not  urgent")) < 0.5
    True
    """
    return blocks.text.probability("urgency")


@signal(
    family="urgency",
    unit="days",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Wants care in about {value}",
    absent="Wants care today",
    unknown="No timeframe given",
    evidence=("words:days",),
)
def stated_timeframe(batch: Batch, blocks: Blocks) -> FloatArray:
    """Soonest timeframe stated in the message. Shape (n,), days, NaN when none is stated.

    >>> from features.testing import one_lead, value_of
    >>> value_of(stated_timeframe, one_lead(message="sometime next week would be great"))
    9.0
    """
    return blocks.text.days


@signal(
    family="urgency",
    unit="days",
    needs=("timeframe",),
    refined_by=("created_at",),
    blocks=("fields",),
    group="timeframe",
    reason="Chose a time about {value} ahead on the form",
    absent='Chose "at once" on the form',
    unknown="No timeframe chosen on the form",
    evidence=("field:timeframe",),
)
def chosen_timeframe(batch: Batch, blocks: Blocks) -> FloatArray:
    """Timeframe chosen on the form, parsed like that of a message. Shape (n,), days, NaN when none is chosen or it
    names no time.

    >>> from features.testing import one_lead, value_of
    >>> value_of(chosen_timeframe, one_lead(timeframe="Within a week"))
    7.0
    """
    return blocks.fields.timeframe_days


@signal(
    family="urgency",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    monotone=-1,
    reason="Says there is no hurry",
    absent="Does not say it can wait",
    unknown="No message to read",
    evidence=("words:no_hurry",),
)
def says_no_hurry(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message says that it can wait. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(says_no_hurry, one_lead(message="No rush at all."))
    1.0
    """
    return blocks.text.mentions("no_hurry")
