"""Does a frame get probability, grade, band and reasons, and is what is missing or cannot be read named?"""

import json

import pandas as pd
import pytest

from features.errors import DataError
from training.pyfunc import ANSWER_COLUMNS, REASON_COLUMNS, LeadScorer

LEAD = {"channel": "referral", "message": "Knee pain, could I come in this week?", "cutoff": "2026-10-01"}


@pytest.fixture(scope="module")
def scorer(bare_trained) -> LeadScorer:
    return LeadScorer(bare_trained.bundle)


def test_each_lead_has_its_chance_band_and_grade_under_its_own_index(scorer):
    answer = scorer.predict(pd.DataFrame([LEAD, LEAD | {"message": None}], index=["a", "b"]))

    assert list(answer) == list(ANSWER_COLUMNS) and list(answer.index) == ["a", "b"]
    assert (answer["probability_low"] <= answer["probability"]).all()
    assert (answer["probability"] <= answer["probability_high"]).all() and set(answer["grade"]) <= set("ABCD")


def test_reasons_come_when_they_are_asked_for_and_change_no_score(scorer):
    frame = pd.DataFrame([LEAD])

    plain, explained = scorer.predict(frame), scorer.predict(frame, params={"reasons": True})

    assert list(explained) == [*ANSWER_COLUMNS, *REASON_COLUMNS]
    pd.testing.assert_frame_equal(explained[list(ANSWER_COLUMNS)], plain)
    reasons = explained.loc[0, list(REASON_COLUMNS)].tolist()
    assert "Wants an appointment" in reasons and len(set(reasons)) == len(reasons)


def test_a_misspelt_column_is_named_among_what_was_not_sent(scorer):
    right = pd.DataFrame([LEAD])

    answers = [scorer.predict(frame) for frame in (right, right.rename(columns={"message": "mesage"}))]

    named = [answer.loc[0, "missing_inputs"].split(", ") for answer in answers]
    assert "message" not in named[0] and "message" in named[1]
    assert answers[1].loc[0, "coverage"] < answers[0].loc[0, "coverage"]


def test_events_are_read_from_text_as_from_a_list(scorer):
    events = [{"occurred_at": "2026-09-30T10:00:00Z", "kind": "inbound_call"}]

    by_list, by_text = (
        scorer.predict(pd.DataFrame([LEAD | {"events": sent}])) for sent in (events, json.dumps(events))
    )

    pd.testing.assert_frame_equal(by_list, by_text)


@pytest.mark.parametrize(
    ("lead", "params", "message"),
    [
        ({"cutoff": "Quillfeather"}, None, r"row 0: cutoff is text, expected a time"),
        ({"events": "[Quillfeather"}, None, r"row 0: events is text that is not JSON"),
        ({}, {"reason": True}, r"params: reason is not known, expected one of reasons"),
    ],
)
def test_what_cannot_be_read_is_refused_without_its_value(scorer, lead, params, message):
    with pytest.raises(DataError, match=message) as refusal:
        scorer.predict(pd.DataFrame([LEAD | lead]), params)

    assert "Quillfeather" not in str(refusal.value)
