"""Is a delivery kept before it is acknowledged, worked off once and in order, and never in the way of the others?"""

import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from serving.crm.inbound import delivery_journal
from serving.crm.inbound.delivery_journal import Delivery, DeliveryJournal
from serving.crm.ports import HookRequest
from serving.errors import RequestError

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
PATH = "/v1/hooks/hubspot/events"


def delivery(body: bytes) -> Delivery:
    return Delivery(PATH, HookRequest("POST", PATH, {"x-hubspot-signature-v3": "secret"}, body), NOON, "r1")


def work_off(journal: DeliveryJournal, work, until_left: int = 0) -> None:
    """Run the journal until so many deliveries are left."""
    stop = threading.Event()

    def work_and_stop(kept):
        try:
            work(kept)
        finally:
            if journal.waiting <= until_left:
                stop.set()

    thread = threading.Thread(target=journal.run, args=(stop, work_and_stop))
    thread.start()
    for _ in range(200):
        thread.join(0.05)
        if journal.waiting <= until_left:
            stop.set()
        if not thread.is_alive():
            break
    assert not thread.is_alive()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(delivery_journal, "_PAUSES", (0.0,))
    monkeypatch.setattr(delivery_journal, "_LOOK_SECONDS", 0.01)


def test_what_was_kept_is_there_after_a_restart_in_order_without_headers_and_for_nobody_else(tmp_path):
    first = DeliveryJournal(tmp_path / "deliveries")
    for number in range(3):
        first.keep(delivery(b"%d" % number))
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "deliveries").iterdir()]
    done = []

    again = DeliveryJournal(tmp_path / "deliveries")
    again.keep(delivery(b"3"))
    waiting = again.waiting
    work_off(again, done.append)

    assert waiting == 4 and [kept.request.body for kept in done] == [b"0", b"1", b"2", b"3"]
    assert (done[0].received_at, done[0].request_id, done[0].request.headers) == (NOON, "r1", {})
    assert modes == [0o600] * 3
    assert (tmp_path / "deliveries").stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "deliveries").iterdir()) == []


def test_what_may_succeed_later_is_tried_until_it_does_and_keeps_its_place(tmp_path):
    journal, done = DeliveryJournal(tmp_path), []
    faults = [RequestError(503, "busy", "later", retryable=True) for _ in range(12)]
    for body in (b"first", b"second"):
        journal.keep(delivery(body))

    def work(kept):
        if faults:
            raise faults.pop()
        done.append(kept.request.body)

    work_off(journal, work)

    assert done == [b"first", b"second"] and journal.waiting == 0


def test_what_can_never_be_done_is_dropped_and_what_fails_unexpectedly_is_set_aside(tmp_path, caplog):
    journal, done = DeliveryJournal(tmp_path), []
    (tmp_path / f"{1:020d}.json").write_text("not a delivery")
    journal = DeliveryJournal(tmp_path)
    for body in (b"refused", b"broken", b"good"):
        journal.keep(delivery(body))

    def work(kept):
        if kept.request.body == b"refused":
            raise RequestError(422, "invalid_lead", "no")
        if kept.request.body == b"broken":
            raise ZeroDivisionError("a value")
        done.append(kept.request.body)

    work_off(journal, work)

    assert done == [b"good"] and sorted(path.suffix for path in tmp_path.iterdir()) == [".failed", ".failed"]
    assert "invalid_lead" in caplog.text and "ZeroDivisionError" in caplog.text and "a value" not in caplog.text


def test_what_was_set_aside_is_tried_once_more_after_the_next_start(tmp_path):
    journal, tried = DeliveryJournal(tmp_path), []

    def fail(kept):
        tried.append(kept.request.body)
        raise ZeroDivisionError

    journal.keep(delivery(b"first"))
    journal.keep(delivery(b"second"))
    work_off(journal, fail)
    tried.clear()
    # The next version can do the second one; one that waits comes before what was set aside.
    again, done = DeliveryJournal(tmp_path), []
    again.keep(delivery(b"third"))
    stop = threading.Event()

    def work(kept):
        tried.append(kept.request.body)
        if len(tried) == 3:
            stop.set()
        if kept.request.body == b"first":
            raise ZeroDivisionError
        done.append(kept.request.body)

    again.run(stop, work)

    assert tried == [b"third", b"first", b"second"] and done == [b"third", b"second"]
    assert [path.suffix for path in tmp_path.iterdir()] == [".failed"]


def test_what_was_set_aside_waits_until_it_can_be_judged(tmp_path):
    journal = DeliveryJournal(tmp_path)
    journal.keep(delivery(b"first"))
    (kept,) = tmp_path.glob("*.json")
    kept.rename(kept.with_suffix(".failed"))
    # No model is loaded at the start: that is no fault of the delivery.
    faults = [RequestError(503, "not_ready", "later", retryable=True) for _ in range(3)]
    stop, done = threading.Event(), []

    def work(kept):
        if faults:
            raise faults.pop()
        done.append(kept.request.body)
        stop.set()

    DeliveryJournal(tmp_path).run(stop, work)

    assert done == [b"first"] and list(tmp_path.iterdir()) == []


def test_what_was_set_aside_is_deleted_when_it_is_as_old_as_logs_may_be(tmp_path):
    now = datetime(2026, 3, 5, tzinfo=UTC)
    for days in (1, 29, 31):
        received = now - timedelta(days=days)
        (tmp_path / f"{int(received.timestamp() * 1e9):020d}.failed").write_bytes(b"{}")
    (tmp_path / "notes.failed").write_text("of somebody else")
    journal = DeliveryJournal(tmp_path)

    assert journal.delete_set_aside(now - timedelta(days=30)) == 1
    assert len(list(tmp_path.iterdir())) == 3 and (tmp_path / "notes.failed").exists()


def test_a_disk_that_does_not_write_acknowledges_nothing(tmp_path, monkeypatch):
    journal = DeliveryJournal(tmp_path)

    def fail(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(RequestError, match="the disk does not write. Nothing was kept") as refused:
        journal.keep(delivery(b"[]"))

    assert (refused.value.status, refused.value.retryable) == (503, True)
    assert journal.waiting == 0 and list(tmp_path.iterdir()) == []


def test_too_many_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(delivery_journal, "MAX_KEPT", 1)
    journal = DeliveryJournal(tmp_path)
    journal.keep(delivery(b"[]"))

    with pytest.raises(RequestError, match="Too many deliveries wait"):
        journal.keep(delivery(b"[]"))
