"""How does a transaction start, so that nothing acknowledged is lost and nobody waits in vain? One writer at a time, on
either database.

Lives here: URLs, SQLite's settings (WAL, synchronous FULL), BEGIN IMMEDIATE, PostgreSQL's equivalent lock.
Does not live here: what is written (``repositories``), what an error means (``errors``).

A writer holds the store alone from its first statement: it never reads what another is about to change, cannot deadlock
with another writer, and the audit's chain has one end. Readers see a consistent snapshot and wait for nobody.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from features.file_permissions import make_private_folder
from serving.errors import StoreError
from serving.store.database.column_types import to_json
from serving.store.database.errors import translate_commit_error, translate_error, translate_errors
from serving.store.database.write_deadlines import seconds_to_wait

__all__ = ["BUSY_SECONDS", "Database", "make_sqlite_url"]

BUSY_SECONDS = 30
"""How long a writer waits for the one before it, at most; a request waits less (``write_deadlines``)."""

_CONNECT_SECONDS = 10
_POOL = {"pool_size": 10, "max_overflow": 20}
"""Connections: enough that writers who all wait leave some to readers."""

_WRITERS_LOCK = 0x1EAD11
"""The number of the advisory lock that a writer holds to the end of its transaction, on PostgreSQL."""

_PRAGMAS = (
    "foreign_keys = ON",
    "synchronous = FULL",
    "secure_delete = ON",
    "recursive_triggers = ON",
    f"busy_timeout = {BUSY_SECONDS * 1000}",
)
"""Set on every SQLite connection. secure_delete: deleted content is overwritten. recursive_triggers: REPLACE fires the
DELETE triggers, too."""


class Database:
    """The store's database, reached through a pool of connections.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://user@host/database``. The password may be left to PGPASSWORD or ~/.pgpass.

    Raises
    ------
    StoreError
        If this is not a URL, names another kind of database, or its driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self._url = _parse_url(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self.engine = _create_sqlite_engine(self._url) if self.is_sqlite else _create_postgresql_engine(self._url)

    @property
    def name(self) -> str:
        """Return the name to show people: kind, path and database, never user or password."""
        return f"{self._url.get_backend_name()} database {self._url.database!r}" + (
            f" on {self._url.host}" if self._url.host else ""
        )

    @property
    def file(self) -> Path:
        """Return SQLite's file."""
        return Path(self._url.database)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Start a transaction that alone may write. It commits at the end of the block, and rolls back when an
        exception leaves it.

        Raises
        ------
        StoreUnavailable
            If another writer holds the store for longer than BUSY_SECONDS, or the database cannot write. The message
            says so where the database failed during the commit and it is unknown whether it was written.
        """
        with translate_errors(), self.engine.connect() as connection, connection.begin() as transaction:
            if not self.is_sqlite:
                # 0 would wait for ever.
                milliseconds = max(1, int(1000 * seconds_to_wait(BUSY_SECONDS)))
                connection.execute(text(f"SET LOCAL lock_timeout = '{milliseconds}ms'"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})"))
            yield connection
            try:
                transaction.commit()
            except SQLAlchemyError as fault:
                raise translate_commit_error(fault) from None

    @contextmanager
    def concurrent_transaction(self) -> Iterator[Connection]:
        """Start a transaction that writes beside others where the database can; for statements that skip locked rows.

        SQLite has one writer only, PostgreSQL several.
        """
        with translate_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Start a transaction that sees a consistent snapshot and cannot write."""
        with translate_errors(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection = connection.execution_options(leadlight_begin="BEGIN")
                connection.exec_driver_sql("PRAGMA query_only = ON")
            else:
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            try:
                yield connection
            finally:
                # The pool hands the connection to a writer next.
                if self.is_sqlite:
                    connection.exec_driver_sql("PRAGMA query_only = OFF")
                connection.rollback()

    @contextmanager
    def sqlite_connection(self) -> Iterator[sqlite3.Connection]:
        """Borrow SQLite's own connection, outside of any transaction: for backups and for truncating the write-ahead
        log.
        """
        with translate_errors():
            connection = self.engine.raw_connection()
        try:
            yield connection.driver_connection
        finally:
            connection.close()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def make_sqlite_url(path: Path) -> str:
    """Return the URL of a file.

    >>> make_sqlite_url(Path("/srv/lead light.db"))
    'sqlite:////srv/lead light.db'
    """
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def _parse_url(url: str) -> URL:
    """Parse the URL, and set the driver that we use."""
    try:
        parsed = make_url(url)
        kind = parsed.get_backend_name()
    except (ArgumentError, ValueError):
        kind = None
    if kind == "postgres":
        kind, parsed = "postgresql", parsed.set(drivername="postgresql")
    if kind not in ("sqlite", "postgresql") or not parsed.database or parsed.database.startswith((":memory:", "file:")):
        raise StoreError(
            "store: LEADLIGHT_DATABASE_URL is not the URL of a supported database. Expected sqlite:///FILE or "
            "postgresql://user@host:5432/database; without it the store is leadlight.db in LEADLIGHT_HOME."
        )
    return parsed.set(drivername="postgresql+psycopg") if kind == "postgresql" else parsed.set(drivername="sqlite")


def _create_sqlite_engine(url: URL) -> Engine:
    """Return an engine for a file; a new file is readable by its owner only."""
    path = Path(url.database)
    try:
        make_private_folder(path.parent)
        # An existing file is not opened here: closing it would release the locks of this process's other connections
        # (POSIX), and SQLite could fold the log while they still use it.
        if not path.is_file():
            os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
    except OSError as fault:
        raise StoreError(
            f"store: {str(path)!r} cannot be created ({fault.strerror}). "
            "Expected a folder that the service may write to; see LEADLIGHT_HOME."
        ) from None
    engine = create_engine(
        url, hide_parameters=True, json_serializer=to_json, connect_args={"timeout": BUSY_SECONDS}, **_POOL
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_transaction)
    return engine


def _configure_sqlite(connection: sqlite3.Connection, record: Any) -> None:
    """Set on a new connection what SQLite does not remember; it does remember WAL."""
    # The driver must not begin transactions of its own: _begin_transaction decides between reader and writer.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as fault:
            # Several processes may create a new file at once, and busy_timeout does not cover this pragma.
            if fault.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_transaction(connection: Connection) -> None:
    """Begin as a writer unless the connection only reads: a transaction that reads first and writes later would fail
    alongside another writer.
    """
    begin = connection.get_execution_options().get("leadlight_begin", "BEGIN IMMEDIATE")
    if begin == "BEGIN IMMEDIATE":
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(1000 * seconds_to_wait(BUSY_SECONDS))}")
    connection.exec_driver_sql(begin)


def _create_postgresql_engine(url: URL) -> Engine:
    """Return an engine for a server."""
    try:
        return create_engine(
            url,
            hide_parameters=True,
            json_serializer=to_json,
            pool_pre_ping=True,
            **_POOL,
            connect_args={
                "connect_timeout": _CONNECT_SECONDS,
                "application_name": "leadlight",
                "options": "-c timezone=UTC",
            },
        )
    except (NoSuchModuleError, ModuleNotFoundError):
        raise StoreError(
            "store: the driver of PostgreSQL is not installed. Install it: pip install 'leadlight[postgresql]'."
        ) from None
    except SQLAlchemyError as fault:
        raise translate_error(fault) from None
