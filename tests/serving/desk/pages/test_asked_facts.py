"""Is an answer on the phone one tap away, and does the score move with it at once?"""

import re

import pytest
from starlette.testclient import TestClient

from features.practice.practice import Clinic, Practice, Service
from serving.application import Components, create_application
from serving.desk.pages.asked_facts import list_asked, list_fact_fields
from serving.desk.pages.desk_words import ASKED_FACTS
from serving.http.middleware import RequestMiddleware
from serving.schemas.scoring import Ask

OAK = Practice(
    clinics=(Clinic("Plano"),), services=tuple(Service(f"Service {n}", payers=(f"Payer {n}",)) for n in range(12))
)


@pytest.fixture(scope="module")
def desk(make_desk, tmp_path_factory, champion, desk_data):
    return make_desk(tmp_path_factory.mktemp("asked"), champion, desk_data)


@pytest.fixture(scope="module")
def client(desk, champion, now, people, session):
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    return TestClient(RequestMiddleware(application), cookies=session)


def send(client, lead_id, **fields):
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)[1]
    data = {"csrf": token, "kind": "facts"} | fields
    return client.post(f"/leads/{lead_id}", data=data, headers={"sec-fetch-site": "same-origin", "accept": "text/html"})


def find_lead(desk, column):
    """An open lead of which this is not known."""
    with desk._store.reading() as at:
        return next(lead.lead_id for lead in at.leads.list_page() if column not in lead.values)


def test_answers_of_the_practice_are_chips_and_there_are_never_too_many():
    fields = {field.name: field for field in list_fact_fields(OAK)}

    assert tuple(fields) == ASKED_FACTS
    assert len(fields["service_requested"].chips) == 8 and fields["preferred_clinic"].chips == (("Plano", "Plano"),)
    assert fields["payer"].chips[-1] == ("self-pay", "Self-pay") and len(fields["payer"].chips) == 8
    assert fields["relation"].is_closed and not fields["postal_code"].chips


def test_a_question_keeps_its_words():
    (field,) = list_asked([Ask(question="Who is the appointment for?", field="relation", lowest=0.1, highest=0.2)], OAK)

    assert field.label == "Who is the appointment for?" and ("self", "Themselves") in field.chips


def test_one_answer_is_kept_and_the_score_is_computed_again_at_once(client, desk):
    lead_id = find_lead(desk, "relation")
    with desk._store.reading() as at:
        before = len(at.scores.list_for(lead_id))

    answer = send(client, lead_id, relation="self", payer="")

    with desk._store.reading() as at:
        assert at.leads.get(lead_id).values["relation"] == "self" and len(at.scores.list_for(lead_id)) == before + 1
        (step,) = [step for step in at.desk.list_steps(lead_id) if step.kind == "facts"]
    assert step.detail == {"fields": "relation"}
    assert re.search(r"Added who it.s for\. <b>The score (moved from|stays at) \d", answer.text.replace("&#39;", "'"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"postal_code": "7520"}, "a ZIP code of five digits"),
        ({"relation": "cousin"}, "one of self, parent"),
        ({"existing_patient": "maybe"}, "yes or no"),
        ({"phone": "12"}, "a phone number with its area code"),
        ({"payer": "  "}, "at least one thing that they told you"),
    ],
)
def test_what_cannot_be_read_is_not_kept_and_stays_in_the_form(client, desk, fields, said):
    answer = send(client, "L8", **fields)

    assert answer.status_code == 422 and said in answer.text


def test_what_was_told_is_in_no_step_and_no_address(client, desk):
    answer = send(client, "L9", payer="Aetna Quintuple", referrer="Dr. Marisol Quint")

    with desk._store.reading() as at:
        steps = str([step.detail for step in at.desk.list_steps("L9")])
        audit = str([row.detail for row in at.audit.list_rows("L9")])
    assert answer.status_code == 200 and "Quint" not in str(answer.url) + steps + audit
