"""Can the desk be changed, and a sentence be tried of which nothing is kept?"""

import re

from tests.support.desk_forms import SAME_ORIGIN, csrf


def test_how_a_call_begins_can_be_changed_and_is_escaped(client):
    client.post(
        "/settings",
        data={"csrf": csrf(client), "call_script": "Hi <i>{service}</i> {{7*7}}"},
        headers=SAME_ORIGIN,
    )

    page = client.get("/leads/L5").text

    assert "Hi &lt;i&gt;" in page and "{{7*7}}" in page


def test_a_sentence_can_be_tried_and_nothing_of_it_is_kept(client, caplog, tmp_path):
    sentence = "I need an appointment for my <b>zorblatt</b> knee next week"

    page = client.post("/how", data={"csrf": csrf(client), "sentence": sentence}, headers=SAME_ORIGIN).text

    assert "Wants to be seen" in page and "&lt;b&gt;zorblatt" in page
    # How far off next week is depends on the day on which the test runs.
    days = re.search(r"Wants care in about (\d+) days", page)
    assert days is not None and 4 <= int(days[1]) <= 11
    assert "zorblatt" not in client.get("/how").text and "zorblatt" not in caplog.text
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"zorblatt" in path.read_bytes()]


def test_a_sentence_without_the_session_s_token_is_refused(client):
    answer = client.post("/how", data={"sentence": "knee"}, headers=SAME_ORIGIN)

    assert answer.status_code == 403
