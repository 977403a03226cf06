"""Which leads are open, how does each stand, and who is next? The desk's picture of the store, kept at hand and brought up to date before it is shown.

Lives here: reading what changed, the arrays that the working order needs, lists as they are asked for.
Does not live here: the order (``order``), the reasons and a lead's own page (``lead_view``), HTML (``pages``).

Reading ten thousand leads takes longer than a page may; so rows stay in memory, and before a list is shown only those are read again of which the audit says that
something was written. Another process may have written it: the audit is the store's own.
"""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from features.arrival_share import in_arrival_order
from features.clock import local_clock
from features.geography import zip_map
from features.types import HOUR, FloatArray, TimeArray
from serving.desk.contact_hours import WISHED, ContactHours, wished_hours
from serving.desk.order import OpenLeads, WorkingOrder, working_order
from serving.desk.order_words import OrderWords
from serving.desk.views import Filter
from serving.scoring import Engine
from serving.store.audit import lead_hash
from serving.store.on_desk import OnDesk, Seen
from serving.store.store import Store
from training.bundle import Grades

__all__ = ["Board", "Picture"]

_FORGOTTEN_AFTER = timedelta(hours=1)
_MOST_CHANGED = 2_000
"""When more leads changed, all are read again."""

_ZIP_LENGTH = 5


class Board:
    """The open leads, brought up to date when looked at. Safe to use from many threads.

    Parameters
    ----------
    store : Store
    share : float, 0 to 0.5
        Share of the calls that goes to leads in order of arrival, whatever their score.
    """

    def __init__(self, store: Store, share: float = 0.0) -> None:
        self._store, self._share = store, share
        self._lock = threading.Lock()
        self._known: Known | None = None
        self._seen: Seen | None = None

    def picture(self, engine: Engine, now: np.datetime64) -> "Picture":
        """The open leads at a moment, in working order.

        Raises
        ------
        StoreUnavailable
        """
        arrived_after = now.astype("datetime64[us]").item().replace(tzinfo=UTC) - timedelta(days=engine.bundle.horizon_days)
        with self._lock:
            self._bring_up_to_date(engine, arrived_after)
            return Picture.of(self._known, now)

    def _bring_up_to_date(self, engine: Engine, arrived_after: datetime) -> None:
        """Read what is not known yet. Leads fall out of the horizon by the hour, so all are read again then, and for another engine."""
        known = self._known
        with self._store.reading() as at:
            seen = at.shown_leads.seen()
            if known is None or known.engine is not engine or arrived_after - known.since > _FORGOTTEN_AFTER:
                changed = None
            elif seen == self._seen:
                return
            else:
                changed = at.shown_leads.changed(self._seen, known.by_hash, _MOST_CHANGED)
            if changed is None:
                self._known = Known.of(at.shown_leads.all(arrived_after), engine, self._share, arrived_after)
            else:
                self._known = known.after(changed, at.shown_leads.these(known.since, changed))
            self._known, self._seen = replace(self._known, calls=at.shown_leads.calls()), seen


@dataclass(frozen=True)
class Known:
    """What is known of n open leads, whatever the time.

    Parameters
    ----------
    rows : tuple of OnDesk, of length n
    columns : dict of name to array of shape (n,)
        What the working order and filters need; see ``_columns``.
    since : datetime
        Leads that arrived before are not among them, unless they are nurtured or were promised a call.
    calls : int
        Calls logged on the desk so far: from there the shares of the working order count on, call after call.
    """

    rows: tuple[OnDesk, ...]
    columns: dict[str, np.ndarray]
    engine: Engine
    share: float
    since: datetime
    calls: int = 0

    @classmethod
    def of(cls, rows: Sequence[OnDesk], engine: Engine, share: float, since: datetime) -> "Known":
        """What these rows say."""
        return cls(tuple(rows), _columns(rows, engine, share), engine, share, since)

    def after(self, changed: Collection[str], found: Sequence[OnDesk]) -> "Known":
        """The same once some leads have changed, of which these are still to be shown."""
        gone = set(changed)
        kept = np.array([row.lead_id not in gone for row in self.rows], bool)
        new = _columns(found, self.engine, self.share)
        columns = {name: np.concatenate([values[kept], new[name]]) for name, values in self.columns.items()}
        rows = (*(row for row, stays in zip(self.rows, kept.tolist(), strict=True) if stays), *found)
        return replace(self, rows=rows, columns=columns)

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
        practice, zones = self.engine.bundle.practice, zip_map()
        local = np.array([now], "datetime64[us]")
        ours = local_clock(local, practice.timezone)[0]
        keys, which = np.unique(self.columns["hour_key"], return_inverse=True)
        wishes, zone = [WISHED[key // _MOST_ZONES] for key in keys], keys % _MOST_ZONES - 1
        ahead = np.array([np.nan if one < 0 else (local_clock(local, zones.zones[one])[0] - ours) / HOUR for one in zone], float)
        found = ContactHours.at(now, practice, wishes, ahead)
        return ContactHours(found.callable_from[which], found.because[which], found.only_a_wish[which])

    def open_leads(self, now: np.datetime64) -> OpenLeads:
        """The leads as the working order sees them."""
        hours = self.hours(now)
        given = {name: self.columns[name] for name in ("lane", "probability", "arrived_at", *_AS_GIVEN)}
        return OpenLeads.of(**given, **vars(hours), last_heard_at=self.columns["last_inbound_at"])


_AS_GIVEN = ("value", "callback_at", "last_attempt_at", "attempts", "do_not_contact", "in_arrival_share", "place", "graded")


_MOST_ZONES = 1_000


def _columns(rows: Sequence[OnDesk], engine: Engine, share: float) -> dict[str, np.ndarray]:
    """What n rows say, as arrays of shape (n,)."""
    zones, grades = zip_map(), engine.bundle.grades
    texts = {name: np.array([getattr(row, name) for row in rows], object) for name in ("channel", "preferred_clinic", "service_requested", "owner")}
    graded = np.array([row.own_grade for row in rows], object)
    probability = np.array([np.nan if row.probability is None else row.probability for row in rows], float)
    places = [zones.numbers.get((row.postal_code or "").strip()[:_ZIP_LENGTH], -1) for row in rows]
    wished = [WISHED.index(wish[0]) if (wish := wished_hours(row.preferred_time)) else 0 for row in rows]
    calls = np.array([max(row.events_calls or 0, row.calls or 0) for row in rows], np.intp)
    return texts | {
        "hash": np.array([lead_hash(row.lead_id) for row in rows], object),
        "hour_key": np.array([wish * _MOST_ZONES + int(zones.zone[place]) + 1 for wish, place in zip(wished, places, strict=True)], np.intp),
        "track": np.array([row.track or "queue" for row in rows], object),
        "lane": np.array([_lane(row) for row in rows], object),
        "grade": np.array([row.own_grade or row.grade for row in rows], object),
        "graded": graded,
        "probability": np.array([_graded(chance, grade, grades) for chance, grade in zip(probability, graded, strict=True)], float),
        "arrived_at": _times(row.created_at for row in rows),
        "follow_up_at": _times(row.follow_up_at for row in rows),
        "nurtured_at": _times(row.nurtured_at for row in rows),
        "last_inbound_at": _times(row.last_inbound_at for row in rows),
        "callback_at": _times(row.callback_at for row in rows),
        "last_attempt_at": _times(_later(row.last_event_call_at, row.last_call_at) for row in rows),
        "calls": calls,
        "attempts": np.where([row.last_result == "reached" for row in rows], 0, calls) if len(rows) else calls,
        "do_not_contact": np.array([bool(row.do_not_contact) or row.closed_because == "do_not_contact" for row in rows], bool),
        "place": np.array([np.nan if row.place is None else row.place for row in rows], float),
        "in_arrival_share": in_arrival_order([row.lead_id for row in rows], share, engine.bundle.name),
        "value": _values(rows, engine),
    }  # fmt: skip


def _lane(row: OnDesk) -> str:
    """The lane of the last score; a grade that a person gave decides between normal and nurture, and never hides what is urgent."""
    if row.lane == "urgent" or row.own_grade is None:
        return row.lane or "normal"
    return "nurture" if row.own_grade == "D" else "normal"


def _graded(chance: float, grade: str | None, grades: Grades) -> float:
    """The chance that counts: the model's, or the nearest that the person's grade allows."""
    if grade is None:
        return chance
    low, high = {"A": (grades.a, 1.0), "B": (grades.b, grades.a), "C": (grades.c, grades.b), "D": (0.0, grades.c)}[grade]
    return float(np.clip(np.nan_to_num(chance, nan=low), low, high))


def _values(rows: Sequence[OnDesk], engine: Engine) -> FloatArray:
    """What a booking of each lead's service is worth; NaN where the practice does not say. Shape (n,)."""
    geography = engine.knowledge.geography
    worth = np.array([*(service.value for service in engine.bundle.practice.services), np.nan])
    distinct = sorted({row.service_requested for row in rows if row.service_requested is not None})
    number = dict(zip(distinct, geography.positions(distinct, geography.service_names).tolist(), strict=True)) if distinct else {}
    return worth[np.array([number.get(row.service_requested, -1) for row in rows], np.intp)]


@dataclass(frozen=True)
class Picture:
    """The open leads at one moment, in working order.

    Parameters
    ----------
    known : Known
    now : datetime64[us], UTC
    leads : OpenLeads
        Of those in the queue.
    of_queue : int array of shape (queue,)
        The row in ``known`` of each lead in the queue.
    order : WorkingOrder
        Of the queue's leads.
    """

    known: Known
    now: np.datetime64
    leads: OpenLeads
    of_queue: np.ndarray
    order: WorkingOrder

    @classmethod
    def of(cls, known: Known, now: np.datetime64) -> "Picture":
        """The picture of a moment."""
        columns = known.columns
        back = (columns["track"] == "nurture") & ((columns["follow_up_at"] <= now) | (columns["last_inbound_at"] > columns["nurtured_at"]))
        of_queue = np.flatnonzero((columns["track"] == "queue") | back)
        leads = known.open_leads(now).take(of_queue)
        return cls(known, now, leads, of_queue, working_order(leads, now, known.engine.bundle.practice.desk, known.share, known.calls))

    @property
    def engine(self) -> Engine:
        """The engine whose practice it is."""
        return self.known.engine

    @cached_property
    def words(self) -> OrderWords:
        """Says why each lead stands where it stands."""
        practice = self.engine.bundle.practice
        return OrderWords(self.leads, self.order, self.now, practice.desk, practice.timezone)

    @cached_property
    def standing_at(self) -> dict[int, int]:
        """Row in ``known`` -> row among the queue's leads."""
        return {int(row): number for number, row in enumerate(self.of_queue)}

    @cached_property
    def nurtured(self) -> list[int]:
        """Rows of leads that are nurtured, the next to follow up first."""
        away = self.known.columns["track"] == "nurture"
        away[self.of_queue] = False
        rows = np.flatnonzero(away)
        return rows[np.argsort(self.known.columns["follow_up_at"][rows], kind="stable")].tolist()

    @cached_property
    def counts(self) -> dict[str, int]:
        """Leads in the queue by the lane shown, how many may be called now, and how many are nurtured."""
        lanes, counts = np.unique(self.order.lane[self.order.rows].astype(str), return_counts=True)
        said = dict(zip(lanes.tolist(), counts.tolist(), strict=True))
        return {
            "open": len(self.order.rows), "urgent": said.get("urgent", 0), "callback due": said.get("callback due", 0),
            "ready": int(self.order.ready[self.order.rows].sum()), "nurtured": len(self.nurtured), "apart": len(self.order.apart),
        }  # fmt: skip

    def lane_of(self, row: int) -> str:
        """The lane to show of a row of ``known``."""
        here = self.standing_at.get(row)
        return "nurture" if here is None else str(self.order.lane[here])

    def why(self, row: int) -> str:
        """Why a row of ``known`` stands where it stands."""
        here = self.standing_at.get(row)
        return self.words.of([here])[0] if here is not None else ""

    def listed(self, wanted: Filter) -> list[int]:
        """Rows of ``known`` that are asked for, in working order; who asked not to be contacted comes last."""
        here = np.concatenate([self.order.rows, self.order.apart]).astype(np.intp)
        rows = self.of_queue[here]
        return rows[wanted.keeps({name: values[rows] for name, values in self.known.columns.items()} | {"lane": self.order.lane[here]})].tolist()

    def next_for(self, person: str) -> str | None:
        """The lead that a person should call next: ready, and nobody else's at the moment."""
        now = self.now.astype("datetime64[us]").item().replace(tzinfo=UTC)
        for here in self.order.to_call:
            row = self.known.rows[int(self.of_queue[here])]
            taken = row.owner not in (None, person) and row.held_until is not None and row.held_until > now
            promised = row.owner not in (None, person) and row.callback_at is not None
            if not taken and not promised:
                return row.lead_id
        return None

    def channels(self) -> Sequence[str]:
        """The channels of the leads at hand."""
        return self._distinct("channel")

    def clinics(self) -> Sequence[str]:
        """The clinics that were asked for."""
        return self._distinct("preferred_clinic")

    def services(self) -> Sequence[str]:
        """The services that were asked for."""
        return self._distinct("service_requested")

    def _distinct(self, name: str) -> Sequence[str]:
        return sorted({value for row in self.known.rows if (value := getattr(row, name)) is not None}, key=str.casefold)


def _times(moments: Iterable[datetime | None]) -> TimeArray:
    """Moments in UTC as an array; None as NaT."""
    return np.array([None if moment is None else moment.replace(tzinfo=None) for moment in moments], "datetime64[us]")


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two moments; None where neither is known."""
    known = [moment for moment in (one, other) if moment is not None]
    return max(known) if known else None
