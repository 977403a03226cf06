"""Who asked to be forgotten, and when? A hash and a time, so that a late message brings nobody back.

Lives here: storing and reading it. Does not live here: what may arrive after it (``serving.leads.lead_service``),
deleting (``lead_deletion``).

A lead that was deleted at the end of its retention period has none: it may inquire again.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from features.logs.installation_key import IdHasher
from serving.store.database.column_types import to_utc
from serving.store.database.tables import tombstones

__all__ = ["Tombstones"]


class Tombstones:
    """Tombstones, inside one transaction."""

    def __init__(self, connection: Connection, now: datetime, hasher: IdHasher) -> None:
        self._connection, self._now, self._hasher = connection, now, hasher

    def get(self, lead_id: str) -> datetime | None:
        """Return when this id was last forgotten on request; None if it never was."""
        return self._connection.scalar(
            select(tombstones.c.forgotten_at).where(tombstones.c.lead_hash == self._hasher.hash(lead_id))
        )

    def put(self, lead_id: str) -> None:
        """Record that this id is forgotten now, whether it was stored or not."""
        self.merge({self._hasher.hash(lead_id): self._now})

    def list_all(self) -> dict[str, datetime]:
        """Return every tombstone: hash of an id -> when it was forgotten."""
        return {row.lead_hash: row.forgotten_at for row in self._connection.execute(select(tombstones))}

    def merge(self, tombstones_by_hash: Mapping[str, datetime]) -> None:
        """Add the tombstones of another store; for each id the latest counts."""
        current = self.list_all() if len(tombstones_by_hash) > 1 else self._find_times(tombstones_by_hash)
        newer = {
            hashed: to_utc(at)
            for hashed, at in tombstones_by_hash.items()
            if hashed not in current or to_utc(at) > current[hashed]
        }
        for hashed, at in newer.items():
            self._connection.execute(delete(tombstones).where(tombstones.c.lead_hash == hashed))
            self._connection.execute(insert(tombstones), {"lead_hash": hashed, "forgotten_at": at})

    def add_key(self) -> None:
        """Put the key into hashes that were made without one; once, when a store from before keys is first opened."""
        times = self.list_all()
        self._connection.execute(delete(tombstones))
        self.merge({self._hasher.add_key(lead_id): at for lead_id, at in times.items()})

    def _find_times(self, hashes: Mapping[str, datetime]) -> dict[str, datetime]:
        rows = self._connection.execute(select(tombstones).where(tombstones.c.lead_hash.in_(hashes)))
        return {row.lead_hash: row.forgotten_at for row in rows}
