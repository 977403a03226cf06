"""How does an older store get the current schema? Numbered steps, run by Alembic when the store is opened, all or none,
one process at a time.

Add one: a new file in ``versions`` with the next number, ``down_revision`` the one before. A test compares the result
with ``tables``.
"""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

from serving.errors import StoreError
from serving.store.database.connection import Database

__all__ = ["SCHEMA_TABLE", "migrate", "latest_revision", "read_revision"]

SCHEMA_TABLE = "leadlight_schema"
"""Holds the number of the last migration; and shows other readers that a database is a Leadlight store."""

_FOLDER = Path(__file__).parent


def migrate(database: Database) -> None:
    """Bring the database up to the current schema. Every process may call it at once: one migrates, the others wait and
    find it done.

    Raises
    ------
    StoreError
        If a newer Leadlight made the store, or the database cannot be used.
    """
    with database.reading() as connection:
        if read_revision(connection) == latest_revision():
            return
    with database.writing() as connection:
        revision = read_revision(connection)
        if revision != latest_revision():
            _upgrade(connection)


@cache
def latest_revision() -> str:
    """Return the number of the last migration there is; Alembic runs each of their files to know it."""
    return _migration_scripts().get_current_head()


def read_revision(connection: Connection) -> str | None:
    """Return the number of the last migration that a database has run; None for one that has run none."""
    return MigrationContext.configure(connection, opts={"version_table": SCHEMA_TABLE}).get_current_revision()


def _migration_scripts() -> ScriptDirectory:
    return ScriptDirectory(str(_FOLDER))


def _upgrade(connection: Connection) -> None:
    """Run the missing migrations, inside the current transaction."""
    steps = _migration_scripts()
    environment = EnvironmentContext(
        Config(), steps, fn=lambda revision, context: steps._upgrade_revs("head", revision)
    )
    try:
        with environment:
            environment.configure(connection=connection, version_table=SCHEMA_TABLE)
            environment.run_migrations()
    except CommandError:
        raise StoreError(
            "store: this store was made by a newer Leadlight than this one. "
            "Install the newer one, or restore an older backup."
        ) from None
