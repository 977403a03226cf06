"""Which calls came in and went out, when, and who was on them? All calls of the leads, in the practice's time.

Lives here: reading them.
Does not live here: when a lead was first answered (``lead_history``), how many people that takes
(``serving.insights.staffing``).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.array_types import FloatArray, IntArray
from features.calendar.timezones import to_local_time, to_utc_times
from serving.insights.columns.categories import read_text_column

__all__ = ["PhoneCalls", "read_calls"]

_IN, _OUT = ("inbound_call", "missed_call"), "outbound_call"
LONGEST_CALL = 240.0
"""Minutes; a longer one is a line that nobody hung up, and one of no length was not recorded."""


@dataclass(frozen=True)
class PhoneCalls:
    """Calls in the order of their leads and times.

    Parameters
    ----------
    lead : int array of shape (k,)
    day : int array of shape (k,)
        Days since January 1, 1970.
    half_hour : int array of shape (k,)
        Of the day, 0 to 47.
    came_in, answered : bool arrays of shape (k,)
        Whether they called us; whether somebody spoke with them.
    minutes : float array of shape (k,)
        NaN where not recorded, or where no call takes as long.
    person : int array of shape (k,)
        Who of ours was on it, as a number; -1 where not recorded.
    """

    lead: IntArray
    day: IntArray
    half_hour: IntArray
    came_in: np.ndarray
    answered: np.ndarray
    minutes: FloatArray
    person: IntArray

    @classmethod
    def empty(cls) -> "PhoneCalls":
        """Return no calls."""
        nothing, never = np.empty(0, np.int64), np.empty(0, bool)
        return cls(nothing, nothing, nothing, never, never, np.empty(0), nothing)


def read_calls(events: pd.DataFrame, lead: IntArray, timezone: str) -> PhoneCalls:
    """Read the calls in both directions.

    Parameters
    ----------
    events : DataFrame of shape (m, ...)
        In the order of leads and times.
    lead : int array of shape (m,)
        Whose each is.
    """
    kind = events["kind"].to_numpy(object)
    rows = np.flatnonzero(np.isin(kind, (*_IN, _OUT)))
    if not len(rows):
        return PhoneCalls.empty()
    frame, kind = events.iloc[rows], kind[rows]
    local = to_local_time(to_utc_times(frame["occurred_at"]), timezone)
    day = local.astype("datetime64[D]")
    reached = frame["reached"].to_numpy(float, na_value=np.nan) if "reached" in frame else np.full(len(rows), np.nan)
    names = read_text_column(frame, "staff_id")
    distinct = {name: number for number, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
    minutes = frame["duration_s"].to_numpy(float) / 60 if "duration_s" in frame else np.full(len(rows), np.nan)
    return PhoneCalls(
        lead[rows],
        day.astype(np.int64),
        ((local - day) // np.timedelta64(30, "m")).astype(np.int64),
        np.isin(kind, _IN),
        # An inbound call that does not say otherwise was answered.
        np.where(kind == "missed_call", False, np.where(kind == _OUT, reached == 1, reached != 0)).astype(bool),
        np.where((minutes > 0) & (minutes <= LONGEST_CALL), minutes, np.nan),
        np.array([-1 if name is None else distinct[name] for name in names], np.int64),
    )
