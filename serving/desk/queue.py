"""Which leads are open, and in which order are they called? Scores of a practice's open leads as of the data's own time.

Lives here: choosing open leads, scoring them once, filtering, reasons for the rows that are shown.
Does not live here: keeping it fresh (``warming``), HTML (``pages``).

The order: leads that sound urgent first, always, by score. Then the others by lane and score, but for a small share that a hash of their ids
chose (``features.arrival_share``): these stand in order of arrival, who waited longest first, one at every twentieth place when the share is 0.05. So about that share
of the calls that follow the urgent ones goes to them however far down the list a day's calls reach, and nobody's score decides which leads they are.
A lead of the share that sounds urgent is called first like any other, and does not count as called in order of arrival.
"""

import threading
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from features.arrival_share import in_arrival_order, interleaved
from features.batch import Batch
from features.clock import plain_times
from features.outcomes import with_records
from features.tables import Tables
from features.types import DAY, HOUR
from serving.lanes import LANES, lane_of, sounds_urgent
from serving.reasons import Explanation
from serving.receipts import made_requests, written_down
from serving.scoring import Engine, odds_in_words, reach_in_words
from training.bundle import Scored

__all__ = ["GRADES", "PAGE_LEADS", "Entry", "Filter", "Queue", "utc"]

PAGE_LEADS = 50
GRADES = ("A", "B", "C", "D")

_CLOSING = ("booked", "attended", "treated", "lost")
_ALL_REASONS = 12
"""Reasons kept for a lead's own page; the rest is "everything else"."""


_NOT_ASKED = ("consistency", "eligibility", "engagement", "season_and_hours", "track_record")
"""Families whose unknowns no question to the person would answer."""


@dataclass(frozen=True)
class Filter:
    """What part of the queue is asked for; an empty text means all.

    Parameters
    ----------
    arrived : {"", "any"}
        Leads that arrived within the model's horizon, or however long ago: the model speaks of bookings soon after arrival.
    """

    lane: str = ""
    grade: str = ""
    channel: str = ""
    arrived: str = ""


@dataclass(frozen=True)
class Entry:
    """One open lead, ready to be shown.

    Parameters
    ----------
    facts : dict
        Leads column -> value; None or NaN unknown. Never phone, e-mail or name on a list.
    hours_waiting : float
        From arrival to the moment of the score; NaN unknown.
    reach_in_words : str
        Likely to answer, likely to book then; empty where the model does not say.
    unknown : tuple of str
        What is not known about the lead, in words.
    receipt : str or None
        By which what is shown can be computed again; None when it could not be written down.
    arrival : bool
        Whether the lead stands in order of arrival, whatever its score.
    """

    lead_id: str
    lane: str
    grade: str
    probability: float
    low: float
    high: float
    log_odds: float
    odds_in_words: str
    reach_in_words: str
    explanation: Explanation
    facts: dict[str, Any]
    hours_waiting: float
    unknown: tuple[str, ...]
    receipt: str | None
    arrival: bool


@dataclass(frozen=True)
class Queue:
    """The open leads of one data folder, scored by one engine.

    Parameters
    ----------
    engine : Engine
        With the practice's own records.
    tables : Tables
        Of the open leads only.
    as_of : datetime64[us] or NaT
        The moment of every score.
    probability, log_odds, grade, lane : arrays of shape (open leads,)
    order : int array of shape (open leads,)
        Rows by lane and score.
    arrival : bool array of shape (open leads,)
        Whether each lead stands in order of arrival, whatever its score.
    share : float
        The share of places that those leads have.
    """

    engine: Engine
    tables: Tables
    as_of: np.datetime64
    probability: np.ndarray
    log_odds: np.ndarray
    grade: np.ndarray
    lane: np.ndarray
    order: np.ndarray
    arrival: np.ndarray
    share: float
    _shown: dict[int, Entry] = field(default_factory=dict, repr=False, compare=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def of(cls, tables: Tables, engine: Engine, share: float = 0.0) -> "Queue":
        """Score every open lead of the tables, without reasons: those are made for the rows that are looked at.

        Parameters
        ----------
        share : float, 0 to 0.5
            Share of leads that stand in order of arrival.
        """
        as_of = tables.as_of if engine.bundle.dated and tables.as_of is not None else np.datetime64("NaT", "us")
        engine = replace(engine, knowledge=with_records(engine.bundle.knowledge, tables, engine.bundle.label))
        waiting = _only(tables, np.flatnonzero(_is_open(tables)))
        batch = _batch(waiting, as_of, engine)
        scored = engine.bundle.score(batch, explain=False)
        grade = engine.bundle.grades.of(scored.probability)
        urgent = sounds_urgent(batch, scored, engine.names)
        lane = np.array([lane_of(one, bool(is_urgent)) for one, is_urgent in zip(grade, urgent, strict=True)], object)
        order = np.lexsort((-scored.log_odds, [LANES.index(one) for one in lane]))
        arrival = in_arrival_order(waiting.leads["lead_id"].to_list(), share, engine.bundle.name) & (lane != LANES[0])
        return cls(engine, waiting, as_of, scored.probability, scored.log_odds, grade, lane, order, arrival, share)

    def __len__(self) -> int:
        """Number of open leads."""
        return len(self.order)

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The channels of open leads, in alphabetical order."""
        return tuple(sorted({value for value in self._channel if value is not None}))

    @cached_property
    def counts(self) -> dict[str, int]:
        """Open leads that arrived within the horizon by lane and by grade, and how many are older."""
        counts = {name: int((self.recent & (self.lane == name)).sum()) for name in LANES}
        counts |= {name: int((self.recent & (self.grade == name)).sum()) for name in GRADES}
        return counts | {"recent": int(self.recent.sum()), "older": int((~self.recent).sum())}

    @cached_property
    def recent(self) -> np.ndarray:
        """Whether each lead arrived within the model's horizon before the score; a lead without a date counts. Shape (open leads,)."""
        if "created_at" not in self.tables.leads or np.isnat(self.as_of):
            return np.ones(len(self), bool)
        return ~(self.as_of - self._arrived_at > self.engine.bundle.horizon_days * DAY)

    def rows(self, wanted: Filter) -> np.ndarray:
        """The rows asked for, in working order."""
        kept = np.ones(len(self), bool) if wanted.arrived == "any" else self.recent.copy()
        for values, value in ((self.lane, wanted.lane), (self.grade, wanted.grade), (self._channel, wanted.channel)):
            if value:
                kept &= values == value
        rows = self.order[kept[self.order]]
        urgent, arrived = self.lane[rows] == LANES[0], self.arrival[rows]
        oldest_first = (waiting := rows[arrived])[np.lexsort((waiting, self._arrived_at[waiting]))]
        return np.concatenate([rows[urgent], interleaved(rows[~urgent & ~arrived], oldest_first, self.share)])

    def row_of(self, lead_id: str) -> int | None:
        """The row of a lead, None when it is not open."""
        return self._row_by_id.get(lead_id)

    def entries(self, rows: np.ndarray) -> list[Entry]:
        """These rows with their reasons; each is explained and written down once, and again while it could not be written down."""
        with self._lock:
            known = {row for row in map(int, rows) if row in self._shown and (self.engine.log is None or self._shown[row].receipt is not None)}
            missing = np.array([row for row in rows if int(row) not in known], np.intp)
            if len(missing):
                self._shown.update(zip(missing.tolist(), self._explained(missing), strict=True))
            return [self._shown[int(row)] for row in rows]

    def _explained(self, rows: np.ndarray) -> list[Entry]:
        """The entries of some rows, computed together."""
        tables, bundle = _only(self.tables, rows), self.engine.bundle
        batch = _batch(tables, self.as_of, self.engine)
        scored = bundle.score(batch, explain=True)
        explained, grades = self.engine.explainer.explain(scored, _ALL_REASONS), bundle.grades.of(scored.probability)
        receipts = self._receipts(batch, scored, grades, explained, self.arrival[rows])
        return [
            Entry(
                lead["lead_id"], self.lane[row], grades[i], float(scored.probability[i]), float(scored.low[i]), float(scored.high[i]), float(scored.log_odds[i]),
                odds_in_words(float(scored.probability[i]), bundle), self._reach(scored, i), explained[i], lead, self._hours(lead), self._unknown(scored.values[i]), receipts[i], bool(self.arrival[row]),
            )
            for i, (row, lead) in enumerate(zip(rows, tables.leads.to_dict("records"), strict=True))
        ]  # fmt: skip

    def _receipts(self, batch: Batch, scored: Scored, grades: np.ndarray, explained: list[Explanation], arrival: np.ndarray) -> list[str | None]:
        """The receipts of what is about to be shown; a lead has a new line only when it says another thing than the last one."""
        if self.engine.log is None:
            return [None] * len(batch)
        bundle, own_records = self.engine.bundle, self.engine.own_records
        lines = made_requests(bundle, own_records, batch.lead_ids, batch.cutoff, scored, grades, explained, _ALL_REASONS, arrival)
        return written_down(self.engine.log.write_changed, lines)

    def _reach(self, scored: Scored, row: int) -> str:
        """Likely to answer, likely to book then, in words; empty where the model does not say who is reached."""
        return "" if scored.reach is None else reach_in_words(float(scored.reach[row]), float(scored.when_reached[row]), self.engine.bundle) or ""

    def _hours(self, lead: dict[str, Any]) -> float:
        created_at = lead.get("created_at")
        if created_at is None or pd.isna(created_at) or np.isnat(self.as_of):
            return float("nan")
        return float((self.as_of - utc(created_at)) / HOUR)

    def _unknown(self, values: np.ndarray) -> tuple[str, ...]:
        """What a person could ask for: one line for each group of signals that knows nothing, but for what only records or comparisons would tell."""
        said: dict[str, str] = {}
        for one, value in zip(self.engine.bundle.signals, values, strict=True):
            if np.isnan(value) and one.family not in _NOT_ASKED:
                said.setdefault(one.group, one.unknown)
        return tuple(dict.fromkeys(said.values()))

    @cached_property
    def _arrived_at(self) -> np.ndarray:
        """When each lead arrived, datetime64[us]; NaT unknown, which comes last in order of arrival. Shape (open leads,)."""
        leads = self.tables.leads
        return plain_times(leads["created_at"]) if "created_at" in leads else np.full(len(leads), np.datetime64("NaT", "us"))

    @cached_property
    def _channel(self) -> np.ndarray:
        leads = self.tables.leads
        return leads["channel"].to_numpy(object) if "channel" in leads else np.full(len(leads), None, object)

    @cached_property
    def _row_by_id(self) -> dict[str, int]:
        return {lead_id: row for row, lead_id in enumerate(self.tables.leads["lead_id"])}


def utc(moment: pd.Timestamp) -> np.datetime64:
    """A table's time as a plain instant in UTC."""
    return np.datetime64(moment.tz_convert("UTC").tz_localize(None).to_datetime64(), "us")


def _is_open(tables: Tables) -> np.ndarray:
    """Whether each lead has neither booked nor been lost, as far as the practice knows. Shape (leads,)."""
    closed = tables.outcomes.loc[tables.outcomes["stage"].isin(_CLOSING), "lead_id"] if len(tables.outcomes) else []
    still = ~tables.leads["lead_id"].isin(set(closed)).to_numpy(bool)
    return still if tables.label is None else still & tables.label.isna().to_numpy(bool)


def _only(tables: Tables, rows: np.ndarray) -> Tables:
    """Some leads and their events."""
    leads = tables.leads.iloc[rows].reset_index(drop=True)
    events = tables.events[tables.events["lead_id"].isin(set(leads["lead_id"]))].reset_index(drop=True) if len(tables.events) else tables.events
    return Tables(leads, events, tables.outcomes.iloc[:0], tables.spend.iloc[:0], tables.custom)


def _batch(tables: Tables, as_of: np.datetime64, engine: Engine) -> Batch:
    """One moment for each lead, at ``as_of``."""
    leads = len(tables.leads)
    return Batch.from_tables(tables, np.arange(leads, dtype=np.intp), np.full(leads, as_of, "datetime64[us]"), engine.knowledge)
