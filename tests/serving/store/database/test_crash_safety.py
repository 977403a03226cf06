"""Is every acknowledged write there after a kill, once, and nothing half-written?

Shortened here; ``make soak`` kills twenty times.
"""

import contextlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from serving.errors import StoreError, StoreUnavailable
from serving.settings import Settings
from serving.store.database.entities import Event, Lead
from serving.store.store import Store

ROOT = Path(__file__).parents[4]
KILLS = 20 if os.environ.get("LEADLIGHT_SOAK") else 3
EACH = 40 if os.environ.get("LEADLIGHT_SOAK") else 12
OF_ONE_WRITE = {"leads": 1, "lead_changes": 1, "events": 2, "scores": 1, "outbox": 1, "idempotency_keys": 1, "audit": 4}


def writer(settings, name, how_many, *more):
    """A child that writes and acknowledges."""
    command = [
        sys.executable,
        "-m",
        "tests.support.store_writer",
        str(settings.home),
        settings.database_url,
        name,
        str(how_many),
        *more,
    ]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def killed_after(child, acknowledged, seconds):
    """What a child had acknowledged when it was killed: at least so many, and a moment later."""
    lines = [child.stdout.readline() for _ in range(acknowledged)]
    time.sleep(seconds)
    child.kill()
    rest, _ = child.communicate(timeout=60)
    return [line.strip() for line in (*lines, *rest.splitlines(keepends=True)) if line.endswith("\n")]


def rows(store):
    """Rows of each table."""
    with store.database.reading() as connection:
        return {name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() for name in OF_ONE_WRITE}


def assert_whole(store, acknowledged):
    """Everything acknowledged is there once, everything there is whole, the chain holds."""
    with store.reading() as at:
        lead_ids = [lead.lead_id for lead in at.leads.list_page(limit=1_000_000)]
        assert len(set(lead_ids)) == len(lead_ids) and set(acknowledged) <= set(lead_ids)
    assert rows(store) == {name: count * len(lead_ids) for name, count in OF_ONE_WRITE.items()}
    assert store.verify_audit().broken is None


def test_no_acknowledged_write_is_lost_or_doubled_by_a_kill(settings):
    chance, acknowledged = random.Random(7), []
    for number in range(KILLS):
        child = writer(settings, f"kill{number}", 100_000)
        acknowledged += killed_after(child, chance.randint(1, 25), chance.random() / 20)

    with Store.open(settings) as store:
        assert len(acknowledged) >= KILLS
        assert_whole(store, acknowledged)


def test_eight_processes_write_and_none_finds_the_store_locked(settings):
    child = writer(settings, ",".join(f"w{number}" for number in range(8)), EACH)

    lines, errors = child.communicate(timeout=300)

    assert errors == "" and child.returncode == 0
    with Store.open(settings) as store:
        acknowledged = lines.split()
        assert len(acknowledged) == 8 * EACH
        assert_whole(store, acknowledged)


def test_a_disk_that_takes_no_more_is_a_sentence_and_leaves_nothing_half_written(sqlite_settings):
    child = writer(sqlite_settings, "full", 100_000, "500000")

    outputs, errors = child.communicate(timeout=120)

    *acknowledged, last = outputs.splitlines()
    assert errors == "" and child.returncode == 3 and acknowledged
    assert "the disk is full" in last or "the disk failed to write" in last or "unknown whether" in last
    with Store.open(sqlite_settings) as store:
        assert_whole(store, acknowledged)


def full(store, pages):
    """Let SQLite believe that the disk ends after so many pages."""
    with store.database.sqlite_connection() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_refuses_and_takes_again_once_there_is_room(sqlite_settings):
    with Store.open(sqlite_settings) as store:
        full(store, 1)  # it cannot be less than there is
        with (
            pytest.raises(StoreUnavailable, match="the disk is full. Nothing of this was written. Free some space"),
            store.transaction() as at,
        ):
            for number in range(1_000):
                at.leads.put(Lead(f"L-{number}", {"message": "Zebulon " * 1_000}))
        assert rows(store)["leads"] == rows(store)["audit"] == 0

        full(store, 2**30)
        with store.transaction() as at:
            at.leads.put(Lead("L-1", {"message": "x" * 100_000}))
        assert rows(store)["leads"] == 1


def test_a_store_that_can_only_be_read_is_a_sentence(store, ann):
    change = "PRAGMA query_only = ON" if store.database.is_sqlite else "SET TRANSACTION READ ONLY"

    with (
        pytest.raises(StoreUnavailable, match="is read-only. Nothing of this was written"),
        store.database.writing() as connection,
    ):
        connection.execute(text(change))
        connection.execute(text("INSERT INTO forgetting VALUES ('x')"))

    with pytest.raises(StoreUnavailable, match="is read-only"), store.reading() as at:
        at.leads.put(Lead("L-2"))
    with store.reading() as at:
        assert at.leads.count() == 1


def test_a_database_that_goes_away_at_the_very_end_leaves_it_open_whether_it_wrote(postgresql_settings):
    with Store.open(postgresql_settings) as store:
        with (
            pytest.raises(
                StoreUnavailable,
                match="it is unknown whether this was written. Send it again with the same idempotency key",
            ),
            store.transaction() as at,
        ):
            at.leads.put(Lead("L-1"))
            process_id = at.leads._connection.execute(text("SELECT pg_backend_pid()")).scalar()
            with store.database.concurrent_transaction() as other:
                other.execute(text(f"SELECT pg_terminate_backend({process_id})"))

        with store.transaction() as at:
            assert at.leads.put(Lead("L-1")).created


def test_a_database_that_goes_away_earlier_wrote_nothing(postgresql_settings):
    gone = pytest.raises(StoreUnavailable, match="does not answer. Nothing of this was written")
    with Store.open(postgresql_settings) as store, gone, store.transaction() as at:
        process_id = at.leads._connection.execute(text("SELECT pg_backend_pid()")).scalar()
        with store.database.concurrent_transaction() as other:
            other.execute(text(f"SELECT pg_terminate_backend({process_id})"))
        at.leads.put(Lead("L-1"))


def test_more_threads_than_connections_wait_or_are_told(settings, monkeypatch):
    with Store.open(settings) as store, contextlib.ExitStack() as open_readers:
        monkeypatch.setattr(store.database.engine.pool, "_timeout", 0.2)
        with pytest.raises(StoreUnavailable, match="did not finish in time. Nothing of this was written"):
            for _ in range(100):
                open_readers.enter_context(store.reading())


def test_a_writer_that_waits_too_long_says_so(settings, monkeypatch):
    monkeypatch.setattr("serving.store.database.connection.BUSY_SECONDS", 0.2)
    monkeypatch.setattr("serving.store.database.connection._PRAGMAS", ("busy_timeout = 200",))
    with Store.open(settings) as first, Store.open(settings) as other:
        begun = time.monotonic()
        with first.transaction() as at, pytest.raises(StoreUnavailable, match="another writer did not finish in time"):
            at.leads.put(Lead("L-1"))
            with other.transaction():
                pass
        assert time.monotonic() - begun < 10
        with other.reading() as at:
            assert at.leads.count() == 1


def test_a_reader_waits_for_no_writer_and_sees_one_moment(store, ann):
    with store.reading() as seen:
        assert seen.leads.count() == 1
        with store.transaction() as at:
            at.leads.put(Lead("L-2"))
            with store.reading() as beside:
                assert beside.leads.count() == 1
        assert seen.leads.count() == 1
    with store.reading() as seen:
        assert seen.leads.count() == 2


@pytest.mark.parametrize(
    "write",
    [
        lambda at: at.leads.put(Lead("Zebulon", {"phone": object()}, {})),
        lambda at: at.leads._connection.exec_driver_sql("INSERT INTO leads (lead_id) VALUES ('Zebulon')"),
        lambda at: at.leads._connection.exec_driver_sql("INSERT INTO nowhere VALUES ('Zebulon')"),
        lambda at: at.leads._connection.execute(
            text("UPDATE leads SET lead_id = :lead_id, created_at = :made"), {"lead_id": "Zebulon", "made": "Zebulon"}
        ),
        lambda at: at.events.add("L-1", [Event(at.now, "chat", duration_s=10**400)]),
    ],
)
def test_no_fault_of_the_database_tells_a_value(store, ann, write, caplog):
    with caplog.at_level("DEBUG"):
        try:
            with store.transaction() as at:
                write(at)
        except (StoreError, TypeError, OverflowError) as fault:
            assert "Zebulon" not in str(fault) and fault.__suppress_context__ | (fault.__context__ is None)

    assert "Zebulon" not in caplog.text and "Ann.Lee" not in caplog.text and "617" not in caplog.text


def test_the_settings_keep_the_database_from_one_process_to_the_next(monkeypatch, tmp_path):
    settings = Settings(
        tmp_path, str(tmp_path), database_url="postgresql://practice@127.0.0.1/store", retention_days=365
    )
    for name, value in settings.to_environment().items():
        monkeypatch.setenv(name, value)

    assert Settings.from_environment() == settings
    assert {"LEADLIGHT_DATABASE_URL", "LEADLIGHT_RETENTION_DAYS"}.isdisjoint(Settings(tmp_path).to_environment())
