"""Does every look at a record leave a line, cheaply, and does no list have to be read again because of it?"""

import threading
import time

import pytest

from serving.errors import StoreUnavailable
from serving.store import read_trail
from serving.store.database.audit_chain import RecordRead
from serving.store.database.entities import Lead
from serving.store.read_trail import ReadTrail


def opened(lead_id: str, reader: str = "anna") -> RecordRead:
    return RecordRead(reader, "read", "desk", (lead_id,))


def test_reads_are_lines_of_the_one_chain_and_name_who_saw_whom(store):
    with store.transaction() as at:
        at.leads.put(Lead("L-1"))
    store.reads.record(opened("L-1"))
    store.reads.record(RecordRead("ab12cd34", "exported", "api", ("L-2", "L-1")))
    store.reads.record(RecordRead("max@example.org", "searched", "desk", ()))

    with store.reading() as at:
        rows, about_one, about_two = (at.audit.list_rows(lead) for lead in (None, "L-1", "L-2"))
        last = at.audit.list_reads("L-1", 5)

    assert store.verify_audit().broken is None
    assert [row.action for row in about_one] == ["lead_created", "read", "exported"]
    assert [(row.actor, row.action) for row in about_two] == [("ab12cd34", "exported")]
    assert [(row.actor, row.detail) for row in last] == [("anna", {"page": "desk"})]
    assert rows[-1].actor.startswith("sha256:") and rows[-1].detail == {"page": "desk", "count": 0, "leads": []}
    assert rows[-2].detail["leads"] == [f"h{store.hasher.hash(lead)[:16]}" for lead in ("L-2", "L-1")]


def test_who_looks_changes_nothing_that_an_open_page_has_to_read_again(store):
    with store.transaction() as at:
        at.leads.put(Lead("L-1"))
    with store.reading() as at:
        before = at.queue_rows.read_position()

    store.reads.record(opened("L-1"))

    with store.reading() as at:
        assert at.queue_rows.read_position() == before
        assert at.queue_rows.find_changed(before, {store.hasher.hash("L-1"): "L-1"}, 10, store.hasher.hash) == []


def test_many_readers_share_a_transaction_and_each_line_is_on_the_disk_before_it_is_shown(store):
    seen, write = [], store._write_reads
    store.reads._write = lambda reads: (seen.append(len(reads)), write(reads))

    def read(number):
        store.reads.record(opened(f"L-{number}"))
        with store.reading() as at:
            assert at.audit.list_reads(f"L-{number}", 1)
        done.append(number)

    done: list[int] = []
    threads = [threading.Thread(target=read, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(done) == sum(seen) == 24 and len(seen) < 24
    assert store.verify_audit().rows == 24


def test_a_record_is_shown_while_another_program_holds_the_store_and_the_line_follows(store, monkeypatch):
    monkeypatch.setattr(read_trail, "_WAIT_SECONDS", 0.2)
    with store.transaction():
        begun = time.monotonic()
        store.reads.record(opened("L-1"))
        waited = time.monotonic() - begun
    store.reads.close()

    with store.reading() as at:
        assert len(at.audit.list_reads("L-1", 5)) == 1
    assert 0.15 < waited < 2


def test_what_cannot_be_written_is_tried_again_and_says_how_late_it_is(monkeypatch, caplog):
    monkeypatch.setattr(read_trail, "_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(read_trail, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(read_trail, "_PUNCTUAL_SECONDS", 0.0)
    written, failures = [], [OSError("a path"), StoreUnavailable("busy")]

    def write(reads):
        if failures:
            raise failures.pop()
        written.extend(reads)

    trail = ReadTrail(write)
    trail.record(opened("L-1"))
    until = time.monotonic() + 10
    while not written and time.monotonic() < until:
        time.sleep(0.01)
    trail.close()

    assert [(read.lead_ids, delay) for read, delay in written] == [(("L-1",), 0)]
    assert "1 reads wait to be written: OSError" in caplog.text and "a path" not in caplog.text


def test_nobody_is_shown_when_too_many_lines_wait(monkeypatch):
    monkeypatch.setattr(read_trail, "_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(read_trail, "_MAX_PENDING", 2)
    gate = threading.Event()
    trail = ReadTrail(lambda reads: gate.wait(10))
    trail.record(opened("L-1"))
    trail.record(opened("L-2"))

    with pytest.raises(StoreUnavailable, match="nobody's record is shown"):
        trail.record(opened("L-3"))

    gate.set()
    trail.close()
