"""Which plain arrays are the insights computed from? One array for each fact about the leads, the same for files and
for the store.

Lives here: which arrays there are, in which units and shapes, and the stages of the funnel.
Does not live here: reading them (``column_reading``), any figure (the room around this one).
"""

from dataclasses import dataclass, field

import numpy as np

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from serving.insights.attribution.journeys import Touches
from serving.insights.columns.categories import Categories
from serving.insights.columns.phone_calls import PhoneCalls

__all__ = ["FUNNEL", "LeadColumns", "SpendColumns", "format_month"]

FUNNEL = ("reached", "qualified", "booked", "attended", "treated")
"""Stages after the inquiry, in order; a later one implies the earlier ones."""


@dataclass(frozen=True)
class SpendColumns:
    """Money spent.

    Parameters
    ----------
    month : int array of shape (m,)
        Months since January 1970, in the practice's time.
    day : int array of shape (m,)
        Days since January 1, 1970.
    amount : float array of shape (m,)
    names : dict
        "channel" or "campaign" -> object array of shape (m,), None where not given.
    counts : dict
        "impressions" or "clicks" -> float array of shape (m,), NaN where not given.
    """

    month: IntArray
    day: IntArray
    amount: FloatArray
    names: dict[str, ObjectArray] = field(default_factory=dict)
    counts: dict[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True)
class LeadColumns:
    """The facts about n leads that arrived before ``as_of``, as known then.

    Parameters
    ----------
    lead_ids : object array of shape (n,)
    arrived_at : datetime64[us] array of shape (n,), UTC
    month, day, hour, weekday : int arrays of shape (n,)
        Of arrival in the practice's time: months and days since January 1, 1970, hour 0 to 23, Monday 0.
    age_days : float array of shape (n,)
    stage_days, known_days : dict
        Stage -> days from arrival until it occurred, and until it was recorded; NaN where it is not known (yet), or
        came after ``final_days``. Shape (n,).
    final_days : dict
        Stage -> days after arrival within which it counts.
    first_booked_days : float array of shape (n,)
        Days from arrival until the first booking, however late; the end of its day where no time of day is on record.
        NaN never.
    heard_days : float array of shape (n,)
        Days from arrival until we first spoke with somebody, or they called or wrote after our first try, however late.
        NaN never.
    value : float array of shape (n,)
        Revenue known so far; NaN unknown.
    lost_days : float array of shape (n,)
        Days from arrival until a lead was recorded as lost, NaN otherwise; so for a lead that was booked later.
    lost_reason : object array of shape (n,)
        Why, None where not given.
    reason_doubted : float array of shape (n,)
        1 where the lead's own record contradicts the reason, 0 where it does not, NaN where nothing tells.
    categories : dict
        Name of a dimension -> ``Categories``.
    attributes : dict
        What else was known of a lead at arrival, for the expected bookings: name -> ``Categories``. Never who worked
        on it.
    response_minutes : float array of shape (n,)
        From arrival until the first contact by us, 0 for a call that was answered; NaN where there was none.
    answered_live : bool array of shape (n,)
    missed_minutes, called_back_minutes, came_back_minutes : float arrays of shape (n,)
        From arrival until the first missed call, and from that until our next contact and theirs; NaN never.
    audited : dict
        "payer", "age", "language", "distance" and "opening" -> ``Categories``, to see whether some people wait longer;
        for nothing else.
    marked_days : float array of shape (n,)
        Days from arrival until a lead was recorded as qualified, NaN otherwise; a later stage does not imply it.
    again_days, won_back_days : float arrays of shape (n,)
        Days from arrival until our first contact and until the first booking after the loss, NaN never.
    staff : Categories or None
        Who booked each lead or closed it as lost, where its outcome names them; otherwise who worked on it first. None
        where nothing tells.
    spend : SpendColumns
    as_of : datetime64[us]
    as_of_day, current_month : int
        The day and the month of ``as_of`` in the practice's time.
    day_share : float
        Share of that day that was over, 0 to 1.
    next_day : int
        The first day that is ahead, by more than half where ``as_of`` is a time of a clock.
    last_full_month : int
        The last month that was over at ``as_of``.
    attempts : float array of shape (n,)
        Contacts by us.
    do_not_contact : bool array of shape (n,)
    preferred_contact : object array of shape (n,)
    person : int array of shape (n,)
        The same number for leads of one person, or of people around one patient.
    touches : Touches
        Contacts with our marketing before the inquiries.
    first_log_odds : float array of shape (n,)
        The score at arrival, NaN where none is known.
    in_arrival_order : float array of shape (n,)
        1 for a lead that was called in order of arrival, 0 for one in order of the score, NaN where neither is known.
    calls : PhoneCalls
        Calls in both directions.
    rule_matches : dict
        Each line of the practice's rule for qualified leads -> whether a lead fits it, shape (n,), bool.
    try_days : float array of shape (n, 6)
        Days from arrival until our first to sixth try: calls and messages within an hour of each other are one. NaN
        where there was none.
    own_attributes : dict
        ``custom:<name>`` -> ``Categories``: columns of the export's own, for groups that book more or less often.
    recorded_stages : frozenset of str
        Stages that the data records for somebody, whatever later ones imply, and ``booked``. Of the others a count says
        nothing.
    label_decided : bool array of shape (n,), or None
        Where the export says who booked by a label alone, so that nothing tells when, or any other stage: which labels
        were known. None where outcomes have dates.
    """

    lead_ids: ObjectArray
    arrived_at: TimeArray
    month: IntArray
    day: IntArray
    hour: IntArray
    weekday: IntArray
    age_days: FloatArray
    stage_days: dict[str, FloatArray]
    known_days: dict[str, FloatArray]
    final_days: dict[str, float]
    first_booked_days: FloatArray
    heard_days: FloatArray
    value: FloatArray
    lost_days: FloatArray
    lost_reason: ObjectArray
    reason_doubted: FloatArray
    categories: dict[str, Categories]
    attributes: dict[str, Categories]
    response_minutes: FloatArray
    answered_live: np.ndarray
    missed_minutes: FloatArray
    called_back_minutes: FloatArray
    came_back_minutes: FloatArray
    audited: dict[str, Categories]
    marked_days: FloatArray
    again_days: FloatArray
    won_back_days: FloatArray
    staff: Categories | None
    spend: SpendColumns
    as_of: np.datetime64
    as_of_day: int
    day_share: float
    next_day: int
    current_month: int
    last_full_month: int
    attempts: FloatArray
    do_not_contact: np.ndarray
    preferred_contact: ObjectArray
    person: IntArray
    touches: Touches
    first_log_odds: FloatArray
    in_arrival_order: FloatArray
    rule_matches: dict[str, np.ndarray]
    calls: PhoneCalls
    try_days: FloatArray
    own_attributes: dict[str, Categories] = field(default_factory=dict)
    recorded_stages: frozenset[str] = frozenset(FUNNEL)
    label_decided: np.ndarray | None = None

    def __len__(self) -> int:
        """Return the number of leads."""
        return len(self.age_days)

    def is_ripe(self, ripe_days: float) -> np.ndarray:
        """Return of which leads all bookings are known, by an age or by their labels. Shape (n,), bool."""
        return self.age_days >= ripe_days if self.label_decided is None else self.label_decided

    def has(self, stage: str) -> np.ndarray:
        """Return which leads are known to have reached a stage in time, shape (n,)."""
        return ~np.isnan(self.known_days[stage])


def format_month(month: int) -> str:
    """Format a number of months since January 1970.

    >>> format_month(0), format_month(682)
    ('Jan 1970', 'Nov 2026')
    """
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{names[month % 12]} {1970 + month // 12}"
