"""Who is called first? The lane of a lead: urgent, normal, nurture or spam.

Lives here: the rule; finding possible emergencies, people who want it soon, and spam, whatever the model reads.
Does not live here: the score (``scoring``). A low score never hides an urgent lead.

Two things that sound alike are kept apart. A possible emergency (``features.text.red_flags``) is the lane "urgent",
first in every list. "As soon as possible" is a wish: a tag, weighed by the model like any other signal.
"""

import numpy as np

from features.batch import Batch
from features.text.red_flags import find_red_flags

__all__ = ["LANES", "choose_lane", "find_emergencies", "find_spam", "find_wishes_for_soon"]

LANES = ("urgent", "normal", "nurture", "spam")
"""In the order in which the desk works them; nobody calls the last one."""

_NOT_LEADS = ("spam", "vendor", "test")
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
    return find_red_flags(batch.lead_column("message").tolist(), batch.readings)[batch.of_lead]


def find_wishes_for_soon(batch: Batch) -> np.ndarray:
    """Return whether each lead's message says that the person wants it soon. Shape (n,), bool."""
    return batch.readings.mentions("urgency")[batch.of_lead]


def find_spam(batch: Batch) -> np.ndarray:
    """Return whether each lead's message reads like advertising, a vendor or a test, and asks for no care.

    Shape (n,), bool. Whoever names a condition or asks for an appointment is never hidden as spam.
    """
    mentions = batch.readings.mentions
    return (mentions(*_NOT_LEADS) & ~mentions(*_ASKS_FOR_CARE))[batch.of_lead]
