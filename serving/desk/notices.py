"""What should this person be told now? Possible emergencies, callbacks that are due, leads that were given to them.

Lives here: which leads those are, by their ids. Does not live here: sending them to a browser
(``pages.notice_stream``), the page that lists them (``pages``).

Only what concerns the person: an emergency that somebody else is on, a callback that somebody else promised, and a lead
that they took themselves are no news. Nothing but ids leaves this module; names are read when the person opens a page.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from serving.desk.queue.queue_board import QueueSnapshot
from serving.store.repositories.queue_rows import QueueRow
from serving.store.store import Store
from serving.store.transaction import Transaction

__all__ = ["KINDS", "NoticeBoard", "Notices", "find_notices"]

KINDS = ("urgent", "callbacks", "handed")
"""Kinds of notices, the most pressing first."""

_MAX_IDS = 50
"""Of one kind; the count says how many there are."""
_FRESH_SECONDS = 15.0
"""After so long the order is computed again although nothing was written: callbacks become due as time passes."""


@dataclass(frozen=True)
class Notices:
    """What concerns one person now.

    Parameters
    ----------
    token : int
        Of the last write to the store, by which a page knows that its list has changed.
    urgent, callbacks, handed : tuple of str
        Ids of leads.
    """

    token: int
    urgent: tuple[str, ...] = ()
    callbacks: tuple[str, ...] = ()
    handed: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many leads there are, each counted once.

        >>> Notices(7, ("L1",), ("L2",), ("L1",)).count
        2
        """
        return len({*self.urgent, *self.callbacks, *self.handed})

    def to_dict(self) -> dict[str, Any]:
        """Return ids and counts for a page: never a name or a word of a message."""
        return {"token": self.token, "count": self.count} | {
            name: list(getattr(self, name)[:_MAX_IDS]) for name in KINDS
        }


class NoticeBoard:
    """Notices of any number of people, from one look at the store. Safe to use from many threads.

    What it holds in memory only saves work: another process finds the same in the store.

    Parameters
    ----------
    store : Store
    take_snapshot : callable
        Returns the open leads as they are now.
    clock : callable
        Seconds, never running backwards.
    """

    def __init__(
        self, store: Store, take_snapshot: Callable[[], QueueSnapshot], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store, self._take_snapshot, self._clock = store, take_snapshot, clock
        self._lock = threading.Lock()
        self._snapshot: QueueSnapshot | None = None
        self._token, self._made_at = -1, 0.0
        self._moment: tuple[int, datetime] | None = None
        self._handed: dict[str, tuple[str, ...]] = {}
        self._disabled: frozenset[str] = frozenset()

    def read(self, person: str) -> Notices:
        """Return what concerns a person now."""
        with self._store.reading() as transaction:
            token = transaction.queue_rows.read_position().audit
            handed, disabled = self._read_handed(transaction, person, token)
        with self._lock:
            is_old = token != self._token or self._clock() - self._made_at >= _FRESH_SECONDS
            if self._snapshot is None or is_old:
                self._snapshot = self._take_snapshot()
                self._token, self._made_at = token, self._clock()
            snapshot = self._snapshot
        return find_notices(snapshot, person, token, handed, disabled)

    def _read_handed(self, transaction: Transaction, person: str, token: int) -> tuple[tuple[str, ...], frozenset[str]]:
        """Return the leads given to a person, and who may not sign in any more.

        Read again when something was written, or in another minute, as what a rule gave is news for a while only: every
        open page asks every two seconds.
        """
        moment = (token, transaction.now.replace(second=0, microsecond=0))
        with self._lock:
            if moment != self._moment:
                users = transaction.users.list_all()
                self._disabled = frozenset(user.person_id for user in users if user.disabled_at is not None)
                self._moment, self._handed = moment, {}
            handed, disabled = self._handed.get(person), self._disabled
        if handed is None:
            handed = tuple(transaction.desk.list_handed(person))
            with self._lock:
                # Another thread may have moved on: what was read here is then of an earlier moment.
                if moment == self._moment:
                    self._handed[person] = handed
        return handed, disabled


def find_notices(
    snapshot: QueueSnapshot,
    person: str,
    token: int,
    handed: tuple[str, ...] = (),
    disabled: frozenset[str] = frozenset(),
) -> Notices:
    """Return what concerns a person, from the open leads.

    Parameters
    ----------
    handed : tuple of str
        Leads that others, or a rule, gave to the person, and with which nothing was done since.
    disabled : frozenset of str
        Who may not sign in any more: what they promised concerns everybody.
    """
    now = snapshot.now.astype("datetime64[us]").item().replace(tzinfo=UTC)

    def is_of_others(row: QueueRow) -> bool:
        return row.owner not in (None, person) and row.owner not in disabled

    def is_held(row: QueueRow) -> bool:
        return row.held_until is not None and row.held_until > now

    pressing = snapshot.pressing_rows
    urgent = tuple(row.lead_id for row in pressing["urgent"] if not (is_of_others(row) and is_held(row)))
    callbacks = tuple(row.lead_id for row in pressing["callback due"] if not is_of_others(row))
    return Notices(token, urgent, callbacks, handed)
