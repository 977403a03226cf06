"""Does a lead's page say first what matters, and nothing that an intake lead cannot use?"""

import re
from html import unescape
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import RequestOrigin
from tests.serving.conftest import PASSWORD, people_in

FLAG = "My father's face is drooping and his speech is slurred since this morning, please help"
SENTENCE = "If this is an emergency, hang up and call 911."


@pytest.fixture(scope="module")
def clients(make_desk, tmp_path_factory, champion, desk_data, now):
    """Clients of anna, who calls, and of max, her manager; among their leads a possible emergency and a plain wish."""
    home = tmp_path_factory.mktemp("pages")
    desk = make_desk(home, champion, desk_data)
    for lead_id, message in {"E-1": FLAG, "E-2": "I would like an appointment for my knee", "E-3": FLAG}.items():
        lead = {"lead_id": lead_id, "message": message, "phone": "(617) 555-0123", "email": "ann@example.org"}
        lead |= {"phone": ""} if lead_id == "E-3" else {}
        custom = {"newsletter": 0.0, "insurance tier": "gold"}
        desk._lead_service.put_lead(lead | {"first_name": "Ann", "custom": custom}, RequestOrigin("tests"))
    clients = {}
    for name, role in (("anna", "desk"), ("max", "manager")):
        people = people_in(home, name, role, lambda: desk.read_clock().now)
        application = create_application(Components(champion, lambda: now, desk=desk, users=people))
        cookies = {"__Host-leadlight": people.sign_in(name, PASSWORD, "tests").token}
        clients[name] = TestClient(RequestMiddleware(application), cookies=cookies)
    return clients


def test_after_a_possible_emergency_everything_said_and_written_begins_with_the_emergency_sentence(clients):
    page = unescape(clients["anna"].get("/leads/E-1").text)
    script = re.search(r'class="script"[^>]*>(.*?)</blockquote>', page, re.S)[1]
    links = [unquote(link) for link in re.findall(r'href="((?:sms|mailto):[^"]*)"', page)]

    assert "Possible emergency" in page and SENTENCE in script and "Hi Ann, this is" in script
    assert "a day that works" not in script and script.index(SENTENCE) < script.index("how can we help")
    assert len(links) == 2 and all("If this is an emergency, call 911." in link for link in links)
    assert not any("good time" in link or "hang up" in link for link in links)
    # The questions for a visit wait, closed, until nobody is in danger.
    assert re.search(r"<details><summary>Ask about, once nobody is in danger", page)


def test_who_can_only_be_emailed_is_not_asked_to_hang_up(clients):
    page = unescape(clients["anna"].get("/leads/E-3").text)
    script = re.search(r'class="script"[^>]*>(.*?)</blockquote>', page, re.S)[1]

    assert "If this is an emergency, call 911." in script and "hang up" not in script


def test_anybody_else_is_asked_for_an_appointment(clients):
    page = unescape(clients["anna"].get("/leads/E-2").text)
    script = re.search(r'class="script"[^>]*>(.*?)</blockquote>', page, re.S)[1]

    assert SENTENCE not in script and "find a day that works for you" in script
    assert re.search(r"<details open><summary>Ask about<", page)


def test_a_number_that_stands_beside_the_score_says_what_it_is(clients):
    page = clients["anna"].get("/leads/E-2").text

    assert "Starting point" not in page and re.search(r"Across all leads it is \d+%\. A longer bar counts more", page)
    assert re.search(r"Across all leads it is (\d+)%", page)[1] in clients["anna"].get("/how").text


def test_what_was_not_chosen_is_no_fact(clients):
    page = clients["anna"].get("/leads/E-2").text

    assert "ewsletter" not in page and re.search(r">[Gg]old<", page)


@pytest.mark.parametrize("path", ["/how", "/leads/E-2"])
def test_codes_of_checks_and_sums_of_files_are_for_those_who_answer_for_the_model(clients, path):
    desk, manager = (clients[name].get(path).text for name in ("anna", "max"))
    codes = r"LC\d{3}|\b[0-9a-f]{12}\b|AUC"

    assert re.findall(codes, desk) == [] and re.findall(codes, manager)


def take(client, lead_id, **fields):
    """Send a form of a lead's page; returns the page that it leads to."""
    token = re.search(r'name="csrf" value="([^"]+)"', client.get(f"/leads/{lead_id}").text)[1]
    headers = {"sec-fetch-site": "same-origin", "accept": "text/html"}
    return unescape(client.post(f"/leads/{lead_id}", data={"csrf": token} | fields, headers=headers).text)


def find_next(page):
    return re.search(r'class="next"><b>(.*?)</b>', page)[1]


def test_the_next_step_never_contradicts_what_keeps_a_lead_waiting(clients):
    page = take(clients["anna"], "L20", kind="call", result="no_answer")

    assert re.fullmatch(r"Call after .+: no answer at .+", find_next(page)) and "Why now" not in page


def test_a_snoozed_lead_has_nothing_to_do_and_no_priority(clients):
    page = take(clients["anna"], "L21", kind="nurture", until="2026-03-20")

    assert find_next(page).startswith("Snoozed until Fri, Mar 20") and find_next(page).endswith("Nothing to do before")
    assert ">Snoozed</span>" in page and "Low priority</span>" not in page.split('<div class="columns">')[0]
    assert ">Low priority<" not in clients["anna"].get("/nurture").text


def test_a_booked_lead_leads_on_to_the_hand_off_until_it_is_handed_off(clients):
    booked = take(clients["anna"], "L22", kind="outcome", stage="booked", appointment="fri 2 pm")
    handed = take(clients["anna"], "L22", kind="hand_off", to="North", answer_by="2026-03-06T10:00")

    assert find_next(booked) == "Booked. Next: the hand-off note"
    assert find_next(handed) == "Booked and handed off. Nothing to do"


def test_an_abbreviated_name_ends_a_sentence_with_one_full_stop(clients):
    page = take(clients["anna"], "L23", kind="outcome", stage="booked", appointment="fri 2 pm", provider="Shah Jr.")

    assert re.search(r'class="undo" role="status"><span>(.*?)</span>', page, re.S)[1].endswith(", Shah Jr.")
