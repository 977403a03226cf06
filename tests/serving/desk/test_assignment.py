"""Does each new lead get to somebody who can take it, once, also from many processes and when people are away?"""

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from features.practice.desk_team import TeamMember
from features.practice.practice import Practice
from features.practice.queue_policy import QueuePolicy
from serving.desk import assignment
from serving.desk.assignment import (
    RULE,
    LeadAssigner,
    TeamState,
    choose_person,
    count_open_leads,
    count_waiting,
    is_working,
)
from serving.desk.desk_service import Desk
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.scoring.model_loader import Champion
from serving.settings import Settings
from serving.store.store import Store
from tests.serving.conftest import made_bundle

ANNA, BEN, CARA = TeamMember("anna", ("Downtown",)), TeamMember("ben", languages=("Spanish",)), TeamMember("cara")


def choose(rule="round_robin", members=(ANNA, BEN, CARA), counts=(), turns=(), **lead):
    return choose_person(
        rule, TeamState(tuple(members), dict(counts), dict(turns)), **({"clinic": "", "language": ""} | lead)
    )


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ({}, "anna"),  # nobody had a turn: the order of practice.toml
        ({"turns": {"anna": 3, "ben": 5, "cara": 4}}, "anna"),
        ({"turns": {"anna": 6, "ben": 5, "cara": 4}}, "cara"),
        ({"clinic": "North"}, "ben"),
        ({"clinic": "downtown"}, "anna"),
        ({"language": "Spanish"}, "ben"),
        ({"language": "Spanish", "members": (ANNA, CARA)}, "anna"),  # nobody speaks it: somebody calls all the same
        ({"counts": {"anna": 50}}, "ben"),  # full
        ({"rule": "fewest_open", "counts": {"anna": 4, "ben": 2, "cara": 3}}, "ben"),
        ({"refused_by": "anna"}, "ben"),
        ({"members": (ANNA,), "clinic": "North"}, None),
        ({"members": ()}, None),
    ],
)
def test_the_rule_chooses(wanted, chosen):
    assert choose(**wanted) == chosen


@pytest.mark.parametrize(("hour", "works"), [(12, False), (13, True), (16, True), (17, False)])
def test_hours_are_those_of_the_person_on_the_practices_clock(hour, works):
    member = TeamMember("anna", hours=("Mon-Fri 08:00-12:00",))

    assert is_working(member, Practice(), datetime(2026, 11, 30, hour, tzinfo=UTC)) is works


class Clock:
    """Thursday, 10 AM in Boston, until told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 5, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def write_model(tmp_path_factory):
    """Writes a model of a practice whose team gets its leads in turn."""
    bundle = made_bundle()

    def write(team):
        practice = replace(bundle.practice, team=team, desk=QueuePolicy(assignment="round_robin"))
        folder = tmp_path_factory.mktemp("assigning") / "bundle"
        replace(bundle, practice=practice).write(folder)
        return folder

    return write


@pytest.fixture
def team():
    return (TeamMember("anna", capacity=4), TeamMember("ben", capacity=4))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def office(tmp_path, write_model, team, clock):
    """Opens the desk of one process, over one store with anna and ben."""
    champion = Champion(Settings(tmp_path, str(write_model(team))))
    champion.load()
    stores = []

    def open_desk() -> Desk:
        store = Store.open(Settings(tmp_path), clock)
        stores.append(store)
        return Desk(store, LeadService(store, champion), lambda: np.datetime64(clock().replace(tzinfo=None), "us"))

    first = open_desk()
    with first._store.transaction() as at:
        for name in ("anna", "ben"):
            at.users.add(name, name.title(), "desk", "$argon2id$none")
    yield open_desk
    for store in stores:
        store.close()


def add_leads(desk, *numbers, **values):
    for number in numbers:
        lead = {
            "lead_id": f"L{number}",
            "created_at": "2026-03-05T14:00:00Z",
            "phone": "(617) 555-0123",
            "channel": "web_form",
        }
        desk._lead_service.put_lead(lead | values, RequestOrigin("tests"))


def owners(desk, *numbers):
    with desk._store.reading() as at:
        return [at.desk.get_state(f"L{number}").owner for number in numbers]


def test_new_leads_go_in_turn_until_everybody_is_full_and_a_second_run_changes_nothing(office):
    desk = office()
    add_leads(desk, *range(10))

    runs = [desk.assigner.run() for _ in range(2)]

    assert runs == [8, 0] and Counter(owners(desk, *range(10))) == {"anna": 4, "ben": 4, None: 2}
    with desk._store.reading() as at:
        steps = [step for number in range(10) for step in at.desk.list_steps(f"L{number}")]
    assert {(step.person, step.kind) for step in steps} == {(RULE, "assign")}


def test_a_backlog_fills_nobody_beyond_their_room_and_the_newest_and_most_urgent_go_first(office):
    desk = office()
    for number in range(20):
        add_leads(desk, number, created_at=f"2026-02-{number + 8:02}T14:00:00Z")
    add_leads(desk, 20, created_at="2026-02-07T14:00:00Z", message="I have crushing chest pain right now")
    everybody = frozenset({"anna", "ben"})

    given = desk.assigner.run()

    assert given == 8 and count_waiting(desk.take_snapshot(), everybody) == 13
    assert None not in owners(desk, 20, *range(13, 20)) and set(owners(desk, *range(13))) == {None}


def test_a_new_lead_takes_the_next_room_before_the_backlog(office):
    desk = office()
    add_leads(desk, *range(10), created_at="2026-02-20T14:00:00Z")
    desk.assigner.run()
    (one,) = [number for number, owner in enumerate(owners(desk, *range(10))) if owner == "anna"][:1]
    add_leads(desk, 10)
    desk.actions.take_step("anna", f"L{one}", "outcome", {"stage": "lost", "reason": "price"})

    assert desk.assigner.run() == 1 and owners(desk, 10) == ["anna"]


def test_leads_of_the_night_wait_for_the_morning(office, clock):
    desk = office()
    clock.now = datetime(2026, 3, 6, 3, tzinfo=UTC)
    add_leads(desk, 1, created_at="2026-03-06T02:00:00Z")

    assert desk.assigner.run() == 0
    clock.now = datetime(2026, 3, 6, 15, tzinfo=UTC)
    assert desk.assigner.run() == 1


def test_who_is_away_gets_nothing_and_their_leads_and_promises_go_to_the_others(office, clock):
    desk = office()
    add_leads(desk, 1, 2)
    desk.assigner.run()
    (annas,) = [number for number, owner in zip((1, 2), owners(desk, 1, 2), strict=True) if owner == "anna"]
    at_four = (clock.now + timedelta(hours=6)).isoformat()
    desk.actions.take_step("anna", f"L{annas}", "callback", {"at": at_four})
    with desk._store.transaction("max") as at:
        at.absences.save("anna", clock.now - timedelta(hours=1), clock.now + timedelta(days=7), "max")
    add_leads(desk, 3)

    assert desk.assigner.run() == 2 and owners(desk, annas, 3) == ["ben", "ben"]
    with desk._store.reading() as at:
        assert at.desk.get_state(f"L{annas}").callback_at.isoformat() == at_four


def test_a_lead_that_somebody_is_on_stays_with_them_and_one_given_back_goes_to_another(office):
    desk = office()
    add_leads(desk, 1, 2)
    desk.actions.take_step("ben", "L1", "calling", {})
    desk.actions.take_step("ben", "L2", "claim", {})
    desk.actions.take_step("ben", "L2", "release", {})

    desk.assigner.run()

    assert owners(desk, 1, 2) == ["ben", "anna"]


def test_two_processes_that_run_at_once_give_each_lead_out_once_and_in_turn(office):
    desks = [office(), office()]
    add_leads(desks[0], *range(8))
    start = threading.Barrier(2)

    def run(desk):
        start.wait()
        desk.assigner.run()

    threads = [threading.Thread(target=run, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(owners(desks[0], *range(8))) == {"anna": 4, "ben": 4}
    with desks[1]._store.reading() as at:
        counts = [len(at.desk.list_steps(f"L{number}")) for number in range(8)]
    assert counts == [1] * 8


def test_without_a_rule_nobody_gets_anything(make_desk, tmp_path, champion, desk_data):
    desk = make_desk(tmp_path, champion, desk_data)

    assert LeadAssigner(desk._store, desk.take_snapshot).run() == 0


def test_an_assignment_comes_from_no_form(office):
    from serving.errors import RequestError

    desk = office()
    add_leads(desk, 1)
    with pytest.raises(RequestError, match="There is no such step"):
        desk.actions.take_step("anna", "L1", "assign", {"to": "ben", "rule": "round_robin"})


def test_call_next_leaves_leads_to_their_owners_who_are_here_and_takes_them_last(office):
    desk = office()
    add_leads(desk, 1, 2)
    desk.actions.take_step("max", "L1", "hand_over", {"to": "ben"})
    snapshot = desk.take_snapshot()

    assert snapshot.find_next_lead("anna", frozenset({"ben"})) == "L2"
    desk.actions.take_step("max", "L2", "hand_over", {"to": "ben"})
    both = desk.take_snapshot()
    assert both.find_next_lead("anna", frozenset({"ben"})) in ("L1", "L2")


BY_CLINIC = (TeamMember("anna", ("Downtown",)), TeamMember("ben", ("North",)))


@pytest.mark.parametrize("team", [BY_CLINIC])
def test_leads_that_nobody_can_take_now_hold_back_no_others(office, clock, monkeypatch):
    monkeypatch.setattr(assignment, "_MAX_ASSIGNED", 2)
    desk = office()
    with desk._store.transaction("max") as at:
        at.absences.save("anna", clock.now - timedelta(hours=1), clock.now + timedelta(days=7), "max")
    # Newer leads are given out first: those of the clinic whose person is away.
    add_leads(desk, 1, 2, 3, preferred_clinic="North", created_at="2026-03-01T14:00:00Z")
    add_leads(desk, 4, 5, 6, preferred_clinic="Downtown", created_at="2026-03-05T14:55:00Z")

    runs = [desk.assigner.run() for _ in range(3)]

    assert runs == [2, 1, 0] and owners(desk, 1, 2, 3, 4, 5, 6) == ["ben"] * 3 + [None] * 3


def test_leads_of_somebody_who_may_not_sign_in_any_more_go_to_the_others(office):
    desk = office()
    add_leads(desk, 1, 2)
    desk.assigner.run()
    with desk._store.transaction("max") as at:
        at.users.disable("anna")

    assert desk.assigner.run() == 1 and owners(desk, 1, 2) == ["ben", "ben"]


def test_leads_that_are_no_work_fill_nobodys_capacity(office, clock):
    desk = office()
    add_leads(desk, *range(4))
    for number in range(4):
        until = (clock.now + timedelta(days=30)).isoformat()
        desk.actions.take_step("anna", f"L{number}", "nurture", {"until": until})
        if number > 1:
            desk.actions.take_step("ben", f"L{number}", "do_not_contact", {})
    add_leads(desk, *range(4, 12))

    assert count_open_leads(desk.take_snapshot()) == {}
    assert desk.assigner.run() == 8 and Counter(owners(desk, *range(4, 12))) == {"anna": 4, "ben": 4}


@pytest.mark.parametrize("is_night", [True, False])
def test_a_run_that_gives_out_nothing_does_not_lock_the_store(office, clock, monkeypatch, is_night):
    desk = office()
    add_leads(desk, *range(9 if not is_night else 1))
    if is_night:
        clock.now = datetime(2026, 3, 6, 3, tzinfo=UTC)
    else:
        desk.assigner.run()  # everybody is full, one lead waits
    locks = []
    monkeypatch.setattr(type(desk._store), "transaction", lambda *_: locks.append(1))

    assert desk.assigner.run() == 0 and locks == []


@pytest.mark.parametrize("hours", [(), ("Mon-Sun 00:00-24:00",)])
def test_nobody_works_on_a_federal_holiday_as_no_hand_off_is_due_on_it(hours):
    thanksgiving = datetime(2026, 11, 26, 15, tzinfo=UTC)

    assert not is_working(TeamMember("anna", hours=hours), Practice(), thanksgiving)
    assert is_working(TeamMember("anna", hours=hours), Practice(), thanksgiving + timedelta(days=1))
