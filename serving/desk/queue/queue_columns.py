"""What is known of the open leads, whatever the time? Rows of the store, and the arrays that the working order and the
filters need.

Lives here: making the arrays, and making them again for those leads alone that have changed.
Does not live here: reading the store, and the moment (``board``), the order (``order``).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from features.array_types import HOUR, FloatArray, TimeArray
from features.calendar.timezones import to_local_time
from features.practice.zip_codes import load_zip_map
from serving.desk.queue.contact_hours import PREFERRED_DAY_PARTS, ContactHours, parse_preferred_hours
from serving.desk.queue.working_order import CallCandidates
from serving.random_holdout import select_holdout
from serving.scoring.engine import Engine
from serving.store.database.audit_chain import hash_lead_id
from serving.store.repositories.queue_rows import QueueRow
from training.bundle import Grades

__all__ = ["QueueColumns"]

_ZIP_LENGTH = 5
"""Of a ZIP code, without what follows the hyphen."""


@dataclass(frozen=True)
class QueueColumns:
    """What is known of n open leads, whatever the time.

    Parameters
    ----------
    rows : tuple of OnDesk, of length n
    columns : dict of name to array of shape (n,)
        What the working order and filters need; see ``_columns``.
    since : datetime
        Leads that arrived before are not among them, unless they are nurtured or were promised a call.
    called : int
        Calls made so far: shares of the calls count on from list to list.
    """

    rows: tuple[QueueRow, ...]
    columns: dict[str, np.ndarray]
    engine: Engine
    share: float
    since: datetime
    called: int

    @classmethod
    def of(cls, rows: Sequence[QueueRow], engine: Engine, share: float, since: datetime, called: int) -> "QueueColumns":
        """What these rows say."""
        return cls(tuple(rows), _columns(rows, engine, share), engine, share, since, called)

    def after(self, changed: Collection[str], found: Sequence[QueueRow], called: int) -> "QueueColumns":
        """The same once some leads have changed, of which these are still to be shown."""
        gone = set(changed)
        kept = np.array([row.lead_id not in gone for row in self.rows], bool)
        new = _columns(found, self.engine, self.share)
        columns = {name: np.concatenate([values[kept], new[name]]) for name, values in self.columns.items()}
        rows = (*(row for row, stays in zip(self.rows, kept.tolist(), strict=True) if stays), *found)
        return replace(self, rows=rows, columns=columns, called=called)

    @cached_property
    def place(self) -> dict[str, int]:
        """Lead id -> row."""
        return {row.lead_id: number for number, row in enumerate(self.rows)}

    @cached_property
    def by_hash(self) -> dict[str, str]:
        """As the audit names each lead -> lead id."""
        return dict(zip(self.columns["hash"].tolist(), (row.lead_id for row in self.rows), strict=True))

    def hours(self, now: np.datetime64) -> ContactHours:
        """From when each lead may be called; equal wishes in the same time zone are looked at once."""
        practice, zones = self.engine.bundle.practice, load_zip_map()
        local = np.array([now], "datetime64[us]")
        ours = to_local_time(local, practice.timezone)[0]
        keys, which = np.unique(self.columns["hour_key"], return_inverse=True)
        wishes, zone = [PREFERRED_DAY_PARTS[key // _MAX_ZONES] for key in keys], keys % _MAX_ZONES - 1
        ahead = np.array(
            [np.nan if one < 0 else (to_local_time(local, zones.zones[one])[0] - ours) / HOUR for one in zone], float
        )
        found = ContactHours.at(now, practice, wishes, ahead)
        return ContactHours(found.callable_from[which], found.because[which], found.only_a_wish[which])

    def open_leads(self, now: np.datetime64) -> CallCandidates:
        """The leads as the working order sees them."""
        hours = self.hours(now)
        given = {name: self.columns[name] for name in ("lane", "probability", "arrived_at", *_CANDIDATE_FIELDS)}
        return CallCandidates.of(**given, **vars(hours), last_heard_at=self.columns["last_inbound_at"])


_CANDIDATE_FIELDS = (
    "value",
    "callback_at",
    "last_attempt_at",
    "attempts",
    "do_not_contact",
    "in_arrival_share",
    "place",
    "graded",
)


_MAX_ZONES = 1_000


def _columns(rows: Sequence[QueueRow], engine: Engine, share: float) -> dict[str, np.ndarray]:
    """What n rows say, as arrays of shape (n,)."""
    zones, grades = load_zip_map(), engine.bundle.grades
    texts = {
        name: np.array([getattr(row, name) for row in rows], object)
        for name in ("channel", "preferred_clinic", "service_requested", "owner")
    }
    graded = np.array([row.own_grade for row in rows], object)
    probability = np.array([np.nan if row.probability is None else row.probability for row in rows], float)
    places = [zones.position_by_code.get((row.postal_code or "").strip()[:_ZIP_LENGTH], -1) for row in rows]
    wished = [PREFERRED_DAY_PARTS.index(wish[0]) if (wish := parse_preferred_hours(row.preferred_time)) else 0 for row in rows]
    calls = np.array([max(row.events_calls or 0, row.calls or 0) for row in rows], np.intp)
    return texts | {
        "hash": np.array([hash_lead_id(row.lead_id) for row in rows], object),
        "hour_key": np.array(
            [wish * _MAX_ZONES + int(zones.zone[place]) + 1 for wish, place in zip(wished, places, strict=True)],
            np.intp,
        ),
        "track": np.array([row.track or "queue" for row in rows], object),
        "lane": np.array([_choose_lane(row) for row in rows], object),
        "grade": np.array([row.own_grade or row.grade for row in rows], object),
        "graded": graded,
        "probability": np.array(
            [_apply_human_grade(chance, grade, grades) for chance, grade in zip(probability, graded, strict=True)], float
        ),
        "arrived_at": _to_times(row.created_at for row in rows),
        "follow_up_at": _to_times(row.follow_up_at for row in rows),
        "nurtured_at": _to_times(row.nurtured_at for row in rows),
        "last_inbound_at": _to_times(row.last_inbound_at for row in rows),
        "callback_at": _to_times(row.callback_at for row in rows),
        "last_attempt_at": _to_times(_later_of(row.last_event_call_at, row.last_call_at) for row in rows),
        "calls": calls,
        "attempts": np.where([row.last_result == "reached" for row in rows], 0, calls) if len(rows) else calls,
        "do_not_contact": np.array(
            [bool(row.do_not_contact) or row.closed_because == "do_not_contact" for row in rows], bool
        ),
        "place": np.array([np.nan if row.place is None else row.place for row in rows], float),
        "in_arrival_share": select_holdout([row.lead_id for row in rows], share, engine.bundle.name),
        "value": _look_up_values(rows, engine),
    }


def _choose_lane(row: QueueRow) -> str:
    """The lane of the last score; a grade that a person gave decides between normal and nurture, and never hides what
    is urgent.
    """
    if row.lane == "urgent" or row.own_grade is None:
        return row.lane or "normal"
    return "nurture" if row.own_grade == "D" else "normal"


def _apply_human_grade(chance: float, grade: str | None, grades: Grades) -> float:
    """The chance that counts: the model's, or the nearest that the person's grade allows."""
    if grade is None:
        return chance
    low, high = {"A": (grades.a, 1.0), "B": (grades.b, grades.a), "C": (grades.c, grades.b), "D": (0.0, grades.c)}[
        grade
    ]
    return float(np.clip(np.nan_to_num(chance, nan=low), low, high))


def _look_up_values(rows: Sequence[QueueRow], engine: Engine) -> FloatArray:
    """What a booking of each lead's service is worth; NaN where the practice does not say. Shape (n,)."""
    geography = engine.context.geography
    worth = np.array([*(service.value for service in engine.bundle.practice.services), np.nan])
    distinct = sorted({row.service_requested for row in rows if row.service_requested is not None})
    number = (
        dict(zip(distinct, geography.find_positions(distinct, geography.service_names).tolist(), strict=True))
        if distinct
        else {}
    )
    return worth[np.array([number.get(row.service_requested, -1) for row in rows], np.intp)]


def _to_times(moments: Iterable[datetime | None]) -> TimeArray:
    """Moments in UTC as an array; None as NaT."""
    return np.array([None if moment is None else moment.replace(tzinfo=None) for moment in moments], "datetime64[us]")


def _later_of(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two moments; None where neither is known."""
    known = [moment for moment in (one, other) if moment is not None]
    return max(known) if known else None
