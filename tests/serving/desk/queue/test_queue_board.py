"""Does the desk's picture always say what the store says, whoever wrote it, and does every lead keep its way back?"""

from datetime import timedelta

import numpy as np
import pytest

from serving.desk.lead_actions import LeadActions
from serving.desk.queue.filters import QueueFilter
from serving.desk.queue.queue_board import QueueBoard
from serving.leads.lead_service import Asked, Intake
from serving.store.database.entities import Event, Outcome


@pytest.fixture
def intake(store, champion):
    return Intake(store, champion)


@pytest.fixture
def leads(intake, invented, clock):
    """Forty leads of the last days, scored."""
    for one in invented(40):
        plain = {
            name: value for name, value in one.items() if isinstance(value, str) and not name.startswith("custom:")
        }
        intake.put_lead(
            plain | {"created_at": (clock() - timedelta(hours=int(one["lead_id"][1:]))).isoformat()}, Asked("crm")
        )
    return [f"L{number}" for number in range(40)]


@pytest.fixture
def work(store, intake):
    return LeadActions(store, intake)


def now(clock):
    """The clock's moment as the desk has it."""
    return np.datetime64(clock().replace(tzinfo=None), "us")


def seen(board, engine, clock):
    """Everything that the picture says of each lead in order."""
    picture = board.picture(engine, now(clock))
    return [
        (picture.known.rows[row], picture.lane_of(row), picture.why(row))
        for row in [*picture.listed(QueueFilter()), *picture.nurtured]
    ]


def test_what_is_read_again_says_what_reading_everything_says(store, engine, work, intake, leads, clock):
    board = QueueBoard(store, 0.1)
    board.picture(engine, now(clock))

    for number, (kind, given) in enumerate(
        [
            ("claim", {}),
            ("call", {"result": "no_answer"}),
            ("nurture", {"until": "2026-03-20"}),
            ("grade", {"grade": "A", "reason": "x"}),
        ]
        * 3
    ):
        work.take(
            "anna",
            leads[number],
            kind,
            given | ({"until": f"{clock() + timedelta(days=9):%Y-%m-%dT%H:%M:%S%z}"} if kind == "nurture" else {}),
        )
        if number % 3 == 0:
            clock.forward(minutes=2)
            work.settle()
        if number % 4 == 1:
            intake.put_lead(
                {"lead_id": f"new-{number}", "channel": "phone", "created_at": clock().isoformat()}, Asked("crm")
            )
        if number == 5:
            intake.add_outcome(leads[30], {"stage": "booked"}, Asked("crm"))
            intake.forget(leads[31])
        assert sorted(seen(board, engine, clock), key=str) == sorted(seen(QueueBoard(store, 0.1), engine, clock), key=str)

    assert {row.lead_id for row, *_ in seen(board, engine, clock)}.isdisjoint({leads[30], leads[31]})


def test_nothing_is_read_again_while_nothing_was_written(store, engine, leads, clock, monkeypatch):
    board = QueueBoard(store)
    first = board.picture(engine, now(clock)).known

    clock.forward(minutes=5)

    assert board.picture(engine, now(clock)).known is first


def test_a_nurtured_lead_comes_back_on_its_day_or_when_it_is_heard_from(store, engine, work, intake, leads, clock):
    board = QueueBoard(store)
    for lead_id in leads[:2]:
        work.take("anna", lead_id, "nurture", {"until": (clock() + timedelta(days=7)).isoformat()})
    away = board.picture(engine, now(clock))
    clock.forward(hours=1)
    intake.add_events(
        leads[0], {"events": [{"kind": "inbound_call", "occurred_at": clock().isoformat()}]}, Asked("crm")
    )
    called = board.picture(engine, now(clock))
    clock.forward(days=7)
    later = board.picture(engine, now(clock))

    names = lambda picture, rows: {picture.known.rows[row].lead_id for row in rows}  # noqa: E731
    assert names(away, away.nurtured) == set(leads[:2]) and names(away, away.listed(QueueFilter())).isdisjoint(leads[:2])
    assert names(called, called.nurtured) == {leads[1]} and leads[0] in names(called, called.listed(QueueFilter()))
    assert leads[1] in names(later, later.listed(QueueFilter()))


def test_a_grade_that_a_person_gave_counts_and_never_hides_what_is_urgent(store, engine, work, leads, clock):
    board = QueueBoard(store)
    before = board.picture(engine, now(clock))
    urgent = next(one.lead_id for one in before.known.rows if one.lane == "urgent")
    plain = next(one.lead_id for one in before.known.rows if one.lane != "urgent")

    for lead_id in (urgent, plain):
        work.take("anna", lead_id, "grade", {"grade": "D", "reason": "x"})
    after = board.picture(engine, now(clock))

    lane = {after.known.rows[row].lead_id: after.lane_of(row) for row in after.listed(QueueFilter())}
    assert (lane[urgent], lane[plain]) == ("urgent", "nurture")
    assert after.leads.probability[after.standing_at[after.known.place[plain]]] <= engine.bundle.grades.c


def test_the_next_lead_is_nobody_elses(store, engine, work, leads, clock):
    board = QueueBoard(store)
    clock.forward(hours=5)  # noon in Boston
    first = board.picture(engine, now(clock)).next_for("anna")
    work.take("anna", first, "claim", {})

    mine, others = (board.picture(engine, now(clock)).next_for(person) for person in ("anna", "ben"))

    assert mine == first != others is not None


def test_filters_keep_what_is_asked_for(store, engine, work, leads, clock):
    work.take("anna", leads[3], "claim", {})
    picture = QueueBoard(store).picture(engine, now(clock))

    def found(person="", **asked):
        return [picture.known.rows[row] for row in picture.listed(QueueFilter.of(asked, person))]

    assert {one.channel for one in found(channel="phone")} == {"phone"}
    assert [one.lead_id for one in found("anna", owner="mine")] == [leads[3]] and found("ben", owner="mine") == []
    assert leads[3] not in {one.lead_id for one in found(owner="nobody")} and len(found(owner="nobody")) == 39
    assert {picture.lane_of(picture.known.place[one.lead_id]) for one in found(lane="urgent")} == {"urgent"}
    assert found(grade="E") == [] and len(found()) == 40


def test_calls_of_other_programs_count_as_calls(store, engine, leads, clock):
    with store.transaction() as at:
        at.events.add(leads[0], [Event(at.now, "outbound_call", reached=False, event_id="e1")])
        at.outcomes.add(leads[1], Outcome(at.now, "booked"))

    picture = QueueBoard(store).picture(engine, now(clock))

    assert picture.known.columns["calls"][picture.known.place[leads[0]]] == 1 and leads[1] not in picture.known.place


def test_the_shares_of_the_order_count_on_from_the_calls_logged(store, engine, work, leads, clock):
    board = QueueBoard(store, 0.25)
    before = board.picture(engine, now(clock)).known.called

    for lead_id in leads[:3]:
        work.take("anna", lead_id, "claim", {})
        work.take("anna", lead_id, "call", {"result": "no_answer"})
    work.take("anna", leads[0], "outcome", {"stage": "lost", "reason": "other"})

    assert (before, board.picture(engine, now(clock)).known.called) == (0, 3)


def test_who_asked_for_another_time_of_day_is_next_when_nobody_else_is_left(store, engine, intake, clock):
    clock.forward(hours=5)  # noon in Boston
    intake.put_lead(
        {"lead_id": "evening", "channel": "web_form", "preferred_time": "evening", "created_at": clock().isoformat()},
        Asked("crm"),
    )
    alone = QueueBoard(store).picture(engine, now(clock))
    intake.put_lead({"lead_id": "any", "channel": "web_form", "created_at": clock().isoformat()}, Asked("crm"))
    both = QueueBoard(store).picture(engine, now(clock))

    assert (alone.next_for("anna"), both.next_for("anna")) == ("evening", "any")
