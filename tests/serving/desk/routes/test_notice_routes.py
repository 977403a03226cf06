"""Does a page learn what is new, and does nobody else?"""

import re

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.http.middleware import RequestMiddleware
from serving.http.rate_limits import RequestSlots


@pytest.fixture(scope="module")
def desk(make_desk, tmp_path_factory, champion, desk_data):
    return make_desk(tmp_path_factory.mktemp("told"), champion, desk_data)


@pytest.fixture
def gate(desk, champion, now, people, session):
    """A client behind a gate with one place for people, and its slots."""
    slots = RequestSlots(2)
    parts = Components(champion, lambda: now, desk=desk, users=people, slots=slots)
    return TestClient(RequestMiddleware(create_application(parts), slots=slots), cookies=session), slots


def test_a_stream_holds_no_place_and_no_stop_waits_for_it(gate):
    client, slots = gate
    held = []
    slots_hold = slots.hold
    slots.hold = lambda kind: held.append(kind) or slots_hold(kind)
    slots.closing = True
    stopping = client.get("/events")
    slots.closing = False
    answer = client.get("/live")

    assert stopping.status_code == 503 and answer.status_code == 200 and held == ["key"]
    assert slots.in_flight == 0


def test_a_stranger_hears_nothing(gate, desk):
    client, _ = gate
    stranger = TestClient(client.app, follow_redirects=False)

    assert stranger.get("/events").status_code == 303
    assert stranger.get("/events", headers={"accept": "application/json"}).status_code == 401


def test_the_page_for_you_names_people_and_is_in_the_audit(gate, desk):
    client, _ = gate
    desk.actions.take_step("ben", "L5", "hand_over", {"to": "anna"})
    page = client.get("/notices").text
    live = client.get("/live").json()

    with desk._store.reading() as at:
        lines = [row.detail for row in at.audit.list_rows() if row.action == "listed"]
    assert "Given to you" in page and re.search(r'href="/leads/L5"', page) and live["handed"] == ["L5"]
    assert lines[-1]["list"] == "notices" and lines[-1]["count"] >= 1
