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
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    monotone=+1,
    reason="Wants to be seen",
    absent="Does not ask to be seen",
    unknown="No message to read",
    evidence=("words:appointment,complaint",),
)
def asks_for_appointment(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message asks to be seen or to book, or says what is the matter and asks nothing else.
    Shape (n,), 0 to 1, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_for_appointment, one_lead(message="Could I come in on Friday?")) > 0.5
    True
    >>> value_of(asks_for_appointment, one_lead(message="My knee hurts and it is getting worse")) > 0.5
    True
    >>> value_of(asks_for_appointment, one_lead(message="I don't need an appointment")) < 0.5
    True
    """
    return blocks.text.probability("appointment")


@signal(
    family="intent",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    group="price",
    reason="Asks about the price and not for an appointment",
    absent="Does not ask about the price alone",
    unknown="No message to read",
    evidence=("words:price_only,price",),
)
def asks_price_only(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message asks what it costs without asking to be seen. Shape (n,), 0 to 1, NaN without
    a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_price_only, one_lead(message="how much is an MRI?")) > 0.5
    True
    """
    return blocks.text.probability("price_only")


@signal(
    family="intent",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Asks for information and not for an appointment",
    absent="Asks for more than information",
    unknown="No message to read",
    evidence=("words:information_only,information",),
)
def asks_information_only(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message asks to know something, other than a price, without asking to be seen. Shape
    (n,), 0 to 1, NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_information_only, one_lead(message="just wondering, do you treat scoliosis")) > 0.5
    True
    """
    return blocks.text.probability("information_only")


@signal(
    family="intent",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Asks to be called or written back",
    absent="Does not ask to be called back",
    unknown="No message to read",
    evidence=("words:callback",),
)
def wants_call_back(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message asks the practice to call or write back. Shape (n,), 0 to 1, NaN without a
    message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(wants_call_back, one_lead(message="can someone call me back?")) > 0.5
    True
    """
    return blocks.text.probability("callback")


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
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Speaks of insurance",
    absent="Does not speak of insurance",
    unknown="No message to read",
    evidence=("words:insurance",),
)
def speaks_of_insurance(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message asks about insurance or states one. Shape (n,), 0 to 1, NaN without a
    message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(speaks_of_insurance, one_lead(message="aceptan medicaid?")) > 0.5
    True
    """
    return blocks.text.probability("insurance")


@signal(
    family="intent",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Wants to move, cancel or complain of a visit they have",
    absent="Is not about changing a visit",
    unknown="No message to read",
    evidence=("words:change_visit",),
)
def changes_a_visit(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message is about changing a visit that is already booked. Shape (n,), 0 to 1, NaN
    without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(changes_a_visit, one_lead(message="need to reschedule my appointment tomorrow")) > 0.5
    True
    """
    return blocks.text.probability("change_visit")


@signal(
    family="intent",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Is held back by the cost",
    absent="Does not say that the cost holds them back",
    unknown="No message to read",
    evidence=("words:price_objection",),
)
def objects_to_price(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message says its writer is held back by what it costs. Shape (n,), 0 to 1, NaN
    without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(objects_to_price, one_lead(message="I want to come but I can't afford the copay right now")) > 0.5
    True
    """
    return blocks.text.probability("price_objection")


@signal(
    family="intent",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Is held back by the way to us",
    absent="Does not say that the way to us holds them back",
    unknown="No message to read",
    evidence=("words:distance_objection",),
)
def objects_to_distance(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message says its writer is held back by distance or transport. Shape (n,), 0 to 1,
    NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(objects_to_distance, one_lead(message="it is too far for me to drive and I have no ride")) > 0.5
    True
    """
    return blocks.text.probability("distance_objection")


@signal(
    family="intent",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Is afraid of the treatment",
    absent="Does not speak of fear",
    unknown="No message to read",
    evidence=("words:fear",),
)
def fears_the_treatment(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message says its writer is held back by fear of the treatment. Shape (n,), 0 to 1,
    NaN without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(fears_the_treatment, one_lead(message="I am terrified of needles and keep putting it off")) > 0.5
    True
    """
    return blocks.text.probability("fear")
