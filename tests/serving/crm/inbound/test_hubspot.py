"""Are both webhooks of HubSpot understood, and answered so that a workflow can go on?"""

import json
from datetime import timedelta

import pytest

from features.mapping.column_mapping import Mapping
from serving.crm.inbound import hubspot
from serving.crm.inbound.replay_protection import ReplayCache
from serving.crm_settings import CrmSettings, Secret
from serving.errors import RequestError

EVENTS = "/v1/hooks/hubspot/events"


def parse_reply(reply):
    return json.loads(reply.body)


def event(**changes):
    return {
        "eventId": 1,
        "occurredAt": 1772704800000,
        "subscriptionType": "contact.propertyChange",
        "objectId": 7,
        "propertyName": "zip",
        "propertyValue": "02110",
    } | changes


def test_a_workflow_gets_scalars_alone(sign, payload_of, hook_settings, gateway, noon):
    reply = hubspot.handle_workflow(
        sign(payload_of("hubspot_workflow.json")), hook_settings, gateway, noon, ReplayCache()
    )

    answer = parse_reply(reply)
    assert reply.status == 200 and (answer["lead_id"], answer["score"], answer["grade"], answer["reason_1"]) == (
        "70451",
        31,
        "B",
        "Asked for an appointment",
    )
    assert all(value is None or isinstance(value, str | int | float) for value in answer.values())
    assert answer["ignored"] == "favourite_colour" and b"Planted" not in reply.body


def test_only_what_a_score_needs_comes_through_the_door(sign, payload_of, hook_settings, gateway, noon):
    hubspot.handle_workflow(sign(payload_of("hubspot_workflow.json")), hook_settings, gateway, noon, ReplayCache())

    assert gateway.leads["70451"] == {
        "created_at": "1772704800000",
        "source": "PAID_SEARCH",
        "landing_page": "https://clinic.example/book",
        "postal_code": "02110",
        "message": "I would like an appointment for my back next week.",
        "phone": "(617) 555-0199",
        "email": "planted.person@example.org",
        "first_name": "Plantedfirst",
        "last_name": "Plantedlast",
    }


@pytest.mark.parametrize(
    ("said_then", "minutes_ago"), [("1772711700000", 5), ("2026-03-05T11:55:00Z", 5), ("some day", None), (None, None)]
)
def test_a_contact_counts_as_of_its_last_change_where_hubspot_says_when_that_was(
    sign, hook_settings, gateway, noon, said_then, minutes_ago
):
    body = json.dumps(
        {"vid": 9, "properties": {"zip": {"value": "02110"}, "lastmodifieddate": {"value": said_then}}}
    ).encode()

    hubspot.handle_workflow(sign(body), hook_settings, gateway, noon, ReplayCache())

    assert gateway.as_of == (None if minutes_ago is None else noon - timedelta(minutes=minutes_ago)) and gateway.leads[
        "9"
    ] == {"postal_code": "02110"}


def test_a_custom_action_gets_output_fields(sign, payload_of, hook_settings, gateway, noon):
    answer = parse_reply(
        hubspot.handle_workflow(
            sign(payload_of("hubspot_custom_action.json")), hook_settings, gateway, noon, ReplayCache()
        )
    )

    assert (
        set(answer) == {"outputFields"}
        and answer["outputFields"]["hs_execution_state"] == "SUCCESS"
        and answer["outputFields"]["score"] == 31
    )
    assert (
        gateway.leads["70452"]["message"] == "Could I come in for physio?"
        and gateway.leads["70452"]["postal_code"] == "02110"
    )


def test_a_body_put_together_by_hand_works_too(sign, hook_settings, gateway, noon):
    hubspot.handle_workflow(
        sign(b'{"hs_object_id": 9, "zip": "02110", "service_requested": "physio", "firstname": "Ann"}'),
        hook_settings,
        gateway,
        noon,
        ReplayCache(),
    )

    assert gateway.leads["9"] == {"postal_code": "02110", "service_requested": "physio", "first_name": "Ann"}


def test_properties_of_the_practice_pass_by_its_mapping_file(sign, gateway, noon):
    mapping = Mapping.from_dict(
        {
            "version": 1,
            "leads": {"service_requested": "treatment"},
            "custom": {"visits": "number"},
            "file": {"missing": ["Select"]},
        }
    )
    settings = CrmSettings(
        "https://score.practice.example",
        {"hubspot": Secret("an invented client secret")},
        mappings={"hubspot": mapping},
    )

    answer = parse_reply(
        hubspot.handle_workflow(
            sign(b'{"vid": 9, "treatment": "spine", "visits": 3, "zip": "Select", "other": 1}'),
            settings,
            gateway,
            noon,
            ReplayCache(),
        )
    )

    assert (
        gateway.leads["9"] == {"service_requested": "spine", "custom": {"visits": 3}, "postal_code": None}
        and answer["ignored"] == "other"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"vid": null}',
        b'{"vid": true}',
        b'{"vid": ""}',
        b'{"vid": [1]}',
        b'{"vid": 1.5}',
        b'{"object": {"objectType": "CONTACT"}}',
    ],
)
def test_a_workflow_without_an_id_is_refused(sign, hook_settings, gateway, noon, body):
    with pytest.raises(RequestError, match="does not say which lead"):
        hubspot.handle_workflow(sign(body), hook_settings, gateway, noon, ReplayCache())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"NaN",
        b'{"vid": 1e999}',
        b'{"vid": ' + b"9" * 5000 + b"}",
        b'{"a":' * 50 + b"1" + b"}" * 50,
        b'{"a": "\\ud800"}',
    ],
)
def test_a_trap_is_refused_before_anything_is_done(sign, hook_settings, gateway, noon, body):
    with pytest.raises(RequestError, match="The request body"):
        hubspot.handle_workflow(sign(body), hook_settings, gateway, noon, ReplayCache())
    assert gateway.leads == {}


def test_a_name_of_a_field_that_could_be_a_person_is_not_repeated(sign, hook_settings, gateway, noon):
    reply = hubspot.handle_workflow(
        sign(b'{"vid": 9, "ann@example.org": 1, "Ann Example": 2, "x": 3}'),
        hook_settings,
        gateway,
        noon,
        ReplayCache(),
    )

    assert parse_reply(reply)["ignored"] == "x"


def test_events_are_folded_whatever_their_order(sign, payload_of, hook_settings, gateway, noon):
    reply = hubspot.handle_events(
        sign(payload_of("hubspot_events.json"), EVENTS), hook_settings, gateway, noon, ReplayCache()
    )

    assert parse_reply(reply) == {
        "received": 6,
        "applied": 2,
        "nothing_new": 0,
        "ignored": 1,
        "refused": 0,
        "forgotten": 0,
    }
    assert gateway.leads == {
        "70451": {
            "created_at": "2026-03-05T10:00:00+00:00",
            "postal_code": "01960",
            "first_name": "Plantedfirst",
        },
        "70452": {"message": "Is the clinic open on Saturday?"},
    }


def test_events_that_come_again_change_nothing(sign, payload_of, hook_settings, gateway, noon):
    replays = ReplayCache()
    for minutes in range(3):
        reply = hubspot.handle_events(
            sign(payload_of("hubspot_events.json"), EVENTS, noon - timedelta(minutes=minutes)),
            hook_settings,
            gateway,
            noon,
            replays,
        )

    assert parse_reply(reply)["nothing_new"] == 2 and gateway.scored == 2


def test_an_older_change_that_comes_late_does_not_count(sign, hook_settings, gateway, noon):
    replays = ReplayCache()
    for body in ([event(propertyValue="new", occurredAt=1772704900000)], [event(propertyValue="old", eventId=2)]):
        hubspot.handle_events(sign(json.dumps(body).encode(), EVENTS), hook_settings, gateway, noon, replays)

    assert gateway.leads["7"]["postal_code"] == "new"


def test_a_cleared_value_is_taken_back_but_a_cleared_second_phone_is_not_the_first(sign, hook_settings, gateway, noon):
    events = [
        event(),
        event(propertyName="phone", propertyValue="1"),
        event(propertyValue="", occurredAt=1772704900000),
        event(propertyName="mobilephone", propertyValue="", occurredAt=1772704900000),
    ]

    hubspot.handle_events(sign(json.dumps(events).encode(), EVENTS), hook_settings, gateway, noon, ReplayCache())

    assert gateway.leads["7"] == {"postal_code": None, "phone": "1"}


def test_a_person_who_asked_to_be_deleted_is_forgotten(sign, hook_settings, gateway, noon):
    gateway.leads["7"] = {"zip": "02110"}

    events = [
        event(),
        event(subscriptionType="contact.privacyDeletion"),
        event(propertyName="message"),
        event(objectId=8),
    ]

    reply = hubspot.handle_events(
        sign(json.dumps(events).encode(), EVENTS), hook_settings, gateway, noon, ReplayCache()
    )

    assert gateway.forgotten == ["7"] and parse_reply(reply)["forgotten"] == 1 and list(gateway.leads) == ["8"]


@pytest.mark.parametrize(
    "bad",
    [
        3,
        None,
        [],
        {},
        event(objectId=None),
        event(objectId=True),
        event(occurredAt=None),
        event(occurredAt="soon"),
        event(occurredAt=10**20),
        event(occurredAt=10**90),
        event(propertyName=None),
        event(propertyName=["zip"]),
        event(objectId="9" * 200),
    ],
)
def test_a_bad_event_is_counted_and_the_others_are_applied(sign, hook_settings, gateway, noon, bad):
    reply = hubspot.handle_events(
        sign(json.dumps([bad, event(objectId=8)]).encode(), EVENTS), hook_settings, gateway, noon, ReplayCache()
    )

    assert parse_reply(reply)["refused"] == 1 and parse_reply(reply)["applied"] == 1 and list(gateway.leads) == ["8"]


def test_a_hundred_events_pass_and_one_more_does_not(sign, hook_settings, gateway, noon):
    replays = ReplayCache()
    hubspot.handle_events(
        sign(json.dumps([event(objectId=n) for n in range(100)]).encode(), EVENTS),
        hook_settings,
        gateway,
        noon,
        replays,
    )

    with pytest.raises(RequestError, match="101 events, expected at most 100"):
        hubspot.handle_events(
            sign(json.dumps([event(objectId=n) for n in range(101)]).encode(), EVENTS),
            hook_settings,
            gateway,
            noon,
            replays,
        )
    assert len(gateway.leads) == 100


def test_a_lead_that_cannot_be_read_does_not_come_back_but_a_store_that_is_away_does(
    sign, hook_settings, gateway, noon
):
    replays = ReplayCache()
    body = json.dumps([event(), event(objectId=8)]).encode()
    gateway.fault, gateway.faulty = RequestError(422, "invalid_lead", "bad"), ("7",)
    counted = parse_reply(hubspot.handle_events(sign(body, EVENTS), hook_settings, gateway, noon, replays))
    gateway.fault = RequestError(503, "away", "the store is away", retryable=True)

    with pytest.raises(RequestError, match="the store is away"):
        hubspot.handle_events(sign(body, EVENTS, noon - timedelta(seconds=1)), hook_settings, gateway, noon, replays)
    gateway.fault = None
    hubspot.handle_events(sign(body, EVENTS, noon - timedelta(seconds=1)), hook_settings, gateway, noon, replays)
    assert counted["refused"] == 1 and counted["applied"] == 1 and set(gateway.leads) == {"7", "8"}
