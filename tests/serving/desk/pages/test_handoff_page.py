"""Can a clinic take over a lead from its note: on paper, as text, with a time to answer, and a line in the audit?"""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.desk.crm_notes import CrmNotes
from serving.desk.handoff import compose_hand_off
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import RequestOrigin

HARM = "</pre><script>alert(1)</script>"


@pytest.fixture(scope="module")
def desk(make_desk, tmp_path_factory, champion, desk_data):
    """A desk of its own, where one lead has a name and a note that mean harm."""
    made = make_desk(tmp_path_factory.mktemp("handoff"), champion, desk_data)
    made._lead_service.put_lead(
        {"lead_id": "L5", "first_name": "Marisol", "last_name": "Quint"}, RequestOrigin("tests")
    )
    made.actions.take_step("anna", "L5", "note", {"text": HARM})
    return made


@pytest.fixture(scope="module")
def client(desk, champion, now, people, session):
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    return TestClient(RequestMiddleware(application), cookies=session)


def send(client, lead_id, **fields):
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)[1]
    data = {"csrf": token} | fields
    return client.post(f"/leads/{lead_id}", data=data, headers={"sec-fetch-site": "same-origin", "accept": "text/html"})


def read_text(client, lead_id="L5"):
    page = client.get(f"/leads/{lead_id}?handoff=1")
    assert page.status_code == 200
    return page.text, re.search(r'<pre id="note-text"[^>]*>(.*?)</pre>', page.text, re.S)[1]


def test_a_booked_lead_leaves_with_a_note_and_the_page_leads_to_it(client, desk):
    send(client, "L5", kind="facts", payer="Aetna", relation="parent")
    booked = send(
        client, "L5", kind="outcome", stage="booked", appointment="fri 2 pm", clinic="North", provider="Dr. Shah"
    )
    page, text = read_text(client)

    assert 'href="/leads/L5?handoff=1"' in booked.text
    for line in (
        "Name: Marisol Quint",
        "For: Their child (confirmed)",
        "Insurance: Aetna (confirmed)",
        "Provider: Dr. Shah",
    ):
        assert line in text
    assert "Appointment: Fri, Mar 6, 2026, 2 PM" in text and "Location: North" in text
    # Whoever reads it tomorrow must not read "today".
    assert "today" not in text and "Please answer by Thu, Mar 5, 2026, 12 PM" in text
    assert "Marisol" not in re.search(r"<title>.*?</title>", page, re.S)[0]


def test_what_nobody_said_is_open_and_what_was_typed_is_escaped(client):
    page, text = read_text(client)
    _, bare = read_text(client, "L7")

    assert HARM not in page and "&lt;/pre&gt;&lt;script&gt;" in text
    assert "STILL OPEN" in bare and "- Appointment time" in bare


def test_a_hand_off_is_recorded_with_who_answers_by_when(client, desk):
    done = send(client, "L6", kind="hand_off", to="North, Rosa", answer_by="2026-03-06T10:30")
    page, _ = read_text(client, "L6")

    assert done.status_code == 200 and re.search(
        "Handed off to North, Rosa, answer by (tomorrow|Fri, Mar 6), 10:30 AM", done.text
    )
    assert "Handed off to North, Rosa" in page and "Anna" in page


@pytest.mark.parametrize(
    "fields", [{"to": ""}, {"to": "x" * 201}, {"answer_by": "2020-01-01T10:00"}, {"answer_by": "soon"}]
)
def test_a_hand_off_without_a_taker_or_a_time_to_come_is_not_saved(client, fields):
    answer = send(client, "L8", **{"kind": "hand_off", "to": "North", "answer_by": "2026-03-06T10:30"} | fields)

    assert answer.status_code == 422 and "Not saved" in answer.text


def test_a_refused_hand_off_shows_its_own_page_with_what_was_typed(client):
    typed = {"to": "North, Rosa", "answer_by": "2026-03-05T06:00", "note": "Prefers mornings"}
    answer = send(client, "L8", kind="hand_off", **typed)

    assert answer.status_code == 422 and "<h1>Hand-off note</h1>" in answer.text
    assert all(f'value="{value}"' in answer.text for value in typed.values())


def test_a_value_that_the_crm_changed_since_is_not_called_confirmed(make_desk, tmp_path, champion, desk_data, clock):
    desk = make_desk(tmp_path, champion, desk_data, clock)
    desk.actions.take_step("anna", "L5", "facts", {"phone": "(617) 555-0100", "payer": "Aetna"})
    clock.now = clock() + timedelta(minutes=5)
    desk._lead_service.put_lead({"lead_id": "L5", "phone": "(617) 555-0199"}, RequestOrigin("crm"))
    details = desk.read_lead("L5")

    practice = desk.engine.bundle.practice
    note = compose_hand_off(details.lead, details.steps, practice, clock(), desk.list_changes("L5"))

    assert note.confirmed == {"payer"}


def test_the_page_says_what_became_of_the_note_in_the_crm(
    make_desk, tmp_path, champion, desk_data, now, people, session
):
    desk = make_desk(tmp_path, champion, desk_data)
    desk._lead_service.put_lead({"lead_id": "L5"}, RequestOrigin("hook", crm="hubspot"))
    desk._crm_notes = desk.actions._crm_notes = CrmNotes(["hubspot"])
    desk.actions.take_step("anna", "L5", "hand_off", {"to": "North", "answer_by": "2026-03-06T10:30:00+00:00"})
    with desk._store.transaction("tests") as at:
        (step,) = [step for step in at.desk.list_steps("L5") if step.kind == "hand_off"]
        at.desk.mark_settled(step.number)
        desk._crm_notes.queue(at, step, desk.engine.bundle.practice)
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    client = TestClient(RequestMiddleware(application), cookies=session)

    waiting, _ = read_text(client)
    (claim,) = desk._store.claim("hubspot:hand_off", 1, 30.0)
    with desk._store.transaction("tests") as at:
        at.outbox.mark_failed(claim, "http_400", None)
    failed, _ = read_text(client)

    assert "Being sent to HubSpot." in waiting
    assert "The note could not be sent to HubSpot (http_400). Copy it into HubSpot by hand." in failed


def test_reading_the_note_is_in_the_audit_and_an_unknown_lead_is_not(client, desk):
    def count():
        with desk._store.reading() as at:
            return len(at.audit.list_reads("L9", 50))

    before = count()
    read_text(client, "L9")

    assert count() == before + 1
    assert client.get("/leads/nobody?handoff=1").status_code == 404
