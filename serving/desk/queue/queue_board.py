"""Which leads are open, what is each one's state, and who is next? The queue, held in memory and brought up to date
before it is shown.

Lives here: reading what changed, the queue at one moment, lists by filter.
Does not live here: what is known of each lead (``queue_columns``), the order (``working_order``), the reasons and a
lead's own page (``serving.desk.lead_details``), HTML (``serving.desk.pages``).

Reading ten thousand leads takes longer than a page may; so rows stay in memory, and before a list is shown only those
leads are read again for which the audit has a new line. Another process may have written it: the audit belongs to the
store, not to this process."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from features.array_types import MINUTE
from serving.desk.queue.call_candidates import CallCandidates
from serving.desk.queue.catalog_names import OTHER
from serving.desk.queue.filters import QueueFilter
from serving.desk.queue.order_explanations import OrderExplainer
from serving.desk.queue.queue_columns import QueueColumns
from serving.desk.queue.working_order import WorkingOrder, compute_working_order
from serving.scoring.engine import Engine
from serving.scoring.lead_stage import LeadStage, list_happenings, trace_stage
from serving.store.repositories.queue_rows import LeadHistory, QueueRow, StorePosition
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = ["QueueBoard", "QueueSnapshot"]

_REREAD_AFTER = timedelta(hours=1)
_MAX_CHANGED = 2_000
"""When more leads changed, all are read again."""


class QueueBoard:
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
        self._columns: QueueColumns | None = None
        self._position: StorePosition | None = None
        # As the audit names a lead -> its id. Those of leads that left the list may stay until all are read again.
        self._ids_by_hash: dict[str, str] = {}

    def take_snapshot(self, engine: Engine, now: np.datetime64) -> "QueueSnapshot":
        """Return the open leads at a moment, in working order.

        Raises
        ------
        StoreUnavailable
        """
        arrived_after = now.astype("datetime64[us]").item().replace(tzinfo=UTC) - timedelta(
            days=engine.bundle.horizon_days
        )
        with self._lock:
            return QueueSnapshot.of(self._bring_up_to_date(engine, arrived_after), now)

    def _bring_up_to_date(self, engine: Engine, arrived_after: datetime) -> QueueColumns:
        """Read what changed since the last look, and return the current columns."""
        columns = self._columns
        with self._store.reading() as transaction:
            position = transaction.queue_rows.read_position()
            # Leads leave the horizon as time passes, so all are read again every hour; another engine has other grades.
            if columns is None or columns.engine is not engine or arrived_after - columns.arrived_after > _REREAD_AFTER:
                columns = self._read_all(transaction, engine, arrived_after)
            elif position != self._position:
                columns = self._read_changes(transaction, columns, arrived_after)
            self._columns, self._position = columns, position
        return columns

    def _read_all(self, transaction: Transaction, engine: Engine, arrived_after: datetime) -> QueueColumns:
        rows = transaction.queue_rows.read_all(arrived_after)
        self._ids_by_hash = {}
        self._note_hashes(transaction, rows)
        stages = _trace_stages(rows, transaction.queue_rows.read_histories(arrived_after))
        return QueueColumns.of(rows, stages, engine, self._share, arrived_after, transaction.desk.count_calls())

    def _read_changes(self, transaction: Transaction, columns: QueueColumns, arrived_after: datetime) -> QueueColumns:
        changed_ids = transaction.queue_rows.find_changed(
            self._position, self._ids_by_hash, _MAX_CHANGED, transaction.audit.hash_id
        )
        if changed_ids is None:
            return self._read_all(transaction, columns.engine, arrived_after)
        rows = transaction.queue_rows.read_leads(columns.arrived_after, changed_ids)
        self._note_hashes(transaction, rows)
        stages = _trace_stages(rows, transaction.queue_rows.read_histories(columns.arrived_after, changed_ids))
        return columns.with_changes(changed_ids, rows, stages, transaction.desk.count_calls())

    def _note_hashes(self, transaction: Transaction, rows: Sequence[QueueRow]) -> None:
        self._ids_by_hash |= {transaction.audit.hash_id(row.lead_id): row.lead_id for row in rows}


def _trace_stages(rows: Sequence[QueueRow], histories: Mapping[str, LeadHistory]) -> list[LeadStage]:
    """Return how far we have come with the lead of each row."""
    nothing = LeadHistory()
    stages = []
    for row in rows:
        history = histories.get(row.lead_id, nothing)
        happenings = list_happenings(history.events, history.outcomes, history.steps, history.changes)
        stages.append(trace_stage(happenings, bool(row.do_not_contact)))
    return stages


@dataclass(frozen=True)
class QueueSnapshot:
    """The open leads at one moment: one consistent state of the queue.

    Parameters
    ----------
    columns : QueueColumns
        All leads at hand, those in nurture included.
    now : datetime64, UTC
    candidates : CallCandidates
        The leads in the queue, as the working order takes them.
    queue_rows : int array
        Their rows in ``columns``.
    order : WorkingOrder
        Of the leads in the queue.
    """

    columns: QueueColumns
    now: np.datetime64
    candidates: CallCandidates
    queue_rows: np.ndarray
    order: WorkingOrder

    @classmethod
    def of(cls, columns: QueueColumns, now: np.datetime64) -> "QueueSnapshot":
        """Compute the working order of a moment."""
        arrays = columns.arrays
        policy = columns.engine.bundle.practice.desk
        has_returned = (arrays["track"] == "nurture") & (
            (arrays["follow_up_at"] <= now)
            | (arrays["last_inbound_at"] > arrays["nurtured_at"])
            | (arrays["callback_at"] - policy.callback_minutes_before * MINUTE <= now)
        )
        # Who opted out stays in sight, in a list of their own; who booked or was closed does not.
        is_shown = (arrays["track"] == "queue") | has_returned | arrays["do_not_contact"]
        queue_rows = np.flatnonzero(is_shown & ~arrays["is_final"])
        candidates = columns.select_candidates(now).take(queue_rows)
        order = compute_working_order(candidates, now, policy, columns.share, columns.calls_made)
        return cls(columns, now, candidates, queue_rows, order)

    @property
    def engine(self) -> Engine:
        """The engine whose practice it is."""
        return self.columns.engine

    @cached_property
    def explainer(self) -> OrderExplainer:
        """Explains each lead's position in the order."""
        practice = self.engine.bundle.practice
        return OrderExplainer(self.candidates, self.order, self.now, practice.desk, practice.timezone, practice.formats)

    @cached_property
    def queue_positions(self) -> dict[int, int]:
        """Row in ``columns`` -> row in ``candidates``."""
        return {int(row): position for position, row in enumerate(self.queue_rows)}

    @cached_property
    def nurture_rows(self) -> list[int]:
        """Rows of leads that are nurtured, the next to follow up first."""
        is_nurtured = self.columns.arrays["track"] == "nurture"
        # Those whose day has come are in the queue again.
        is_nurtured[self.queue_rows] = False
        rows = np.flatnonzero(is_nurtured)
        return rows[np.argsort(self.columns.arrays["follow_up_at"][rows], kind="stable")].tolist()

    @cached_property
    def counts(self) -> dict[str, int]:
        """Leads in the queue by the lane shown, how many may be called now, how many are nurtured; and on each list how
        many, and how many possible emergencies (``urgent write``).
        """
        order = self.order
        lanes, counts = np.unique(order.lane[order.rows].astype(str), return_counts=True)
        by_lane = dict(zip(lanes.tolist(), counts.tolist(), strict=True))
        return {
            "open": len(self.queue_rows),
            "call": len(order.rows),
            "urgent": by_lane.get("urgent", 0),
            "callback due": by_lane.get("callback due", 0),
            "ready": int(order.ready[order.rows].sum()),
            "nurtured": len(self.nurture_rows),
            **{name: len(rows) for name, rows in order.lists.items()},
            **{f"urgent {name}": int((order.lane[rows] == "urgent").sum()) for name, rows in order.lists.items()},
        }

    def get_lane(self, row: int) -> str:
        """Return the lane to show for a row of ``columns``; empty for a lead that has ended."""
        position = self.queue_positions.get(row)
        if position is not None:
            return str(self.order.lane[position])
        return "nurture" if self.columns.arrays["track"][row] == "nurture" else ""

    def explain_position(self, row: int) -> str:
        """Explain the position of a row of ``columns`` in the order; empty for a lead that is not in the queue."""
        position = self.queue_positions.get(row)
        return self.explainer.explain([position])[0] if position is not None else ""

    def filter_rows(self, queue_filter: QueueFilter) -> list[int]:
        """Return the rows of ``columns`` on the filter's list that pass, in its order or in working order."""
        positions = self.order.lists.get(queue_filter.list or "call", self.order.rows).astype(np.intp)
        rows = self.queue_rows[positions]
        arrays = {name: values[rows] for name, values in self.columns.arrays.items()}
        arrays["lane"] = self.order.lane[positions]
        passes = np.flatnonzero(queue_filter.match(arrays, self._start_of_day()))
        if queue_filter.sort:
            passes = passes[queue_filter.sort_rows(arrays["probability"][passes], arrays["arrived_at"][passes])]
        return rows[passes].tolist()

    def _start_of_day(self) -> np.datetime64:
        """Return when the practice's day began, in UTC."""
        zone = self.engine.bundle.practice.zone
        local = self.now.astype("datetime64[us]").item().replace(tzinfo=UTC).astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return np.datetime64(midnight.astimezone(UTC).replace(tzinfo=None), "us")

    def is_ready(self, row: int) -> bool:
        """Return whether a row of ``columns`` may be called now."""
        position = self.queue_positions.get(row)
        return position is not None and bool(self.order.ready[position])

    @cached_property
    def pressing_rows(self) -> dict[str, list[QueueRow]]:
        """Lane -> the leads to call now that cannot wait, in working order: possible emergencies and callbacks that are
        due. Found once for everybody who asks.
        """
        to_call = self.order.to_call
        lanes = self.order.lane[to_call]
        return {
            lane: [self.columns.rows[int(self.queue_rows[position])] for position in to_call[lanes == lane]]
            for lane in ("urgent", "callback due")
        }

    def find_next_lead(
        self, person: str, present: frozenset[str] = frozenset(), disabled: frozenset[str] = frozenset()
    ) -> str | None:
        """Return the lead that a person should call next: ready, and nobody else's at the moment.

        Leads of somebody who is here come last, but for possible emergencies: those wait for nobody.

        Parameters
        ----------
        present : frozenset of str
            Who is here now.
        disabled : frozenset of str
            Who may not sign in any more: their leads and promises are anybody's.
        """
        now = self.now.astype("datetime64[us]").item().replace(tzinfo=UTC)
        left_to_owners = None
        for position in self.order.to_call:
            row = self.columns.rows[int(self.queue_rows[position])]
            is_of_others = row.owner not in (None, person) and row.owner not in disabled
            is_held = row.held_until is not None and row.held_until > now
            if is_of_others and (is_held or row.callback_at is not None):
                continue
            if not is_of_others or row.owner not in present or self.order.lane[position] == "urgent":
                return row.lead_id
            left_to_owners = left_to_owners or row.lead_id
        return left_to_owners

    def list_channels(self) -> Sequence[str]:
        """Return the channels of the leads at hand."""
        return self._list_distinct("channel")

    def list_clinics(self) -> Sequence[str]:
        """Return the clinics that leads can be filtered by."""
        practice_names = [clinic.name for clinic in self.engine.bundle.practice.clinics]
        return self._list_catalog("clinic", practice_names)

    def list_services(self) -> Sequence[str]:
        """Return the services that leads can be filtered by."""
        practice_names = [service.name for service in self.engine.bundle.practice.services]
        return self._list_catalog("service", practice_names)

    def _list_catalog(self, name: str, practice_names: Sequence[str]) -> Sequence[str]:
        """Return the practice's own names; where it has none, what people typed, alike spellings once."""
        typed = set(self.columns.arrays[name].tolist()) - {OTHER}
        names = practice_names or sorted(typed, key=str.casefold)
        return [*names, OTHER] if names else []

    def _list_distinct(self, name: str) -> Sequence[str]:
        values = {getattr(row, name) for row in self.columns.rows} - {None}
        return sorted(values, key=str.casefold)
