"""Is a person called by name where people work, and nowhere that is kept?"""

import csv
import io
import re

import numpy as np
import pytest
from starlette.testclient import TestClient

from serving.application import Components, create_application
from serving.http.middleware import RequestMiddleware
from serving.leads.lead_service import RequestOrigin

HARM = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def desk(make_desk, tmp_path_factory, champion, desk_data):
    """A desk with two names: one plain, one that means harm."""
    made = make_desk(tmp_path_factory.mktemp("named"), champion, desk_data)
    for lead_id, names in {
        "L5": {"first_name": "Marisol", "last_name": "Quint"},
        "L6": {"full_name": f"{HARM} {{practice}}"},
        "L-closed": {"full_name": "Marisol Closed"},
    }.items():
        made._lead_service.put_lead({"lead_id": lead_id} | names, RequestOrigin("tests"))
    made._lead_service.add_outcome("L-closed", {"stage": "booked"}, RequestOrigin("tests"))
    return made


@pytest.fixture(scope="module")
def client(desk, champion, now, people, session):
    application = create_application(Components(champion, lambda: now, desk=desk, users=people))
    return TestClient(RequestMiddleware(application), cookies=session)


def find(client, words):
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)[1]
    return client.post("/find", data={"csrf": token, "words": words}, headers={"sec-fetch-site": "same-origin"})


def test_the_lead_page_and_the_call_script_call_a_person_by_name_and_no_link_or_title_does(client):
    page = client.get("/leads/L5").text

    assert re.search(r"<h1[^>]*><bdi[^>]*>Marisol Quint</bdi></h1>", page)
    assert "Hi Marisol, this is" in page
    assert "Marisol" not in re.search(r"<title>.*?</title>", page, re.S)[0]
    assert [link for link in re.findall(r'(?:href|action)="([^"]*)"', page) if "Marisol" in link] == []


def test_a_lead_without_a_name_is_greeted_without_a_gap(client):
    assert "Hi, this is" in client.get("/leads/L7").text


def test_a_name_is_escaped_and_fills_no_placeholder(client):
    page = client.get("/leads/L6").text

    assert HARM not in page and "&lt;img src=x onerror=alert(1)&gt; {practice}" in page


@pytest.mark.parametrize("words", ["marisol", "QUINT", "Quint, Mar", "ma"])
def test_a_person_is_found_by_name_and_no_address_holds_it(client, words):
    answer = find(client, words)

    assert answer.status_code == 200 and answer.url.path == "/find" and not answer.url.query
    assert "Marisol Quint" in answer.text and "L5" in answer.text


def test_who_is_on_no_list_is_found_by_name(client):
    assert re.search(r'href="/leads/L-closed"><bdi translate="no">Marisol Closed</bdi>', find(client, "marisol").text)


def test_the_list_and_the_file_name_people(client, desk, people, now):
    snapshot = desk.take_snapshot()
    shown = [snapshot.columns.rows[number].lead_id for number in snapshot.filter_rows(desk_filter())]
    place = shown.index("L5")

    page = client.get(f"/?page={place // 50 + 1}").text

    assert re.search(r'href="/leads/L5[^>]*>.*?Marisol Quint', page, re.S)


def desk_filter():
    from serving.desk.queue.filters import QueueFilter

    return QueueFilter()


def test_the_export_has_the_name_beside_the_id(client, desk):
    from serving.desk.pages.csv_export import format_csv
    from serving.desk.routes.lead_lists import read_list_items

    snapshot = desk.take_snapshot()
    rows = list(csv.DictReader(io.StringIO(format_csv(
        read_list_items(desk, snapshot, snapshot.filter_rows(desk_filter()))
    ).decode("utf-8-sig"))))  # fmt: skip
    names = {row["lead"]: row["name"] for row in rows}

    assert names["L5"] == "Marisol Quint" and names["L7"] == ""
    assert np.mean([bool(name) for name in names.values()]) < 0.1


def test_words_of_a_message_find_it_by_how_words_begin_and_stay_in_no_log_and_no_audit(client, desk, caplog):
    message = "My Quixotic_neighbor recommended you: zzyzx shoulder, 100% sure"
    desk._lead_service.put_lead({"lead_id": "L8", "message": message}, RequestOrigin("tests"))
    caplog.set_level("DEBUG")
    found = {words: find(client, words).text for words in ("zzyz shoul", "100%", "ZZYZX", "houlder zzyzx", "zz")}

    lists = {words: page.partition("In the message")[2] for words, page in found.items()}
    assert all("/leads/L8" in lists[words] for words in ("zzyz shoul", "ZZYZX"))
    assert not any("/leads/L8" in found[words] for words in ("houlder zzyzx", "zz"))
    with desk._store.reading() as at:
        audit = str([row.detail for row in at.audit.list_rows()]).casefold()
    assert "zzyz" not in audit + caplog.text.casefold()


def test_who_is_meant_by_name_comes_before_who_mentions_it_and_each_is_shown_once(client, desk):
    desk._lead_service.put_lead({"lead_id": "L9", "message": "Marisol Quint sent me"}, RequestOrigin("tests"))
    page = find(client, "marisol quint").text

    assert page.index("Name, phone, email or ID") < page.index("/leads/L5") < page.index("In the message")
    assert page.index("In the message") < page.index("/leads/L9") and page.count('data-lead="L5"') == 1


def test_no_result_leads_on(client):
    page = find(client, "nobody of this name").text

    assert "No results" in page and 'href="/"' in page and 'name="words"' in page
