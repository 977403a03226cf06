"""Intent: does the person want care, and soon?

Lives here: what the message asks for and how soon.
Does not live here: how precisely it is said (``specificity``), who is asking (``decision``).
"""

import numpy as np

from features.batch import Batch
from features.blocks import Blocks
from features.catalogue import signal
from features.types import FloatArray


@signal(
    family="intent", unit="yes/no", needs=("message",), blocks=("text",), monotone=+1,
    reason="Asks for an appointment", absent="Does not ask for an appointment", unknown="No message to read",
)  # fmt: skip
def asks_for_appointment(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks to be seen or to book, or says what is the matter and asks nothing else. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(asks_for_appointment, one_lead(message="Could I come in on Friday?"))
    1.0
    >>> value_of(asks_for_appointment, one_lead(message="My knee has been hurting for weeks"))
    1.0
    >>> value_of(asks_for_appointment, one_lead(message="I don't need an appointment"))
    0.0
    """
    return blocks.text.said("appointment", "complaint")


@signal(
    family="intent", unit="times", needs=("message",), blocks=("text",),
    reason="Wants it soon: says so {value}", absent="Does not say it is urgent", unknown="No message to read",
)  # fmt: skip
def urgency_phrases(batch: Batch, blocks: Blocks) -> FloatArray:
    """Phrases that say it should be soon; negated ones do not count. Shape (n,), times, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(urgency_phrases, one_lead(message="Please, as soon as possible, it is getting worse"))
    2.0
    >>> value_of(urgency_phrases, one_lead(message="It is not  urgent"))
    0.0
    """
    return blocks.text.counts["urgency"]


@signal(
    family="intent", unit="days", needs=("message",), blocks=("text",),
    reason="Wants care in about {value}", absent="Wants care today", unknown="No timeframe given",
)  # fmt: skip
def stated_timeframe(batch: Batch, blocks: Blocks) -> FloatArray:
    """The soonest timeframe stated in the message. Shape (n,), days, NaN when none is stated.

    >>> from features.examples import one_lead, value_of
    >>> value_of(stated_timeframe, one_lead(message="sometime next week would be great"))
    9.0
    """
    return blocks.text.days


@signal(
    family="intent", unit="yes/no", needs=("message",), blocks=("text",),
    reason="Asks about the price and not for an appointment", absent="Does not ask about the price alone", unknown="No message to read",
)  # fmt: skip
def asks_price_only(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks what it costs without asking to be seen. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(asks_price_only, one_lead(message="how much is an MRI?"))
    1.0
    """
    return blocks.text.said("price") * (1 - blocks.text.said("appointment"))


@signal(
    family="intent", unit="yes/no", needs=("message",), blocks=("text",),
    reason="Asks for information and not for an appointment", absent="Asks for more than information", unknown="No message to read",
)  # fmt: skip
def asks_information_only(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks to know something, other than a price, without asking to be seen. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(asks_information_only, one_lead(message="just wondering, do you treat scoliosis"))
    1.0
    """
    return blocks.text.said("information") * (1 - blocks.text.said("appointment", "price"))


@signal(
    family="intent", unit="yes/no", needs=("message",), blocks=("text",), monotone=-1,
    reason="Says there is no hurry", absent="Does not say it can wait", unknown="No message to read",
)  # fmt: skip
def says_no_hurry(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message says that it can wait. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(says_no_hurry, one_lead(message="No rush at all."))
    1.0
    """
    return blocks.text.said("no_hurry")


@signal(
    family="intent", unit="yes/no", needs=("message",), blocks=("text",),
    reason="Asks to be called or written back", absent="Does not ask to be called back", unknown="No message to read",
)  # fmt: skip
def wants_call_back(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks the practice to call or write back. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(wants_call_back, one_lead(message="can someone call me back?"))
    1.0
    """
    return blocks.text.said("callback")


@signal(
    family="intent", unit="yes/no", needs=("message",), blocks=("text",),
    reason="Asks what it costs", absent="Does not ask what it costs", unknown="No message to read",
)  # fmt: skip
def asks_about_price(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks what it costs, whatever else it asks. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(asks_about_price, one_lead(message="Book me in please, and how much is it?"))
    1.0
    >>> value_of(asks_about_price, one_lead(message="Price isn't an issue"))
    0.0
    """
    return blocks.text.said("price")


@signal(
    family="intent", unit="yes/no", needs=("message",), blocks=("text",),
    reason="Speaks of insurance", absent="Does not speak of insurance", unknown="No message to read",
)  # fmt: skip
def speaks_of_insurance(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks about insurance or states one. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(speaks_of_insurance, one_lead(message="aceptan medicaid?"))
    1.0
    """
    return blocks.text.said("insurance")


@signal(
    family="intent", unit="yes/no", needs=("message",), blocks=("text",),
    reason="Wants to move, cancel or complain of a visit they have", absent="Is not about changing a visit", unknown="No message to read",
)  # fmt: skip
def changes_a_visit(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message is about changing a visit that is already booked. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(changes_a_visit, one_lead(message="need to reschedule my appointment tomorrow"))
    1.0
    """
    return blocks.text.said("change_visit")


@signal(
    family="intent", unit="hour of day", needs=("created_at",),
    reason="Arrived around {value}", unknown="Time of arrival not known",
)  # fmt: skip
def arrival_hour(batch: Batch, blocks: Blocks) -> FloatArray:
    """Hour of the day at which the lead arrived, in the practice's time zone. Shape (n,), 0 to 24, NaN without a date.

    >>> from features.examples import one_lead, value_of
    >>> value_of(arrival_hour, one_lead(created_at="2026-03-02T15:30:00Z"))
    10.5
    """
    local = batch.local_time(batch.column("created_at"))
    return (local - local.astype("datetime64[D]")) / np.timedelta64(1, "h")


@signal(
    family="intent", unit="day of week", needs=("created_at",),
    reason="Arrived on a {value}", unknown="Day of arrival not known",
)  # fmt: skip
def arrival_weekday(batch: Batch, blocks: Blocks) -> FloatArray:
    """Day of the week on which the lead arrived, in the practice's time zone. Shape (n,), 0 Monday to 6 Sunday, NaN without a date.

    >>> from features.examples import one_lead, value_of
    >>> value_of(arrival_weekday, one_lead(created_at="2026-03-02T15:30:00Z"))
    0.0
    """
    days = batch.local_time(batch.column("created_at")).astype("datetime64[D]")
    return np.where(np.isnat(days), np.nan, (days.astype(np.int64) + 3) % 7)  # 1970-01-01 was a Thursday
