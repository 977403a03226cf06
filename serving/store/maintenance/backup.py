"""How is the whole store backed up and restored? One file, complete and verified, made while the service runs.

Lives here: backup and restore of SQLite by its own online copy.
Does not live here: PostgreSQL, which has its own tools (``pg_dump``, ``pg_restore``).

A backup holds people who are forgotten later. A restore therefore forgets again everybody whom the current audit lists
as forgotten, and copies the tombstones.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from features.logs.hash_chain import ChainVerification
from features.logs.installation_key import IdHasher
from serving.errors import StoreError
from serving.settings import Settings
from serving.store.database.audit_chain import verify_audit_chain
from serving.store.database.connection import BUSY_SECONDS, Database, make_sqlite_url
from serving.store.database.migrations import migrate, read_revision
from serving.store.repositories.hash_key_check import claim_store, read_mark
from serving.store.repositories.lead_deletion import read_forgotten_hashes
from serving.store.repositories.tombstones import Tombstones
from serving.store.store import Store, read_hasher, resolve_store_url

__all__ = ["RestoreResult", "backup", "restore"]

_PAGES_AT_ONCE = 2_000
_TOMBSTONES_SINCE, _KEYS_SINCE = "0003", "0007"
"""The migrations that created them."""


@dataclass(frozen=True)
class RestoreResult:
    """The result of a restore.

    Parameters
    ----------
    audit : ChainVerification
        Of the store as it is now.
    forgotten : int
        Leads that were in the backup, had been forgotten since, and were forgotten again.
    replaced_copy : Path or None
        Where the copy of the replaced store is; None when there was none that could be read.
    """

    audit: ChainVerification
    forgotten: int
    replaced_copy: Path | None


@dataclass(frozen=True)
class _Forgotten:
    """Who was forgotten, according to the store that is about to be replaced: hashes of ids, and when those who asked
    for it did.
    """

    hashes: frozenset[str] = frozenset()
    tombstones: Mapping[str, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: Connection, hasher: IdHasher) -> "_Forgotten":
        """Read it from a store; one that is older than tombstones has none, and in one that is older than keys they get
        the key.
        """
        revision = read_revision(connection) or ""
        times = Tombstones(connection, datetime.now(UTC), hasher).list_all() if revision >= _TOMBSTONES_SINCE else {}
        if revision < _KEYS_SINCE or read_mark(connection) is None:
            times = {hasher.add_key(lead_id): at for lead_id, at in times.items()}
        return cls(frozenset(read_forgotten_hashes(connection)), times)


def backup(store: Store, file: Path) -> ChainVerification:
    """Copy the store into a new file while others go on writing, and return the verification of the copy's audit.

    Raises
    ------
    StoreError
        If the store is no SQLite file, ``file`` exists or cannot be written, or the copy is not intact.
    """
    _require_sqlite(store.database)
    if file.exists():
        raise StoreError(f"backup: {str(file)!r} already exists. Name a new file; a backup is never overwritten.")
    with _translate_errors("backup"), _draft(file) as draft:
        with store.database.sqlite_connection() as source, closing(sqlite3.connect(draft)) as copy:
            source.backup(copy, pages=_PAGES_AT_ONCE)
        verification = _require_intact(draft, "backup: the copy")
        _consolidate_file(draft)
        os.replace(draft, file)
        _sync_folder(file.parent)
    return verification


def restore(settings: Settings, file: Path, is_key_lost: bool = False) -> RestoreResult:
    """Replace the store with a backup. Stop the service first: what it writes meanwhile is lost.

    The backup is verified, migrated to the current schema and cleared of people forgotten since, beside the store; only
    then the store is replaced, in one transaction. A copy of the old store stays beside it.

    Parameters
    ----------
    is_key_lost : bool
        Whether to take a backup whose ids are hashed with a key that is lost.

    Raises
    ------
    StoreError
        If the file is no intact backup, its ids are hashed with another key, or the store is no SQLite file.
    """
    if not file.is_file():
        raise StoreError(f"restore: there is no file {str(file)!r}. Name one that leadlight backup wrote.")
    with closing(Database(resolve_store_url(settings))) as target, _translate_errors("restore"):
        _require_sqlite(target)
        with _draft(target.file) as draft:
            shutil.copyfile(file, draft)
            _require_intact(draft, f"restore: {str(file)!r}")
            hasher = read_hasher(settings.home)
            forgotten_before, replaced_copy = _copy_current_store(target, hasher)
            with closing(Database(make_sqlite_url(draft))) as database:
                migrate(database)
                if not is_key_lost:
                    claim_store(database, hasher)
                forgotten, verification = _prepare_draft(Store(database, hasher), forgotten_before)
            _consolidate_file(draft)
            _replace(target, draft)
    return RestoreResult(verification, forgotten, replaced_copy)


def _copy_current_store(target: Database, hasher: IdHasher) -> tuple[_Forgotten, Path | None]:
    """Copy the store that will be replaced, and return whom its audit lists as forgotten, and the copy's path."""
    copy_file = target.file.with_name(f"{target.file.name}.before-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    try:
        with target.reading() as connection:
            if read_revision(connection) is None:
                return _Forgotten(), None
            forgotten = _Forgotten.of(connection, hasher)
        with target.sqlite_connection() as source, closing(_create_private_file(copy_file)) as copy:
            source.backup(copy)
    except (StoreError, sqlite3.Error):
        # The store is damaged, which is why somebody restores: there is nothing to copy.
        copy_file.unlink(missing_ok=True)
        return _Forgotten(), None
    _consolidate_file(copy_file)
    return forgotten, copy_file


def _replace(target: Database, draft: Path) -> None:
    """Write the draft over the store: in one transaction where the store is intact; as a new file where it is too
    damaged to open.
    """
    target.close()
    try:
        with (
            closing(sqlite3.connect(target.file, timeout=BUSY_SECONDS)) as live,
            closing(sqlite3.connect(draft)) as source,
        ):
            live.execute("PRAGMA schema_version").fetchone()
            source.backup(live)
    except sqlite3.DatabaseError as fault:
        if fault.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise
        os.replace(draft, target.file)
        for rest in ("-wal", "-shm"):
            target.file.with_name(target.file.name + rest).unlink(missing_ok=True)
        _sync_folder(target.file.parent)


def _prepare_draft(store: Store, forgotten_before: _Forgotten) -> tuple[int, ChainVerification]:
    """Forget again in a copy of a backup; return how many people that were, and the verification of its audit."""
    with store.reading() as transaction:
        is_marked = transaction.has_key()
    with store.transaction("restore") as transaction:
        if not is_marked:
            transaction.accept_key()
        forgotten = transaction.forget_again(forgotten_before.hashes)
        transaction.tombstones.merge(forgotten_before.tombstones)
        # A session that ended since the backup must not be open again.
        transaction.sessions.end_all()
        transaction.audit.append("restored", forgotten_again=forgotten)
    return forgotten, store.verify_audit()


def _consolidate_file(file: Path) -> None:
    """Fold what SQLite keeps beside a closed database into its file, and flush it to the disk."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with open(file, "rb") as written:
        os.fsync(written.fileno())


def _require_intact(file: Path, subject: str) -> ChainVerification:
    """Reject a file that SQLite or the audit's chain reports as damaged, or that is not a store."""
    with closing(sqlite3.connect(_read_only_uri(file), uri=True)) as connection:
        is_sound = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    if not is_sound:
        raise StoreError(f"{subject} is damaged. Take another backup.")
    with closing(Database(make_sqlite_url(file))) as database, database.reading() as connection:
        if read_revision(connection) is None:
            raise StoreError(f"{subject} is not a Leadlight store. Name a file that leadlight backup wrote.")
        verification = verify_audit_chain(connection)
    if verification.broken is not None:
        raise StoreError(
            f"{subject} has an audit whose line {verification.broken} does not hold: {verification.why}. "
            "Take another backup."
        )
    return verification


def _read_only_uri(file: Path) -> str:
    """Return SQLite's own name of a file that is only read."""
    return file.absolute().as_uri() + "?mode=ro"


def _require_sqlite(database: Database) -> None:
    """Raise an error that says what to do for PostgreSQL."""
    if not database.is_sqlite:
        raise StoreError(
            f"backup: the store is the {database.name}, which has its own tools. Save it with pg_dump --format=custom "
            "--file FILE and restore it with pg_restore into an empty database. Then run leadlight verify-audit, and "
            "leadlight forget for everybody who was forgotten since."
        )


@contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """Create a file beside ``target`` that only its owner may read; delete it at the end with whatever SQLite put
    beside it.
    """
    # Beside the target, because os.replace is atomic only within one file system.
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".leadlight-") as folder:
        draft = Path(folder) / "draft.db"
        draft.touch(0o600)
        yield draft


def _create_private_file(file: Path) -> sqlite3.Connection:
    """Connect to a new file that only its owner may read."""
    os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
    return sqlite3.connect(file)


def _sync_folder(folder: Path) -> None:
    """Flush a folder to the disk, so that a new name in it survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _translate_errors(command: str) -> Iterator[None]:
    """Raise errors of the disk and of SQLite as a sentence."""
    try:
        yield
    except OSError as fault:
        message = fault.strerror or type(fault).__name__
        raise StoreError(
            f"{command}: the system reports: {message}. Nothing was replaced. Fix that, or name another file."
        ) from None
    except sqlite3.Error as fault:
        kind = getattr(fault, "sqlite_errorname", type(fault).__name__)
        raise StoreError(
            f"{command}: SQLite reported an error ({kind}). Nothing was replaced. "
            "Check that the disk has space and that the file is a backup."
        ) from None
