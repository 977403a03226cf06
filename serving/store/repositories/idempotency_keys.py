"""Was this request answered before? A caller's key and the hash of its body -> the answer that was given, for seven
days.

Lives here: finding and saving an answer, in the transaction of the write itself: the write and its answer are stored
together or not at all, and a retry that arrives meanwhile waits and gets the same answer. Does not live here: what a
route does with it (``serving.application``).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, insert, select

from serving.errors import StoreConflict
from serving.store.database.entities import StoredAnswer
from serving.store.database.tables import idempotency_keys, idempotency_leads

__all__ = ["KEY_LIFETIME_DAYS", "IdempotencyKeys"]

KEY_LIFETIME_DAYS = 7
"""How long a key is remembered."""


class IdempotencyKeys:
    """Idempotency keys, inside one transaction. A key is stored as its hash: a caller may put anything into it."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection, self._now = connection, now

    def find_answer(self, caller: str, key: str, body: bytes) -> StoredAnswer | None:
        """Return the answer that this caller got for this key; None when the request is new.

        Parameters
        ----------
        caller : str
            Whose key it is: the keys of two callers are independent.
        body : bytes
            Everything that identifies the request: method, path and body.

        Raises
        ------
        StoreConflict
            If the key came with another body.
        """
        row = self._connection.execute(
            select(idempotency_keys).where(_matches_key(caller, key), idempotency_keys.c.kept_at > self._oldest)
        ).first()
        if row is None:
            return None
        if row.body_sha256 != sha256(body).hexdigest():
            raise StoreConflict(
                "store: this idempotency key was used before with another body. Send a new key with a new request."
            )
        return StoredAnswer(row.status, row.answer)

    def save_answer(
        self, caller: str, key: str, body: bytes, status: int, answer: str, lead_ids: Iterable[str] = ()
    ) -> None:
        """Save the answer; ``lead_ids``: the leads it is about, so that it is deleted when they are forgotten."""
        named = {"caller": caller, "key_sha256": _hash_key(key)}
        self._connection.execute(
            delete(idempotency_leads).where(
                idempotency_leads.c.caller == caller, idempotency_leads.c.key_sha256 == _hash_key(key)
            )
        )
        # An expired answer of the same key may still be there.
        self._connection.execute(delete(idempotency_keys).where(_matches_key(caller, key)))
        row = named | {
            "body_sha256": sha256(body).hexdigest(),
            "kept_at": self._now,
            "status": status,
            "answer": answer,
        }
        self._connection.execute(insert(idempotency_keys), row)
        rows = [named | {"lead_id": lead_id} for lead_id in sorted(set(lead_ids))]
        if rows:
            self._connection.execute(insert(idempotency_leads), rows)

    def delete_expired(self, limit: int) -> int:
        """Delete keys that are too old, at most ``limit``, and return how many."""
        of_key = (idempotency_keys.c.caller, idempotency_keys.c.key_sha256)
        old = self._connection.execute(select(*of_key).where(idempotency_keys.c.kept_at <= self._oldest).limit(limit))
        old_keys = [{"old_caller": caller, "old_key": key_sha256} for caller, key_sha256 in old]
        for table in (idempotency_leads, idempotency_keys) if old_keys else ():
            is_old = and_(table.c.caller == bindparam("old_caller"), table.c.key_sha256 == bindparam("old_key"))
            self._connection.execute(delete(table).where(is_old), old_keys)
        return len(old_keys)

    @property
    def _oldest(self) -> datetime:
        return self._now - timedelta(days=KEY_LIFETIME_DAYS)


def _matches_key(caller: str, key: str) -> ColumnElement[bool]:
    return and_(idempotency_keys.c.caller == caller, idempotency_keys.c.key_sha256 == _hash_key(key))


def _hash_key(key: str) -> str:
    return sha256(key.encode(errors="replace")).hexdigest()
