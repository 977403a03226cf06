"""Trust: is this a real, new enquiry?

Lives here: repeats, advertising, test traffic, and matters that are no new enquiry (records, bills, jobs).
Does not live here: whether the person can be reached (``reachability``).
"""

import re

import numpy as np

from features.batch import Batch
from features.blocks import Blocks
from features.catalogue import signal
from features.types import FloatArray

_LINK = re.compile(r"https?:/{2}\S+|(?<![\w.])www\.\S+", re.IGNORECASE)


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


@signal(
    family="trust", unit="yes/no", needs=("message",), blocks=("text",), monotone=-1,
    reason="Asks for records, papers or a refill", absent="Does not ask for records", unknown="No message to read",
)  # fmt: skip
def asks_for_records(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message asks for records, papers, results or a refill. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(asks_for_records, one_lead(message="please send my medical records to my lawyer"))
    1.0
    """
    return blocks.text.said("records")


@signal(
    family="trust", unit="yes/no", needs=("message",), blocks=("text",), monotone=-1,
    reason="Asks about a bill", absent="Does not ask about a bill", unknown="No message to read",
)  # fmt: skip
def asks_about_bill(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message is about a bill. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(asks_about_bill, one_lead(message="I got a bill I do not understand"))
    1.0
    """
    return blocks.text.said("billing")


@signal(
    family="trust", unit="yes/no", needs=("message",), blocks=("text",), monotone=-1,
    reason="Looks for a job", absent="Does not look for a job", unknown="No message to read",
)  # fmt: skip
def looks_for_job(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message looks for work at the practice. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(looks_for_job, one_lead(message="are you hiring medical assistants?"))
    1.0
    """
    return blocks.text.said("job")


@signal(
    family="trust", unit="yes/no", needs=("message",), blocks=("text",), monotone=-1,
    reason="Sells to us, wrote by mistake or has lost interest", absent="Is no offer, mistake or withdrawal", unknown="No message to read",
)  # fmt: skip
def offers_or_withdraws(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message sells to the practice, went to the wrong place or takes an enquiry back. Shape (n,), 1 yes, 0 no, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(offers_or_withdraws, one_lead(message="sorry, wrong number"))
    1.0
    """
    return blocks.text.said("vendor")


@signal(
    family="trust", unit="times", needs=("message",), monotone=-1,
    reason="The message carries a link {value}", absent="The message carries no link", unknown="No message to read",
)  # fmt: skip
def links_in_message(batch: Batch, blocks: Blocks) -> FloatArray:
    """Web addresses in the message. Shape (n,), times, NaN without a message.

    >>> from features.examples import one_lead, value_of
    >>> value_of(links_in_message, one_lead(message="Look at www.example.org and www.example.net"))
    2.0
    """
    found = [np.nan if message is None else float(len(_LINK.findall(message))) for message in batch.of_leads("message")]
    return np.array(found, float)[batch.of_lead]
