"""Did a model learn from people's pasts that are not there when it scores? Then it says so, and scores all as new.

Lives here: comparing what the signals need with what is known of earlier leads.
Does not live here: what is known (``outcome_history``, ``contact_index``), where the sentence is shown.
"""

from collections.abc import Sequence

from features.point_in_time.context import Context
from features.registry import Signal

__all__ = ["describe_missing_pasts"]

_PASTS = {
    "person_id": "how earlier inquiries of the same person ended",
    "referrer": "how earlier leads of the same referrer ended",
}


def describe_missing_pasts(signals: Sequence[Signal], context: Context) -> str | None:
    """Return what the signals learned of people that this context does not know, as a sentence; None for nothing."""
    missing = [
        past
        for name, past in _PASTS.items()
        if any({"history", name} <= set(signal.needs) for signal in signals)
        and (context.history is None or not context.history.knows_any(name))
    ]
    if context.contacts is None and any("earlier_enquiries" in signal.needs for signal in signals):
        missing.append("who inquired before")
    if not missing:
        return None
    return (
        f"The model learned from people's pasts, and these are not given here: {'; '.join(missing)}. A bundle holds no "
        "person, so everyone is scored as new in this. Give the practice's leads and outcomes with the data, or load "
        "them into the store."
    )
