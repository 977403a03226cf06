"""Is a score the same wherever it is asked for, and does it say all it promises?"""

import numpy as np
import pytest

from serving.errors import RequestError
from serving.schemas.scoring import Answer
from serving.scoring.engine import Engine
from serving.scoring.score_words import hundredths, odds_in_words


def test_one_lead_alone_scores_as_in_a_crowd(engine, payload, now):
    crowd = [
        payload | {"lead_id": f"L{i}", "message": m}
        for i, m in enumerate(["urgent", None, "how much", "an appointment please"] * 5)
    ]

    together = engine.score(crowd, now)
    alone = [engine.score([one], now)[0] for one in crowd]

    np.testing.assert_allclose([a.log_odds for a in alone], [a.log_odds for a in together], rtol=0, atol=1e-12)
    assert [a.reasons for a in alone] == [a.reasons for a in together]


def test_the_answer_is_what_the_contract_says(engine, payload, now):
    answer = engine.score([payload], now)[0]

    assert Answer.model_validate(answer.model_dump()) == answer
    assert answer.lead_id == "L-1001"
    assert answer.score == hundredths(answer.probability)
    assert answer.scored_at == "2026-03-05T12:00:00Z"
    assert answer.model_sha256 == engine.bundle.sha256[:12]
    assert answer.reason_1 == answer.reasons[0].text and answer.reason_1_effect == answer.reasons[0].effect


def test_the_answer_sums_to_its_score(engine, payload, now):
    answer = engine.score([payload], now)[0]

    total = answer.base_log_odds + sum(reason.log_odds for reason in answer.reasons) + answer.everything_else_log_odds

    assert total == pytest.approx(answer.log_odds, abs=1e-9)
    assert 1 / (1 + np.exp(-total)) == pytest.approx(answer.probability, abs=1e-9)


def test_events_at_or_after_the_cutoff_change_nothing(engine, payload, now):
    later = [
        {"occurred_at": "2026-03-05T12:00:00Z", "kind": "inbound_call"},
        {"occurred_at": "2026-03-06T12:00:00Z", "kind": "chat"},
    ]

    before = engine.score([payload], now)[0]
    after = engine.score([payload | {"events": payload["events"] + later}], now)[0]

    assert before == after


def test_without_a_cutoff_the_lead_is_scored_now(engine, payload, now):
    del payload["cutoff"]

    answer = engine.score([payload], now + np.timedelta64(90, "s"))[0]

    assert answer.scored_at == "2026-03-05T12:01:30Z"


def test_a_model_that_does_not_say_who_is_reached_says_nothing_of_it(engine, payload, now):
    answer = engine.score([payload], now)[0]

    assert (answer.probability_reached, answer.probability_when_reached, answer.reach_in_words) == (None, None, None)


def test_a_message_is_read_once_for_score_and_lane(engine, payload, now, monkeypatch):
    read, reader = [], type(engine.context.reader)
    monkeypatch.setattr(
        reader, "read_all", lambda self, *given, read_all=reader.read_all: read.append(1) or read_all(self, *given)
    )

    engine.score([payload | {"message": "urgent please"}], now)

    assert len(read) == 1


def test_fields_without_use_are_named(engine, payload, now):
    answer = engine.score([payload | {"shoe size": 44, "campaign": "spring"}], now)[0]

    assert sorted(answer.ignored) == ["campaign", "shoe size"]


def test_a_value_that_cannot_be_read_is_refused_by_its_field(engine, payload, now):
    with pytest.raises(RequestError, match="cannot be read") as refused:
        engine.score([payload | {"created_at": "the day after Zanzibar"}], now)

    assert [fault.field for fault in refused.value.fields] == ["created_at"]
    assert "Zanzibar" not in str(refused.value) + str(refused.value.fields)


def test_nothing_to_score_is_nothing(engine, now):
    assert engine.score([], now) == []


def test_a_score_without_reasons_has_the_same_probability(engine, payload, now):
    quick = engine.score([payload], now, explain=False)[0]

    assert quick.probability == engine.score([payload], now)[0].probability
    assert quick.reasons == [] and quick.reason_1 is None


def test_a_model_without_dates_scores_without_a_moment(make_bundle, payload, now):
    engine = Engine.of(make_bundle(dated=False, label="Converted"), "1")

    early, late = (
        engine.score([payload | {"cutoff": cutoff}], now)[0]
        for cutoff in ("2026-03-05T12:00:00Z", "2026-04-05T12:00:00Z")
    )

    assert early.probability == late.probability
    assert early.odds_in_words.endswith("leads like this one end with Converted")


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.31, "31 in 100 leads like this one book within 30 days"),
        (0.001, "Fewer than 1 in 100 leads like this one book within 30 days"),
        (0.9999, "More than 99 in 100 leads like this one book within 30 days"),
    ],
)
def test_the_probability_is_said_as_people_count(bundle, probability, words):
    assert odds_in_words(probability, bundle) == words
