"""What do the working order and the filters need to know of each open lead, whatever the time? Rows of the store as
arrays.

Lives here: building the arrays, and rebuilding them only for the leads that changed.
Does not live here: reading the store, and the state at one moment (``queue_board``), the order (``working_order``).
"""

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from features.array_types import HOUR, FloatArray, IntArray, TimeArray
from features.calendar.timezones import to_local_time
from features.practice.zip_codes import load_zip_map
from serving.desk.queue.call_candidates import CallCandidates
from serving.desk.queue.catalog_names import build_clinic_resolver, build_service_resolver
from serving.desk.queue.contact_hours import PREFERRED_DAY_PARTS, ContactHours, parse_preferred_hours
from serving.random_holdout import select_holdout
from serving.scoring.engine import Engine
from serving.scoring.lead_stage import LeadStage
from serving.scoring.next_step import find_channels
from serving.store.repositories.queue_rows import QueueRow
from training.bundle import Grades

__all__ = ["QueueColumns"]

_ZIP_LENGTH = 5
"""Of a ZIP code, without the part after the hyphen."""

_MAX_ZONES = 1_000
"""More time zones than there are, so that a part of the day and a zone fit into one number; see ``_hour_keys``."""

_CANDIDATE_FIELDS = (
    "lane",
    "probability",
    "arrived_at",
    "value",
    "callback_at",
    "last_attempt_at",
    "attempts",
    "do_not_contact",
    "can_call",
    "can_write",
    "in_arrival_share",
    "human_place",
    "human_grade",
)
"""Arrays that the working order takes as they are."""

_TEXT_FIELDS = ("channel", "preferred_clinic", "service_requested", "owner")
_TIME_FIELDS = ("follow_up_at", "nurtured_at", "last_inbound_at", "callback_at")


@dataclass(frozen=True)
class QueueColumns:
    """What is known of n open leads, whatever the time.

    Parameters
    ----------
    rows : tuple of QueueRow, of length n
    stages : tuple of LeadStage, of length n
        How far we have come with each.
    arrays : dict of name to array of shape (n,)
        What the working order and the filters need; see ``_build_arrays``.
    arrived_after : datetime
        Leads that arrived earlier are left out, unless they are nurtured or were promised a call.
    calls_made : int
        Calls made so far: the shares of the calls continue from list to list.
    """

    rows: tuple[QueueRow, ...]
    stages: tuple[LeadStage, ...]
    arrays: dict[str, np.ndarray]
    engine: Engine
    share: float
    arrived_after: datetime
    calls_made: int

    @classmethod
    def of(
        cls,
        rows: Sequence[QueueRow],
        stages: Sequence[LeadStage],
        engine: Engine,
        share: float,
        arrived_after: datetime,
        calls_made: int,
    ) -> "QueueColumns":
        """Build the columns of these rows."""
        arrays = _build_arrays(rows, stages, engine, share)
        return cls(tuple(rows), tuple(stages), arrays, engine, share, arrived_after, calls_made)

    def with_changes(
        self,
        changed_ids: Collection[str],
        shown_rows: Sequence[QueueRow],
        shown_stages: Sequence[LeadStage],
        calls_made: int,
    ) -> "QueueColumns":
        """Return the columns after some leads changed; ``shown_rows``: those of them that are still shown."""
        gone = set(changed_ids)
        stays = np.array([row.lead_id not in gone for row in self.rows], bool)
        new = _build_arrays(shown_rows, shown_stages, self.engine, self.share)
        arrays = {name: np.concatenate([values[stays], new[name]]) for name, values in self.arrays.items()}
        rows = (*itertools.compress(self.rows, stays.tolist()), *shown_rows)
        stages = (*itertools.compress(self.stages, stays.tolist()), *shown_stages)
        return replace(self, rows=rows, stages=stages, arrays=arrays, calls_made=calls_made)

    @cached_property
    def row_numbers(self) -> dict[str, int]:
        """Lead id -> row."""
        return {row.lead_id: number for number, row in enumerate(self.rows)}

    def compute_contact_hours(self, now: np.datetime64) -> ContactHours:
        """Compute from when each lead may be called; leads with equal wishes in one time zone are computed once."""
        practice, zones = self.engine.bundle.practice, load_zip_map()
        moment = np.array([now], "datetime64[us]")
        practice_time = to_local_time(moment, practice.timezone)[0]
        keys, positions = np.unique(self.arrays["hour_key"], return_inverse=True)
        day_parts, zone_numbers = [PREFERRED_DAY_PARTS[key // _MAX_ZONES] for key in keys], keys % _MAX_ZONES - 1
        hours_ahead = np.array(
            [
                np.nan if number < 0 else (to_local_time(moment, zones.zones[number])[0] - practice_time) / HOUR
                for number in zone_numbers
            ],
            float,
        )
        hours = ContactHours.at(now, practice, day_parts, hours_ahead)
        return ContactHours(
            hours.callable_from[positions], hours.obstacle[positions], hours.is_preference_only[positions]
        )

    def select_candidates(self, now: np.datetime64) -> CallCandidates:
        """Return the leads as the working order takes them."""
        hours = self.compute_contact_hours(now)
        fields = {name: self.arrays[name] for name in _CANDIDATE_FIELDS}
        # Where the CRM sends neither phone numbers nor addresses, the desk looks both up there: nobody is set apart.
        if not (fields["can_call"] | fields["can_write"]).any():
            fields["can_call"] = np.ones(len(self.rows), bool)
        return CallCandidates.of(**fields, **vars(hours), last_heard_at=self.arrays["last_inbound_at"])


def _build_arrays(
    rows: Sequence[QueueRow], stages: Sequence[LeadStage], engine: Engine, share: float
) -> dict[str, np.ndarray]:
    """Return n rows as arrays of shape (n,)."""
    return {
        **{name: np.array([getattr(row, name) for row in rows], object) for name in _TEXT_FIELDS},
        **{name: _to_times(getattr(row, name) for row in rows) for name in _TIME_FIELDS},
        **_build_score_arrays(rows, stages, engine.bundle.grades),
        **_build_call_arrays(rows, stages),
        **_build_catalog_arrays(rows, engine),
        "hour_key": _hour_keys(rows),
        "track": np.array([row.track or "queue" for row in rows], object),
        "arrived_at": _to_times(row.created_at for row in rows),
        "human_place": np.array([np.nan if row.human_place is None else row.human_place for row in rows], float),
        "in_arrival_share": select_holdout([row.lead_id for row in rows], share, engine.bundle.name),
        "value": _look_up_values(rows, engine),
    }


def _build_score_arrays(rows: Sequence[QueueRow], stages: Sequence[LeadStage], grades: Grades) -> dict[str, np.ndarray]:
    """Return lane, grade and chance, each with a person's grade counted in."""
    human_grades = [row.human_grade for row in rows]
    chances = [np.nan if row.probability is None else row.probability for row in rows]
    return {
        "lane": np.array([_choose_lane(row, stage) for row, stage in zip(rows, stages, strict=True)], object),
        "grade": np.array([row.human_grade or row.grade for row in rows], object),
        "human_grade": np.array(human_grades, object),
        "probability": np.array(
            [_apply_human_grade(chance, grade, grades) for chance, grade in zip(chances, human_grades, strict=True)],
            float,
        ),
    }


def _build_call_arrays(rows: Sequence[QueueRow], stages: Sequence[LeadStage]) -> dict[str, np.ndarray]:
    """Return the calls made, those without an answer, the last attempt, and by what each lead can be reached."""
    channels = [
        find_channels({"phone": row.phone, "email": row.email}, stage) for row, stage in zip(rows, stages, strict=True)
    ]
    can_call = np.array(["phone" in reached_by for reached_by in channels], bool)
    last_call = _to_times(stage.last_call_at for stage in stages)
    last_write = _to_times(stage.last_write_at for stage in stages)
    return {
        "calls": np.array([stage.calls for stage in stages], np.intp),
        "attempts": np.array([stage.attempts for stage in stages], np.intp),
        # Who can only be written to waits after a message as others do after a call.
        "last_attempt_at": np.where(can_call, last_call, np.fmax(last_call, last_write)),
        "do_not_contact": np.array([stage.opted_out for stage in stages], bool),
        "is_final": np.array([bool(stage.final) and not stage.opted_out for stage in stages], bool),
        "can_call": can_call,
        "can_write": np.array(["e-mail" in reached_by for reached_by in channels], bool),
    }


def _build_catalog_arrays(rows: Sequence[QueueRow], engine: Engine) -> dict[str, np.ndarray]:
    """Return the practice's own clinic and service that each lead's words mean."""
    practice, geography = engine.bundle.practice, engine.context.geography

    def find_positions(texts: Sequence[str]) -> list[int]:
        return geography.find_positions(texts, geography.service_names).tolist()

    clinics = build_clinic_resolver(practice)(row.preferred_clinic for row in rows)
    services = build_service_resolver(practice, find_positions)(row.service_requested for row in rows)
    return {"clinic": np.array(clinics, object), "service": np.array(services, object)}


def _hour_keys(rows: Sequence[QueueRow]) -> IntArray:
    """Return for each lead one number for the preferred part of the day and the time zone: equal numbers, equal hours.

    ``key // _MAX_ZONES`` is the position in PREFERRED_DAY_PARTS, ``key % _MAX_ZONES - 1`` the zone (-1 unknown): an
    evening (3) in zone 7 is 3008.
    """
    zones = load_zip_map()
    zip_numbers = [zones.position_by_code.get((row.postal_code or "").strip()[:_ZIP_LENGTH], -1) for row in rows]
    day_parts = []
    for row in rows:
        hours = parse_preferred_hours(row.preferred_time)
        day_parts.append(PREFERRED_DAY_PARTS.index(hours[0]) if hours else 0)
    return np.array(
        [
            # Position -1, for an unknown ZIP code, reads the last row of the map, which is the unknown zone -1.
            day_part * _MAX_ZONES + int(zones.zone[zip_number]) + 1
            for day_part, zip_number in zip(day_parts, zip_numbers, strict=True)
        ],
        np.intp,
    )


def _choose_lane(row: QueueRow, stage: LeadStage) -> str:
    """Return the last score's lane; a person's grade may change it, but never hides an urgent lead.

    Somebody we were in touch with is no spam, whatever the message reads like.
    """
    if row.lane == "spam" and row.human_grade is None and stage.contact == "connected":
        return "nurture" if row.grade == "D" else "normal"
    if row.lane == "urgent" or row.human_grade is None:
        return row.lane or "normal"
    return "nurture" if row.human_grade == "D" else "normal"


def _apply_human_grade(chance: float, grade: str | None, grades: Grades) -> float:
    """Return the chance that counts: the model's, or the nearest that the person's grade allows."""
    if grade is None:
        return chance
    limits = {"A": (grades.a, 1.0), "B": (grades.b, grades.a), "C": (grades.c, grades.b), "D": (0.0, grades.c)}
    low, high = limits[grade]
    return float(np.clip(np.nan_to_num(chance, nan=low), low, high))


def _look_up_values(rows: Sequence[QueueRow], engine: Engine) -> FloatArray:
    """Return the value of a booking of each lead's service; NaN where the practice gives none. Shape (n,)."""
    geography = engine.context.geography
    # The last entry stands for leads without a known service, whose position is -1.
    values = np.array([*(service.value for service in engine.bundle.practice.services), np.nan])
    services = sorted({row.service_requested for row in rows if row.service_requested is not None})
    positions: dict[str | None, int] = {}
    if services:
        numbers = geography.find_positions(services, geography.service_names).tolist()
        positions = dict(zip(services, numbers, strict=True))
    return values[np.array([positions.get(row.service_requested, -1) for row in rows], np.intp)]


def _to_times(moments: Iterable[datetime | None]) -> TimeArray:
    """Return moments in UTC as an array; None as NaT."""
    return np.array([None if moment is None else moment.replace(tzinfo=None) for moment in moments], "datetime64[us]")
