"""What stands in a practice's database? Tables named by a URL -> raw frames, read and never written.

Lives here: the only place of this room that imports sqlalchemy; opening read-only, one table or one query, every fault
as a sentence without the password. Does not live here: which column is which (``mapping``), what a value means
(``values``), tables in files (``parts``).

A password need not stand in the URL: PostgreSQL's own ``PGPASSWORD`` or ``~/.pgpass`` work as everywhere.
"""

from collections.abc import Iterator
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
from features.readers.store_export import select_given_columns, is_store
from features.schema import TABLES

__all__ = ["Database", "open_database", "read_raw_tables"]

_ROWS_AT_ONCE = 50_000
_WAIT_S = 10


@dataclass(frozen=True)
class Database:
    """A database opened for reading.

    Parameters
    ----------
    name : str
        What errors and notes call it: kind, host and database, never user or password.
    connection : sqlalchemy.Connection
    tables : tuple of str
        The tables and views that can be read.
    """

    name: str
    connection: sqlalchemy.Connection
    tables: tuple[str, ...]

    def read(self, table: str, query: str | None = None) -> RawFrame:
        """One table of ours, by its own name or by the mapping's query: native values in object columns, as the driver
        gives them.

        A whole table comes in the order of its primary key, where it has one; rows are numbered in the order they come.

        Raises
        ------
        DataError
            If the query fails, or two of its columns have one name.
        """
        try:
            statement = (
                sqlalchemy.text(query.replace(":", r"\:")) if query else self._whole(table)
            )  # no colon of theirs is a parameter
            found = self.connection.execution_options(stream_results=True).execute(statement)
            names = [" ".join(str(name).split()) for name in found.keys()]
            rows = [row for rows in found.partitions(_ROWS_AT_ONCE) for row in rows]
        except (SQLAlchemyError, ValueError, OverflowError) as fault:
            raise DataError(
                f"sql: {table} could not be read from {self.name} ({_kind(fault)}). Expected {f'the [sql] query of {table}' if query else 'a table'} "
                "that this user may read; try it in the database's own client."
            ) from None
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise DataError(
                f"sql: {table} from {self.name} has more than one column called {', '.join(map(repr, twice))}. Name each once (AS ...)."
            )
        columns = {name: pd.Series([_plain(row[k]) for row in rows], dtype=object) for k, name in enumerate(names)}
        notes = [f"{table}: {len(rows):,} rows were read from {self.name}."]
        frame = pd.DataFrame(columns)
        if query is None and is_store(self.tables):
            frame, said = select_given_columns(TABLES[table], frame)
            notes += said
        return RawFrame(frame, "", "", tuple(notes), np.arange(1, len(rows) + 1))

    def _whole(self, table: str) -> sqlalchemy.Select:
        """The statement that reads a whole table."""
        key = sqlalchemy.inspect(self.connection).get_pk_constraint(table)["constrained_columns"]
        return (
            sqlalchemy.select(sqlalchemy.text("*"))
            .select_from(sqlalchemy.table(table))
            .order_by(*map(sqlalchemy.column, key))
        )


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """The database at ``url``, in a transaction that cannot write and is rolled back at the end.

    Raises
    ------
    DataError
        If the URL is none, its driver is not installed, or the database does not answer.
    """
    made, name = _parsed(url)
    engine = _engine(made, name)
    try:
        connection = engine.connect()
        tables = sqlalchemy.inspect(connection)
        readable = sorted({*tables.get_table_names(), *tables.get_view_names()})
    except SQLAlchemyError as fault:
        engine.dispose()
        raise DataError(
            f"sql: {name} could not be opened ({_kind(fault)}). Expected a database that runs there and lets this user in; "
            "check host, port, database, user and password."
        ) from None
    try:
        yield Database(name, connection, tuple(readable))
    finally:
        connection.rollback()
        connection.close()
        engine.dispose()


def read_raw_tables(url: str, mapping: Mapping) -> tuple[str, dict[str, RawFrame]]:
    """What the database is called in words, and each of our tables that it has: by the mapping's query, else by the
    table's own name.

    Raises
    ------
    DataError
        If the database cannot be read or has no leads.
    """
    with open_database(url) as database:
        wanted = [name for name in TABLES if name in mapping.sql or name in database.tables]
        if "leads" not in wanted:
            raise DataError(
                f"sql: {database.name} has no table leads; it has {', '.join(database.tables[:12]) or 'no table that this user may read'}. "
                'Name a query in the mapping: [sql] leads = "SELECT ... FROM ...".'
            )
        return database.name, {name: database.read(name, mapping.sql.get(name)) for name in wanted}


def _parsed(url: str) -> tuple[sqlalchemy.URL, str]:
    """The URL, and the database's name for people."""
    try:
        made = sqlalchemy.make_url(url)
    except (ArgumentError, ValueError):
        raise DataError(
            "sql: the data source looks like a database URL and cannot be read as one. "
            "Expected for example postgresql+psycopg://user@host:5432/database or sqlite:///file.db."
        ) from None
    kind = made.get_backend_name()
    return made, f"{kind} database {made.database!r}" + (f" on {made.host}" if made.host else "")


def _engine(made: sqlalchemy.URL, name: str) -> sqlalchemy.Engine:
    """An engine whose connections cannot write, where the database knows how to promise it."""
    options: dict[str, Any] = {"hide_parameters": True, "poolclass": sqlalchemy.NullPool}
    try:
        if (
            made.get_backend_name() == "sqlite"
            and made.database
            and not made.database.startswith((":memory:", "file:"))
        ):
            made = made.set(database=f"file:{quote(made.database)}", query={"mode": "ro", "uri": "true"})
        if made.get_backend_name() == "postgresql":
            options |= {
                "execution_options": {"postgresql_readonly": True},
                "connect_args": {"connect_timeout": _WAIT_S},
            }
        return sqlalchemy.create_engine(made, **options)
    except (NoSuchModuleError, ModuleNotFoundError, ArgumentError):
        raise DataError(
            f"sql: {name}: no driver is installed for {made.drivername!r}. For PostgreSQL: pip install 'leadlight[postgresql]' and "
            "postgresql+psycopg://...; SQLite needs none."
        ) from None


def _kind(fault: Exception) -> str:
    """What went wrong, without any value of the data, any user or password: the driver's class of error."""
    original = getattr(fault, "orig", None) or fault
    code = getattr(original, "sqlstate", None)
    return type(original).__name__ + (f", SQLSTATE {code}" if code else "")


def _plain(value: Any) -> Any:
    """A driver's value as the rest of the house reads it: ids as text, lengths of time in seconds."""
    if isinstance(value, UUID):
        return str(value)
    return value.total_seconds() if isinstance(value, timedelta) else value
