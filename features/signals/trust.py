"""Trust: is this a real, new enquiry?

Lives here: repeats, advertising and test traffic.
Does not live here: whether the person can be reached (``reachability``).
"""

from features.batch import Batch
from features.blocks import Blocks
from features.catalogue import signal
from features.types import FloatArray


@signal(
    family="trust", unit="times", needs=("earlier_enquiries",),
    reason="Enquired {value} in the 30 days before", absent="No earlier enquiry found in the 30 days before", unknown="No record of earlier enquiries to compare with",
)  # fmt: skip
def earlier_enquiries(batch: Batch, blocks: Blocks) -> FloatArray:
    """Enquiries by the same person, phone or e-mail in the 30 days strictly before this one. Shape (n,), times, NaN unknown.

    >>> from features.examples import one_lead, value_of
    >>> value_of(earlier_enquiries, one_lead(earlier_enquiries=2.0))
    2.0
    """
    return batch.column("earlier_enquiries")


@signal(
    family="trust", unit="times", needs=("message",), blocks=("text",), monotone=-1,
    reason="Reads like advertising: {value}", absent="Does not read like advertising", unknown="No message to read",
)  # fmt: skip
def advertising_phrases(batch: Batch, blocks: Blocks) -> FloatArray:
    """Phrases of advertising sent to the practice. Shape (n,), times, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(advertising_phrases, one_lead(message="We rank your website: SEO and backlinks"))
    3.0
    """
    return blocks.text.counts["spam"]


@signal(
    family="trust", unit="yes/no", needs=("message",), blocks=("text",), monotone=-1,
    reason="Reads like a test of the form", absent="Does not read like a test of the form", unknown="No message to read",
)  # fmt: skip
def reads_like_a_test(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message reads like somebody testing the form. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(reads_like_a_test, one_lead(message="test test please ignore"))
    1.0
    """
    return blocks.text.said("test")
