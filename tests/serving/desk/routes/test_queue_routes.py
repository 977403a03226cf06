"""Does the call list hold what was asked for, page by page, as a file, and by a search that stands in no address?"""

import csv
import io
import re

from tests.support.desk_forms import SAME_ORIGIN, csrf


def test_what_finds_a_person_stands_in_no_address(client):
    answer = client.post(
        "/find",
        data={"csrf": csrf(client), "words": "(617) 555-0123"},
        headers=SAME_ORIGIN,
        follow_redirects=False,
    )

    assert (
        answer.status_code == 200
        and len(re.findall(r'href="/leads/', answer.text)) > 10
        and "555-0123" not in answer.text
    )


def test_the_file_can_be_read_again(client):
    rows = list(csv.reader(io.StringIO(client.get("/export.csv").content.decode("utf-8-sig"))))

    assert len({len(row) for row in rows}) == 1 and [row[0] for row in rows[1:4]] == ["1", "2", "3"]


def test_a_view_is_kept_for_whoever_saved_it(client):
    client.post(
        "/views",
        data={"csrf": csrf(client), "name": "Urgent <b>", "lane": "urgent"},
        headers=SAME_ORIGIN,
    )

    page = client.get("/").text

    assert 'href="/?lane=urgent"><bdi translate="no">Urgent &lt;b&gt;</bdi>' in page


def test_where_nobody_could_be_called_next_the_list_says_why(client):
    assert "Nobody can be called now. Next call after" in client.get("/?nobody=1").text


def test_the_reason_is_gone_once_somebody_can_be_called(client, monkeypatch):
    monkeypatch.setattr("serving.desk.desk_service.Desk.find_next_lead", lambda *_: "L1")

    assert "Nobody can be called now" not in client.get("/?nobody=1").text


def test_pages_hold_fifty_leads_and_the_last_one_the_rest(client):
    counts = [client.get(f"/?page={page}").text.count('class="who"') for page in (1, 2, 3, 99)]

    assert counts[0] == counts[1] == 50 and counts[2] == counts[3] > 0
