"""Is the webhook of Dataverse read, and is the row that goes back what Dynamics looks for?"""

import json

import pytest

from serving.crm.inbound import dynamics
from serving.crm.outbound.dynamics_writer import build_score_row
from serving.crm.ports import HookRequest
from serving.errors import RequestError

LEAD = "6d81597f-0f9f-4711-8122-000d3aa2331c"


def change(body, *path, to):
    """The context with one thing in it change."""
    context = json.loads(body)
    container = context
    for step in path[:-1]:
        container = container[step]
    container[path[-1]] = to
    return json.dumps(context).encode()


def test_a_lead_is_read_by_its_columns(add_key, payload_of, hook_settings, gateway, noon):
    reply = dynamics.handle_webhook(add_key(payload_of("dynamics_update.json")), hook_settings, gateway, noon)

    assert gateway.leads == {
        LEAD: {
            "created_at": 1772704800000,
            "source": "Web",
            "message": "I need an appointment for back pain.",
            "postal_code": "02110",
            "phone": "(617) 555-0199",
            "email": "planted.person@example.org",
            "do_not_contact": False,
            "first_name": "Plantedfirst",
        }
    }
    assert (
        json.loads(reply.body)["ignored"] == "new_colour"
        and b"Planted" not in reply.body
        and json.loads(reply.body)["score"] == 31
    )


def test_the_same_context_again_and_an_older_one_are_no_news(add_key, payload_of, hook_settings, gateway, noon):
    body = payload_of("dynamics_update.json")
    older = change(
        change(body, "OperationCreatedOn", to="/Date(1772705000000)/"),
        "InputParameters",
        0,
        "value",
        "Attributes",
        5,
        "value",
        to="99999",
    )

    answers = [
        json.loads(dynamics.handle_webhook(add_key(content), hook_settings, gateway, noon).body)
        for content in (body, body, older)
    ]

    assert [answer["news"] for answer in answers] == [True, False, False] and gateway.leads[LEAD][
        "postal_code"
    ] == "02110"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("PrimaryEntityName", "contact"),
        ("PrimaryEntityName", None),
        ("MessageName", "Delete"),
        ("MessageName", ["Update"]),
    ],
)
def test_what_is_no_lead_is_acknowledged_and_left(add_key, payload_of, hook_settings, gateway, noon, field, value):
    reply = dynamics.handle_webhook(
        add_key(change(payload_of("dynamics_update.json"), field, to=value)), hook_settings, gateway, noon
    )

    assert reply.status == 200 and json.loads(reply.body)["read"] is False and gateway.leads == {}


@pytest.mark.parametrize(
    "path",
    [
        ["InputParameters"],
        ["InputParameters", 0],
        ["InputParameters", 0, "value"],
        ["InputParameters", 0, "key"],
        ["OperationCreatedOn"],
    ],
)
@pytest.mark.parametrize("value", [None, 7, "text", [], {}, "/Date(99999999999999)/", "/Date(soon)/"])
def test_a_context_that_cannot_be_read_says_which_part(add_key, payload_of, hook_settings, gateway, noon, path, value):
    with pytest.raises(RequestError, match="cannot be read") as refused:
        dynamics.handle_webhook(
            add_key(change(payload_of("dynamics_update.json"), *path, to=value)), hook_settings, gateway, noon
        )

    assert refused.value.status == 422 and refused.value.fields and gateway.leads == {}


@pytest.mark.parametrize("attributes", [None, 7, [], [7, {}, {"key": 1}, {"key": "zip", "value": [1]}]])
def test_attributes_that_say_nothing_are_no_change(add_key, payload_of, hook_settings, gateway, noon, attributes):
    body = change(payload_of("dynamics_update.json"), "InputParameters", 0, "value", "Attributes", to=attributes)

    assert json.loads(dynamics.handle_webhook(add_key(body), hook_settings, gateway, noon).body)["news"] is False


def test_a_key_in_a_header_serves_as_well(payload_of, hook_settings, gateway, noon):
    request = HookRequest(
        "POST", "/v1/hooks/dynamics", {"x-api-key": "an invented hook key"}, payload_of("dynamics_update.json")
    )

    assert dynamics.handle_webhook(request, hook_settings, gateway, noon).status == 200


@pytest.mark.parametrize(("previous_score", "trend"), [(None, 3), (20, 0), (31, 1), (40, 2)])
def test_the_trend_is_that_of_the_score(previous_score, trend):
    body = {"score": 31, "grade": "D"} | ({} if previous_score is None else {"previous_score": previous_score})

    assert build_score_row(body) == {"msdyn_score": 31, "msdyn_scoretrend": trend, "msdyn_grade": 3}
