"""Which words does the desk use for lanes, stages and facts? Plain American English, in one place.

Lives here: words for values of lists. Does not live here: channels and columns (``serving.scoring.plain_names``), whole
sentences (``serving.scoring.next_step``, ``serving.desk.queue.order_explanations``, the templates), times and numbers
(``features.practice.local_formats``).
"""

__all__ = ["FACT_WORDS", "LANE_WORDS", "STAGE_WORDS"]

LANE_WORDS = {
    "urgent": "Possible emergency",
    "callback due": "Callback due",
    "normal": "Standard",
    "nurture": "Low priority",
    "spam": "Spam or test",
}
STAGE_WORDS = {
    "new": "New",
    "trying": "Trying to reach",
    "connected": "In touch",
    "callback set": "Callback set",
    "booked": "Booked",
    "closed": "Closed",
    "do not contact": "Do not contact",
}
FACT_WORDS = {
    "phone": "Phone",
    "email": "Email",
    "channel": "Came by",
    "source": "Source",
    "campaign": "Campaign",
    "service_requested": "Wants",
    "preferred_clinic": "Location",
    "postal_code": "ZIP code",
    "payer": "Insurance",
    "relation": "For",
    "preferred_contact": "Prefers",
    "preferred_time": "Best time",
    "timeframe": "Wants to come in",
    "referrer": "Referred by",
    "referral_reason": "Referred for",
}
