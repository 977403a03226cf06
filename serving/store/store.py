"""How does the rest of the service read and write the store? Open it, start a transaction, use its repositories.

Lives here: ``Store`` and ``Transaction``; plain values in and out, errors of ``serving.errors``.
Does not live here: what each repository does (``repositories``), tables and connections (``database``), backups and
bulk loads (``maintenance``).

    with store.transaction("key:ab12") as transaction:  # all of it, or nothing
        stored = transaction.idempotency.find_answer("crm", key, body)
        if stored is None:
            transaction.leads.put(Lead("L-1", {"channel": "phone"}))
            transaction.idempotency.save_answer("crm", key, body, 200, answer, ["L-1"])
    # after the block it is on the disk: acknowledge
"""

import logging
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from features.errors import DataError
from features.logs.hash_chain import ChainVerification
from features.logs.installation_key import IdHasher
from features.logs.log_forgetting import delete_lead_lines
from serving.errors import StoreError
from serving.settings import Settings
from serving.store.database.audit_chain import RecordRead, read_last_moment, verify_audit_chain
from serving.store.database.connection import Database, make_sqlite_url
from serving.store.database.entities import ClaimedMessage
from serving.store.database.migrations import migrate
from serving.store.read_trail import ReadTrail
from serving.store.repositories import lead_deletion
from serving.store.repositories.hash_key_check import claim_store, read_mark
from serving.store.repositories.outbox import claim_messages
from serving.store.transaction import Transaction

__all__ = ["STORE_FILE", "Store", "read_hasher", "replace_installation_key", "resolve_store_url"]

STORE_FILE = "leadlight.db"
"""The store's file in LEADLIGHT_HOME, where the settings name no other database."""

_LEADS_PER_BATCH, _ROWS_PER_BATCH = 20, 2_000
"""Leads, and keys, messages or amounts of spending, that one transaction of retention deletes at most."""

_PAUSE_SECONDS = 0.12
_WARN_SECONDS = 60.0

log = logging.getLogger("leadlight.store")


def _now() -> datetime:
    return datetime.now(UTC)


class Store:
    """The store, safe to use from many threads.

    Parameters
    ----------
    database : Database
        With the current schema.
    hasher : IdHasher
        With the installation's key.
    retention_days : int or None
        ``delete_expired`` deletes leads without activity for this long; None keeps them.
    clock : callable
        Returns the current time, aware.
    home : Path, optional
        The folder with this machine's logs of scores.

    Attributes
    ----------
    seconds_behind : float
        How far the clock was behind the last write when it was read last; 0 for a clock that runs on.
    """

    def __init__(
        self,
        database: Database,
        hasher: IdHasher,
        retention_days: int | None = None,
        clock: Callable[[], datetime] = _now,
        home: Path | None = None,
    ) -> None:
        self.database, self.hasher = database, hasher
        self._retention_days, self._clock, self._home = retention_days, clock, home
        self.reads = ReadTrail(self._write_reads)
        self.seconds_behind, self._warned_at = 0.0, -math.inf

    @classmethod
    def open(cls, settings: Settings, clock: Callable[[], datetime] = _now) -> "Store":
        """Open the store that the settings name, creating or migrating it where needed.

        Raises
        ------
        StoreError
            If there is no such database, it does not answer, a newer Leadlight made it, or its ids are hashed with
            another installation's key.
        """
        database = Database(resolve_store_url(settings))
        try:
            migrate(database)
            hasher = read_hasher(settings.home)
            claim_store(database, hasher)
        except BaseException:
            database.close()
            raise
        return cls(database, hasher, settings.retention_days, clock, settings.home)

    @contextmanager
    def transaction(self, actor: str = "service") -> Iterator[Transaction]:
        """Run the block as one transaction: all of it is written, or nothing. Writers take turns, so keep it short.

        Parameters
        ----------
        actor : str
            Who asks, for the audit: the id of an API key or of a user.

        Raises
        ------
        StoreUnavailable
            If the store is full, read-only, busy or unreachable. Nothing was written then, unless the message says
            that this is unknown.
        """
        with self.database.writing() as connection:
            yield Transaction(connection, self._read_clock(connection), actor, self.hasher)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read a consistent snapshot of the store; it waits for no writer and cannot write."""
        with self.database.reading() as connection:
            yield Transaction(connection, self._clock(), "reader", self.hasher)

    def claim(self, destination: str, limit: int = 20, seconds: float = 60) -> list[ClaimedMessage]:
        """Claim outbox messages for this worker for ``seconds``; report each one's end with ``outbox.mark_done`` or
        ``outbox.mark_failed``.
        """
        with self.database.concurrent_transaction() as connection:
            return claim_messages(connection, self._clock(), destination, limit, seconds)

    def delete_expired(self) -> lead_deletion.DeletedCounts:
        """Delete what is past its retention period, a few leads at a time, so that no writer waits for long.

        The service calls it once a day.
        """
        total = lead_deletion.DeletedCounts()
        # One transaction for each batch: a single long one would make every writer wait.
        while True:
            with self.transaction("retention") as transaction:
                counts = transaction.delete_expired(self._retention_days, _LEADS_PER_BATCH, _ROWS_PER_BATCH)
            total = total + counts
            if counts.leads < _LEADS_PER_BATCH and max(counts.keys, counts.messages, counts.spend) < _ROWS_PER_BATCH:
                break
            self.give_way()
        if total.leads:
            self.forget_at_home(total.lead_ids)
            self.empty_journal()
        return total

    def give_way(self) -> None:
        """Let whoever waits to write have a turn, between two transactions of a long job.

        SQLite has no queue: who waits looks again at least every tenth of a second, so the pause is a little longer. On
        PostgreSQL writers queue.
        """
        if self.database.is_sqlite:
            time.sleep(_PAUSE_SECONDS)

    def check_clock(self) -> None:
        """Notice a clock that was set back, also while nothing is written."""
        with self.database.reading() as connection:
            self._read_clock(connection)

    def forget_at_home(self, lead_ids: Sequence[str]) -> tuple[int, int]:
        """Delete what this machine keeps of some leads outside of the store: the logs of their scores, and what models
        predicted for them before their outcome was known. Return how many lines, and how many predictions.

        What another machine keeps is in its own LEADLIGHT_HOME.
        """
        from training.bundle import remove_held_out_leads  # the commands of the store do without it, and start sooner

        if self._home is None:
            return 0, 0
        return delete_lead_lines(self._home, lead_ids), remove_held_out_leads(self._home, lead_ids)

    def verify_audit(self, head: str | None = None) -> ChainVerification:
        """Verify the audit's hash chain; ``head``: a hash noted earlier, which must still be in it."""
        with self.database.reading() as connection:
            return verify_audit_chain(connection, head)

    def empty_journal(self, wait_seconds: float = 5) -> bool:
        """Fold SQLite's write-ahead log into its file and truncate it, so that none of its pages holds what was
        forgotten. Return whether that succeeded.

        A reader may hold the log; this tries again for ``wait_seconds``. SQLite also does it when the last connection
        closes.
        """
        if not self.database.is_sqlite:
            return True
        until = time.monotonic() + wait_seconds
        with self.database.sqlite_connection() as connection:
            while (
                busy := connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            ) and time.monotonic() < until:
                time.sleep(0.05)
        return not busy

    def close(self) -> None:
        """Write the reads that are not written yet, and close every connection."""
        self.reads.close()
        self.database.close()

    def _read_clock(self, connection: Connection) -> datetime:
        """Return the current time, and never one before the last write: after a clock was set back, rows are dated as
        the last one until it has caught up, and the log says so once a minute.
        """
        now, last = self._clock(), read_last_moment(connection)
        if last is None or last <= now:
            self.seconds_behind = 0.0
            return now
        self.seconds_behind = (last - now).total_seconds()
        if time.monotonic() - self._warned_at >= _WARN_SECONDS:
            self._warned_at = time.monotonic()
            log.error(
                "the clock is %.1f seconds behind the last write; until it has caught up, everything is dated as that "
                "write. Check the machine's clock.",
                self.seconds_behind,
            )
        return last

    def _write_reads(self, reads: Sequence[tuple[RecordRead, int | None]]) -> None:
        """Write a batch of reads into the audit, in one transaction."""
        with self.transaction("reads") as transaction:
            for read, seconds_ago in reads:
                transaction.audit.append_read(read, seconds_ago)

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()


def read_hasher(home: Path) -> IdHasher:
    """Return what hashes the ids of leads, with the key of a home; StoreError where that key cannot be read."""
    try:
        return IdHasher.of_home(home)
    except DataError as fault:
        raise StoreError(f"store: {fault}") from None
    except OSError as fault:
        raise StoreError(
            f"store: {home / 'installation.key'} can be neither read nor created ({fault.strerror}). Its key hashes "
            "the ids in the audit: give the service the right to it."
        ) from None


def replace_installation_key(settings: Settings) -> bool:
    """Hash ids in the store with this home's key from now on; return whether it was another one before."""
    with closing(Database(resolve_store_url(settings))) as database:
        migrate(database)
        hasher = read_hasher(settings.home)
        with database.reading() as connection:
            is_other = read_mark(connection) not in (None, hasher.fingerprint)
        if not is_other:
            claim_store(database, hasher)
            return False
        with Store(database, hasher).transaction("command line") as transaction:
            transaction.accept_key()
    return True


def resolve_store_url(settings: Settings) -> str:
    """Return the URL of the settings' store: the one they name, else the file in LEADLIGHT_HOME."""
    return settings.database_url or make_sqlite_url(settings.home / STORE_FILE)
