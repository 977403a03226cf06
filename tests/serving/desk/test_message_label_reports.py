"""Is a report that a reading is wrong an example only once a manager approved it, and gone with its lead?"""

import re

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.desk.desk_service import Desk
from serving.desk.message_label_reports import LabelledExample, list_approved_examples, list_reading_reports
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import LeadService
from serving.settings import Settings
from serving.store.store import Store
from tests.serving.conftest import PASSWORD, people_in

MESSAGE = "can I get a physical, zubrowka"


def open_desk(home, champion, now, role):
    """The store, and a client in which anna has signed in, over a store with one lead."""
    people, store = people_in(home, role=role), Store.open(Settings(home))
    service = LeadService(store, champion)
    parts = Components(champion, lambda: now, Desk(store, service, lambda: now), service, people)
    cookies = {"__Host-leadlight": people.sign_in("anna", PASSWORD, "tests").token}
    client = TestClient(RequestMiddleware(create_application(parts)), cookies=cookies)
    lead = {"lead_id": "L-1", "created_at": "2026-03-05T09:00:00Z", "message": MESSAGE, "channel": "phone"}
    assert client.post("/v1/leads", json=lead).status_code == 201
    return store, client


@pytest.fixture
def desk(tmp_path, champion, now):
    """A manager's."""
    store, client = open_desk(tmp_path, champion, now, "manager")
    with store, client:
        yield store, client


def post(client, kind, **fields):
    """Take a step with the lead by its page."""
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/leads/L-1").text)[1]
    return client.post("/leads/L-1", data={"csrf": token, "kind": kind, **fields}, follow_redirects=False)


def report(client, label="procedure", answer="no"):
    """Report a reading."""
    return post(client, "reading_wrong", label=label, answer=answer)


def decide(store, client, verdict):
    """Decide about the newest report."""
    return post(client, "reading_verdict", report=list_reading_reports(store)[0].step.number, verdict=verdict)


def test_only_an_approved_report_is_an_example(desk):
    store, client = desk
    assert report(client).status_code == 303
    pending = list_approved_examples(store)
    answer = decide(store, client, "approved")
    approved = list_approved_examples(store)
    decide(store, client, "rejected")

    assert (answer.status_code, answer.headers["location"]) == (303, "/readings")
    assert pending == list_approved_examples(store) == []
    assert approved == [LabelledExample(MESSAGE, "procedure", False)]


def test_the_newest_report_of_a_label_counts(desk):
    store, client = desk
    for answer in ("no", "yes"):
        report(client, answer=answer)
        decide(store, client, "approved")

    assert list_approved_examples(store) == [LabelledExample(MESSAGE, "procedure", True)]


def test_a_report_about_a_message_that_was_changed_since_is_no_example(desk):
    store, client = desk
    report(client)
    decide(store, client, "approved")

    lead = {"lead_id": "L-1", "created_at": "2026-03-05T09:00:00Z", "message": "never mind", "channel": "phone"}
    assert client.post("/v1/leads", json=lead).status_code in (200, 201)

    assert list_approved_examples(store) == [] and list_reading_reports(store)[0].is_changed


def test_a_report_that_was_undone_is_none(desk):
    store, client = desk
    report(client)

    post(client, "undo", step=list_reading_reports(store)[0].step.number)

    assert list_reading_reports(store) == []


def test_with_the_lead_its_reports_are_forgotten_and_the_audit_never_had_the_message(desk):
    store, client = desk
    report(client)
    decide(store, client, "approved")

    with store.transaction("anna") as at:
        at.forget("L-1")

    assert list_reading_reports(store) == list_approved_examples(store) == []
    with store.reading() as at:
        lines = [row for row in at.audit.list_rows() if row.action == "desk_step"]
        kinds = [row.detail["kind"] for row in lines]
        assert kinds == ["reading_wrong", "reading_verdict"]
        assert "zubrowka" not in str([vars(row) for row in at.audit.list_rows()])


def test_the_pages_show_what_was_read_and_what_was_reported(desk):
    store, client = desk
    report(client)

    lead, readings = client.get("/leads/L-1").text, client.get("/readings").text

    assert "Report a wrong reading" in lead and "Wants to be seen" in lead
    assert "doesn't say “Names a procedure”" in re.sub("&#39;", "'", readings) and MESSAGE in readings
    assert "Approve" in readings


def test_whoever_is_no_manager_reports_and_does_not_decide(tmp_path, champion, now):
    store, client = open_desk(tmp_path, champion, now, "desk")
    with store, client:
        statuses = [report(client).status_code, decide(store, client, "approved").status_code]
        statuses.append(client.get("/readings").status_code)

        assert statuses == [303, 403, 403] and list_approved_examples(store) == []


@pytest.mark.parametrize(
    ("kind", "fields", "status"),
    [
        ("reading_wrong", {"label": "zubrowka", "answer": "no"}, 422),
        ("reading_wrong", {"label": "procedure", "answer": "perhaps"}, 422),
        ("reading_verdict", {"report": "999", "verdict": "approved"}, 404),
        ("reading_verdict", {"report": "-1", "verdict": "approved"}, 422),
    ],
)
def test_what_is_no_report_is_refused(desk, kind, fields, status):
    assert post(desk[1], kind, **fields).status_code == status
