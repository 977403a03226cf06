"""Does a large load let others write, and does it end where it would have ended alone?"""

import threading
import time

import pandas as pd
import pytest

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
