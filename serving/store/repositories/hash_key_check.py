"""Is this the installation whose key the store's hashes were made with? Another key would find nobody: a person who was
forgotten could come back, and no line of the audit would belong to its lead.

Lives here: the mark of the key in the store, setting it once, replacing it when a key is lost.
Does not live here: the key and the hashes (``features.logs.installation_key``).
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select

from features.logs.installation_key import IdHasher
from serving.errors import StoreError
from serving.store.database.connection import Database
from serving.store.database.tables import installation
from serving.store.repositories.tombstones import Tombstones

__all__ = ["claim_store", "read_mark", "replace_mark"]


def claim_store(database: Database, hasher: IdHasher) -> None:
    """Mark a store that has no mark with this installation's key; hashes in it that had no key get it.

    Raises
    ------
    StoreError
        If the store has the mark of another key.
    """
    with database.reading() as connection:
        mark = read_mark(connection)
    if mark is None:
        with database.writing() as connection:
            # Another process may have been faster.
            mark = read_mark(connection)
            if mark is None:
                Tombstones(connection, datetime.now(UTC), hasher).add_key()
                replace_mark(connection, hasher)
                return
    if mark != hasher.fingerprint:
        raise StoreError(
            f"store: the ids in the {database.name} are hashed with the key of another installation. Copy its file "
            "installation.key into LEADLIGHT_HOME. If it is lost for good, run leadlight rekey."
        )


def read_mark(connection: Connection) -> str | None:
    """Return the mark of the key with which the store's ids are hashed; None for one from before keys."""
    return connection.scalar(select(installation.c.key_fingerprint))


def replace_mark(connection: Connection, hasher: IdHasher) -> None:
    """Mark the store with this installation's key, whatever mark it had."""
    connection.execute(delete(installation))
    connection.execute(insert(installation), {"key_fingerprint": hasher.fingerprint})
