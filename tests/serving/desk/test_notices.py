"""Is each person told what concerns them, by ids alone, from whichever process they ask?"""

from datetime import timedelta

import numpy as np
import pytest

from serving.desk.desk_service import Desk
from serving.desk.notices import NoticeBoard, Notices, find_notices
from serving.desk.queue.working_order import WorkingOrder
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.settings import Settings
from serving.store.repositories.desk_steps import DeskSteps
from serving.store.store import Store
from tests.serving.store.conftest import FixedClock


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
def open_desk(tmp_path, champion, clock):
    """Opens the desk of one process, over one store."""
    stores = []

    def opened() -> Desk:
        store = Store.open(Settings(tmp_path), clock)
        stores.append(store)
        return Desk(store, LeadService(store, champion), lambda: np.datetime64(clock().replace(tzinfo=None), "us"))

    yield opened
    for store in stores:
        store.close()


def add(desk, lead_id, message="I would like an appointment"):
    lead = {"lead_id": lead_id, "created_at": "2026-03-05T11:30:00Z", "phone": "(617) 555-0123", "message": message}
    desk._lead_service.put_lead(lead | {"first_name": "Marisol"}, RequestOrigin("tests"))


EMERGENCY = "I have chest pain and cannot breathe"


def test_an_emergency_is_told_to_everybody_until_somebody_is_on_it(open_desk):
    desk, other = open_desk(), open_desk()
    add(desk, "L1", EMERGENCY)
    before = [desk.notices.read("anna").urgent, other.notices.read("ben").urgent]
    desk.actions.take_step("anna", "L1", "claim", {})

    assert before == [("L1",), ("L1",)]
    assert desk.notices.read("anna").urgent == ("L1",) and other.notices.read("ben").urgent == ()


def test_a_callback_is_told_when_it_is_due_to_who_promised_it(open_desk, clock):
    desk = open_desk()
    add(desk, "L1")
    desk.actions.take_step("anna", "L1", "callback", {"at": (clock() + timedelta(hours=3)).isoformat()})
    early = desk.notices.read("anna").callbacks
    clock.now = clock() + timedelta(hours=3)
    # Nothing was written: the moment alone makes it due, which is noticed within seconds.
    later = NoticeBoard(desk._store, desk.take_snapshot)

    assert early == () and later.read("anna").callbacks == ("L1",) and later.read("ben").callbacks == ()


def test_a_lead_given_to_somebody_is_told_until_they_do_something_with_it(open_desk, clock):
    desk = open_desk()
    for lead_id in ("L1", "L2", "L3"):
        add(desk, lead_id)
        desk.actions.take_step("ben", lead_id, "hand_over", {"to": "anna" if lead_id != "L3" else "ben"})
    told = desk.notices.read("anna").handed
    desk.actions.take_step("anna", "L1", "note", {"text": "seen"})

    assert set(told) == {"L1", "L2"} and desk.notices.read("anna").handed == ("L2",)
    # Whoever takes a lead themselves needs no telling.
    assert desk.notices.read("ben").handed == ()


def test_what_is_sent_holds_ids_and_counts_alone():
    told = Notices(9, tuple(f"L{number}" for number in range(70)), ("L1",)).to_dict()

    assert (
        told["count"] == 70
        and len(told["urgent"]) == 50
        and set(told)
        == {
            "token",
            "count",
            "urgent",
            "callbacks",
            "handed",
        }
    )


def test_many_people_cost_one_look_at_the_queue(open_desk):
    desk, looks = open_desk(), []
    seconds = [0.0]
    board = NoticeBoard(desk._store, lambda: looks.append(1) or desk.take_snapshot(), lambda: seconds[0])

    for person in ("anna", "ben", "max") * 5:
        board.read(person)
    seconds[0] = 20.0
    board.read("anna")

    assert len(looks) == 2


def test_what_a_disabled_user_promised_concerns_everybody(open_desk, clock):
    desk = open_desk()
    add(desk, "L1")
    with desk._store.transaction("max") as at:
        at.users.add("anna", "Anna", "desk", "$argon2id$none")
    desk.actions.take_step("anna", "L1", "callback", {"at": (clock() + timedelta(hours=3)).isoformat()})
    clock.now = clock() + timedelta(hours=3)
    before = desk.notices.read("ben").callbacks, desk.claim_next_lead("ben")
    with desk._store.transaction("max") as at:
        at.users.disable("anna")

    assert before == ((), None)
    assert desk.notices.read("ben").callbacks == ("L1",) and desk.claim_next_lead("ben") == "L1"


def test_leads_given_to_somebody_are_read_again_only_after_a_write_or_a_minute(open_desk, clock, monkeypatch):
    desk, reads, read = open_desk(), [], DeskSteps.list_handed
    add(desk, "L1")
    monkeypatch.setattr(DeskSteps, "list_handed", lambda self, person: reads.append(person) or read(self, person))

    for _ in range(3):
        desk.notices.read("anna")
        desk.notices.read("ben")
    clock.now = clock() + timedelta(minutes=1)
    desk.notices.read("anna")
    desk.actions.take_step("ben", "L1", "hand_over", {"to": "anna"})
    last = desk.notices.read("anna")

    assert reads == ["anna", "ben", "anna", "anna"] and last.handed == ("L1",)


def test_pressing_leads_are_found_once_for_everybody(open_desk, monkeypatch):
    desk, looks, order = open_desk(), [], WorkingOrder.to_call.fget
    add(desk, "L1", EMERGENCY)
    snapshot = desk.take_snapshot()
    monkeypatch.setattr(WorkingOrder, "to_call", property(lambda self: looks.append(1) or order(self)))

    notices = [find_notices(snapshot, person, 1).urgent for person in ("anna", "ben", "max")]

    assert notices == [("L1",)] * 3 and looks == [1]
