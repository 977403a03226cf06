"""Does every page and every address that shows a patient's record say so in the audit, and never what was searched?"""

import re

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.cli.audit import audit
from serving.desk.desk_service import Desk
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import LeadService
from serving.settings import Settings
from serving.store.store import Store
from tests.serving.conftest import PASSWORD, people_in

WORDS = "(617) 555-0199"


@pytest.fixture
def practice(tmp_path, champion, now, monkeypatch):
    """A client in which anna, a manager, has signed in, over a store with one lead; and that store."""
    monkeypatch.setenv("LEADLIGHT_HOME", str(tmp_path))
    monkeypatch.delenv("LEADLIGHT_DATABASE_URL", raising=False)
    people, store = people_in(tmp_path), Store.open(Settings(tmp_path))
    service = LeadService(store, champion)
    parts = Components(champion, lambda: now, Desk(store, service, lambda: now), service, people)
    cookies = {"__Host-leadlight": people.sign_in("anna", PASSWORD, "tests").token}
    with store, TestClient(RequestMiddleware(create_application(parts)), cookies=cookies) as client:
        lead = {"lead_id": "L-1", "created_at": "2026-03-05T09:00:00Z", "phone": WORDS, "channel": "phone"}
        assert client.post("/v1/leads", json=lead).status_code == 201
        yield client, store


def read_lines(store) -> list[tuple[str, str, object]]:
    with store.reading() as at:
        rows = [row for row in at.audit.list_rows() if row.action in ("read", "searched", "exported", "listed")]
    return [(row.actor, row.action, row.detail.get("count", row.detail["page"])) for row in rows]


def test_opening_searching_exporting_and_reading_by_the_api_each_leave_a_line(practice):
    client, store = practice
    page = client.get("/leads/L-1").text
    token = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    found = client.post("/find", data={"words": WORDS, "csrf": token})
    answers = [client.get(path) for path in ("/export.csv", "/v1/leads/L-1", "/v1/queue", "/", "/leads/nobody")]

    assert [found.status_code, *(answer.status_code for answer in answers)] == [200, 200, 200, 200, 200, 404]
    assert read_lines(store) == [
        ("anna", "read", "desk"),
        ("anna", "listed", 1),
        ("anna", "searched", 1),
        ("anna", "exported", 1),
        ("none", "read", "api"),
        ("none", "exported", 1),
        ("anna", "listed", 1),
    ]
    with store.reading() as at:
        # Moments and hashes may hold any three digits, so the number is looked for as it is written.
        lines = str([vars(row) for row in at.audit.list_rows()])
        assert not any(written in lines for written in (WORDS, "555-0199", "6175550199"))
    assert store.verify_audit().broken is None


def test_managers_see_who_opened_the_record_and_the_command_line_tells_it(practice):
    client, store = practice
    client.get("/v1/leads/L-1")

    page = client.get("/leads/L-1").text
    printed = CliRunner().invoke(audit, ["--lead", "L-1", "--reads"], standalone_mode=False).output

    assert "Who opened this record" in page and page.count("by the API") == 1
    assert [re.split(r"  +", line)[1:4] for line in printed.splitlines()[:2]] == [
        ["none", "read", "page=api"],
        ["anna", "read", "page=desk"],
    ]


def test_a_list_that_was_looked_at_leaves_one_line_with_its_name_and_how_many_leads_it_showed(practice):
    client, store = practice
    with store.reading() as at:
        before = at.queue_rows.read_position().audit
    answers = [client.get(path) for path in ("/", "/?list=spam", "/nurture", "/?list=%3Cscript%3E&page=9")]

    assert [answer.status_code for answer in answers] == [200] * 4
    with store.reading() as at:
        lines = [row for row in at.audit.list_rows() if row.action == "listed"]
        position = at.queue_rows.read_position().audit
    assert [(row.actor, row.lead_hash, row.detail) for row in lines] == [
        ("anna", None, {"page": "desk", "list": name, "count": count})
        for name, count in (("call", 1), ("spam", 0), ("nurture", 0), ("call", 1))
    ]
    # Who looks changes nothing: an open page must not say that the list has changed.
    assert position == before and store.verify_audit().broken is None


def test_the_list_of_overrides_is_a_read_of_each_lead_in_it(practice):
    client, store = practice
    empty = client.get("/ledger").status_code
    page = client.get("/leads/L-1").text
    token = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    fields = {"csrf": token, "kind": "grade", "grade": "A", "reason": "asked for by the surgeon"}
    client.post("/leads/L-1", data=fields, headers={"sec-fetch-site": "same-origin"})
    before = read_lines(store)

    assert (empty, client.get("/ledger").status_code) == (200, 200)
    assert read_lines(store)[len(before) :] == [("anna", "read", "desk")]
