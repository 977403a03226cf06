"""Does nothing of a person reach an assistant?"""

import json

import numpy as np
import pytest

from features.practice.practice import Practice
from serving.api.mcp_routes import describe_insights
from serving.insights.insight_report import compute_insights
from serving.insights.report_sections import SECTIONS
from serving.mcp.assistant_views import SHARED_SECTIONS, view_insights, view_model, view_queue, view_reasons
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate

NOON = np.datetime64("2026-03-05T12:00:00", "us")
PERSONAL = {
    "lead_id": "L-7",
    "created_at": "2026-03-05T09:00:00Z",
    "channel": "referral",
    "full_name": "Ann Example",
    "phone": "(617) 555-0123",
    "email": "ann@example.org",
    "message": "my knee hurts at night",
    "postal_code": "02110",
    "why_here": "Ben promised to call Ann at 3 PM",
    "probability": 0.305,
    "grade": "B",
    "lane": "normal",
}


@pytest.fixture(scope="module")
def report():
    return compute_insights(to_columns(simulate(3, leads_a_month=200)), Practice())


def test_of_a_lead_on_the_list_only_numbers_and_its_id_are_seen():
    (lead,) = view_queue({"leads": [PERSONAL]}, NOON)["leads"]

    assert lead == {
        "position": 1,
        "lead_id": "L-7",
        "waiting_minutes": 180,
        "score": 31,
        "grade": "B",
        "lane": "normal",
        "probability": 0.305,
    }


@pytest.mark.parametrize("lead_id", ["ann@example.org", "+16175550123", "617.555.0123", "Ann Example", "ann.example"])
def test_an_id_that_reaches_a_person_is_not_said(lead_id):
    (lead,) = view_queue({"leads": [PERSONAL | {"lead_id": lead_id}]}, NOON)["leads"]

    assert lead["lead_id"] is None and lead["position"] == 1


def test_digits_that_a_crm_gave_are_an_id_and_no_phone_number():
    ids = ["118236372151", "6175550123", "ann@example.org"]
    queue = {"leads": [PERSONAL | {"lead_id": lead_id} for lead_id in ids]}

    from_crm = [lead["lead_id"] for lead in view_queue(queue, NOON, {ids[0], ids[2]})["leads"]]

    assert from_crm == ["118236372151", None, None]


def test_reasons_are_signals_log_odds_and_our_questions_that_add_up(engine, payload, now):
    answer = engine.answer_leads([engine.read(payload)], now)[0]

    view = view_reasons("L-1001", answer, engine.bundle.signals)

    assert view["reasons"] and all(reason["questions"] and reason["about"] for reason in view["reasons"])
    added = sum(reason["log_odds"] for reason in view["reasons"])
    rest = view["base_log_odds"] + view["level_log_odds"] + view["everything_else_log_odds"]
    assert added + rest == pytest.approx(view["log_odds"], abs=1e-9)
    told = json.dumps(view)
    for value in ("appointment next week", "02110", "555-0123", "gold", "physical therapy", *_texts(answer)):
        assert value not in told


def test_columns_of_the_practice_s_own_and_members_of_lists_are_not_named(engine, payload, now):
    answer = engine.answer_leads([engine.read(payload)], now)[0]
    own = ["sent:custom:Seen by Dr. Lee", "custom:Tags = Diabetes", "custom:Tags = Gold", "valid_phone"]
    answer["reasons"][0]["signals"] = own

    view = view_reasons("L-1001", answer, engine.bundle.signals)

    assert view["reasons"][0]["signals"] == ["sent:custom", "custom", "valid_phone"]


def _texts(answer):
    """What the desk reads as reasons: they may name a value of the lead."""
    return [reason["text"] for reason in answer["reasons"]]


def test_a_signal_of_an_earlier_model_has_no_words_and_is_named_all_the_same(engine, payload, now):
    answer = engine.answer_leads([engine.read(payload)], now)[0]

    (first, *_) = view_reasons("L-1001", answer, ())["reasons"]

    assert first["questions"] == [] and first["about"] is None and first["signals"]


@pytest.mark.parametrize("section", SHARED_SECTIONS)
def test_of_the_insights_small_numbers_and_people_are_hidden_as_in_files(report, section):
    view = view_insights(report, section, describe_insights)

    assert view["available"] and not [table for table in view["tables"] if report.tables[table["name"]].managers_only]
    for table in view["tables"]:
        counts = [column.name for column in report.tables[table["name"]].columns if column.counts_people]
        assert not [
            row for row in table["rows"] for name in counts if isinstance(row[name], int) and 0 < row[name] < 11
        ]


def test_the_summary_names_neither_staff_nor_their_section(report):
    view = view_insights(report, None, describe_insights)

    assert "people" in SECTIONS and "people" not in view["sections"] and set(view["sections"]) <= set(SHARED_SECTIONS)
    assert {sentence["evidence"] for sentence in view["sentences"]}.isdisjoint({"people"})


def test_the_model_s_status_does_not_say_whose_it_is(engine):
    view = view_model(engine, "/home/dr.lee/models/7 is damaged")

    assert "leadlight doctor" in view["warning"] and "lee" not in view["warning"] and view["figures"]["auc"] == 0.81
    assert view_model(engine, None)["warning"] is None
    assert "practice" not in view and "columns" not in view
