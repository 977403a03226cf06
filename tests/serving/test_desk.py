"""Does the desk list the right leads in the right order, and harm nobody?"""

import re

import numpy as np
import pandas as pd
import pytest

from features.tables import read_tables
from serving.desk.pages import lead_page, queue_page
from serving.desk.queue import PAGE_LEADS, Filter, Queue
from serving.desk.warming import Desk
from serving.lanes import LANES
from serving.scoring import Engine
from serving.settings import Settings


@pytest.fixture(scope="module")
def queue(engine, desk_data):
    return Queue.of(read_tables(desk_data, engine.bundle.mapping, engine.bundle.practice, scoring=True), engine)


def test_leads_that_booked_or_were_lost_are_not_listed(queue):
    listed = set(queue.tables.leads["lead_id"])

    assert len(queue) == 110
    assert "L102" in listed and "L100" not in listed and "L101" not in listed


def test_urgent_leads_come_first_and_then_the_likely_ones(queue):
    order = queue.rows(Filter())

    ranks = [LANES.index(queue.lane[row]) for row in order]
    assert ranks == sorted(ranks)
    for lane in LANES:
        sizes = [queue.log_odds[row] for row in order if queue.lane[row] == lane]
        assert sizes == sorted(sizes, reverse=True)


def test_filters_keep_what_is_asked_for(queue):
    rows = queue.rows(Filter(lane="urgent", channel="phone"))

    assert len(rows) and set(queue.lane[rows]) == {"urgent"}
    assert set(queue.tables.leads["channel"].to_numpy(object)[rows]) == {"phone"}
    assert not len(queue.rows(Filter(grade="Z")))


def test_reasons_on_the_page_belong_to_the_score_of_the_list(queue):
    rows = queue.rows(Filter())[:20]

    entries = queue.entries(rows)

    np.testing.assert_allclose([entry.log_odds for entry in entries], queue.log_odds[rows], rtol=0, atol=1e-12)
    for entry in entries:
        total = entry.explanation.base + sum(reason.log_odds for reason in entry.explanation.reasons) + entry.explanation.everything_else
        assert total == pytest.approx(entry.log_odds, abs=1e-9)


def test_a_lead_is_explained_once(queue):
    rows = queue.rows(Filter())[:3]

    assert queue.entries(rows)[0] is queue.entries(rows)[0]


def test_the_list_shows_no_contact_data_and_no_message(queue):
    page = queue_page(queue, Filter(), 1)

    assert "555" not in page and "example.org" not in page and "back pain" not in page
    assert "A score supports the order of calls; a person decides. This is not triage." in page
    assert "AUC 0.81" in page and "As of" in page


def test_pages_hold_fifty_leads_and_the_last_one_the_rest(queue):
    first, last, beyond = (queue_page(queue, Filter(), number).count('class="who"') for number in (1, 3, 99))

    assert (first, last, beyond) == (PAGE_LEADS, 10, 10)


def test_a_script_in_a_message_is_shown_as_text(queue):
    entry = queue.entries(np.array([queue.row_of("L-script")]))[0]

    page = lead_page(queue, entry)

    assert entry.lane == "urgent"
    assert "<script" not in page and "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "call 911" in page


def test_every_bar_says_its_effect_in_words(queue):
    page = lead_page(queue, queue.entries(queue.rows(Filter())[:1])[0])

    bars = page.count("<rect")
    assert bars and len(re.findall(r"</span> (raises|lowers)</span>", page)) == bars


def test_the_addresses_answer(client):
    assert client.get("/").status_code == 200
    assert client.get("/?page=2&lane=urgent&grade=A&channel=phone").status_code == 200
    assert client.get("/?page=-1&lane=%00&grade=<b>").status_code == 200
    assert client.get("/leads/L%2Fwith%20slash%20%26%20more").status_code == 200
    assert client.get("/leads/nobody").status_code == 404


def test_a_reflected_filter_is_escaped(client):
    page = client.get('/?channel="><script>alert(1)</script>').text

    assert "<script" not in page


def test_before_the_scores_are_there_the_page_says_so(champion, desk_data, tmp_path, monkeypatch):
    desk = Desk(Settings(tmp_path, "", desk_data), champion)
    monkeypatch.setattr(desk, "warm", lambda: None)

    assert desk.state == "warming" and desk.queue is None


def test_data_that_cannot_be_read_is_a_sentence_on_the_page(champion, tmp_path):
    (tmp_path / "leads.csv").write_text("")
    desk = Desk(Settings(tmp_path, "", tmp_path), champion)

    desk.warm()

    assert desk.state == "failed" and desk.fault


def test_without_data_there_is_no_desk(champion, tmp_path):
    desk = Desk(Settings(tmp_path), champion)

    desk.warm()

    assert (desk.state, desk.queue, desk.fault) == ("none", None, "")


def test_the_models_own_auc_is_shown_with_its_interval(make_bundle, desk_data):
    figures = {"scorers": {"Base rate": {"auc": [0.5, 0.5, 0.5]}, "Leadlight": {"auc": [0.698, 0.652, 0.751]}}}
    engine = Engine.of(make_bundle(figures=figures), "1")

    page = queue_page(Queue.of(read_tables(desk_data, engine.bundle.mapping, engine.bundle.practice, scoring=True), engine), Filter(), 1)

    assert "AUC 0.70 (0.65 to 0.75)" in page


def test_the_desk_and_the_api_give_a_lead_the_same_score(queue, engine, desk_data, now):
    events = pd.read_csv(desk_data / "events.csv").to_dict("records")
    leads = pd.read_csv(desk_data / "leads.csv", dtype=str, keep_default_na=False).to_dict("records")
    asked = [
        lead | {"cutoff": f"{queue.as_of}Z", "events": [{k: v for k, v in e.items() if k != "lead_id"} for e in events if e["lead_id"] == lead["lead_id"]]}
        for lead in leads[:40]
    ]

    answers = engine.score(asked, now)

    listed = queue.log_odds[[queue.row_of(lead["lead_id"]) for lead in asked]]
    np.testing.assert_allclose([answer.log_odds for answer in answers], listed, rtol=0, atol=1e-12)
