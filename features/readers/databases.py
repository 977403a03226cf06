"""What does a practice's database hold? Tables named by a URL -> raw frames; read, never written.

Lives here: the only file of ``features`` that imports sqlalchemy; opening read-only, one table or one query, every
failure as a sentence without the password.
Does not live here: which column is which (``features.mapping``), what a value means (``features.parsing``), tables in
files (``partitioned_files``).

The password does not have to be in the URL: PostgreSQL's own ``PGPASSWORD`` and ``~/.pgpass`` work.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import numpy as np
import pandas as pd
import sqlalchemy
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.readers.raw_files import RawFrame
from features.readers.store_export import find_left_empty, is_store, select_given_columns
from features.schema import TABLES

__all__ = ["Database", "list_readable", "open_database", "read_raw_tables"]

_ROWS_PER_FETCH = 50_000
_CONNECT_TIMEOUT_S = 10
_NAMES_TABLE = re.compile(r"\blead_names\b", re.IGNORECASE)
"""The table of our store that holds names: nothing that trains or scores may read it."""


@dataclass(frozen=True)
class Database:
    """A database opened for reading.

    Parameters
    ----------
    name : str
        What errors and notes call it: backend, host and database, never user or password.
    source : str
        sha256 of where it is and who reads it, without a password: two servers of one host have one name.
    connection : sqlalchemy.Connection
    tables : tuple of str
        The tables and views that can be read.
    """

    name: str
    source: str
    connection: sqlalchemy.Connection
    tables: tuple[str, ...]

    def read_table(self, table: str, query: str | None = None) -> RawFrame:
        """Read one table of ours by its name or by the mapping's query: the driver's values in object columns.

        A whole table comes in the order of its primary key, where it has one; rows are numbered in the order they come.

        Raises
        ------
        DataError
            If the query fails, two of its columns have one name, or it reads the names in a store of ours.
        """
        frame = pd.concat(list(self.iter_frames(table, query)), ignore_index=True)
        notes = [f"{table}: {len(frame):,} rows were read from {self.name}."]
        left_empty = None
        if query is None and is_store(self.tables):
            left_empty = find_left_empty(frame) if table == "leads" else None
            frame, store_notes = select_given_columns(TABLES[table], frame)
            notes += store_notes
        return RawFrame(frame, "", "", tuple(notes), np.arange(1, len(frame) + 1), left_empty=left_empty)

    def iter_frames(self, table: str, query: str | None = None) -> Iterator[pd.DataFrame]:
        """Yield the rows of ``read_table`` as the server sends them, at most 50,000 at once; at least one frame.

        Raises
        ------
        DataError
            If the query fails, two of its columns have one name, or it reads the names in a store of ours.
        """
        if query and is_store(self.tables) and _NAMES_TABLE.search(query):
            raise DataError(
                f"sql: the [sql] query of {table} reads the names of leads, which are for the desk alone. "
                "Leave them out of the query."
            )
        try:
            # A colon in the practice's query, as in '10:30' or ::date, must not become a parameter.
            statement = sqlalchemy.text(query.replace(":", r"\:")) if query else self._select_all(table)
            cursor = self.connection.execution_options(stream_results=True).execute(statement)
            names = [" ".join(str(name).split()) for name in cursor.keys()]
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise DataError(
                    f"sql: {table} from {self.name} has more than one column called {', '.join(map(repr, repeated))}. "
                    "Name each once (AS ...)."
                )
            yield _build_frame(names, [])
            for rows in cursor.partitions(_ROWS_PER_FETCH):
                yield _build_frame(names, rows)
        except (SQLAlchemyError, ValueError, OverflowError) as error:
            expected = f"the [sql] query of {table}" if query else "a table"
            raise DataError(
                f"sql: {table} could not be read from {self.name} ({_describe_error(error)}). "
                f"Expected {expected} that this user may read; try it in the database's own client."
            ) from None

    def _select_all(self, table: str) -> sqlalchemy.Select:
        """Return the statement that reads a whole table."""
        key = sqlalchemy.inspect(self.connection).get_pk_constraint(table)["constrained_columns"]
        return (
            sqlalchemy.select(sqlalchemy.text("*"))
            .select_from(sqlalchemy.table(table))
            .order_by(*map(sqlalchemy.column, key))
        )


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open the database at ``url`` in a transaction that cannot write and is rolled back at the end.

    Raises
    ------
    DataError
        If the URL is invalid, its driver is not installed, or the database does not answer.
    """
    parsed_url, name = _parse_url(url)
    engine = _create_engine(parsed_url, name)
    try:
        connection = engine.connect()
        inspector = sqlalchemy.inspect(connection)
        readable = sorted({*inspector.get_table_names(), *inspector.get_view_names()})
    except SQLAlchemyError as error:
        engine.dispose()
        raise DataError(
            f"sql: {name} could not be opened ({_describe_error(error)}). "
            "Expected a running database that lets this user in; check host, port, database, user and password."
        ) from None
    try:
        yield Database(name, _digest_source(parsed_url), connection, tuple(readable))
    finally:
        connection.rollback()
        connection.close()
        engine.dispose()


def read_raw_tables(url: str, mapping: Mapping) -> tuple[str, dict[str, RawFrame]]:
    """Return the database's name for people, and each table of ours that it has.

    A table is read by the mapping's query, or else by the table's own name.

    Raises
    ------
    DataError
        If the database cannot be read or has no leads.
    """
    with open_database(url) as database:
        available = list_readable(database, mapping)
        return database.name, {name: database.read_table(name, mapping.sql.get(name)) for name in available}


def list_readable(database: Database, mapping: Mapping) -> list[str]:
    """List the tables of ours that a database has, or that the mapping has a query of.

    Raises
    ------
    DataError
        If there are no leads.
    """
    available = [name for name in TABLES if name in mapping.sql or name in database.tables]
    if "leads" not in available:
        readable = ", ".join(database.tables[:12]) or "no table that this user may read"
        raise DataError(
            f"sql: {database.name} has no table leads; it has {readable}. "
            'Add a query to the mapping: [sql] leads = "SELECT ... FROM ...".'
        )
    return available


def _parse_url(url: str) -> tuple[sqlalchemy.URL, str]:
    """Return the URL, and the database's name for people."""
    try:
        parsed_url = sqlalchemy.make_url(url)
    except (ArgumentError, ValueError):
        raise DataError(
            "sql: the data source looks like a database URL and cannot be read as one. "
            "Expected for example postgresql+psycopg://user@host:5432/database or sqlite:///file.db."
        ) from None
    host = f" on {parsed_url.host}" if parsed_url.host else ""
    return parsed_url, f"{parsed_url.get_backend_name()} database {parsed_url.database!r}{host}"


def _digest_source(url: sqlalchemy.URL) -> str:
    """Hash what decides which rows a URL names: all of it but its passwords."""
    options = sorted((name, value) for name, value in url.query.items() if "password" not in name.lower())
    address = [url.drivername, url.username, url.host, url.port, url.database, options]
    return hashlib.sha256(json.dumps(address).encode()).hexdigest()


def _create_engine(url: sqlalchemy.URL, name: str) -> sqlalchemy.Engine:
    """Create an engine whose connections cannot write, where the database can guarantee it."""
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": sqlalchemy.NullPool}
    try:
        is_sqlite = url.get_backend_name() == "sqlite"
        # SQLite creates a missing file when it connects; mode=ro refuses instead.
        if is_sqlite and url.database and not url.database.startswith((":memory:", "file:")):
            url = url.set(database=f"file:{quote(url.database)}", query={"mode": "ro", "uri": "true"})
        if url.get_backend_name() == "postgresql":
            options |= {
                # One moment for all tables: an event of a lead that came after the leads were read would have no lead.
                "isolation_level": "REPEATABLE READ",
                "execution_options": {"postgresql_readonly": True},
                "connect_args": {"connect_timeout": _CONNECT_TIMEOUT_S},
            }
        return sqlalchemy.create_engine(url, **options)
    except (NoSuchModuleError, ModuleNotFoundError, ArgumentError):
        raise DataError(
            f"sql: {name}: no driver is installed for {url.drivername!r}. "
            "For PostgreSQL: pip install 'leadlight[postgresql]' and postgresql+psycopg://...; SQLite needs none."
        ) from None


def _describe_error(error: Exception) -> str:
    """Name the driver's class of error: what went wrong, without a value of the data, a user or a password."""
    original = getattr(error, "orig", None) or error
    code = getattr(original, "sqlstate", None)
    return type(original).__name__ + (f", SQLSTATE {code}" if code else "")


def _build_frame(names: list[str], rows: Sequence[Any]) -> pd.DataFrame:
    """Return the driver's rows as object columns."""
    return pd.DataFrame(
        {
            name: pd.Series([_convert_value(row[position]) for row in rows], dtype=object)
            for position, name in enumerate(names)
        }
    )


def _convert_value(value: Any) -> Any:
    """Convert a driver's value to what the other readers give: ids as text, durations in seconds."""
    if isinstance(value, UUID):
        return str(value)
    return value.total_seconds() if isinstance(value, timedelta) else value
