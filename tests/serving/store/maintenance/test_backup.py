"""Is a backup the whole store, and does it come back without those who were forgotten since?"""

import shutil
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import text

from serving.errors import StoreError
from serving.settings import Settings
from serving.store.database.entities import Lead, Spend
from serving.store.database.migrations import SCHEMA_TABLE
from serving.store.maintenance.backup import backup, restore
from serving.store.store import Store
from tests.serving.store.conftest import new_database


@pytest.fixture
def store(sqlite_settings):
    """A store in a file with two leads."""
    with Store.open(sqlite_settings) as store:
        with store.transaction() as at:
            at.leads.put(Lead("L-1", {"message": "Zebulon"}))
            at.leads.put(Lead("L-2"))
        yield store


def ids(settings):
    """The leads in a store."""
    with Store.open(settings) as store, store.reading() as at:
        return [lead.lead_id for lead in at.leads.list_page()]


def test_a_backup_is_one_whole_file_made_while_others_write(store, tmp_path):
    with store.reading():
        result = backup(store, tmp_path / "copy.db")
    with store.transaction() as at:
        at.leads.put(Lead("L-3"))

    assert result == type(result)(2, result.head) and result.head != store.verify_audit().head
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "home"]
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(f"file:{tmp_path / 'copy.db'}?mode=ro&immutable=1", uri=True) as connection:
        assert connection.execute("SELECT count(*) FROM leads").fetchone() == (2,)


def test_a_backup_comes_back(store, sqlite_settings, tmp_path):
    backup(store, tmp_path / "copy.db")
    with store.transaction() as at:
        at.leads.put(Lead("L-3"))
    store.close()

    result = restore(sqlite_settings, tmp_path / "copy.db")

    assert ids(sqlite_settings) == ["L-1", "L-2"] and result.forgotten == 0 and result.audit.rows == 3
    assert ids(Settings(sqlite_settings.home, database_url=f"sqlite:///{result.replaced_copy}")) == [
        "L-1",
        "L-2",
        "L-3",
    ]
    with Store.open(sqlite_settings) as store:
        assert store.verify_audit().broken is None
        with store.reading() as at:
            assert at.audit.list_rows()[-1].action == "restored"


def test_spending_comes_back_with_its_backup_and_in_a_backup_of_before_there_was_any(store, sqlite_settings, tmp_path):
    with store.transaction() as at:
        at.spending.put([Spend(at.now, 12.5, "Brand")])
    backup(store, tmp_path / "copy.db")
    shutil.copyfile(tmp_path / "copy.db", tmp_path / "old.db")
    with sqlite3.connect(tmp_path / "old.db") as connection:
        connection.execute("DROP TABLE spend")
        connection.execute("ALTER TABLE outcomes DROP COLUMN staff_id")
        connection.execute("ALTER TABLE events DROP COLUMN channel")
        connection.execute("ALTER TABLE events DROP COLUMN source")
        connection.execute(f"UPDATE {SCHEMA_TABLE} SET version_num = '0010'")
    with store.transaction() as at:
        at.spending.put([Spend(at.now, 99.0, "Brand")])
    store.close()

    def read_amounts():
        with sqlite3.connect(sqlite_settings.home / "leadlight.db") as connection:
            return connection.execute("SELECT amount FROM spend").fetchall()

    restore(sqlite_settings, tmp_path / "copy.db")
    assert read_amounts() == [(12.5,)]
    restore(sqlite_settings, tmp_path / "old.db")
    assert read_amounts() == [] and ids(sqlite_settings) == ["L-1", "L-2"]


def test_who_was_forgotten_since_the_backup_is_forgotten_again(store, sqlite_settings, tmp_path):
    backup(store, tmp_path / "copy.db")
    with store.transaction() as at:
        at.forget("L-1")
    store.close()

    result = restore(sqlite_settings, tmp_path / "copy.db")

    assert result.forgotten == 1 and ids(sqlite_settings) == ["L-2"]
    assert b"Zebulon" not in (sqlite_settings.home / "leadlight.db").read_bytes()


def test_a_service_that_still_runs_sees_the_restored_store(store, sqlite_settings, tmp_path):
    backup(store, tmp_path / "copy.db")
    with store.transaction() as at:
        at.leads.put(Lead("L-3"))

    restore(sqlite_settings, tmp_path / "copy.db")

    with store.transaction() as at:
        at.leads.put(Lead("L-4"))
        assert [lead.lead_id for lead in at.leads.list_page()] == ["L-1", "L-2", "L-4"]
    assert store.verify_audit().broken is None


def test_a_backup_comes_back_where_there_was_no_store(store, sqlite_settings, tmp_path):
    backup(store, tmp_path / "copy.db")
    (tmp_path / "new").mkdir()
    shutil.copyfile(sqlite_settings.home / "installation.key", tmp_path / "new" / "installation.key")

    assert restore(Settings(tmp_path / "new"), tmp_path / "copy.db").replaced_copy is None
    assert ids(Settings(tmp_path / "new")) == ["L-1", "L-2"]


def test_a_backup_comes_back_over_a_damaged_store(store, sqlite_settings, tmp_path):
    backup(store, tmp_path / "copy.db")
    store.close()
    (sqlite_settings.home / "leadlight.db").write_bytes(b"This is no database. " * 1_000)
    with pytest.raises(StoreError, match="is damaged or is not a store. Restore a backup"):
        Store.open(sqlite_settings)

    restore(sqlite_settings, tmp_path / "copy.db")

    assert ids(sqlite_settings) == ["L-1", "L-2"]


def test_who_was_forgotten_after_the_backup_stays_so_in_the_restored_store(store, sqlite_settings, tmp_path):
    backup(store, tmp_path / "copy.db")
    with store.transaction() as at:
        at.forget("L-1")
        at.tombstones.put("came and went after the backup")
        stones = at.tombstones.list_all()
    store.close()

    restore(sqlite_settings, tmp_path / "copy.db")

    with Store.open(sqlite_settings) as store, store.reading() as at:
        assert at.leads.get("L-1") is None and at.tombstones.list_all() == stones and len(stones) == 2


def test_a_backup_is_never_overwritten(store, tmp_path):
    (tmp_path / "copy.db").write_text("something")

    with pytest.raises(StoreError, match="copy.db' already exists"):
        backup(store, tmp_path / "copy.db")

    assert (tmp_path / "copy.db").read_text() == "something"


def test_a_backup_that_cannot_be_written_is_a_sentence(store, tmp_path):
    with pytest.raises(StoreError, match="backup: the system reports: No such file or directory"):
        backup(store, tmp_path / "no" / "folder" / "copy.db")


def forge(path):
    """Change a line of audit as somebody with the file can."""
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 2")


@pytest.mark.parametrize(
    ("harm", "match"),
    [
        (lambda path: path.unlink(), "there is no file"),
        (
            lambda path: path.write_text("lead_id,channel\n1,phone\n" * 100),
            r"SQLite reported an error \(SQLITE_NOTADB\). Nothing was replaced",
        ),
        (lambda path: path.write_bytes(path.read_bytes()[:20_000]), r"is damaged|SQLite reported an error"),
        (
            lambda path: (path.unlink(), sqlite3.connect(path).execute("CREATE TABLE other (x)")),
            "is not a Leadlight store",
        ),
        (forge, "has an audit whose line 2 does not hold"),
    ],
)
def test_what_is_no_whole_backup_replaces_nothing(store, sqlite_settings, tmp_path, harm, match):
    backup(store, tmp_path / "copy.db")
    harm(tmp_path / "copy.db")

    with pytest.raises(StoreError, match=match):
        restore(sqlite_settings, tmp_path / "copy.db")

    assert (
        ids(sqlite_settings) == ["L-1", "L-2"] and [path.name for path in sqlite_settings.home.glob("*before*")] == []
    )


def test_postgresql_is_told_of_its_own_tools(server, tmp_path, store):
    backup(store, tmp_path / "copy.db")
    settings = Settings(tmp_path, database_url=new_database(server))

    with Store.open(settings) as store, pytest.raises(StoreError, match="pg_dump --format=custom") as caught:
        backup(store, tmp_path / "other.db")
    with pytest.raises(StoreError, match="pg_restore"):
        restore(settings, tmp_path / "copy.db")

    assert "s3cret" not in str(caught.value)


def test_an_older_backup_is_brought_up_to_date(store, sqlite_settings, tmp_path):
    backup(store, tmp_path / "copy.db")
    with sqlite3.connect(tmp_path / "copy.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for name in (
            "field_versions",
            "lead_crms",
            "tombstones",
            "desk_absences",
            "sessions",
            "people",
            "desk_steps",
            "desk_due",
            "desk_leads",
            "desk_views",
            "desk_texts",
            "installation",
            "lead_names",
            "spend",
        ):
            connection.execute(f"DROP TABLE {name}")
        connection.execute("ALTER TABLE outcomes DROP COLUMN staff_id")
        connection.execute("ALTER TABLE events DROP COLUMN channel")
        connection.execute("ALTER TABLE events DROP COLUMN source")
        connection.execute("DROP INDEX ix_leads_person_id")
        connection.execute("ALTER TABLE leads DROP COLUMN left_empty")
        connection.execute("UPDATE leadlight_schema SET version_num = '0001'")
    shutil.rmtree(sqlite_settings.home)

    restore(sqlite_settings, tmp_path / "copy.db")

    with Store.open(sqlite_settings) as store, store.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")).scalar() == 8


def test_a_session_of_the_backup_is_over_after_the_restore(store, sqlite_settings, tmp_path):
    with store.transaction() as at:
        at.users.add("anna", "Anna", "desk", "$argon2id$one")
        at.sessions.start("anna", "a" * 64, "csrf", at.now + timedelta(hours=12))
    backup(store, tmp_path / "copy.db")
    store.close()

    restore(sqlite_settings, tmp_path / "copy.db")

    with Store.open(sqlite_settings) as store, store.reading() as at:
        assert at.users.find("anna").role == "desk" and at.sessions.find("a" * 64) is None
