"""Decision: who is asking, and can they decide?

Lives here: asking for somebody else, a particular doctor, being a patient already.
Does not live here: what they ask for (``intent``, ``specificity``), who sent them (``referral_context``).
"""

import numpy as np

from features.array_types import FloatArray
from features.batch import Batch
from features.blocks import Blocks
from features.registry import signal


@signal(
    family="decision",
    unit="probability",
    needs=("message|relation",),
    refined_by=("created_at",),
    blocks=("text", "fields"),
    reason="Asks for somebody else",
    absent="Asks for themselves",
    unknown="Not said who it is for",
    evidence=("field:relation", "words:somebody_else"),
)
def asks_for_somebody_else(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the inquiry is for another person: the form's field first, else the message. Shape (n,),
    0 to 1, NaN without either.

    >>> from features.testing import one_lead, value_of
    >>> value_of(asks_for_somebody_else, one_lead(message="an appointment for my mother")) > 0.5
    True
    """
    relation = blocks.fields.map_values("relation", lambda value: np.nan if value is None else value != "self")
    return np.where(np.isnan(relation), blocks.text.probability("somebody_else"), relation)


@signal(
    family="decision",
    unit="probability",
    needs=("message",),
    refined_by=("created_at",),
    blocks=("text",),
    reason="Wants a particular doctor",
    absent="Does not ask for a particular doctor",
    unknown="No message to read",
    evidence=("words:chosen_doctor",),
)
def wants_chosen_doctor(batch: Batch, blocks: Blocks) -> FloatArray:
    """How probable it is that the message asks for one doctor, by name or by kind of person. Shape (n,), 0 to 1, NaN
    without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(wants_chosen_doctor, one_lead(message="I'd like to see Dr. Example about my hip")) > 0.5
    True
    """
    return blocks.text.probability("chosen_doctor")


@signal(
    family="decision",
    unit="yes/no",
    needs=("message",),
    blocks=("text",),
    reason="Speaks of a visit they already have",
    absent="Speaks of no visit they already have",
    unknown="No message to read",
    evidence=("words:has_visit,change_visit",),
)
def has_visit_already(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the message speaks of a visit that is already booked, to change it or not. Shape (n,), 1 yes, 0 no, NaN
    without a message.

    >>> from features.testing import one_lead, value_of
    >>> value_of(has_visit_already, one_lead(message="I have an appointment on the 9th, what should I bring?"))
    1.0
    """
    return blocks.text.mentions("has_visit", "change_visit")


@signal(
    family="decision",
    unit="yes/no",
    needs=("existing_patient",),
    reason="Is already a patient",
    absent="Is new to the practice",
    unknown="Not known whether already a patient",
    evidence=("field:existing_patient",),
)
def is_existing_patient(batch: Batch, blocks: Blocks) -> FloatArray:
    """Whether the person is already a patient. Shape (n,), 1 yes, 0 no, NaN not stated.

    >>> from features.testing import one_lead, value_of
    >>> value_of(is_existing_patient, one_lead(existing_patient=0.0))
    0.0
    """
    return batch.column("existing_patient")
