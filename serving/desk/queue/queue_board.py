"""Which leads are open, how does each stand, and who is next? The desk's snapshot of the store, kept at hand and brought
up to date before it is shown.

Lives here: reading what changed, the leads at one moment, lists as they are asked for.
Does not live here: what is known of each lead (``known``), the order (``order``), the reasons and a lead's own page
(``lead_view``), HTML (``pages``).

Reading ten thousand leads takes longer than a page may; so rows stay in memory, and before a list is shown only those
are read again of which the audit says that something was written. Another process may have written it: the audit is the
store's own."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

import numpy as np

from serving.desk.queue.filters import QueueFilter
from serving.desk.queue.order_explanations import OrderExplainer
from serving.desk.queue.queue_columns import QueueColumns
from serving.desk.queue.working_order import CallCandidates, WorkingOrder, compute_working_order
from serving.scoring.engine import Engine
from serving.store.repositories.queue_rows import StorePosition
from serving.store.store import Store

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
        self._known: QueueColumns | None = None
        self._seen: StorePosition | None = None

    def snapshot(self, engine: Engine, now: np.datetime64) -> "QueueSnapshot":
        """The open leads at a moment, in working order.

        Raises
        ------
        StoreUnavailable
        """
        arrived_after = now.astype("datetime64[us]").item().replace(tzinfo=UTC) - timedelta(
            days=engine.bundle.horizon_days
        )
        with self._lock:
            self._bring_up_to_date(engine, arrived_after)
            return QueueSnapshot.of(self._known, now)

    def _bring_up_to_date(self, engine: Engine, arrived_after: datetime) -> None:
        """Read what is not known yet.

        Leads fall out of the horizon by the hour, so all are read again then, and for another engine.
        """
        known = self._known
        with self._store.reading() as at:
            seen = at.queue_rows.read_position()
            if known is None or known.engine is not engine or arrived_after - known.since > _REREAD_AFTER:
                changed = None
            elif seen == self._seen:
                return
            else:
                changed = at.queue_rows.find_changed(self._seen, known.by_hash, _MAX_CHANGED)
            if changed is None:
                self._known = QueueColumns.of(
                    at.queue_rows.read_all(arrived_after), engine, self._share, arrived_after, at.desk.count_calls()
                )
            else:
                self._known = known.after(changed, at.queue_rows.read_leads(known.since, changed), at.desk.count_calls())
            self._seen = seen


@dataclass(frozen=True)
class QueueSnapshot:
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

    known: QueueColumns
    now: np.datetime64
    leads: CallCandidates
    of_queue: np.ndarray
    order: WorkingOrder

    @classmethod
    def of(cls, known: QueueColumns, now: np.datetime64) -> "QueueSnapshot":
        """The snapshot of a moment."""
        columns = known.columns
        back = (columns["track"] == "nurture") & (
            (columns["follow_up_at"] <= now) | (columns["last_inbound_at"] > columns["nurtured_at"])
        )
        of_queue = np.flatnonzero((columns["track"] == "queue") | back)
        leads = known.open_leads(now).take(of_queue)
        return cls(
            known,
            now,
            leads,
            of_queue,
            compute_working_order(leads, now, known.engine.bundle.practice.desk, known.share, known.called),
        )

    @property
    def engine(self) -> Engine:
        """The engine whose practice it is."""
        return self.columns.engine

    @cached_property
    def words(self) -> OrderExplainer:
        """Says why each lead stands where it stands."""
        practice = self.engine.bundle.practice
        return OrderExplainer(self.leads, self.order, self.now, practice.desk, practice.timezone)

    @cached_property
    def standing_at(self) -> dict[int, int]:
        """Row in ``known`` -> row among the queue's leads."""
        return {int(row): number for number, row in enumerate(self.of_queue)}

    @cached_property
    def nurtured(self) -> list[int]:
        """Rows of leads that are nurtured, the next to follow up first."""
        away = self.columns.arrays["track"] == "nurture"
        away[self.of_queue] = False
        rows = np.flatnonzero(away)
        return rows[np.argsort(self.columns.arrays["follow_up_at"][rows], kind="stable")].tolist()

    @cached_property
    def counts(self) -> dict[str, int]:
        """Leads in the queue by the lane shown, how many may be called now, and how many are nurtured."""
        lanes, counts = np.unique(self.order.lane[self.order.rows].astype(str), return_counts=True)
        said = dict(zip(lanes.tolist(), counts.tolist(), strict=True))
        return {
            "open": len(self.order.rows),
            "urgent": said.get("urgent", 0),
            "callback due": said.get("callback due", 0),
            "ready": int(self.order.ready[self.order.rows].sum()),
            "nurtured": len(self.nurtured),
            "apart": len(self.order.apart),
        }

    def lane_of(self, row: int) -> str:
        """The lane to show of a row of ``known``."""
        here = self.queue_positions.get(row)
        return "nurture" if here is None else str(self.order.lane[here])

    def why(self, row: int) -> str:
        """Why a row of ``known`` stands where it stands."""
        here = self.queue_positions.get(row)
        return self.words.of([here])[0] if here is not None else ""

    def filter_rows(self, wanted: QueueFilter) -> list[int]:
        """Rows of ``known`` that are asked for, in working order; who asked not to be contacted comes last."""
        here = np.concatenate([self.order.rows, self.order.apart]).astype(np.intp)
        rows = self.of_queue[here]
        return rows[
            wanted.keeps(
                {name: values[rows] for name, values in self.columns.arrays.items()} | {"lane": self.order.lane[here]}
            )
        ].tolist()

    def next_for(self, person: str) -> str | None:
        """The lead that a person should call next: ready, and nobody else's at the moment."""
        now = self.now.astype("datetime64[us]").item().replace(tzinfo=UTC)
        for here in self.order.to_call:
            row = self.columns.rows[int(self.of_queue[here])]
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
        return sorted({value for row in self.columns.rows if (value := getattr(row, name)) is not None}, key=str.casefold)
