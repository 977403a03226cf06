"""Who is called first? The lane of a lead: urgent, normal, nurture or spam.

Lives here: the rule; finding possible emergencies, people who want it soon, and spam, whatever the model reads.
Does not live here: the score (``scoring``). A low score never hides an urgent lead.

Two things that sound alike are kept apart. A possible emergency (``features.text.label_reader``) is the lane "urgent",
first in every list. "As soon as possible" is a wish: a tag, weighed by the model like any other signal.
"""

import numpy as np

from features.batch import Batch
from features.text.label_reader import RED_FLAG

__all__ = ["LANES", "choose_lane", "find_emergencies", "find_spam", "find_wishes_for_soon"]

LANES = ("urgent", "normal", "nurture", "spam")
"""In the order in which the desk works them; nobody calls the last one."""

_NOT_LEADS = ("spam", "test")
_ASKS_FOR_CARE = ("appointment", "condition", "procedure", "referral")


def choose_lane(grade: str, is_emergency: bool, is_spam: bool = False) -> str:
    """Return the lane of one lead: a possible emergency comes before anything else, spam before any grade.

    >>> choose_lane("D", is_emergency=True, is_spam=True), choose_lane("A", False, is_spam=True)
    ('urgent', 'spam')
    >>> choose_lane("B", False), choose_lane("D", False)
    ('normal', 'nurture')
    """
    if is_emergency:
        return "urgent"
    if is_spam:
        return "spam"
    return "nurture" if grade == "D" else "normal"


def find_emergencies(batch: Batch) -> np.ndarray:
    """Return whether each lead's message may tell of an emergency. Shape (n,), bool.

    Red flags raise the lane only: no signal reads them, so they never enter the score, and they are read here whatever
    the model reads.
    """
    return batch.labels.find(RED_FLAG)[batch.of_lead]


def find_wishes_for_soon(batch: Batch) -> np.ndarray:
    """Return whether each lead's message says that the person wants it soon. Shape (n,), bool."""
    return batch.labels.find("urgency")[batch.of_lead]


def find_spam(batch: Batch) -> np.ndarray:
    """Return whether each lead's message reads like advertising, a vendor or a test, and asks for no care.

    Shape (n,), bool. Whoever names a condition or asks for an appointment is never hidden as spam.
    """
    # A phrase is enough here: whoever also asks for care is taken out again below.
    not_lead = batch.readings.mentions(*_NOT_LEADS)
    for label in _NOT_LEADS:
        not_lead = not_lead | batch.labels.find(label)
    asks = np.logical_or.reduce([batch.labels.find(label) for label in _ASKS_FOR_CARE])
    return (not_lead & ~asks)[batch.of_lead]
