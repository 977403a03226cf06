"""A new home of models as a copy of one that MLflow has migrated, which takes two seconds of CPU in each of a dozen.

Lives here: the copy, put where the address of MLflow's database is made. A home that has a database, and one that
another process opens, is MLflow's own work as ever.
"""

import os
import sqlite3
from pathlib import Path

import pytest

from tests.support.made_once import make_once

__all__ = ["copy_new_homes", "make_tracking_template"]


@pytest.fixture(scope="session")
def copy_new_homes(kept_folder, tmp_path_factory):
    """Begin each new home of this process as a copy."""
    from training.registry import mlflow_tracking

    content = make_once(
        kept_folder / "mlflow_database", lambda: make_tracking_template(tmp_path_factory.mktemp("tracking"))
    )
    find_address = mlflow_tracking._database

    def copy_or_find(home: Path) -> str:
        path = home.resolve() / "mlflow.db"
        is_here = not {"MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"} & set(os.environ)
        if is_here and path.parent.exists() and not path.exists():
            path.write_bytes(content)
        return find_address(home)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mlflow_tracking, "_database", copy_or_find)
        yield


def make_tracking_template(folder: Path) -> bytes:
    """Return the database that MLflow makes in an empty folder."""
    import mlflow

    mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow.db'}").search_experiments()
    with sqlite3.connect(folder / "mlflow.db") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (folder / "mlflow.db").read_bytes()
