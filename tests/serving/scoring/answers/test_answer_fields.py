"""Has every answer the fields of its schema, in their order, and is a lead answered alone as in a batch?"""

import json

import pytest

from serving.schemas.scoring import Answer
from serving.scoring.answers.answer_fields import to_answer
from serving.scoring.read_lead import ReadLead


@pytest.fixture(scope="module")
def answers(engine, generate_leads, now):
    """The answers to varied leads: whole ones, one with one field, one without any."""
    leads = [*generate_leads(40, seed=12), {"lead_id": "L1", "channel": "phone"}, {}]
    return engine.answer_leads([ReadLead(lead, ()) for lead in leads], now)


def test_an_answer_has_the_fields_of_the_schema_in_their_order(answers):
    for answer in answers:
        assert list(answer) == list(Answer.model_fields)
        assert Answer.model_validate(answer).model_dump() == answer


def test_an_answer_as_an_object_says_the_same(answers):
    for answer in answers:
        assert json.dumps(to_answer(answer).model_dump()) == json.dumps(answer)


def test_the_flat_reasons_are_the_listed_ones(answers):
    for answer in answers:
        listed = [(reason["text"], reason["effect"]) for reason in answer["reasons"]]
        flat = [(answer[f"reason_{place}"], answer[f"reason_{place}_effect"]) for place in range(1, 6)]
        assert flat == [*listed, *[(None, None)] * (5 - len(listed))]


def test_a_lead_is_answered_alone_as_in_a_batch(engine, generate_leads, now):
    leads = [ReadLead(lead, ()) for lead in generate_leads(30, seed=13)]

    together = engine.answer_leads(leads, now)

    assert together == [engine.answer_leads([lead], now)[0] for lead in leads]


def test_without_reasons_everything_is_everything_else(engine, payload, now):
    (answer,) = engine.answer_leads([engine.read(payload)], now, explain=False)

    assert answer["reasons"] == [] and answer["reason_1"] is None
    total = answer["base_log_odds"] + answer["everything_else_log_odds"] + answer["level_log_odds"]
    assert total == pytest.approx(answer["log_odds"], abs=1e-9)


def test_answers_share_no_list(answers):
    first, second = answers[:2]

    for name in ("asks", "notes", "ignored", "missing_inputs", "reasons"):
        assert first[name] is not second[name]
