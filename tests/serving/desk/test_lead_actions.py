"""Do two people never work on one lead, can a slip be taken back, and does what they did reach the model in the end?"""

import threading
from datetime import timedelta

import pytest

from serving.desk.lead_actions import LeadActions
from serving.desk.lead_state import CALL_RESULTS, STEP_FIELDS, replay_steps, validate_step
from serving.errors import RequestError
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.store.database.entities import DeskStep


@pytest.fixture
def actions(store, champion, payload):
    """The desk over a store with one lead."""
    lead_service = LeadService(store, champion)
    lead_service.put_lead(payload, RequestOrigin("crm"))
    return LeadActions(store, lead_service)


def later(actions, **length):
    """Let time pass."""
    actions._store._clock.forward(**length)


def test_a_lead_that_somebody_has_is_refused_to_others_until_the_hold_ends(actions):
    actions.take_step("anna", "L-1001", "claim", {})

    with pytest.raises(RequestError, match="anna is working on this lead") as refused:
        actions.take_step("ben", "L-1001", "claim", {})
    later(actions, minutes=16)

    assert refused.value.status == 409
    assert actions.take_step("ben", "L-1001", "claim", {}).state.owner == "ben"


def test_of_two_that_claim_at_once_one_has_the_lead(actions):
    results = []

    def claim(person):
        try:
            results.append(actions.take_step(person, "L-1001", "claim", {}).state.owner)
        except RequestError as refused:
            results.append(refused.code)

    people = [threading.Thread(target=claim, args=(f"person-{number}",)) for number in range(8)]
    [person.start() for person in people]
    [person.join() for person in people]

    assert sorted(results).count("held") == 7


def test_a_call_that_was_undone_leaves_nothing_but_the_two_steps(actions, store):
    step = actions.take_step("anna", "L-1001", "call", {"result": "no_answer"})
    later(actions, seconds=59)

    undone = actions.undo("anna", "L-1001", step.number)
    later(actions, minutes=5)

    assert (actions.settle(), undone.state.calls) == (0, 0)
    with store.reading() as at:
        assert [step.kind for step in at.desk.list_steps("L-1001")] == ["call", "undo"]
        assert "outbound_call" not in [event.kind for event in at.events.list_for("L-1001")]


@pytest.mark.parametrize(("person", "seconds"), [("ben", 5), ("anna", 61)])
def test_nobody_else_and_nobody_later_undoes_it(actions, person, seconds):
    step = actions.take_step("anna", "L-1001", "call", {"result": "voicemail"})
    later(actions, seconds=seconds)
    actions.settle()

    with pytest.raises(RequestError, match="cannot be undone any more"):
        actions.undo(person, "L-1001", step.number)


def test_a_call_that_is_final_is_an_event_once_and_the_lead_is_scored_anew(actions, store):
    actions.take_step("anna", "L-1001", "call", {"result": "reached", "note": "asks for Tuesday"})
    later(actions, seconds=61)

    assert (actions.settle(), actions.settle()) == (1, 0)

    with store.reading() as at:
        calls = [event for event in at.events.list_for("L-1001") if event.kind == "outbound_call"]
        assert [(call.reached, call.staff_id) for call in calls] == [(True, "anna")]
        assert [outcome.stage for outcome in at.outcomes.list_for("L-1001")] == ["reached"]
        assert [score.cause for score in at.scores.list_for("L-1001")] == ["arrival", "change"]


def test_an_outcome_closes_the_lead_and_the_next_training_learns_of_it(actions, store):
    actions.take_step("anna", "L-1001", "outcome", {"stage": "lost", "reason": "price"})
    later(actions, seconds=61)
    actions.settle()

    with store.reading() as at:
        (outcome,) = at.outcomes.list_for("L-1001")
        assert (outcome.stage, outcome.reason, outcome.staff_id) == ("lost", "price", "anna")
        assert (at.desk.get_state("L-1001").track, at.desk.get_state("L-1001").closed_because) == ("closed", "price")


def test_an_override_stands_beside_the_score_and_never_in_its_place(actions, store):
    with store.reading() as at:
        earlier = at.scores.get_latest("L-1001")

    actions.take_step("anna", "L-1001", "grade", {"grade": "A", "reason": "the surgeon asked for him"})
    actions.take_step("anna", "L-1001", "reason_wrong", {"reason": "distance", "note": "he moved"})
    later(actions, seconds=61)
    actions.settle()

    with store.reading() as at:
        assert [(override.kind, override.grade, override.reason) for override in at.overrides.list_for("L-1001")] == [
            ("grade", "A", None),
            ("reason_wrong", None, "distance"),
        ]
        assert at.desk.get_state("L-1001").grade == "A"
        assert at.scores.list_for("L-1001")[0] == earlier


def test_a_process_that_dies_leaves_the_rest_to_the_next_one(actions, store, champion):
    actions.take_step("anna", "L-1001", "call", {"result": "no_answer"})
    later(actions, seconds=61)

    assert LeadActions(store, LeadService(store, champion)).settle() == 1


def test_what_is_missing_is_named(actions):
    with pytest.raises(RequestError, match="Something is missing") as refused:
        actions.take_step("anna", "L-1001", "outcome", {"stage": "lost"})

    assert [fault.field for fault in refused.value.fields] == ["reason"]


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("call", {"result": "shouted"}),
        ("callback", {"at": "2026-03-05T13:00:00"}),
        ("callback", {"at": "2020-01-01T00:00:00+00:00"}),
        ("callback", {"at": "9999-01-01T00:00:00+00:00"}),
        ("order", {"place": "0", "reason": "x"}),
        ("order", {"place": "٣", "reason": "x"}),
        ("grade", {"grade": "E", "reason": "x"}),
        ("note", {"text": "a" * 2_001}),
        ("note", {"text": "\0"}),
        ("undo_all", {}),
    ],
)
def test_nonsense_is_refused(clock, kind, fields):
    with pytest.raises(RequestError, match="fix the fields that are named|no such step"):
        validate_step(kind, fields, clock())


def test_every_kind_of_step_has_a_meaning(clock):
    carried = {
        "call": {"result": "reached"},
        "outcome": {"stage": "booked"},
        "callback": {"at": "2026-03-06T12:00:00+00:00"},
        "hand_over": {"to": "ben"},
        "nurture": {"until": "2026-03-16T12:00:00+00:00"},
        "message": {"channel": "text"},
        "grade": {"grade": "A"},
        "order": {"place": 1},
    }

    for number, kind in enumerate(STEP_FIELDS, 1):
        if kind != "undo":
            assert replay_steps([DeskStep("L", "anna", kind, carried.get(kind, {}), None, clock(), number)]).track in (
                "queue",
                "nurture",
                "closed",
            )


def test_undoing_gives_the_standing_as_if_the_step_had_never_been(clock):
    steps = [
        DeskStep("L", "anna", "claim", {}, None, clock(), 1),
        DeskStep("L", "anna", "callback", {"at": "2026-03-06T12:00:00+00:00"}, None, clock(), 2),
    ]
    call = DeskStep("L", "anna", "call", {"result": "wrong_number"}, None, clock() + timedelta(minutes=1), 3)

    assert replay_steps([*steps, call, DeskStep("L", "anna", "undo", {}, 3, clock(), 4)]) == replay_steps(steps)
    assert set(CALL_RESULTS) == {"reached", "voicemail", "no_answer", "wrong_number"}


@pytest.mark.parametrize(("channel", "kind"), [("text", "sms_out"), ("email", "email_out")])
def test_a_message_that_somebody_logged_is_an_event(actions, store, channel, kind):
    actions.take_step("anna", "L-1001", "message", {"channel": channel})
    later(actions, seconds=61)
    actions.settle()

    with store.reading() as at:
        assert [event.staff_id for event in at.events.list_for("L-1001") if event.kind == kind] == ["anna"]


def test_a_phone_number_that_was_added_is_in_the_lead_at_once_and_not_in_the_step(actions, store):
    step = actions.take_step("anna", "L-1001", "contact", {"phone": "(617) 555-0199"})

    with store.reading() as at:
        assert at.leads.get("L-1001").values["phone"] == "(617) 555-0199"
        assert [dict(step.detail) for step in at.desk.list_steps("L-1001")] == [{"fields": "phone"}]
    with pytest.raises(RequestError, match="cannot be undone"):
        actions.undo("anna", "L-1001", step.number)


@pytest.mark.parametrize("fields", [{}, {"phone": "withheld"}, {"email": "ann"}, {"phone": "\0" * 9}])
def test_no_contact_data_is_none(actions, fields):
    with pytest.raises(RequestError, match="fix the fields that are named"):
        actions.take_step("anna", "L-1001", "contact", fields)
