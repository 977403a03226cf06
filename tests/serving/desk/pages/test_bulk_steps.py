"""Does one step reach every lead that was picked, and does a lead of somebody else stop none of the others?"""

import re

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.desk.pages.bulk_steps import BulkResult, describe_bulk, list_picked
from serving.http.middleware import RequestMiddleware


@pytest.fixture(scope="module")
def desk(make_desk, tmp_path_factory, champion, desk_data):
    """A desk of its own, where ben has L12."""
    home = tmp_path_factory.mktemp("bulk")
    made = make_desk(home, champion, desk_data)
    with made._store.transaction() as at:
        at.users.add("ben", "Ben", "desk", "$argon2id$none")
    made.actions.take_step("ben", "L12", "claim", {})
    return made


@pytest.fixture
def client(desk, champion, now, people, session):
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    return TestClient(RequestMiddleware(application), cookies=session)


def send(client, query="", **fields):
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)[1]
    data = {"csrf": token} | {name.replace("_", "-"): value for name, value in fields.items()}
    return client.post(f"/bulk{query}", data=data, headers={"sec-fetch-site": "same-origin", "accept": "text/html"})


def state_of(desk, lead_id):
    with desk._store.reading() as at:
        return at.desk.get_state(lead_id)


def test_picked_leads_are_reassigned_snoozed_and_closed_and_the_filter_stays(client, desk):
    given = send(client, "?sort=newest", kind="hand_over", to="ben", pick_1="L5", pick_2="L6")
    slept = send(client, kind="nurture", until="2026-04-01", pick_1="L7")
    closed = send(client, kind="outcome", reason="price", pick_1="L8", pick_2="L8")

    assert given.status_code == 200 and "sort=newest" in str(given.url) and "2 leads reassigned" in given.text
    assert [state_of(desk, lead_id).owner for lead_id in ("L5", "L6")] == ["ben", "ben"]
    assert "1 lead snoozed" in slept.text and state_of(desk, "L7").track == "nurture"
    assert "1 lead closed" in closed.text and state_of(desk, "L8").closed_because == "price"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "hand_over", "to": "nobody", "pick_1": "L9"}, "Choose somebody who works on this desk"),
        ({"kind": "nurture", "until": "2020-01-01", "pick_1": "L9"}, "a day to come"),
        ({"kind": "outcome", "pick_1": "L9"}, "why it was lost"),
        ({"kind": "outcome", "reason": "price"}, "Pick between 1 and 200 leads"),
        ({"kind": "do_not_contact", "pick_1": "L9"}, "reassign, snooze or close"),
        ({"kind": "nurture", "until": "2026-04-01", "pick_1": "nobody"}, "Lead not found"),
    ],
)
def test_a_form_that_lacks_something_changes_no_lead_and_says_so(client, desk, fields, said):
    before = state_of(desk, "L9")
    answer = send(client, **fields)

    assert answer.status_code in (404, 422) and said in answer.text and state_of(desk, "L9") == before


def test_a_lead_that_somebody_else_has_stops_none_of_the_others(desk, champion):
    from serving.accounts.sessions import SignedInUser
    from serving.desk.pages.bulk_steps import take_bulk_step

    user = SignedInUser("anna", "Anna", "desk", "csrf", False)
    typed = {"kind": "nurture", "until": "2026-04-01T09:00:00-05:00", "pick-1": "L12", "pick-2": "L13"}

    assert take_bulk_step(desk, user, typed, may_override=False) == BulkResult(1, 1)
    assert state_of(desk, "L12").owner == "ben" and state_of(desk, "L13").track == "nurture"


def test_boxes_are_shown_to_who_picks_and_no_lead_is_in_an_address(client):
    plain, picking = client.get("/").text, client.get("/?select=1").text

    assert 'form="bulk"' not in plain
    assert picking.count('form="bulk"') == 50
    assert not re.search(r'action="/bulk[^"]*L\d', picking)


def test_what_was_done_is_said_in_words_and_an_address_cannot_say_anything_else(client):
    assert describe_bulk("hand_over", BulkResult(1, 2)).startswith("1 lead reassigned. 2 were left as they are")
    assert describe_bulk("forget", BulkResult(3, 0)) == describe_bulk("nurture", BulkResult(0, 0)) == ""
    assert 'class="undo"' not in client.get("/?did=<script>&done=3").text
    assert "3 leads snoozed" in client.get("/?did=nurture&done=3&failed=0").text
    assert list_picked({"pick-1": "a"}) == ["a"]
