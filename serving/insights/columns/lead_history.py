"""What became of each lead, when, and through whom? Rows of outcomes and events -> one array for each fact.

Lives here: stages, losses, revenue, contacts and staff of each lead, as known at the moment of the report.
Does not live here: which arrays there are (``lead_columns``), figures (the rooms and modules around this one).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.array_types import DAY, MINUTE, FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.dictionary_encoding import map_distinct
from features.calendar.timezones import to_local_time, to_utc_times
from features.parsing.channel_names import normalize_channel
from serving.insights.attribution.journeys import Touches
from serving.insights.columns.categories import Categories, Namer, encode_names, read_text_column, rename_values
from serving.insights.columns.lead_columns import FUNNEL

__all__ = [
    "HistoryRows",
    "cut_history",
    "find_after_loss",
    "find_contacts",
    "find_first_booked",
    "find_heard",
    "find_losses",
    "find_marks",
    "find_recorded_stages",
    "find_staff",
    "find_tries",
    "find_stages",
    "read_touches",
    "sum_values",
]

CONTACT_OUT = ("outbound_call", "sms_out", "email_out")
CONTACT_IN = ("inbound_call", "sms_in", "email_in", "chat")
TOUCHES = ("page_view", "form_submit", "email_open", "email_click", "missed_call", *CONTACT_IN)
"""Events that are touches, before the inquiry."""

TOUCH_DIMENSIONS = ("channel", "source", "campaign")
MOST_TRIES = 6
_SAME_TRY_DAYS = 1 / 24

_LIVE_MINUTES = 10.0
"""An answered call or a chat this close to the inquiry is the inquiry itself: nobody waited."""


@dataclass(frozen=True)
class HistoryRows:
    """Rows of events or outcomes that were known at the end, in order of lead and time."""

    frame: pd.DataFrame
    lead: IntArray
    days: FloatArray
    known_days: FloatArray


def cut_history(frame: pd.DataFrame, leads: pd.DataFrame, arrived_at: TimeArray, as_of: np.datetime64) -> HistoryRows:
    """Return the rows of these leads that were known by ``as_of``, with their leads' rows."""
    lead = pd.Index(leads["lead_id"]).get_indexer(frame["lead_id"])
    occurred = to_utc_times(frame["occurred_at"]) if len(frame) else np.empty(0, "datetime64[us]")
    recorded = occurred
    if "recorded_at" in frame and len(frame):
        recorded = to_utc_times(frame["recorded_at"])
        recorded = np.where(np.isnat(recorded), occurred, recorded)
    selected = np.flatnonzero((lead >= 0) & (recorded <= as_of) & (occurred <= as_of))
    selected = selected[np.lexsort((occurred[selected], lead[selected]))]
    since = arrived_at[lead[selected]]
    return HistoryRows(
        frame.iloc[selected],
        lead[selected],
        (occurred[selected] - since) / DAY,
        np.maximum((recorded[selected] - since) / DAY, 0.0),
    )


def _find_first(lead: IntArray, values: FloatArray, n: int) -> FloatArray:
    """Return each lead's least value, NaN where it has none. Shape (n,)."""
    least = np.full(n, np.inf)
    np.minimum.at(least, lead, values)
    return np.where(np.isfinite(least), least, np.nan)


def find_stages(
    outcomes: HistoryRows, events: HistoryRows, final_days: dict[str, float], n: int
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Find when each lead reached each stage, and when that was recorded."""
    stage = outcomes.frame["stage"].to_numpy(object)
    stage_days, known_days = {}, {}
    for position, name in enumerate(FUNNEL):
        rows = np.isin(stage, FUNNEL[position:])
        lead, days, known = outcomes.lead[rows], outcomes.days[rows], outcomes.known_days[rows]
        if name == "reached" and "reached" in events.frame:
            answered = (events.frame["reached"].to_numpy(float, na_value=np.nan) == 1) & (events.days >= 0)
            lead = np.r_[lead, events.lead[answered]]
            days, known = np.r_[days, events.days[answered]], np.r_[known, events.days[answered]]
        in_time = days <= final_days[name]
        stage_days[name] = _find_first(lead[in_time], np.maximum(days[in_time], 0.0), n)
        known_days[name] = _find_first(lead[in_time], known[in_time], n)
    return stage_days, known_days


def find_first_booked(outcomes: HistoryRows, timezone: str, n: int) -> FloatArray:
    """Find when each lead booked first, however late. Shape (n,), days from arrival, NaN never.

    A booking at midnight has a day and no time: the end of that day stands for it, so that what was done on the day
    counts as done before.

    Parameters
    ----------
    timezone : str
        The practice's.
    """
    rows = np.flatnonzero(np.isin(outcomes.frame["stage"].to_numpy(object), FUNNEL[FUNNEL.index("booked") :]))
    if not len(rows):
        return np.full(n, np.nan)
    local = to_local_time(to_utc_times(outcomes.frame["occurred_at"].iloc[rows]), timezone)
    has_day_only = local == local.astype("datetime64[D]")
    return _find_first(outcomes.lead[rows], np.maximum(outcomes.days[rows] + has_day_only, 0.0), n)


def find_heard(events: HistoryRows, reached_days: FloatArray, first_try_days: FloatArray) -> FloatArray:
    """Find when somebody was heard: we spoke with them, or they called or wrote after our first try. Shape (n,), days
    from arrival, NaN never.

    Parameters
    ----------
    reached_days : float array of shape (n,)
        By outcomes, NaN never.
    first_try_days : float array of shape (n,)
    """
    kind = events.frame["kind"].to_numpy(object)
    heard = np.isin(kind, (*CONTACT_IN, "missed_call")) & (events.days > first_try_days[events.lead])
    if "reached" in events.frame:
        heard |= (events.frame["reached"].to_numpy(float, na_value=np.nan) == 1) & (events.days >= 0)
    return np.fmin(reached_days, _find_first(events.lead[heard], events.days[heard], len(reached_days)))


def find_recorded_stages(outcomes: HistoryRows, events: HistoryRows) -> frozenset[str]:
    """Find the stages that the data records for somebody, and ``booked``, whatever later stages imply."""
    recorded = {"booked", *outcomes.frame["stage"].unique().tolist()}
    if "reached" in events.frame and (events.frame["reached"].to_numpy(float, na_value=np.nan) == 1).any():
        recorded.add("reached")
    return frozenset(recorded.intersection(FUNNEL))


def find_losses(outcomes: HistoryRows, n: int) -> tuple[FloatArray, ObjectArray]:
    """Find when each lead was recorded as lost first, and the reason given then."""
    lost = np.flatnonzero(outcomes.frame["stage"].to_numpy(object) == "lost")
    lead, days = outcomes.lead[lost], outcomes.known_days[lost]
    reason = np.full(n, None, object)
    if len(lost) and "reason" in outcomes.frame:
        reasons = outcomes.frame["reason"].to_numpy(object)[lost]
        # Written from the last to the first, so that the first one stays.
        order = np.argsort(-days, kind="stable")
        reason[lead[order]] = [text if isinstance(text, str) else None for text in reasons[order]]
    return _find_first(lead, days, n), reason


def find_after_loss(outcomes: HistoryRows, events: HistoryRows, lost_days: FloatArray) -> dict[str, FloatArray]:
    """Find our first contact and the first booking after each lead's loss, in days from arrival; NaN without.

    Parameters
    ----------
    lost_days : float array of shape (n,)
        From ``find_losses``.
    """
    ours = _is_by_a_person(events, events.frame["kind"].to_numpy(object)) & (events.days > lost_days[events.lead])
    booked = np.isin(outcomes.frame["stage"].to_numpy(object), FUNNEL[FUNNEL.index("booked") :])
    booked &= outcomes.known_days > lost_days[outcomes.lead]
    n = len(lost_days)
    return {
        "again_days": _find_first(events.lead[ours], events.days[ours], n),
        "won_back_days": _find_first(outcomes.lead[booked], outcomes.known_days[booked], n),
    }


def find_marks(outcomes: HistoryRows, n: int) -> FloatArray:
    """Find when each lead was recorded as qualified first, whatever came later. Shape (n,)."""
    marked = outcomes.frame["stage"].to_numpy(object) == "qualified"
    return _find_first(outcomes.lead[marked], outcomes.known_days[marked], n)


def sum_values(outcomes: HistoryRows, n: int) -> FloatArray:
    """Sum the revenue of each lead, NaN where none is known. Of several stages with a value, the last one counts."""
    value = np.full(n, np.nan)
    if "value" not in outcomes.frame:
        return value
    amounts = outcomes.frame["value"].to_numpy(float)
    rows = np.flatnonzero(~np.isnan(amounts))
    value[outcomes.lead[rows]] = amounts[rows]
    return value


def find_contacts(events: HistoryRows, n: int) -> dict[str, np.ndarray]:
    """Find the first contact by us, and what followed the first missed call."""
    kind = events.frame["kind"].to_numpy(object)
    minutes = events.days * (DAY / MINUTE)
    ours, theirs = _is_by_a_person(events, kind), np.isin(kind, CONTACT_IN)
    after = minutes >= 0
    answered = np.zeros(len(kind), bool)
    near = np.abs(minutes) <= _LIVE_MINUTES
    if "reached" in events.frame:
        answered = (kind == "inbound_call") & near & (events.frame["reached"].to_numpy(float, na_value=np.nan) == 1)
    live = np.zeros(n, bool)
    live[events.lead[answered]] = True
    live[events.lead[(kind == "chat") & near]] = True
    response = _find_first(events.lead[ours & after], minutes[ours & after], n)
    response[live] = 0.0
    missed_rows = (kind == "missed_call") & (minutes >= -_LIVE_MINUTES)
    missed = _find_first(events.lead[missed_rows], minutes[missed_rows], n)
    since_missed = minutes - missed[events.lead]
    later = since_missed > 0
    return {
        "response_minutes": response,
        "answered_live": live,
        "missed_minutes": missed,
        "called_back_minutes": _find_first(events.lead[ours & later], since_missed[ours & later], n),
        "came_back_minutes": _find_first(events.lead[theirs & later], since_missed[theirs & later], n),
        "attempts": np.bincount(events.lead[ours & after], minlength=n).astype(float),
    }


def find_tries(events: HistoryRows, n: int) -> FloatArray:
    """Find when each lead was tried, in days from arrival. Shape (n, MOST_TRIES), NaN where there was no such try.

    Contacts within an hour of the one before are the same try: a call that nobody answers, and the message after it.
    """
    ours = _is_by_a_person(events, events.frame["kind"].to_numpy(object)) & (events.days >= 0)
    lead, days = events.lead[ours], events.days[ours]
    begins = np.ones(len(lead), bool)
    begins[1:] = (lead[1:] != lead[:-1]) | (np.diff(days) > _SAME_TRY_DAYS)
    lead, days = lead[begins], days[begins]
    number = np.arange(len(lead)) - np.searchsorted(lead, lead, side="left")
    tries = np.full((n, MOST_TRIES), np.nan)
    selected = number < MOST_TRIES
    tries[lead[selected], number[selected]] = days[selected]
    return tries


def read_touches(events: HistoryRows, name_value: Namer) -> Touches:
    """Read what people did before they inquired, where it names where they came from."""
    rows = np.flatnonzero((events.days <= 0) & np.isin(events.frame["kind"].to_numpy(object), TOUCHES))
    frame = events.frame.iloc[rows]
    if "channel" in frame:
        # As the channels of leads are read: "Web Form" and web_form are one.
        frame = frame.assign(channel=map_distinct(read_text_column(frame, "channel"), normalize_channel, None, object))
    given = [name for name in TOUCH_DIMENSIONS if name in frame and frame[name].notna().any()]
    names = {name: rename_values(read_text_column(frame, name), name, name_value) for name in given}
    return Touches(events.lead[rows], events.days[rows], names)


def _is_by_a_person(events: HistoryRows, kind: ObjectArray) -> np.ndarray:
    """Return which events are calls and messages by our people: automatic replies answer nobody's question.

    A message without a member of staff is automatic, where the messages of people name one.
    """
    ours = np.isin(kind, CONTACT_OUT)
    if "staff_id" not in events.frame:
        return ours
    named = np.array([isinstance(name, str) for name in events.frame["staff_id"].to_numpy(object)], bool)
    return ours & (named | (kind == "outbound_call")) if named[ours].any() else ours


def find_staff(outcomes: HistoryRows, events: HistoryRows, n: int) -> Categories | None:
    """Find whose each lead is: who booked it or closed it as lost, where the outcome names them; else who worked on it
    first by the events; else by any outcome.
    """
    person = np.full(n, None, object)
    stage = outcomes.frame["stage"].to_numpy(object)
    # The strongest source comes last: it replaces what the ones before it say.
    for rows, selected in (
        (outcomes, np.ones(len(stage), bool)),
        (events, np.ones(len(events.lead), bool)),
        (outcomes, stage == "lost"),
        (outcomes, stage == "booked"),
    ):
        if "staff_id" not in rows.frame:
            continue
        names = rows.frame["staff_id"].to_numpy(object)
        given = np.flatnonzero(selected & np.array([isinstance(name, str) for name in names], bool))
        # Rows are in order of time: written backwards, the first one stays.
        person[rows.lead[given[::-1]]] = names[given[::-1]]
    return encode_names(person) if any(name is not None for name in person) else None
