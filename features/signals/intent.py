"""Intent: does the person want care?

Lives here: what the message asks for.
Does not live here: how soon (``urgency``), how precisely (``specificity``), who is asking (``decision``).
"""

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal


@signal(
    family="intent",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    monotone=+1,
    reason="Wants to be seen",
    absent="Does not ask to be seen",
    unknown="No message to read",
    evidence=("words:appointment", "words:complaint"),
)
def asks_for_appointment(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks to be seen or to book, or says what is the matter and asks nothing else. Shape (n,), 1
    yes, 0 no, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_for_appointment, one_lead(message="Could I come in on Friday?"))
    1.0
    >>> value_of(asks_for_appointment, one_lead(message="My knee has been hurting for weeks"))
    1.0
    >>> value_of(asks_for_appointment, one_lead(message="I don't need an appointment"))
    0.0
    """
    return blocks.text.mentions("appointment", "complaint")


@signal(
    family="intent",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    group="price",
    reason="Asks about the price and not for an appointment",
    absent="Does not ask about the price alone",
    unknown="No message to read",
    evidence=("words:price",),
)
def asks_price_only(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks what it costs without asking to be seen. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_price_only, one_lead(message="how much is an MRI?"))
    1.0
    """
    return blocks.text.mentions("price") * (1 - blocks.text.mentions("appointment"))


@signal(
    family="intent",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    reason="Asks for information and not for an appointment",
    absent="Asks for more than information",
    unknown="No message to read",
    evidence=("words:information",),
)
def asks_information_only(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks to know something, other than a price, without asking to be seen. Shape (n,), 1 yes, 0
    no, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_information_only, one_lead(message="just wondering, do you treat scoliosis"))
    1.0
    """
    return blocks.text.mentions("information") * (1 - blocks.text.mentions("appointment", "price"))


@signal(
    family="intent",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    reason="Asks to be called or written back",
    absent="Does not ask to be called back",
    unknown="No message to read",
    evidence=("words:callback",),
)
def wants_call_back(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks the practice to call or write back. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(wants_call_back, one_lead(message="can someone call me back?"))
    1.0
    """
    return blocks.text.mentions("callback")


@signal(
    family="intent",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    group="price",
    reason="Asks what it costs",
    absent="Does not ask what it costs",
    unknown="No message to read",
    evidence=("words:price",),
)
def asks_about_price(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks what it costs, whatever else it asks. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_about_price, one_lead(message="Book me in please, and how much is it?"))
    1.0
    >>> value_of(asks_about_price, one_lead(message="Price isn't an issue"))
    0.0
    """
    return blocks.text.mentions("price")


@signal(
    family="intent",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    reason="Speaks of insurance",
    absent="Does not speak of insurance",
    unknown="No message to read",
    evidence=("words:insurance",),
)
def speaks_of_insurance(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks about insurance or states one. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(speaks_of_insurance, one_lead(message="aceptan medicaid?"))
    1.0
    """
    return blocks.text.mentions("insurance")


@signal(
    family="intent",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    reason="Wants to move, cancel or complain of a visit they have",
    absent="Is not about changing a visit",
    unknown="No message to read",
    evidence=("words:change_visit",),
)
def changes_a_visit(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message is about changing a visit that is already booked. Shape (n,), 1 yes, 0 no, NaN without a
    message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(changes_a_visit, one_lead(message="need to reschedule my appointment tomorrow"))
    1.0
    """
    return blocks.text.mentions("change_visit")
