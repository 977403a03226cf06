"""Is a lead scored again when it should be, and does its score go back to where it came from and nowhere else?"""

import json
from datetime import timedelta

import pytest

from serving.leads.crm_gateway import StoreLeadGateway
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.store.database.entities import Score


def test_what_has_grown_old_is_scored_again_and_closed_leads_are_left_alone(
    client, champion, store, payload, monkeypatch
):
    recent = {key: value for key, value in payload.items() if key not in ("created_at", "cutoff", "events")}
    for name in ("open", "closed"):
        client.post("/v1/leads", json=recent | {"lead_id": name})
    client.post("/v1/leads/closed/outcomes", json={"stage": "lost", "reason": "price"})
    intake = LeadService(store, champion)

    assert intake.scorer.rescore_old_leads() == 0
    monkeypatch.setattr("serving.leads.lead_scorer._OLD", timedelta(hours=-1))
    assert intake.scorer.rescore_old_leads() == 1
    with store.reading() as at:
        assert [one.cause for one in at.scores.list_for("open")] == ["arrival", "time"] and len(
            at.scores.list_for("closed")
        ) == 1


def sent_to(store, crm="hubspot"):
    """What waits for a CRM, without taking it."""
    with store.database.reading() as connection:
        return [
            json.loads(body)
            for (body,) in connection.exec_driver_sql(
                f"SELECT body FROM outbox WHERE state = 'waiting' AND destination = '{crm}' ORDER BY seq"
            )
        ]


def test_a_score_goes_back_to_the_crm_that_the_lead_came_from_and_to_no_other(champion, store, payload):
    intake = LeadService(store, champion, ["hubspot", "dynamics"])
    given = StoreLeadGateway(intake).for_crm("hubspot").upsert_lead(payload)
    StoreLeadGateway(intake).for_crm("salesforce").upsert_lead(payload | {"lead_id": "nowhere to send"})
    intake.put_lead(payload | {"lead_id": "a program's own"}, RequestOrigin("key"))

    assert [one["score"] for one in sent_to(store)] == [given["score"]] and sent_to(store, "dynamics") == sent_to(
        store, "salesforce"
    ) == []
    intake.put_lead({"lead_id": "L-1001", "channel": "referral"}, RequestOrigin("key"))
    (newest,) = sent_to(store)
    assert newest["previous_score"] == given["score"] and newest["next_step"]
    with store.reading() as at:
        assert (
            at.outbox.count_by_state() == {"set_aside": 1, "waiting": 1}
            and newest["scored_at"] == at.scores.get_latest("L-1001").shown["scored_at"]
        )


@pytest.mark.parametrize(
    ("shown", "goes"),
    [
        ({}, False),
        ({"score": 0}, True),
        ({"lane": "urgent"}, True),
        ({"reason_1": "Something else"}, True),
        ({"odds_in_words": "?"}, False),
    ],
)
def test_a_score_that_time_alone_made_goes_back_only_where_it_says_something_else(
    champion, store, payload, shown, goes, monkeypatch
):
    recent = {key: value for key, value in payload.items() if key not in ("created_at", "cutoff", "events")}
    intake = LeadService(store, champion, ["hubspot"])
    StoreLeadGateway(intake, "hubspot").upsert_lead(recent)
    for one in store.claim("hubspot"):
        with store.transaction() as at:
            at.outbox.mark_done(one)
            last = at.scores.get_latest("L-1001")
            at.scores.add(
                Score("L-1001", "r", last.bundle_sha256, "3", None, 0.5, "B", "normal", shown={**last.shown, **shown})
            )
    monkeypatch.setattr("serving.leads.lead_scorer._OLD", timedelta(hours=-1))

    assert intake.scorer.rescore_old_leads() == 1 and len(sent_to(store)) == goes


def test_what_is_asked_stays_until_something_new_is_said(client, payload):
    few = {"lead_id": "L-1", "channel": "web_form"}
    first = client.post("/v1/leads", json=few).json()
    after_event = client.post(
        "/v1/leads/L-1/events", json={"events": [{"occurred_at": "2026-03-05T10:00:00Z", "kind": "sms_in"}]}
    ).json()
    told = client.post(
        "/v1/leads", json=few | {first["asks"][0]["field"]: payload.get(first["asks"][0]["field"], "self")}
    ).json()

    assert first["ask_1"] == first["asks"][0]["question"] == after_event["ask_1"] and first["next_step"]
    assert first["asks"][0]["field"] not in {one["field"] for one in told["asks"]}
    assert client.post("/v1/score", json=few).json()["ask_1"] is None
