"""Is every lead kept before it is acknowledged, scored from all that is known of it, and answered once however often it
is sent?
"""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from features.arrays.text_memory import TextMemory
from serving.application import Components, create_application
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.leads.crm_gateway import StoreLeadGateway
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.schemas.scoring import Answer
from serving.settings import Settings
from serving.store.store import Store


def test_a_new_lead_is_kept_scored_and_answered(client, store, payload):
    made = client.post("/v1/leads", json=payload)
    again = client.post("/v1/leads", json=payload)

    assert (made.status_code, made.json()["created"], made.json()["grade"] in "ABCD") == (201, True, True)
    assert (again.status_code, again.json()["created"], again.json()["changed"]) == (200, False, [])
    assert again.json()["receipt"] == made.json()["receipt"] is not None
    with store.reading() as at:
        assert at.leads.count() == 1 and [one.cause for one in at.scores.list_for("L-1001")] == ["arrival"]
        assert len(at.events.list_for("L-1001")) == 1 and at.leads.get("L-1001").custom == {"Insurance tier": "gold"}


def test_a_field_that_changes_and_changes_back_brings_back_its_score_while_the_clock_stands(champion, tmp_path):
    with Store.open(Settings(tmp_path), lambda: datetime(2026, 3, 5, 12, tzinfo=UTC)) as store:
        service = LeadService(store, champion, sends_to=["hubspot"])
        caller = RequestOrigin("tests", crm="hubspot")
        lead = {"lead_id": "L-1", "created_at": "2026-03-05T09:00:00Z"}
        answers = [
            service.put_lead(lead | {"message": message}, caller)[1]
            for message in ("Please call about my knee", "URGENT, today please, my knee", "Please call about my knee")
        ]
        with store.reading() as at:
            latest, stored = at.scores.get_latest("L-1"), at.scores.list_for("L-1")
        sent = store.claim("hubspot")

    assert answers[0]["receipt"] == answers[2]["receipt"] != answers[1]["receipt"]
    assert latest.receipt == answers[2]["receipt"] and len(stored) == 3
    assert [message.body["probability"] for message in sent] == [answers[2]["probability"]]


def test_a_value_that_cannot_be_read_is_said_when_the_lead_is_stored(client, payload):
    answer = client.post("/v1/leads", json=payload | {"relation": "the man next door"}).json()

    assert any(note.startswith("relation holds text, expected one of") for note in answer["notes"])
    assert not any("next door" in note for note in answer["notes"])


def test_a_custom_value_that_identifies_a_person_is_dropped_and_said_by_its_field(client, store, payload):
    custom = {
        "field_7": "Maria Lopez",
        "Caller": "(617) 555-0142",
        "Nachname": "Qwortz",
        "page": "/book?email=p.lee@example.org",
        "Shoe size": 9,
        "Mood": "sunny",
    }

    answer = client.post("/v1/leads", json=payload | {"custom": custom}).json()

    assert {"field_7", "Caller", "Nachname", "page"} <= set(answer["ignored"])
    with store.transaction() as transaction:
        kept = transaction.leads.get(answer["lead_id"]).custom
    assert kept.items() >= {"Shoe size": 9, "Mood": "sunny"}.items()
    assert not kept.keys() & {"field_7", "Caller", "Nachname", "page"}


def test_a_change_keeps_what_was_said_before_and_scores_anew(client, store, payload):
    first = client.post("/v1/leads", json=payload).json()

    changed = client.post(
        "/v1/leads", json={"lead_id": "L-1001", "existing_patient": True, "custom": {"Shoe size": 9}}
    ).json()

    assert (
        set(changed["changed"]) == {"existing_patient", "custom:Shoe size"} and changed["receipt"] != first["receipt"]
    )
    with store.reading() as at:
        known = at.leads.get("L-1001")
        assert known.values["message"] == payload["message"] and known.custom == {
            "Insurance tier": "gold",
            "Shoe size": 9,
        }
        assert [one.cause for one in at.scores.list_for("L-1001")] == ["arrival", "change"]


def test_events_count_once_and_outcomes_and_feedback_are_kept(client, store, payload):
    client.post("/v1/leads", json=payload)
    events = {
        "events": [
            {"occurred_at": "2026-03-05T10:00:00Z", "kind": "inbound_call", "event_id": "e1"},
            {"occurred_at": "2026-03-05T10:05:00Z", "kind": "sms_in"},
        ]
    }

    added = [client.post("/v1/leads/L-1001/events", json=events).json() for _ in range(2)]
    outcome = client.post("/v1/leads/L-1001/outcomes", json={"stage": "booked", "occurred_at": "2026-03-06T09:00:00Z"})
    twice = client.post("/v1/leads/L-1001/outcomes", json={"stage": "booked", "occurred_at": "2026-03-06T09:00:00Z"})
    said = client.post(
        "/v1/leads/L-1001/feedback",
        json={
            "kind": "reason_wrong",
            "said_by": "ann",
            "reason": "channel_booking_rate",
            "note": "She is her own referrer",
        },
    )

    assert [one["added"] for one in added] == [2, 0] and added[1]["known_already"] == 2
    assert outcome.json()["recorded"] and not twice.json()["recorded"] and said.json()["recorded"]
    known = client.get("/v1/leads/L-1001").json()
    assert (
        [one["stage"] for one in known["outcomes"]] == ["booked"]
        and len(known["events"]) == 3
        and len(known["scores"]) == 2
    )
    assert known["overrides"][0]["kind"] == "reason_wrong"


def test_every_acknowledgment_of_an_outcome_is_true(client, payload):
    client.post("/v1/leads", json=payload)

    def send(**outcome):
        answer = client.post("/v1/leads/L-1001/outcomes", json=outcome)
        return answer.json().get("recorded", answer.json().get("code"))

    again = [send(stage=stage) for stage in ("booked", "lost", "booked", "booked")]
    one_id = [send(stage=stage, outcome_id="7") for stage in ("reached", "reached", "qualified")]
    refused = client.post("/v1/leads/L-1001/outcomes", json={"stage": "qualified", "outcome_id": "7"})

    assert again == [True, True, True, False] and one_id == [True, False, "id_conflict"]
    assert refused.status_code == 409 and "stands for stage reached" in refused.json()["message"]
    assert [(one["field"], one["found"]) for one in refused.json()["fields"]] == [("stage", "qualified")]
    assert send(stage="booked", outcome_id="desk:1") == "invalid_fields"
    stages = [one["stage"] for one in client.get("/v1/leads/L-1001").json()["outcomes"]]
    assert stages == ["booked", "lost", "booked", "reached"]


def test_feedback_sent_twice_is_kept_once_and_a_changed_mind_is_kept(client, payload):
    client.post("/v1/leads", json=payload)
    grades = ("A", "A", "B", "A")

    answers = [
        client.post("/v1/leads/L-1001/feedback", json={"kind": "grade", "said_by": "ann", "grade": grade})
        for grade in grades
    ]

    assert [answer.json()["recorded"] for answer in answers] == [True, False, True, True]
    assert len(client.get("/v1/leads/L-1001").json()["overrides"]) == 3


def test_a_hook_that_repeats_a_stage_after_another_one_is_believed(champion, store, payload):
    door = StoreLeadGateway(LeadService(store, champion))
    door.upsert_lead(payload)

    for stage in ("booked", "booked", "lost", "booked"):
        door.add_outcome("L-1001", {"stage": stage})
    for _ in range(2):
        door.add_events("L-1001", [{"kind": "missed_call"}])

    with store.reading() as at:
        assert [one.stage for one in at.outcomes.list_for("L-1001")] == ["booked", "lost", "booked"]
        assert [one.kind for one in at.events.list_for("L-1001")].count("missed_call") == 1


@pytest.mark.parametrize(
    ("end", "said", "field"),
    [
        ("outcomes", {"stage": "lost", "reason": 4.5}, "reason"),
        ("outcomes", {"stage": "booked", "outcome_id": 7}, "outcome_id"),
        ("outcomes", {"stage": "booked", "value": "much"}, "value"),
        ("outcomes", {"stage": "booked", "value": True}, "value"),
        ("feedback", {"kind": "order", "said_by": "ann", "place": 10**34}, "place"),
        ("feedback", {"kind": "order", "said_by": "ann", "place": 1.5}, "place"),
        ("feedback", {"kind": "grade", "said_by": "ann", "note": False}, "note"),
    ],
)
def test_a_value_of_another_kind_is_named_and_nothing_is_written(client, store, payload, end, said, field):
    client.post("/v1/leads", json=payload)

    answer = client.post(f"/v1/leads/L-1001/{end}", json=said)

    assert (answer.status_code, answer.json()["code"], [one["field"] for one in answer.json()["fields"]]) == (
        422,
        "invalid_fields",
        [field],
    )
    with store.reading() as at:
        assert at.outcomes.list_for("L-1001") == [] and at.overrides.list_for("L-1001") == []


def test_the_queue_is_the_desks_working_order_urgent_ones_first(client, payload):
    recent = {key: value for key, value in payload.items() if key not in ("created_at", "cutoff", "events")}
    for name, message in (
        ("a", "just a price please"),
        ("b", payload["message"]),
        ("c", "chest pain and I cannot breathe, urgent"),
        ("d", "booked already"),
    ):
        assert client.post("/v1/leads", json=recent | {"lead_id": name, "message": message}).status_code == 201
    client.post("/v1/leads/d/outcomes", json={"stage": "booked"})

    found = client.get("/v1/queue").json()

    assert (
        found["count"] == 3
        and found["leads"][0]["lead_id"] == "c"
        and {one["lead_id"] for one in found["leads"]} == {"a", "b", "c"}
    )
    assert found["leads"][0]["why_here"].startswith("Possible emergency") and all(
        one["receipt"] and one["model_version"] for one in found["leads"]
    )
    assert client.get("/v1/queue?limit=0").status_code == 422


def test_thirty_two_retries_with_one_key_make_one_lead_and_one_answer(client, store, payload):
    answers = []

    def send() -> None:
        answers.append(client.post("/v1/leads", json=payload, headers={"Idempotency-Key": "k-1"}))

    threads = [threading.Thread(target=send) for _ in range(32)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert {one.status_code for one in answers} == {201} and len({one.text for one in answers}) == 1
    with store.reading() as at:
        assert at.leads.count() == 1 and len(at.scores.list_for("L-1001")) == 1
    assert (
        client.post("/v1/leads", json=payload | {"channel": "phone"}, headers={"Idempotency-Key": "k-1"}).json()["code"]
        == "idempotency_conflict"
    )


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/leads", {"channel": "phone"}, 422, "invalid_lead"),
        ("/v1/leads", {"lead_id": "x", "created_at": "someday"}, 422, "invalid_lead"),
        (
            "/v1/leads/nobody/events",
            {"events": [{"occurred_at": "2026-03-05T10:00:00Z", "kind": "sms_in"}]},
            404,
            "unknown_lead",
        ),
        ("/v1/leads/nobody/outcomes", {"stage": "booked"}, 404, "unknown_lead"),
        ("/v1/leads/nobody/outcomes", {"stage": "married"}, 422, "invalid_value"),
        ("/v1/leads/nobody/outcomes", {"stage": "booked", "colour": "red"}, 422, "invalid_fields"),
        ("/v1/leads/nobody/feedback", {"kind": "order"}, 422, "invalid_fields"),
    ],
)
def test_what_cannot_be_kept_is_said_by_field_and_never_by_value(client, path, body, status, code):
    refused = client.post(path, json=body)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert "someday" not in refused.text and "married" not in refused.text and "colour" not in refused.text


def test_without_a_store_only_what_needs_none_is_answered(champion, now, payload):
    client = TestClient(
        RequestMiddleware(create_application(Components(champion, lambda: now)), metrics=RequestMetrics(()))
    )

    refused = client.post("/v1/leads", json=payload)

    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (
        503,
        "store_unavailable",
        True,
    )
    assert client.post("/v1/score", json=payload).status_code == 200


def test_what_a_crm_brings_is_kept_like_everything_else(champion, store, payload):
    door = StoreLeadGateway(LeadService(store, champion))

    answer = door.upsert_lead({**payload, "relation": None})
    door.add_events("L-1001", [{"kind": "inbound_call", "occurred_at": "2026-03-05T09:30:00Z", "event_id": "hs-1"}])
    door.add_outcome("L-1001", {"stage": "booked", "occurred_at": "2026-03-06T09:30:00Z"})

    assert answer["grade"] in "ABCD" and set(answer) == set(Answer.model_fields)
    with store.reading() as at:
        assert (
            at.leads.count() == 1
            and len(at.events.list_for("L-1001")) == 2
            and len(at.outcomes.list_for("L-1001")) == 1
        )
    door.forget_lead("L-1001")
    door.forget_lead("L-1001")
    with store.reading() as at:
        assert at.leads.get("L-1001") is None


def test_no_parser_remembers_the_address_of_a_lead_that_is_forgotten(champion, store):
    memory = TextMemory(limit=9, longest=99)
    memory.keep("Ann <ann@example.org>", "ann@example.org")

    StoreLeadGateway(LeadService(store, champion)).forget_lead("L-1001")

    assert memory == {}


def test_a_null_takes_back_what_was_said_and_says_that_a_field_was_left_empty(client, store, payload):
    client.post("/v1/leads", json=payload)

    answer = client.post(
        "/v1/leads",
        json={
            "lead_id": "L-1001",
            "phone": None,
            "relation": None,
            "created_at": None,
            "custom": {"Insurance tier": None},
        },
    ).json()

    # Nothing was said of relation before: that it was asked for and left empty is news.
    assert set(answer["changed"]) == {"phone", "relation", "custom:Insurance tier"}
    with store.reading() as at:
        known = at.leads.get("L-1001")
        assert "phone" not in known.values and known.custom == {} and known.values["message"] == payload["message"]


@pytest.mark.parametrize("end", ["/events", "/outcomes", "/feedback", ""])
def test_an_address_with_nul_in_it_is_that_of_no_lead(client, end):
    body = {
        "events": {"events": []},
        "outcomes": {"stage": "booked"},
        "feedback": {"kind": "order", "said_by": "ann"},
    }.get(end[1:])

    answer = client.request("POST" if end else "GET", f"/v1/leads/L%00{end}", json=body)

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_lead")


def test_who_asked_to_be_forgotten_comes_back_by_a_new_inquiry_alone(client, champion, store, payload):
    client.post("/v1/leads", json=payload)
    StoreLeadGateway(LeadService(store, champion)).forget_lead("L-1001")

    refused = client.post("/v1/leads", json=payload)

    assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (410, "forgotten", False)
    assert (
        client.post(
            "/v1/leads", json=payload | {"created_at": (datetime.now(UTC) + timedelta(seconds=9)).isoformat()}
        ).status_code
        == 201
    )
