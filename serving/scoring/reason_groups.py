"""Which few facts speak for this lead, and which against it? Signals in topics, so that what is named carries most of
the movement.

Lives here: the topics, adding their signals up, choosing how many to name.
Does not live here: contributions (``training.bundle``), the words (``reason_words``), which facts tell a caller
something (``informative_facts``), the reasons of the API (``reasons``).

A score rests on some eighty signals, and five of them rarely explain it. Signals that speak of one thing (five of the
distance, six of the message's details) are one topic: what they add up to is named in the words of the strongest of
them that points the same way. What the desk itself did, and how long a lead has waited, is context and no reason to
call.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.explain.reason_words import ReasonWords
from features.registry import CATALOGUE, Signal
from features.schema import CUSTOM_PREFIX
from features.signals.sent_columns import SENT_PREFIX
from serving.scoring.informative_facts import is_telling
from training.bundle import Predictions

__all__ = [
    "CONTEXT",
    "TOPIC_TITLES",
    "GroupedReason",
    "GroupedReasons",
    "find_topic",
    "group_reasons",
]

MIN_SHARE = 2 / 3
"""Share of the movement that is named, at least, where the topics allow it."""
_MIN_NAMED, _MAX_NAMED = 4, 10
CONTEXT = ("what we did", "waiting", "when they came")
"""Topics that say nothing of the person: shown apart."""

_TOPIC_BY_SIGNAL = {
    "asks_for_appointment": "request",
    "asks_information_only": "request",
    "wants_call_back": "request",
    "changes_a_visit": "request",
    "asks_price_only": "price",
    "asks_about_price": "price",
    "speaks_of_insurance": "insurance",
    "payer_accepted": "insurance",
    "payer_accepted_anywhere": "insurance",
    "attempts_made": "what we did",
    "attempts_unanswered": "what we did",
    "voicemails_left": "what we did",
    "times_reached": "what we did",
    "minutes_to_first_attempt": "what we did",
    "minutes_to_answer": "what we did",
    "hours_open": "waiting",
    "opening_hours_waited": "waiting",
    "hours_unanswered": "waiting",
    "days_since_last_touch": "activity",
    "channel_booking_rate": "channel",
    "campaign_booking_rate": "channel",
    "source_booking_rate": "channel",
    "service_booking_rate": "service",
    "clinic_booking_rate": "location",
    "referrer_booking_rate": "referral",
    "wording_booking_rate": "details",
    "practice_booking_rate": "when they came",
    "earlier_enquiries": "history",
    "earlier_leads_of_person": "history",
    "person_booking_rate": "history",
    "disposable_email": "contact",
    "role_email": "contact",
    "foreign_phone": "contact",
    "area_code_distance": "contact",
    "clock_difference": "location",
    "offered_at_preferred_clinic": "location",
    "preferred_clinic_to_offering_clinic": "location",
    "detour_to_preferred_clinic": "location",
    "referral_reason_fits_service": "referral",
    "message_fits_service_field": "service",
    "timeframes_apart": "timing",
    "relation_fits_message": "who",
}
_TOPIC_BY_FAMILY = {
    "intent": "request",
    "urgency": "timing",
    "specificity": "details",
    "service_fit": "service",
    "eligibility": "requirements",
    "location_fit": "location",
    "consistency": "details",
    "engagement": "activity",
    "reachability": "contact",
    "trust": "trust",
    "decision": "who",
    "referral_context": "referral",
    "track_record": "history",
    "season_and_hours": "when they came",
}
_TOPIC_BY_COLUMN = {
    "channel": "channel",
    "campaign": "channel",
    "source": "channel",
    "landing_page": "channel",
    "service_requested": "service",
    "preferred_clinic": "location",
    "postal_code": "location",
    "payer": "insurance",
    "timeframe": "timing",
    "relation": "who",
    "age_band": "requirements",
    "existing_patient": "history",
    "referrer": "referral",
    "referral_reason": "referral",
    "preferred_contact": "contact",
    "preferred_time": "contact",
    "phone": "contact",
    "email": "contact",
    "do_not_contact": "contact",
    "message": "details",
    "events": "activity",
    "created_at": "when they came",
    "latitude": "location",
    "longitude": "location",
    "person_id": "history",
}
TOPIC_TITLES = {
    "what we did": "Our calls and messages so far",
    "waiting": "Time since they came in",
    "when they came": "When they came in",
    "channel": "How they came to us",
    "history": "Earlier contacts",
    "activity": "Their calls, visits and replies",
    "referral": "Who referred them",
    "request": "What they ask for",
    "price": "Questions about the price",
    "insurance": "Insurance",
    "timing": "How soon they want to come in",
    "details": "Details in the message and form",
    "service": "The service they want",
    "requirements": "Requirements of the service",
    "location": "Where they live",
    "contact": "Phone and email",
    "trust": "Whether it is a real request",
    "who": "Who is asking",
}
"""Topic -> what it is about, where no single fact may be named."""
_CHANNEL_COLUMNS = ("channel", "campaign", "source", "medium", "utm", "landing", "keyword", "ad")
_MAX_WEAKER = 3
"""A telling fact speaks for its topic in place of one that tells nothing and moved the score up to so many times as
far."""


@dataclass(frozen=True)
class GroupedReason:
    """One topic that moved the score.

    Parameters
    ----------
    log_odds : float
        What its signals add up to; positive raises the score.
    is_fact : bool
        Whether ``text`` is a fact about the person that tells a caller something.
    """

    topic: str
    text: str
    log_odds: float
    signals: tuple[str, ...]
    is_fact: bool = True

    @property
    def is_context(self) -> bool:
        """Whether it speaks of what the desk did, of when, or of a gap, and not of the person."""
        return self.topic in CONTEXT or not self.is_fact


@dataclass(frozen=True)
class GroupedReasons:
    """What moved one score: named topics, strongest first, and the rest.

    Parameters
    ----------
    other : float
        Log-odds of everything that is not named.
    coverage : float, 0 to 1
        Share of the movement that is named: the sizes of the named topics beside those of all.
    """

    named: tuple[GroupedReason, ...]
    other: float
    coverage: float

    @property
    def speak_for(self) -> tuple[GroupedReason, ...]:
        """What speaks for the lead."""
        return tuple(reason for reason in self.named if reason.log_odds > 0 and not reason.is_context)

    @property
    def speak_against(self) -> tuple[GroupedReason, ...]:
        """What speaks against it."""
        return tuple(reason for reason in self.named if reason.log_odds <= 0 and not reason.is_context)

    @property
    def context(self) -> tuple[GroupedReason, ...]:
        """What the desk did, and when."""
        return tuple(reason for reason in self.named if reason.is_context)


def find_topic(signal: Signal) -> str:
    """Return the topic of a signal.

    >>> import features.signals
    >>> find_topic(CATALOGUE["valid_phone"]), find_topic(CATALOGUE["times_reached"])
    ('contact', 'what we did')
    """
    if signal.name in CATALOGUE:
        return _TOPIC_BY_SIGNAL.get(signal.name, _TOPIC_BY_FAMILY[signal.family])
    is_flag = signal.name.startswith(SENT_PREFIX)
    column = (signal.name.removeprefix(SENT_PREFIX) if is_flag else signal.group).removeprefix(CUSTOM_PREFIX)
    if column in _TOPIC_BY_COLUMN:
        return _TOPIC_BY_COLUMN[column]
    # Columns of how a lead came say one thing together; every other column of the practice's own is its own topic.
    parts = column.casefold().replace("-", "_").replace(" ", "_").split("_")
    return "channel" if any(part in _CHANNEL_COLUMNS for part in parts) else f"column {column.casefold()}"


def group_reasons(
    signals: Sequence[Signal], scored: Predictions, row: int, words: ReasonWords, hidden: Sequence[str] = ()
) -> GroupedReasons:
    """Return what moved one row's score, in topics.

    Parameters
    ----------
    hidden : sequence of str
        Groups whose reasons were found not to be faithful: they are named by their topic, and by no fact.
    """
    if scored.parts is None:
        raise ValueError("reason groups: the scores were made without contributions; expected explain=True.")
    row_values = _RowValues(signals, scored.parts[row], scored.values[row], words)
    by_topic: dict[tuple[str, bool], list[int]] = {}
    for number, signal in enumerate(signals):
        if row_values.parts[number]:
            by_topic.setdefault((find_topic(signal), signal.group in hidden), []).append(number)
    reasons = [row_values.build_reason(topic, members, secret) for (topic, secret), members in by_topic.items()]
    reasons.sort(key=lambda reason: -abs(reason.log_odds))
    named: list[GroupedReason] = []
    other = sum(reason.log_odds for reason in reasons)
    for reason in reasons[:_MAX_NAMED]:
        # "Other factors" must not be the longest bar: as long as the rest adds up to more than anything named, go on.
        is_told = _covers_enough(named, reasons) and abs(other) <= abs(reasons[0].log_odds)
        if len(named) >= _MIN_NAMED and is_told:
            break
        named.append(reason)
        other -= reason.log_odds
    movement = _sum_sizes(reasons)
    return GroupedReasons(tuple(named), other, _sum_sizes(named) / movement if movement else 1.0)


def _covers_enough(named: Sequence[GroupedReason], reasons: Sequence[GroupedReason]) -> bool:
    """Return whether what is named carries its share of all the movement, and of what speaks for and against."""
    for_and_against = [[reason for reason in part if not reason.is_context] for part in (named, reasons)]
    return all(_sum_sizes(part) >= MIN_SHARE * _sum_sizes(whole) for part, whole in ((named, reasons), for_and_against))


def _sum_sizes(reasons: Sequence[GroupedReason]) -> float:
    """Return how far reasons move a score, whatever their direction, in log-odds."""
    return sum(abs(reason.log_odds) for reason in reasons)


@dataclass(frozen=True)
class _RowValues:
    """The contributions and values of one row, by signal."""

    signals: Sequence[Signal]
    parts: np.ndarray
    values: np.ndarray
    words: ReasonWords

    def build_reason(self, topic: str, members: Sequence[int], is_hidden: bool) -> GroupedReason:
        """Return a topic in the words of its strongest signal that tells something and points the way all of them add
        up to.

        Hidden signals are named by their topic alone: which fact moved the score was found not to be told faithfully.
        """
        total = float(self.parts[list(members)].sum())
        # A flag speaks only where its field was not sent: "Phone number sent" is no fact about anybody.
        speakers = [
            member
            for member in members
            if not (self.signals[member].name.startswith(SENT_PREFIX) and self.values[member] != 0)
        ]
        agreeing = [member for member in speakers if (self.parts[member] > 0) == (total > 0)] or speakers
        title = TOPIC_TITLES.get(topic, "")
        if not agreeing or (is_hidden and title):
            return GroupedReason(topic, title or "Other", total, self._name(members), is_hidden)
        speaker = max(agreeing, key=lambda member: abs(self.parts[member]))
        telling = [number for number in agreeing if is_telling(self.signals[number], self.values[number], total > 0)]
        strongest = max(telling, key=lambda member: abs(self.parts[member]), default=speaker)
        if abs(self.parts[strongest]) * _MAX_WEAKER >= abs(self.parts[speaker]):
            speaker = strongest
        is_fact = speaker in telling
        # "Nothing on record" of what we did is no fact about anybody, and neither is "no link in the message".
        is_gap = topic not in CONTEXT and np.isnan(self.values[speaker])
        text = self.words.describe(self.signals[speaker], float(self.values[speaker]))
        return GroupedReason(topic, text if is_fact or is_gap else title or text, total, self._name(members), is_fact)

    def _name(self, members: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.signals[member].name for member in members)
