"""A lead as its payload was read: what the model gets, and what was said beside it.

Lives here: the values in our names and types, what was ignored or unread. Does not live here: reading a payload
(``engine``), the stored lead (``serving.leads.stored_lead``).
"""

from dataclasses import dataclass, field
from typing import Any

from serving.scoring.lead_stage import LeadStage

__all__ = ["ReadLead"]


@dataclass(frozen=True)
class ReadLead:
    """A payload in our names and types, the names of what the model has no use for, how the person may be reached
    (``next_step.WISHES``), what could not be read and counts as not given, and how far we have come with a stored lead.

    ``contact_sent``: whether a phone number or an e-mail address was sent, be it empty. Its values are left out of its
    text: it holds contacts and messages.
    """

    converted: dict[str, Any] = field(repr=False)
    ignored: tuple[str, ...]
    wishes: dict[str, Any] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    stage: LeadStage | None = None
    contact_sent: bool = True
