"""Is a copied home what MLflow makes, and one that holds something left alone?"""

import re
import sqlite3

from tests.support.tracking_homes import make_tracking_template


def read_schema(home):
    """Columns, indexes and the step of the database; constraints come in any order, so they are not compared."""
    with sqlite3.connect(home / "mlflow.db") as database:
        step = database.execute("SELECT version_num FROM alembic_version").fetchall()
        indexes = database.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'index'").fetchall()
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {
            name: sorted(tuple(column[1:]) for column in database.execute(f"PRAGMA table_info('{name}')"))
            for name in sorted(tables)
        }
        return str(columns), {index for index in indexes if not index[0].startswith("sqlite_")}, step


def list_experiments(home):
    with sqlite3.connect(home / "mlflow.db") as database:
        return database.execute("SELECT name, artifact_location FROM experiments").fetchall()


def test_a_copy_is_what_mlflow_makes_and_its_models_go_to_their_own_home(tmp_path, copy_new_homes):
    from training.registry.mlflow_tracking import tracking_at

    for name in ("first", "second"):
        with tracking_at(tmp_path / name):
            pass
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "mlflow.db").write_bytes(make_tracking_template(tmp_path))

    assert read_schema(tmp_path / "first") == read_schema(tmp_path / "second") == read_schema(tmp_path / "made")
    assert "alembic_version" in read_schema(tmp_path / "made")[0] and len(read_schema(tmp_path / "made")[1]) > 10
    for name in ("first", "second"):
        (_, _), (experiment, location) = list_experiments(tmp_path / name)
        assert experiment == "leadlight" and re.fullmatch(rf"file://.*/{name}/artifacts", location)


def test_a_home_that_holds_something_is_not_overwritten(tmp_path, copy_new_homes):
    from training.registry.mlflow_tracking import tracking_at

    with tracking_at(tmp_path) as client:
        client.create_experiment("held")
    with tracking_at(tmp_path):
        pass

    assert "held" in [name for name, _ in list_experiments(tmp_path)]
