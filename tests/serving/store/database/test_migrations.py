"""Does every store have today's schema, however old it is, and does nobody change what may only be added to?"""

import sqlite3
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from features.logs.installation_key import IdHasher, hash_without_key
from features.schema import EVENTS, LEADS, OUTCOMES, SPEND
from serving.errors import StoreError, StoreRefused
from serving.settings import Settings
from serving.store.database import migrations
from serving.store.database.connection import Database
from serving.store.database.entities import Lead, Outcome, Score, Spend
from serving.store.database.migrations import SCHEMA_TABLE, latest_revision, migrate, read_revision
from serving.store.database.tables import metadata
from serving.store.repositories.spending import SpendCounts
from serving.store.store import Store, resolve_store_url
from tests.serving.store.conftest import new_database


@pytest.fixture(autouse=True)
def no_copies(monkeypatch):
    """Every store of these tests is made by the migrations themselves, and not a copy of one that they made."""
    monkeypatch.setattr("serving.store.store.migrate", migrate)


def add_score(store):
    """The store with one score."""
    with store.transaction() as at:
        at.scores.add(
            Score(
                "L-1", "r1", "b" * 64, "3", at.now, 0.25, "B", "normal", shown={"reason_1": "Asked for an appointment"}
            )
        )
    return store


def test_an_empty_database_becomes_what_the_tables_say(nothing_yet):
    with Store.open(nothing_yet) as store, store.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": SCHEMA_TABLE, "compare_type": True})

        assert read_revision(connection) == latest_revision()
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("shape", [LEADS, EVENTS, OUTCOMES, SPEND], ids=lambda shape: shape.name)
def test_every_column_of_the_schema_is_kept(shape):
    assert set(shape.by_name) <= set(metadata.tables[shape.name].columns.keys())


def test_opening_again_changes_nothing(settings, store):
    with Store.open(settings) as again, again.database.reading() as connection:
        assert read_revision(connection) == latest_revision()


def test_processes_that_open_a_new_store_at_once_all_find_it_whole(nothing_yet):
    # Forked when everything is imported: so they really come at once, and not one after the other's start.
    code = (
        "import os, sys; from pathlib import Path\n"
        "from serving.settings import Settings; from serving.store.store import Store\n"
        "def count():\n"
        "    with Store.open(Settings(Path(sys.argv[1]), database_url=sys.argv[2])) as store, store.reading() as at:\n"
        "        os.write(1, b'%d\\n' % at.leads.count())\n"
        "children = []\n"
        "for _ in range(4):\n"
        "    if (child := os.fork()) == 0:\n"
        "        count()\n"
        "        os._exit(0)\n"
        "    children.append(child)\n"
        "sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children))"
    )
    command = [sys.executable, "-c", code, str(nothing_yet.home), nothing_yet.database_url]

    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "0\n" * 4, "")


class HasherWithoutKey(IdHasher):
    """Hashes as versions before keys did."""

    def hash(self, lead_id: str) -> str:
        return hash_without_key(lead_id)


def test_who_was_forgotten_before_there_were_tombstones_gets_one(sqlite_settings):
    with Store.open(sqlite_settings) as store:
        store.hasher = HasherWithoutKey(b"")
        with store.transaction() as at:
            for lead in ("L-1", "L-2"):
                at.leads.put(Lead(lead))
            at.forget("L-1")
        with Store(store.database, store.hasher, 1, lambda: at.now + timedelta(days=9)) as old_store:
            old_store.delete_expired()
    with sqlite3.connect(sqlite_settings.home / "leadlight.db") as connection:
        for table in (
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
            connection.execute(f"DROP TABLE {table}")
        connection.execute("ALTER TABLE outcomes DROP COLUMN staff_id")
        connection.execute("ALTER TABLE events DROP COLUMN channel")
        connection.execute("ALTER TABLE events DROP COLUMN source")
        connection.execute("DROP INDEX ix_leads_person_id")
        connection.execute("ALTER TABLE leads DROP COLUMN left_empty")
        connection.execute(f"UPDATE {SCHEMA_TABLE} SET version_num = '0002'")

    with Store.open(sqlite_settings) as store, store.reading() as later:
        assert later.tombstones.get("L-1") == at.now and len(later.tombstones.list_all()) == 1


def test_scores_of_a_store_that_allowed_a_receipt_once_stay_as_they_are(sqlite_settings):
    with Store.open(sqlite_settings) as store:
        with store.transaction() as at:
            at.leads.put(Lead("L-1"))
        add_score(store)
    with sqlite3.connect(sqlite_settings.home / "leadlight.db") as connection:
        rows = connection.execute("SELECT * FROM scores").fetchall()
        create = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'scores'").fetchone()[0]
        for operation in ("update", "delete"):
            connection.execute(f"DROP TRIGGER scores_no_{operation}")
        connection.execute("DROP TABLE scores")
        connection.execute(create.rstrip(")\n ") + "), CONSTRAINT uq_scores_lead_id UNIQUE (lead_id, receipt))")
        connection.execute("CREATE INDEX ix_scores_lead_and_time ON scores (lead_id, scored_at)")
        connection.executemany(f"INSERT INTO scores VALUES ({', '.join('?' * len(rows[0]))})", rows)
        connection.execute("DROP TABLE lead_names")
        connection.execute("DROP TABLE desk_absences")
        connection.execute("ALTER TABLE people DROP COLUMN language")
        connection.execute("DROP TABLE spend")
        connection.execute("ALTER TABLE outcomes DROP COLUMN staff_id")
        connection.execute("ALTER TABLE events DROP COLUMN channel")
        connection.execute("ALTER TABLE events DROP COLUMN source")
        connection.execute(f"UPDATE {SCHEMA_TABLE} SET version_num = '0007'")

    with Store.open(sqlite_settings) as store:
        with store.database.reading() as connection:
            assert [tuple(row) for row in connection.execute(text("SELECT * FROM scores"))] == rows
        with pytest.raises(StoreRefused, match="append-only"), store.database.writing() as connection:
            connection.execute(text("DELETE FROM scores"))
        with store.transaction() as at:
            assert at.scores.add(Score("L-1", "r2", "b" * 64, "3", None, 0.5, "A", "normal"))
        with store.reading() as at:
            receipts = [one.receipt for one in at.scores.list_for("L-1")]
        add_score(store)
    assert receipts == ["r1", "r2"] and rows[0][0] == 1


def upgrade_to(database, revision):
    """Run the migrations up to one that is not the last."""
    steps = ScriptDirectory(str(Path(migrations.__file__).parent))
    upgrade = lambda before, context: steps._upgrade_revs(revision, before)  # noqa: E731
    with database.writing() as connection, EnvironmentContext(Config(), steps, fn=upgrade) as environment:
        environment.configure(connection=connection, version_table=SCHEMA_TABLE)
        environment.run_migrations()


def test_a_store_of_before_there_was_spending_keeps_its_rows_and_takes_both(nothing_yet):
    database = Database(resolve_store_url(nothing_yet))
    upgrade_to(database, "0010")
    moment = "2026-03-05T14:00:00.000000Z"
    with database.writing() as connection:
        assert "spend" not in sqlalchemy.inspect(connection).get_table_names()
        for statement in (
            "INSERT INTO leads (lead_id, created_at, channel, custom, first_known_at, changed_at, last_activity_at) "
            f"VALUES ('L-1', '{moment}', 'phone', '{{}}', '{moment}', '{moment}', '{moment}')",
            "INSERT INTO outcomes (lead_id, occurred_at, stage, recorded_at, outcome_id) "
            f"VALUES ('L-1', '{moment}', 'booked', '{moment}', 'crm-1')",
        ):
            connection.exec_driver_sql(statement)
    database.close()

    with Store.open(nothing_yet) as store:
        with store.reading() as at:
            (before,) = at.outcomes.list_for("L-1")
            assert (before.stage, before.staff_id, at.leads.get("L-1").values["channel"]) == ("booked", None, "phone")
        with store.transaction() as at:
            repeated = at.outcomes.add("L-1", Outcome(before.occurred_at, "booked", outcome_id="crm-1", staff_id="S-1"))
            counts = at.spending.put([Spend(before.occurred_at, 12.5, "Brand")])
        with store.reading() as at:
            assert [outcome.staff_id for outcome in at.outcomes.list_for("L-1")] == ["S-1"]
        with store.database.reading() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": SCHEMA_TABLE, "compare_type": True})
            assert read_revision(connection) == latest_revision() and compare_metadata(context, metadata) == []
    assert not repeated and counts == SpendCounts(1, 0)


def test_a_store_of_a_newer_leadlight_is_refused(settings, store):
    with store.database.writing() as connection:
        connection.execute(text(f"UPDATE {SCHEMA_TABLE} SET version_num = '9999'"))

    with pytest.raises(StoreError, match="made by a newer Leadlight"):
        migrate(store.database)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE scores SET probability = 0.99",
        "DELETE FROM scores",
        "UPDATE scores SET lead_id = NULL, shown = NULL",
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "UPDATE lead_changes SET fields = '{}'",
        "DELETE FROM lead_changes",
    ],
)
def test_what_may_only_be_added_to_refuses_a_change(store, ann, statement):
    add_score(store)

    with (
        pytest.raises(StoreRefused, match="rule of the schema or of an append-only table"),
        store.database.writing() as connection,
    ):
        connection.execute(text(statement))

    assert store.verify_audit().rows == 2


@pytest.mark.parametrize(
    "change",
    ["probability = 0.99, lead_id = NULL, shown = NULL", "grade = 'A', lead_id = NULL, shown = NULL", "shown = NULL"],
)
def test_forgetting_one_lead_opens_no_other_door(store, ann, change):
    add_score(store)
    with store.transaction() as at:
        at.leads.put(Lead("L-2"))

    for statement in (
        f"UPDATE scores SET {change}",
        "DELETE FROM scores",
        "DELETE FROM lead_changes WHERE lead_id = 'L-2'",
        "DELETE FROM audit",
    ):
        with pytest.raises(StoreRefused, match="append-only"), store.database.writing() as connection:
            connection.execute(text("INSERT INTO forgetting VALUES ('L-1')"))
            connection.execute(text(statement))


def test_a_score_whose_lead_is_gone_is_never_changed_again(store, ann):
    add_score(store)
    with store.transaction() as at:
        at.forget("L-1")

    with pytest.raises(StoreRefused, match="append-only"), store.database.writing() as connection:
        connection.execute(text("UPDATE scores SET probability = 0.99"))


def test_sqlite_refuses_a_replacement_and_postgresql_an_emptying(store, ann):
    statement = "REPLACE INTO audit SELECT * FROM audit" if store.database.is_sqlite else "TRUNCATE audit"

    with pytest.raises(StoreRefused, match="append-only"), store.database.writing() as connection:
        connection.execute(text(statement))


def test_sqlite_is_told_to_lose_nothing(sqlite_settings):
    with Store.open(sqlite_settings) as store, store.database.sqlite_connection() as connection:
        outputs = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }

        assert outputs == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
        assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 30_000
    assert (sqlite_settings.home / "leadlight.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "url", ["mysql://u:hush@h/d", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://u:hush@h"]
)
def test_a_url_that_the_store_does_not_know_is_a_sentence_without_the_password(tmp_path, url):
    with pytest.raises(StoreError, match="is not the URL of a supported database") as caught:
        Store.open(Settings(tmp_path, database_url=url))

    assert "hush" not in str(caught.value)


def test_a_server_that_does_not_answer_is_a_sentence_without_the_password(tmp_path):
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")

    with pytest.raises(StoreError, match="does not answer") as caught:
        Store.open(Settings(tmp_path, database_url="postgresql://u:hush@127.0.0.1:1/d"))

    assert "hush" not in str(caught.value) and "hush" not in repr(
        Settings(tmp_path, database_url="postgresql://u:hush@h/d")
    )


def test_postgres_is_understood_as_postgresql(server, tmp_path):
    url = sqlalchemy.make_url(new_database(server)).set(drivername="postgres").render_as_string(hide_password=False)
    with Store.open(Settings(tmp_path, database_url=url)) as store, store.reading() as at:
        assert at.leads.count() == 0
