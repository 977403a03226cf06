"""Does each page say what it should, and nothing that it must not?

The pages as a browser asks for them, without one.
"""

import csv
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.desk.disagreements import Disagreement, tally_disagreements
from serving.desk.lead_details import describe_similar_leads
from serving.desk.pages.csv_export import neutralize_cell
from serving.errors import RequestError
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import RequestOrigin
from serving.scoring.model_loader import Champion
from serving.settings import Settings
from serving.store.database.entities import DeskStep, StoredScore


def csrf(client, path="/"):
    """The token of the page's forms."""
    return re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)[1]


@pytest.mark.parametrize(
    "path", ["/", "/nurture", "/ledger", "/how", "/settings", "/leads/L-script", "/leads/L%2Fwith%20slash%20%26%20more"]
)
def test_every_page_answers(client, path):
    answer = client.get(path)

    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    assert "not triage" in answer.text or path != "/how"


def test_the_list_shows_no_contact_data_and_no_message(client):
    page = client.get("/").text

    assert "555" not in page and "alert(1)" not in page and "@example" not in page


def test_the_practices_own_words_are_on_the_list_the_filters_and_the_lead_page(
    make_bundle, make_desk, desk_data, tmp_path, now, people, session
):
    made = make_bundle()
    words = {
        "referral": "Sent by a friend",
        "payer": "Plan",
        "service_requested": "Asks about",
        "physio": "Physical therapy",
    }
    practice = replace(made.practice, words=words | {"insurance tier": "Membership", "GOLD": "Gold card"})
    replace(made, practice=practice).write(tmp_path / "bundle")
    champion = Champion(Settings(tmp_path, str(tmp_path / "bundle")))
    champion.load()
    desk = make_desk(tmp_path / "home", champion, desk_data)
    desk._lead_service.put_lead(
        {"lead_id": "W-1", "channel": "referral", "payer": "acme", "service_requested": "physio", "phone": "6175550123"}
        | {"custom": {"Insurance tier": "gold"}},
        RequestOrigin("tests"),
    )
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    own = TestClient(RequestMiddleware(application), cookies=session)

    queue, lead = own.get("/").text, own.get("/leads/W-1").text

    assert "Physical therapy" in queue and "Sent by a friend" in queue and "Asks about" in queue
    assert "physio</bdi>" not in queue and ">Referral<" not in queue
    for heading, value in (("Plan", "Acme"), ("Asks about", "Physical therapy"), ("Membership", "Gold card")):
        assert re.search(rf"<dt>(<bdi[^>]*>)?{heading}(</bdi>)?</dt><dd><bdi[^>]*>{value}</bdi>", lead), heading


def test_a_reflected_filter_is_escaped(client):
    page = client.get("/?lane=%22%3E%3Cscript%3Ealert(9)%3C/script%3E").text

    assert "<script>alert(9)" not in page


def test_an_unknown_lead_is_a_page_that_does_not_repeat_the_id(client):
    answer = client.get("/leads/nobody-here", headers={"accept": "text/html"})

    assert answer.status_code == 404 and "nobody-here" not in re.sub(r"<form.*?</form>", "", answer.text)


def test_a_step_that_lacks_something_comes_back_with_what_was_typed(client):
    answer = client.post(
        "/leads/L5",
        data={"csrf": csrf(client), "kind": "outcome", "stage": "lost", "note": "x"},
        headers={"sec-fetch-site": "same-origin"},
    )

    assert (
        answer.status_code == 422
        and "why it was lost" in answer.text
        and '<option value="lost" selected>' in answer.text
    )


@pytest.mark.parametrize("typed", ["2026-02-31", "3pm whenever", "31 feb 9"])
def test_a_callback_on_no_day_is_a_sentence_and_what_was_typed_stays(client, typed):
    answer = client.post(
        "/leads/L5",
        data={"csrf": csrf(client), "kind": "callback", "when": typed},
        headers={"sec-fetch-site": "same-origin"},
    )

    assert answer.status_code == 422 and "Not saved" in answer.text and f'value="{typed}"' in answer.text


def test_what_finds_a_person_stands_in_no_address(client):
    answer = client.post(
        "/find",
        data={"csrf": csrf(client), "words": "(617) 555-0123"},
        headers={"sec-fetch-site": "same-origin"},
        follow_redirects=False,
    )

    assert (
        answer.status_code == 200
        and len(re.findall(r'href="/leads/', answer.text)) > 10
        and "555-0123" not in answer.text
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "|calc", "%0A"])
def test_no_cell_is_a_formula(text):
    assert neutralize_cell(text).startswith("'")


def test_the_file_can_be_read_again(client):
    rows = list(csv.reader(io.StringIO(client.get("/export.csv").content.decode("utf-8-sig"))))

    assert len({len(row) for row in rows}) == 1 and [row[0] for row in rows[1:4]] == ["1", "2", "3"]


def test_a_view_is_kept_for_whoever_saved_it(client):
    client.post(
        "/views",
        data={"csrf": csrf(client), "name": "Urgent <b>", "lane": "urgent"},
        headers={"sec-fetch-site": "same-origin"},
    )

    page = client.get("/").text

    assert 'href="/?lane=urgent"><bdi translate="no">Urgent &lt;b&gt;</bdi>' in page


def test_how_a_call_begins_can_be_changed_and_is_escaped(client):
    client.post(
        "/settings",
        data={"csrf": csrf(client), "call_script": "Hi <i>{service}</i> {{7*7}}"},
        headers={"sec-fetch-site": "same-origin"},
    )

    page = client.get("/leads/L5").text

    assert "Hi &lt;i&gt;" in page and "{{7*7}}" in page


def test_without_a_store_every_page_says_so(champion, now, people, session):
    from serving.application import Components, create_application
    from serving.http.middleware import RequestMiddleware
    from serving.http.request_metrics import RequestMetrics

    application = create_application(Components(champion, lambda: now, users=people))
    client = TestClient(RequestMiddleware(application, metrics=RequestMetrics(())), cookies=session)

    assert client.get("/").status_code == 503 and "no store at hand" in client.get("/").text


def test_the_board_is_read_before_somebody_looks_and_not_without_a_model(
    make_desk, champion, desk_data, tmp_path, monkeypatch
):
    desk = make_desk(tmp_path, champion, desk_data)
    desk.warm_up()
    columns = desk.board._columns

    looked = desk.take_snapshot().columns
    monkeypatch.setattr(type(desk._lead_service), "engine", property(lambda lead_service: no_model()))

    assert columns is looked is not None
    desk.warm_up()


def no_model():
    raise RequestError(503, "not_ready", "There is no model yet.", retryable=True)


def test_similar_leads_are_counted_on_leads_the_model_had_not_seen(make_bundle):
    reference = {"grades": np.array([[[10, 6], [20, 5], [0, 0], [40, 2]], [[15, 10], [0, 0], [0, 0], [0, 0]]])}
    bundle = make_bundle(reference=reference)

    assert describe_similar_leads(bundle, "A") == "64 of 100 leads of grade A booked, of 25 whose outcome is known"
    assert describe_similar_leads(bundle, "C") == describe_similar_leads(make_bundle(), "A") == ""


def test_people_and_model_are_counted_on_the_same_leads(clock):
    score = lambda grade, chance: StoredScore("L", "r", "b", "3", None, chance, grade, "normal", scored_at=clock())  # noqa: E731
    cases = [
        ("L1", "A", "C", 0.2, "booked"),
        ("L2", "A", "B", 0.4, ""),
        ("L3", "D", "A", 0.7, "lost"),
        ("L4", "B", "B", 0.4, "booked"),
    ]
    entries = [
        Disagreement(DeskStep(lead, "anna", "grade", {"grade": theirs}), score(ours, chance), became)
        for lead, theirs, ours, chance, became in cases
    ]

    higher, lower = tally_disagreements(entries)

    assert (higher.leads, higher.resolved, higher.booked, round(higher.expected, 2)) == (2, 1, 1, 0.2)
    assert (lower.leads, lower.resolved, lower.booked, round(lower.expected, 2)) == (1, 1, 0, 0.7)


def test_pages_hold_fifty_leads_and_the_last_one_the_rest(client):
    counts = [client.get(f"/?page={page}").text.count('class="who"') for page in (1, 2, 3, 99)]

    assert counts[0] == counts[1] == 50 and counts[2] == counts[3] > 0


def schedule(client, **fields):
    """Send the form of a callback."""
    return client.post(
        "/leads/L7",
        data={"csrf": csrf(client), "kind": "callback", **fields},
        headers={"sec-fetch-site": "same-origin"},
    )


def test_a_callback_is_saved_for_the_time_that_was_typed_whatever_else_the_form_holds(client):
    page = schedule(client, when="tomorrow 3 pm", at="", soon="in 30 minutes").text

    assert "Callback set for tomorrow, 3 PM" in page


def test_a_callback_in_a_closed_hour_is_saved_when_confirmed_and_not_before(client):
    refused = schedule(client, when="sunday 3 am", note="night shift")
    saved = schedule(client, when="sunday 3 am", confirm="1")

    assert refused.status_code == 409 and "We are closed then (Sun, Mar 8, 3 AM)" in refused.text
    assert "Save anyway" in refused.text and 'value="sunday 3 am"' in refused.text and "night shift" in refused.text
    assert "Callback set for Sun, Mar 8, 3 AM" in saved.text


def test_a_time_that_cannot_be_read_is_no_other_time_and_stays_in_the_form(client):
    refused = schedule(client, when="when the cows come home")

    assert refused.status_code == 422 and "such as tomorrow 3 PM" in refused.text
    assert 'value="when the cows come home"' in refused.text


def test_a_sentence_can_be_tried_and_nothing_of_it_is_kept(client, caplog, tmp_path):
    sentence = "I need an appointment for my <b>zorblatt</b> knee next week"

    page = client.post(
        "/how", data={"csrf": csrf(client), "sentence": sentence}, headers={"sec-fetch-site": "same-origin"}
    ).text

    assert "Wants to be seen" in page and "Wants care in about 9 days" in page and "&lt;b&gt;zorblatt" in page
    assert "zorblatt" not in client.get("/how").text and "zorblatt" not in caplog.text
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"zorblatt" in path.read_bytes()]


def test_a_sentence_without_the_session_s_token_is_refused(client):
    answer = client.post("/how", data={"sentence": "knee"}, headers={"sec-fetch-site": "same-origin"})

    assert answer.status_code == 403
