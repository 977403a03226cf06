"""Is a copied store what the migrations make, and is one that holds something migrated as ever?"""

import sqlite3

from serving.settings import Settings
from serving.store.database.connection import Database, make_sqlite_url
from serving.store.database.migrations import migrate
from serving.store.store import Store
from tests.support.new_stores import make_template


def dump(path):
    """Everything in a store's file, and whether others may read it."""
    with sqlite3.connect(path) as connection:
        return list(connection.iterdump()), path.stat().st_mode & 0o777


def test_a_copy_is_what_the_migrations_make(tmp_path):
    migrate_or_copy = make_template(tmp_path)
    for name, prepare in (("copied", migrate_or_copy), ("migrated", migrate)):
        database = Database(make_sqlite_url(tmp_path / name))
        prepare(database)
        with database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        database.close()

    assert dump(tmp_path / "copied") == dump(tmp_path / "migrated")
    assert len(dump(tmp_path / "copied")[0]) > 40


def test_a_store_that_holds_something_is_not_overwritten(tmp_path, monkeypatch):
    monkeypatch.setattr("serving.store.store.migrate", make_template(tmp_path))
    with Store.open(Settings(tmp_path)) as store, store.transaction() as at:
        at.audit.append("held")
    before = dump(tmp_path / "leadlight.db")

    Store.open(Settings(tmp_path)).close()

    assert dump(tmp_path / "leadlight.db") == before
