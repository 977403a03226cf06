"""Does each page say what it should, and nothing that it must not?

The pages as a browser asks for them, without one.
"""

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


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "|calc", "%0A"])
def test_no_cell_is_a_formula(text):
    assert neutralize_cell(text).startswith("'")


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
