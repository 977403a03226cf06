"""What do we know about these leads at these moments? ``Batch``: plain arrays, whether one lead or a million.

Lives here: the arrays every block and signal reads, and the two ways in: from validated tables, from JSON payloads.
Does not live here: what a value means (``values``), when a lead is scored (``moments``), heavy work (``blocks``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from features.array_types import FloatArray, IntArray, ObjectArray, TimeArray
from features.arrays.dictionary_encoding import map_distinct, encode_values
from features.arrays.grouped_sort import order_by_lead_and_time
from features.calendar.timezones import to_local_time, to_utc_times
from features.point_in_time.contact_index import compute_contact_keys
from features.point_in_time.context import Context
from features.schema import EVENT_KINDS, KIND_OF_CUSTOM, LEADS
from features.text.message_reader import MessageReadings

__all__ = ["Batch", "EventArrays"]

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
    def of(
        cls, lead: IntArray, time: TimeArray, kind: np.ndarray, reached: FloatArray, duration_s: FloatArray, leads: int
    ) -> "EventArrays":
        """Sort events into place, where they are not. ``lead`` holds row numbers below ``leads``."""
        starts = np.zeros(leads + 1, np.intp)
        np.cumsum(np.bincount(lead, minlength=leads), out=starts[1:])
        later_lead, same_lead = lead[1:] > lead[:-1], lead[1:] == lead[:-1]
        if (later_lead | (same_lead & (time[1:] >= time[:-1]))).all():
            return cls(starts, time, kind, reached, duration_s)
        order = order_by_lead_and_time(lead, time, leads)
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
            self.starts[first : last + 1] - low,
            self.time[low:high],
            self.kind[low:high],
            self.reached[low:high],
            self.duration_s[low:high],
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
        Column name -> array of shape (m,): object (text, category; None unknown), float64 (number, yes_no; NaN unknown)
        or datetime64[us] (time; NaT unknown). A column nobody gave is absent.
    events : EventArrays, of the m leads
    context : Knowledge
        What was known before any of these leads arrived: practice, phrases, history.
    """

    lead_ids: ObjectArray
    of_lead: IntArray
    cutoff: TimeArray
    columns: dict[str, np.ndarray]
    events: EventArrays
    context: Context

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
        return make_unknown_column(name, self.leads) if values is None else values

    def column(self, name: str) -> np.ndarray:
        """One column, per moment: shape (n,)."""
        return self.of_leads(name) if self._one_each else self.of_leads(name)[self.of_lead]

    @cached_property
    def _one_each(self) -> bool:
        """Whether each lead has one moment, in the order of the leads."""
        return len(self.of_lead) == self.leads and bool((self.of_lead == np.arange(self.leads)).all())

    def coded(self, name: str) -> tuple[IntArray, list[str | None]]:
        """A column of texts as (code of each lead, shape (m,); text of each code; the last, which -1 means too, is
        None, not given), so that each text is read once."""
        if name not in self._codes:
            codes, distinct = encode_values(self.of_leads(name))
            self._codes[name] = codes, [*distinct, None]
        return self._codes[name]

    @cached_property
    def _codes(self) -> dict[str, tuple[IntArray, list[str | None]]]:
        """What ``coded`` has answered."""
        return {}

    def local_time(self, times: TimeArray) -> TimeArray:
        """The same instants on the practice's own clock, daylight saving included. Shape as given, NaT unknown."""
        return to_local_time(times, self.context.practice.timezone)

    @cached_property
    def contact_keys(self) -> dict[str, np.ndarray]:
        """Keys of the leads' contact data (see ``contacts.contact_keys``); made once, also when the batch is cut in
        pieces.
        """
        return compute_contact_keys(self.columns)

    @cached_property
    def readings(self) -> MessageReadings:
        """What each lead's message says, as written on the day the lead arrived, on the practice's clock.

        One entry per lead, read once.
        """
        return self.context.reader.read_all(self.of_leads("message"), self.local_time(self.of_leads("created_at")))

    def chunks(self, leads: int) -> "list[Batch]":
        """This batch in pieces of at most ``leads`` leads, moments in their order. Moments must be sorted by lead."""
        if self.leads <= leads:
            return [self]
        pieces = []
        for first in range(0, self.leads, leads):
            last = min(first + leads, self.leads)
            low, high = np.searchsorted(self.of_lead, (first, last))
            piece = replace(
                self,
                lead_ids=self.lead_ids[first:last],
                of_lead=self.of_lead[low:high] - first,
                cutoff=self.cutoff[low:high],
                columns={name: values[first:last] for name, values in self.columns.items()},
                events=self.events.between(first, last),
            )
            pieces.append(
                piece._knowing({name: keys[first:last] for name, keys in self.__dict__.get("contact_keys", {}).items()})
            )
        return pieces

    def _knowing(self, keys: dict[str, np.ndarray]) -> "Batch":
        """This batch, its contact keys given when they were made before (an empty dict: they were not)."""
        if keys:
            self.__dict__["contact_keys"] = keys
        return self

    def _with_earlier(self) -> "Batch":
        """With earlier enquiries counted from the practice's own contact book, where there is one and the lead does not
        say itself.
        """
        book = self.context.contacts
        if book is None or "created_at" not in self.columns:
            return self
        given, counted = (
            self.columns.get("earlier_enquiries"),
            book.count_earlier_enquiries(self.columns, self.leads, self.contact_keys),
        )
        counted = counted if given is None else np.where(np.isnan(given), counted, given)
        return replace(self, columns={**self.columns, "earlier_enquiries": counted})._knowing(self.contact_keys)

    @classmethod
    def from_tables(cls, tables: "Any", of_lead: IntArray, cutoff: TimeArray, knowledge: Context) -> "Batch":
        """The moments ``(of_lead, cutoff)`` of validated ``Tables``. Moments sorted by lead."""
        leads = tables.leads
        columns = {name: _plain(leads[name]) for name in leads.columns if name != "lead_id"}
        ids = leads["lead_id"].to_numpy(object)
        keys = {} if knowledge.contacts is None else knowledge.contacts.get_keys(leads)
        return cls(ids, of_lead, cutoff, columns, _events_of(tables, ids), knowledge)._knowing(keys)._with_earlier()

    @classmethod
    def from_payloads(
        cls, payloads: Sequence[dict[str, Any]], knowledge: Context, kinds: dict[str, str], now: np.datetime64
    ) -> "Batch":
        """One moment for each payload, in canonical names (see ``payload.canonical``), already converted.

        Each payload maps column names to one converted value, with ``cutoff`` (datetime64, ``now`` when absent) and
        ``events`` (a list of ``(datetime64, kind, reached, duration_s)``). ``kinds`` gives the kind of each column to
        build."""
        n = len(payloads)
        columns = {name: _gathered([payload.get(name) for payload in payloads], kind) for name, kind in kinds.items()}
        cutoff = np.array([payload.get("cutoff", now) for payload in payloads], "datetime64[us]")
        ids = np.array([payload.get("lead_id") for payload in payloads], object)
        found = [(i, *event) for i, payload in enumerate(payloads) for event in payload.get("events", ())]
        events = (
            EventArrays.none(n)
            if not found
            else EventArrays.of(
                np.array([e[0] for e in found], np.intp),
                np.array([e[1] for e in found], "datetime64[us]"),
                np.array([_KIND_CODE[e[2]] for e in found], np.int8),
                np.array([e[3] for e in found], float),
                np.array([e[4] for e in found], float),
                n,
            )
        )
        return cls(ids, np.arange(n, dtype=np.intp), cutoff, columns, events, knowledge)._with_earlier()


def kind_of(name: str, custom: dict[str, str] | None = None) -> str:
    """The kind of a leads column, canonical or custom: category, text, number, yes_no, time."""
    if custom and name in custom:
        return KIND_OF_CUSTOM[custom[name]]
    return LEADS.column(name).kind if name in LEADS.by_name else "category"


def make_unknown_column(name: str, length: int) -> np.ndarray:
    """A column of which nothing is known, in the dtype of its kind."""
    return _gathered([None] * length, kind_of(name))


def _gathered(values: list[Any], kind: str) -> np.ndarray:
    """Converted single values as one array of the kind's dtype; None is unknown."""
    if kind in ("number", "yes_no"):
        return np.array([np.nan if value is None else value for value in values], float)
    if kind == "time":
        return np.array([np.datetime64("NaT") if value is None else value for value in values], "datetime64[us]")
    return np.array(values, object) if values else np.empty(0, object)


def _plain(column: Any) -> np.ndarray:
    """A validated pandas column as a plain array."""
    return to_utc_times(column) if column.dtype.kind == "M" else column.to_numpy()


def _events_of(tables: Any, ids: ObjectArray) -> EventArrays:
    """The events table as arrays, each event beside its lead. Neighbours of one lead are looked up once."""
    events = tables.events
    if not len(events):
        return EventArrays.none(len(ids))
    of = events["lead_id"].to_numpy(object)
    first = np.flatnonzero(np.concatenate([[True], of[1:] != of[:-1]]))
    lead = np.repeat(pd.Index(ids, dtype=object).get_indexer(of[first]), np.diff(np.append(first, len(of))))
    kind = map_distinct(events["kind"].to_numpy(object), _KIND_CODE.get, 0, np.int8)
    number = {
        name: events[name].to_numpy(float) if name in events else np.full(len(events), np.nan)
        for name in ("reached", "duration_s")
    }
    return EventArrays.of(lead, _plain(events["occurred_at"]), kind, number["reached"], number["duration_s"], len(ids))
