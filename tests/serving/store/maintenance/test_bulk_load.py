"""Does a large load let others write, and does it end where it would have ended alone?"""

import threading
import time
from dataclasses import replace

import pandas as pd
import pytest
from sqlalchemy import text

from features.tables.tables import Tables
from serving.store.database.entities import Lead
from serving.store.maintenance import bulk_load
from serving.store.maintenance.bulk_load import LoadCounts, load_tables

COUNT = 60


@pytest.fixture
def tables() -> Tables:
    """Leads with an event and an outcome each."""
    ids = [f"L-{number}" for number in range(COUNT)]
    moment = pd.Timestamp("2026-03-01T10:00:00Z")
    return Tables(
        leads=pd.DataFrame({"lead_id": ids, "created_at": moment, "channel": "phone"}),
        events=pd.DataFrame({"lead_id": ids, "occurred_at": moment, "kind": "inbound_call"}),
        outcomes=pd.DataFrame(
            {"lead_id": ids, "occurred_at": moment, "stage": "booked", "recorded_at": moment, "reason": None}
        ),
        spend=pd.DataFrame(),
    )


def test_others_write_while_a_load_runs_and_it_ends_the_same(store, tables, monkeypatch):
    # Slow as on a busy disk, so that the load takes many transactions.
    put, waits, loaded = bulk_load._load_lead, [], []
    monkeypatch.setattr(bulk_load, "_load_lead", lambda *lead: (time.sleep(0.03), put(*lead))[1])
    load = threading.Thread(target=lambda: loaded.append(load_tables(store, tables)))
    load.start()
    number = 0
    while load.is_alive():
        began = time.monotonic()
        with store.transaction("crm") as at:
            at.leads.put(Lead(f"other-{number}"))
        waits.append(time.monotonic() - began)
        number += 1
        time.sleep(0.1)
    load.join()

    assert loaded == [LoadCounts(COUNT, COUNT, COUNT)]
    assert load_tables(store, tables) == LoadCounts(0, 0, 0)
    # Without a limit the others would wait for the whole load, which takes more than a second and a half.
    assert number >= 4 and sorted(waits)[len(waits) // 2] < 1.5
    with store.reading() as at:
        assert at.leads.count() == COUNT + number


def test_a_load_that_was_stopped_continues_where_it_was(store, tables, monkeypatch):
    class Stopped(Exception):
        """As Ctrl-C between two transactions."""

    def stop(done: int, of: int) -> None:
        if done < of:
            raise Stopped

    monkeypatch.setattr(bulk_load, "_SECONDS_PER_TRANSACTION", 0.01)
    with pytest.raises(Stopped):
        load_tables(store, tables, stop)
    with store.reading() as at:
        kept = at.leads.count()

    assert 0 < kept < COUNT
    assert load_tables(store, tables).leads == COUNT - kept


def spending(*amounts: float) -> pd.DataFrame:
    """A day's amounts each: the first two are of one day, campaign and channel."""
    days = pd.to_datetime(["2026-03-01", "2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"], utc=True)
    return pd.DataFrame(
        {
            "day": days[: len(amounts)],
            "amount": amounts,
            "campaign": ["Brand", "Brand", None, "Brand", "Knee"][: len(amounts)],
        }
    )


def read_amounts(store) -> list[float]:
    with store.database.reading() as connection:
        return list(connection.scalars(text("SELECT amount FROM spend ORDER BY seq")))


def test_spending_is_loaded_once_and_a_corrected_file_replaces_what_it_corrects(store, tables, monkeypatch):
    monkeypatch.setattr(bulk_load, "_AMOUNTS_PER_TRANSACTION", 2)
    leads = replace(tables, leads=tables.leads.head(1), events=tables.events.head(0), outcomes=tables.outcomes.head(0))
    file = replace(leads, spend=spending(10.0, 20.0, 30.0, 40.0, 50.0))
    assert load_tables(store, file) == LoadCounts(1, 0, 0, 5, 0)
    lines = store.verify_audit().rows

    assert load_tables(store, file) == LoadCounts(0, 0, 0, 0, 0)
    assert (read_amounts(store), store.verify_audit().rows) == ([10.0, 20.0, 30.0, 40.0, 50.0], lines)
    # The second amount of the first day is gone, that of the second day is another one; later days are not in the file.
    corrected = replace(leads, spend=spending(10.0, 20.0, 33.0).drop(index=1))
    assert load_tables(store, corrected) == LoadCounts(0, 0, 0, 0, 2)
    assert read_amounts(store) == [10.0, 33.0, 40.0, 50.0]


def test_outcomes_keep_their_ids_when_a_practice_begins_to_export_who_booked(store, tables):
    load_tables(store, tables)
    named = replace(tables, outcomes=tables.outcomes.assign(staff_id="S-07"))

    assert load_tables(store, named) == LoadCounts(0, 0, 0)
    lines = store.verify_audit().rows
    assert load_tables(store, named) == load_tables(store, tables) == LoadCounts(0, 0, 0)

    with store.reading() as at:
        assert [outcome.staff_id for outcome in at.outcomes.list_for("L-7")] == ["S-07"]
    assert store.verify_audit().rows == lines
