"""Does the desk's snapshot always say what the store says, whoever wrote it, and does every lead keep its way back?"""

import shutil
from datetime import timedelta

import numpy as np
import pytest

from serving.desk.lead_actions import LeadActions
from serving.desk.queue.filters import QueueFilter
from serving.desk.queue.queue_board import QueueBoard
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.settings import Settings
from serving.store.database.entities import Event, Outcome
from serving.store.store import Store
from tests.serving.store.conftest import FixedClock


@pytest.fixture
def lead_service(store, champion):
    return LeadService(store, champion)


@pytest.fixture(scope="module")
def filled(tmp_path_factory, champion, generate_leads):
    """A home whose store has forty leads of the last days, scored: all with a phone number, one a possible emergency,
    none spam. To be copied: scoring them takes a second.
    """
    home, clock = tmp_path_factory.mktemp("filled") / "home", FixedClock()
    with Store.open(Settings(home=home), clock) as store:
        lead_service = LeadService(store, champion)
        for payload in generate_leads(40):
            texts = {
                name: value
                for name, value in payload.items()
                if isinstance(value, str) and not name.startswith("custom:")
            }
            if payload["lead_id"] == "L4":
                texts["message"] = "I can't feel my legs"
            elif "seo" in texts.get("message", ""):
                texts["message"] = "Do you see children?"
            hours = int(payload["lead_id"][1:])
            texts |= {"phone": "(617) 555-0123", "created_at": (clock() - timedelta(hours=hours)).isoformat()}
            lead_service.put_lead(texts, RequestOrigin("crm"))
    return home


@pytest.fixture
def leads():
    """The ids of the leads of ``filled``; a test that asks for them has them in its store."""
    return [f"L{number}" for number in range(40)]


@pytest.fixture
def store(request, tmp_path, clock):
    """A store with forty leads for a test that asks for ``leads``, an empty one for the others."""
    if "leads" in request.fixturenames:
        shutil.copytree(request.getfixturevalue("filled"), tmp_path / "home")
    with Store.open(Settings(home=tmp_path / "home"), clock) as opened:
        yield opened


@pytest.fixture
def actions(store, lead_service):
    return LeadActions(store, lead_service)


def now(clock):
    """The clock's moment as the desk has it."""
    return np.datetime64(clock().replace(tzinfo=None), "us")


def describe_queue(board, engine, clock):
    """Everything that the snapshot says of each lead in order."""
    snapshot = board.take_snapshot(engine, now(clock))
    return [
        (snapshot.columns.rows[row], snapshot.get_lane(row), snapshot.explain_position(row))
        for row in [*snapshot.filter_rows(QueueFilter()), *snapshot.nurture_rows]
    ]


def test_what_is_read_again_says_what_reading_everything_says(store, engine, actions, lead_service, leads, clock):
    board = QueueBoard(store, 0.1)
    board.take_snapshot(engine, now(clock))

    for number, (kind, fields) in enumerate(
        [
            ("claim", {}),
            ("call", {"result": "no_answer"}),
            ("nurture", {"until": "2026-03-20"}),
            ("grade", {"grade": "A", "reason": "x"}),
        ]
        * 3
    ):
        actions.take_step(
            "anna",
            leads[number],
            kind,
            fields | ({"until": f"{clock() + timedelta(days=9):%Y-%m-%dT%H:%M:%S%z}"} if kind == "nurture" else {}),
        )
        if number % 3 == 0:
            clock.forward(minutes=2)
            actions.settle()
        if number % 4 == 1:
            lead_service.put_lead(
                {"lead_id": f"new-{number}", "channel": "phone", "created_at": clock().isoformat()},
                RequestOrigin("crm"),
            )
        if number == 5:
            lead_service.add_outcome(leads[30], {"stage": "booked"}, RequestOrigin("crm"))
            lead_service.forget(leads[31])
        assert sorted(describe_queue(board, engine, clock), key=str) == sorted(
            describe_queue(QueueBoard(store, 0.1), engine, clock), key=str
        )

    assert {row.lead_id for row, *_ in describe_queue(board, engine, clock)}.isdisjoint({leads[30], leads[31]})


def test_nothing_is_read_again_while_nothing_was_written(store, engine, leads, clock, monkeypatch):
    board = QueueBoard(store)
    first = board.take_snapshot(engine, now(clock)).columns

    clock.forward(minutes=5)

    assert board.take_snapshot(engine, now(clock)).columns is first


def test_a_nurtured_lead_comes_back_on_its_day_or_when_it_is_heard_from(
    store, engine, actions, lead_service, leads, clock
):
    board = QueueBoard(store)
    for lead_id in leads[:2]:
        actions.take_step("anna", lead_id, "nurture", {"until": (clock() + timedelta(days=7)).isoformat()})
    away = board.take_snapshot(engine, now(clock))
    clock.forward(hours=1)
    lead_service.add_events(
        leads[0], {"events": [{"kind": "inbound_call", "occurred_at": clock().isoformat()}]}, RequestOrigin("crm")
    )
    called = board.take_snapshot(engine, now(clock))
    clock.forward(days=7)
    later = board.take_snapshot(engine, now(clock))

    names = lambda snapshot, rows: {snapshot.columns.rows[row].lead_id for row in rows}  # noqa: E731
    assert names(away, away.nurture_rows) == set(leads[:2]) and names(away, away.filter_rows(QueueFilter())).isdisjoint(
        leads[:2]
    )
    assert names(called, called.nurture_rows) == {leads[1]} and leads[0] in names(
        called, called.filter_rows(QueueFilter())
    )
    assert leads[1] in names(later, later.filter_rows(QueueFilter()))


def test_a_grade_that_a_person_gave_counts_and_never_hides_what_is_urgent(store, engine, actions, leads, clock):
    board = QueueBoard(store)
    earlier = board.take_snapshot(engine, now(clock))
    urgent = next(row.lead_id for row in earlier.columns.rows if row.lane == "urgent")
    other = next(row.lead_id for row in earlier.columns.rows if row.lane == "normal")

    for lead_id in (urgent, other):
        actions.take_step("anna", lead_id, "grade", {"grade": "D", "reason": "x"})
    later = board.take_snapshot(engine, now(clock))

    lane = {later.columns.rows[row].lead_id: later.get_lane(row) for row in later.filter_rows(QueueFilter())}
    assert (lane[urgent], lane[other]) == ("urgent", "nurture")
    assert (
        later.candidates.probability[later.queue_positions[later.columns.row_numbers[other]]] <= engine.bundle.grades.c
    )


def test_the_next_lead_is_nobody_elses(store, engine, actions, leads, clock):
    board = QueueBoard(store)
    clock.forward(hours=5)  # noon in Boston
    first = board.take_snapshot(engine, now(clock)).find_next_lead("anna")
    actions.take_step("anna", first, "claim", {})

    mine, others = (board.take_snapshot(engine, now(clock)).find_next_lead(person) for person in ("anna", "ben"))

    assert mine == first != others is not None


def test_filters_keep_what_is_asked_for(store, engine, actions, leads, clock):
    actions.take_step("anna", leads[3], "claim", {})
    snapshot = QueueBoard(store).take_snapshot(engine, now(clock))

    def list_rows(person="", **values):
        return [snapshot.columns.rows[row] for row in snapshot.filter_rows(QueueFilter.of(values, person))]

    assert {row.channel for row in list_rows(channel="inbound_call")} == {"inbound_call"}
    assert [row.lead_id for row in list_rows("anna", owner="mine")] == [leads[3]] and list_rows(
        "ben", owner="mine"
    ) == []
    assert leads[3] not in {row.lead_id for row in list_rows(owner="nobody")} and len(list_rows(owner="nobody")) == 39
    assert {snapshot.get_lane(snapshot.columns.row_numbers[row.lead_id]) for row in list_rows(lane="urgent")} == {
        "urgent"
    }
    assert list_rows(grade="E") == [] and len(list_rows()) == 40


def test_calls_of_other_programs_count_as_calls(store, engine, leads, clock):
    with store.transaction() as at:
        at.events.add(leads[0], [Event(at.now, "outbound_call", reached=False, event_id="e1")])
        at.outcomes.add(leads[1], Outcome(at.now, "booked"))

    snapshot = QueueBoard(store).take_snapshot(engine, now(clock))

    assert (
        snapshot.columns.arrays["calls"][snapshot.columns.row_numbers[leads[0]]] == 1
        and leads[1] not in snapshot.columns.row_numbers
    )


def test_the_shares_of_the_order_count_on_from_the_calls_logged(store, engine, actions, leads, clock):
    board = QueueBoard(store, 0.25)
    earlier = board.take_snapshot(engine, now(clock)).columns.calls_made

    for lead_id in leads[:3]:
        actions.take_step("anna", lead_id, "claim", {})
        actions.take_step("anna", lead_id, "call", {"result": "no_answer"})
    actions.take_step("anna", leads[0], "outcome", {"stage": "lost", "reason": "other"})

    assert (earlier, board.take_snapshot(engine, now(clock)).columns.calls_made) == (0, 3)


def test_who_asked_for_another_time_of_day_is_next_when_nobody_else_is_left(store, engine, lead_service, clock):
    clock.forward(hours=5)  # noon in Boston
    lead_service.put_lead(
        {"lead_id": "evening", "channel": "web_form", "preferred_time": "evening", "created_at": clock().isoformat()},
        RequestOrigin("crm"),
    )
    alone = QueueBoard(store).take_snapshot(engine, now(clock))
    lead_service.put_lead(
        {"lead_id": "any", "channel": "web_form", "created_at": clock().isoformat()}, RequestOrigin("crm")
    )
    both = QueueBoard(store).take_snapshot(engine, now(clock))

    assert (alone.find_next_lead("anna"), both.find_next_lead("anna")) == ("evening", "any")


def test_who_cannot_be_reached_by_phone_and_spam_are_on_lists_of_their_own(store, engine, lead_service, leads, clock):
    message = {"channel": "web_form", "created_at": clock().isoformat()}
    new = {
        "email-only": {"email": "ann@example.org"},
        "nothing": {},
        "withheld": {"phone": "withheld"},
        "spam": {"phone": "(617) 555-0123", "message": "seo services and backlinks for your site"},
        "opted-out": {"phone": "(617) 555-0123", "do_not_contact": "yes"},
    }
    for lead_id, values in new.items():
        lead_service.put_lead({"lead_id": lead_id, **message, **values}, RequestOrigin("crm"))

    snapshot = QueueBoard(store).take_snapshot(engine, now(clock))

    on_list = {
        name: {snapshot.columns.rows[row].lead_id for row in snapshot.filter_rows(QueueFilter(list=name))}
        for name in ("write", "missing", "spam", "apart", "call")
    }
    assert on_list.pop("call") == set(leads)
    assert on_list == {
        "write": {"email-only"},
        "missing": {"nothing", "withheld"},
        "spam": {"spam"},
        "apart": {"opted-out"},
    }


def test_where_the_crm_sends_no_contact_data_everybody_may_be_called(store, engine, lead_service, clock):
    for lead_id in ("a", "b"):
        lead_service.put_lead(
            {"lead_id": lead_id, "channel": "web_form", "created_at": clock().isoformat()}, RequestOrigin("crm")
        )

    assert len(QueueBoard(store).take_snapshot(engine, now(clock)).filter_rows(QueueFilter())) == 2


def test_a_wrong_number_is_not_dialed_again_until_there_is_another(store, engine, actions, lead_service, leads, clock):
    board = QueueBoard(store)
    actions.take_step("anna", leads[0], "call", {"result": "wrong_number"})
    wrong = board.take_snapshot(engine, now(clock))
    clock.forward(minutes=1)
    actions.take_step("anna", leads[0], "contact", {"phone": "(617) 555-0199"})
    found = board.take_snapshot(engine, now(clock))

    to_call = lambda snapshot: {snapshot.columns.rows[row].lead_id for row in snapshot.filter_rows(QueueFilter())}  # noqa: E731
    assert leads[0] not in to_call(wrong) and leads[0] in to_call(found)


def test_a_lead_that_was_reopened_is_called_again(store, engine, actions, leads, clock):
    board = QueueBoard(store)
    actions.take_step("anna", leads[0], "outcome", {"stage": "lost", "reason": "price"})
    clock.forward(minutes=2)
    actions.settle()
    closed = board.take_snapshot(engine, now(clock)).columns.row_numbers
    actions.take_step("anna", leads[0], "back", {})

    assert leads[0] not in closed
    assert leads[0] in board.take_snapshot(engine, now(clock)).columns.row_numbers
