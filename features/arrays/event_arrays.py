"""Which events do these leads have? Plain arrays, sorted by lead and then by time.

Lives here: ``EventArrays``, from a table and from JSON payloads. Does not live here: what is counted from them
(``features.blocks.events``), the leads' other columns (``features.batch``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.dictionary_encoding import map_distinct
from features.arrays.grouped_sort import order_by_lead_and_time
from features.calendar.timezones import to_utc_times
from features.schema import EVENT_KINDS

if TYPE_CHECKING:
    from features.tables.tables import Tables

__all__ = ["EventArrays", "read_payload_events", "read_table_events", "to_numpy_array"]

_KIND_CODE = {kind: code for code, kind in enumerate(EVENT_KINDS)}


@dataclass(frozen=True)
class EventArrays:
    """The events of m leads, sorted by lead and then by time.

    Parameters
    ----------
    starts : int array of shape (m + 1,)
        Events of lead ``i`` are at ``starts[i]:starts[i + 1]``.
    time : datetime64[us] array of shape (e,), UTC
    kind : int8 array of shape (e,), position in ``schema.EVENT_KINDS``
    reached : float array of shape (e,), 1 reached, 0 not, NaN unknown
    duration_s : float array of shape (e,), seconds, NaN unknown
    """

    starts: IntArray
    time: TimeArray
    kind: np.ndarray
    reached: FloatArray
    duration_s: FloatArray

    @classmethod
    def of(
        cls, lead: IntArray, time: TimeArray, kind: np.ndarray, reached: FloatArray, duration_s: FloatArray, leads: int
    ) -> "EventArrays":
        """Sort events by lead and time, unless they are sorted. ``lead`` holds row numbers below ``leads``."""
        starts = np.zeros(leads + 1, np.intp)
        np.cumsum(np.bincount(lead, minlength=leads), out=starts[1:])
        later_lead, same_lead = lead[1:] > lead[:-1], lead[1:] == lead[:-1]
        # Most exports are sorted already, and looking takes a fraction of the time of sorting.
        if (later_lead | (same_lead & (time[1:] >= time[:-1]))).all():
            return cls(starts, time, kind, reached, duration_s)
        order = order_by_lead_and_time(lead, time, leads)
        return cls(starts, time[order], kind[order], reached[order], duration_s[order])

    @classmethod
    def empty(cls, leads: int) -> "EventArrays":
        """Return no events at all, for ``leads`` leads."""
        empty = np.empty(0)
        return cls(np.zeros(leads + 1, np.intp), empty.astype("datetime64[us]"), empty.astype(np.int8), empty, empty)

    def between(self, first: int, last: int) -> "EventArrays":
        """Return the events of leads ``first`` (inclusive) to ``last`` (exclusive)."""
        low, high = self.starts[first], self.starts[last]
        return EventArrays(
            # Starts count from the first event of the slice on: those of a chunk begin at 0 again.
            self.starts[first : last + 1] - low,
            self.time[low:high],
            self.kind[low:high],
            self.reached[low:high],
            self.duration_s[low:high],
        )


def to_numpy_array(column: pd.Series) -> np.ndarray:
    """Return a validated pandas column as a NumPy array, times in UTC without a zone."""
    return to_utc_times(column) if column.dtype.kind == "M" else column.to_numpy()


def read_payload_events(payloads: Sequence[dict[str, Any]]) -> EventArrays:
    """Return the events of all payloads as arrays."""
    events = [(i, *event) for i, payload in enumerate(payloads) for event in payload.get("events", ())]
    if not events:
        return EventArrays.empty(len(payloads))
    return EventArrays.of(
        np.array([event[0] for event in events], np.intp),
        np.array([event[1] for event in events], "datetime64[us]"),
        np.array([_KIND_CODE[event[2]] for event in events], np.int8),
        np.array([event[3] for event in events], float),
        np.array([event[4] for event in events], float),
        len(payloads),
    )


def read_table_events(tables: "Tables", ids: ObjectArray) -> EventArrays:
    """Return the events table as arrays, each event with the row of its lead."""
    events = tables.events
    if not len(events):
        return EventArrays.empty(len(ids))
    lead_ids = events["lead_id"].to_numpy(object)
    # Events are sorted by lead: each run of one lead's events is looked up once.
    first = np.flatnonzero(np.concatenate([[True], lead_ids[1:] != lead_ids[:-1]]))
    rows = pd.Index(ids, dtype=object).get_indexer(lead_ids[first])
    lead = np.repeat(rows, np.diff(np.append(first, len(lead_ids))))
    kind = map_distinct(events["kind"].to_numpy(object), _KIND_CODE.get, 0, np.int8)
    number = {
        name: events[name].to_numpy(float) if name in events else np.full(len(events), np.nan)
        for name in ("reached", "duration_s")
    }
    return EventArrays.of(
        lead, to_numpy_array(events["occurred_at"]), kind, number["reached"], number["duration_s"], len(ids)
    )
