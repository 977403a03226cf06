"""Which version does MLflow's own database call by an alias? Read without MLflow, so that a command answers at once.

Lives here: one question to the database of a home. Does not live here: a registry at another address
(``training.registry.alias_agreement``), the pointer that the service follows (``alias_pointers``).
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from training.errors import BundleError

__all__ = ["read_registered_alias"]


def read_registered_alias(home: Path, name: str, alias: str) -> str | None:
    """Return the version that MLflow's database in ``home`` calls by that alias; None where it calls none so.

    Raises
    ------
    BundleError
        If the database cannot be read.
    """
    database = home / "mlflow.db"
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            row = opened.execute(
                "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ?", (name, alias)
            ).fetchone()
    except sqlite3.Error:
        raise BundleError(
            f"{database} cannot be read. Restore it from a backup: training needs it, the service does not."
        ) from None
    return None if row is None else str(row[0])
