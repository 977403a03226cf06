"""What do we know about these leads at these moments? ``Batch``: plain arrays, whether one lead or a million.

Lives here: the arrays every block and signal reads, and the two ways in: from validated tables, from JSON payloads.
Does not live here: what a value means (``values``), when a lead is scored (``moments``), heavy work (``blocks``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from features.clock import local_clock, plain_times
from features.knowledge import Knowledge
from features.reader import Readings
from features.schema import EVENT_KINDS, KIND_OF_CUSTOM, LEADS
from features.types import FloatArray, IntArray, ObjectArray, TimeArray

__all__ = ["Batch", "EventArrays"]

_FEW = 64
"""Up to so many texts, taking each by itself is quicker than looking for equal ones."""

_KIND_CODE = {kind: code for code, kind in enumerate(EVENT_KINDS)}


@dataclass(frozen=True)
class EventArrays:
    """The events of m leads, sorted by lead and then by time.

    Parameters
    ----------
    starts : int array of shape (m + 1,)
        Events of lead ``i`` stand at ``starts[i]:starts[i + 1]``.
    time : datetime64[us] array of shape (e,), UTC
    kind : int8 array of shape (e,), position in ``schema.EVENT_KINDS``
    reached : float array of shape (e,), 1 reached, 0 not, NaN not said
    duration_s : float array of shape (e,), seconds, NaN not said
    """

    starts: IntArray
    time: TimeArray
    kind: np.ndarray
    reached: FloatArray
    duration_s: FloatArray

    @classmethod
    def of(cls, lead: IntArray, time: TimeArray, kind: np.ndarray, reached: FloatArray, duration_s: FloatArray, leads: int) -> "EventArrays":
        """Sort unordered events into place. ``lead`` holds row numbers below ``leads``."""
        order = np.lexsort((time, lead))
        starts = np.zeros(leads + 1, np.intp)
        np.cumsum(np.bincount(lead, minlength=leads), out=starts[1:])
        return cls(starts, time[order], kind[order], reached[order], duration_s[order])

    @classmethod
    def none(cls, leads: int) -> "EventArrays":
        """No events at all, for ``leads`` leads."""
        empty = np.empty(0)
        return cls(np.zeros(leads + 1, np.intp), empty.astype("datetime64[us]"), empty.astype(np.int8), empty, empty)

    def between(self, first: int, last: int) -> "EventArrays":
        """The events of leads ``first`` (inclusive) to ``last`` (exclusive)."""
        low, high = self.starts[first], self.starts[last]
        return EventArrays(
            self.starts[first : last + 1] - low, self.time[low:high], self.kind[low:high], self.reached[low:high], self.duration_s[low:high]
        )


@dataclass(frozen=True)
class Batch:
    """n moments of m leads.

    Parameters
    ----------
    lead_ids : object array of shape (m,)
    of_lead : int array of shape (n,)
        Row of the lead that each moment belongs to.
    cutoff : datetime64[us] array of shape (n,), UTC
        Only what was known strictly before it may be used; NaT in a practice without dates.
    columns : dict
        Column name -> array of shape (m,): object (text, category; None unknown), float64 (number, yes_no; NaN unknown) or
        datetime64[us] (time; NaT unknown). A column nobody gave is absent.
    events : EventArrays, of the m leads
    knowledge : Knowledge
        What was known before any of these leads arrived: practice, phrases, history.
    """

    lead_ids: ObjectArray
    of_lead: IntArray
    cutoff: TimeArray
    columns: dict[str, np.ndarray]
    events: EventArrays
    knowledge: Knowledge

    def __len__(self) -> int:
        """Number of moments."""
        return len(self.of_lead)

    @property
    def leads(self) -> int:
        """Number of leads."""
        return len(self.lead_ids)

    def of_leads(self, name: str) -> np.ndarray:
        """One column, per lead: shape (m,); all unknown when nobody gave it."""
        values = self.columns.get(name)
        return unknown_column(name, self.leads) if values is None else values

    def column(self, name: str) -> np.ndarray:
        """One column, per moment: shape (n,)."""
        return self.of_leads(name)[self.of_lead]

    def coded(self, name: str) -> tuple[IntArray, list[str | None]]:
        """A column of texts as (code of each lead, shape (m,); text of each code, None not given), so that each text is read once."""
        if name not in self._codes:
            values = self.of_leads(name)
            if len(values) <= _FEW:
                self._codes[name] = np.arange(len(values)), values.tolist()
            else:
                read = pa.array(values, pa.string(), from_pandas=True).dictionary_encode()
                distinct = [*read.dictionary.to_pylist(), None]
                self._codes[name] = read.indices.fill_null(len(distinct) - 1).to_numpy(zero_copy_only=False), distinct
        return self._codes[name]

    @cached_property
    def _codes(self) -> dict[str, tuple[IntArray, list[str | None]]]:
        """What ``coded`` has answered."""
        return {}

    def local_time(self, times: TimeArray) -> TimeArray:
        """The same instants on the practice's own clock, daylight saving included. Shape as given, NaT unknown."""
        return local_clock(times, self.knowledge.practice.timezone)

    @cached_property
    def readings(self) -> Readings:
        """What each lead's message says, as written on the day the lead arrived, on the practice's clock. One entry per lead, read once."""
        return self.knowledge.reader.read_all(self.of_leads("message"), self.local_time(self.of_leads("created_at")))

    def chunks(self, leads: int) -> "list[Batch]":
        """This batch in pieces of at most ``leads`` leads, moments in their order. Moments must be sorted by lead."""
        if self.leads <= leads:
            return [self]
        pieces = []
        for first in range(0, self.leads, leads):
            last = min(first + leads, self.leads)
            low, high = np.searchsorted(self.of_lead, (first, last))
            pieces.append(
                replace(
                    self,
                    lead_ids=self.lead_ids[first:last],
                    of_lead=self.of_lead[low:high] - first,
                    cutoff=self.cutoff[low:high],
                    columns={name: values[first:last] for name, values in self.columns.items()},
                    events=self.events.between(first, last),
                )
            )
        return pieces

    @classmethod
    def from_tables(cls, tables: "Any", of_lead: IntArray, cutoff: TimeArray, knowledge: Knowledge) -> "Batch":
        """The moments ``(of_lead, cutoff)`` of validated ``Tables``. Moments sorted by lead."""
        leads = tables.leads
        columns = {name: _plain(leads[name]) for name in leads.columns if name != "lead_id"}
        ids = leads["lead_id"].to_numpy(object)
        return cls(ids, of_lead, cutoff, _with_earlier(columns, len(ids), knowledge), _events_of(tables, ids), knowledge)

    @classmethod
    def from_payloads(cls, payloads: Sequence[dict[str, Any]], knowledge: Knowledge, kinds: dict[str, str], now: np.datetime64) -> "Batch":
        """One moment for each payload, in canonical names (see ``payload.canonical``), already converted.

        Each payload maps column names to one converted value, with ``cutoff`` (datetime64, ``now`` when absent) and ``events`` (a list of
        ``(datetime64, kind, reached, duration_s)``). ``kinds`` gives the kind of each column to build.
        """
        n = len(payloads)
        columns = {name: _gathered([payload.get(name) for payload in payloads], kind) for name, kind in kinds.items()}
        cutoff = np.array([payload.get("cutoff", now) for payload in payloads], "datetime64[us]")
        ids = np.array([payload.get("lead_id") for payload in payloads], object)
        found = [(i, *event) for i, payload in enumerate(payloads) for event in payload.get("events", ())]
        events = EventArrays.none(n) if not found else EventArrays.of(
            np.array([e[0] for e in found], np.intp), np.array([e[1] for e in found], "datetime64[us]"),
            np.array([_KIND_CODE[e[2]] for e in found], np.int8), np.array([e[3] for e in found], float), np.array([e[4] for e in found], float), n,
        )  # fmt: skip
        return cls(ids, np.arange(n, dtype=np.intp), cutoff, _with_earlier(columns, n, knowledge), events, knowledge)


def kind_of(name: str, custom: dict[str, str] | None = None) -> str:
    """The kind of a leads column, canonical or custom: category, text, number, yes_no, time."""
    if custom and name in custom:
        return KIND_OF_CUSTOM[custom[name]]
    return LEADS.column(name).kind if name in LEADS.by_name else "category"


def unknown_column(name: str, length: int) -> np.ndarray:
    """A column of which nothing is known, in the dtype of its kind."""
    return _gathered([None] * length, kind_of(name))


def _with_earlier(columns: dict[str, np.ndarray], leads: int, knowledge: Knowledge) -> dict[str, np.ndarray]:
    """The columns with earlier enquiries counted from the practice's own contact book, where there is one and the lead does not say itself."""
    if knowledge.contacts is None or "created_at" not in columns:
        return columns
    given, counted = columns.get("earlier_enquiries"), knowledge.contacts.earlier_enquiries(columns, leads)
    return {**columns, "earlier_enquiries": counted if given is None else np.where(np.isnan(given), counted, given)}


def _gathered(values: list[Any], kind: str) -> np.ndarray:
    """Converted single values as one array of the kind's dtype; None is unknown."""
    if kind in ("number", "yes_no"):
        return np.array([np.nan if value is None else value for value in values], float)
    if kind == "time":
        return np.array([np.datetime64("NaT") if value is None else value for value in values], "datetime64[us]")
    return np.array(values, object) if values else np.empty(0, object)


def _plain(column: Any) -> np.ndarray:
    """A validated pandas column as a plain array."""
    return plain_times(column) if column.dtype.kind == "M" else column.to_numpy()


def _events_of(tables: Any, ids: ObjectArray) -> EventArrays:
    """The events table as arrays, each event beside its lead."""
    events = tables.events
    if not len(events):
        return EventArrays.none(len(ids))
    row_of = {lead_id: row for row, lead_id in enumerate(ids)}
    lead = np.fromiter((row_of[lead_id] for lead_id in events["lead_id"]), np.intp, len(events))
    kind = np.fromiter((_KIND_CODE[kind] for kind in events["kind"]), np.int8, len(events))
    number = {name: events[name].to_numpy(float) if name in events else np.full(len(events), np.nan) for name in ("reached", "duration_s")}
    return EventArrays.of(lead, _plain(events["occurred_at"]), kind, number["reached"], number["duration_s"], len(ids))
