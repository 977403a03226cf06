"""Does a possible emergency come before any score, and is nothing else one?"""

import pytest

from features.batch import Batch
from serving.scoring.engine import Engine
from serving.scoring.priority_lanes import LANES, choose_lane, find_emergencies, find_spam, find_wishes_for_soon


@pytest.mark.parametrize("grade", ["A", "B", "C", "D"])
def test_a_low_score_and_spam_words_never_hide_a_possible_emergency(grade):
    lane = choose_lane(grade, is_emergency=True, is_spam=True)

    assert lane == "urgent"
    assert LANES.index(lane) == 0


@pytest.mark.parametrize(
    ("message", "emergency", "soon"),
    [
        ("I can't feel my legs", True, False),
        ("chest pain since this morning", True, None),
        ("no chest pain", False, False),
        ("as soon as possible please, I am suffering from back pain", False, True),
        ("my pain is 8 out of 10, anything this week?", False, True),
        ("this is NOT urgent", False, False),
        ("", False, False),
    ],
)
def test_an_emergency_and_a_wish_for_soon_are_two_things(bundle, now, message, emergency, soon):
    batch = Batch.from_payloads([{"message": message}], bundle.context, {"message": "text"}, now)

    assert find_emergencies(batch).tolist() == [emergency]
    assert soon is None or find_wishes_for_soon(batch).tolist() == [soon]


@pytest.mark.parametrize(
    ("message", "is_spam"),
    [
        ("seo services and backlinks for your site", True),
        ("test test", True),
        ("I need an appointment for a blood test", False),
        ("my knee hurts, do you have a website?", False),
        (None, False),
    ],
)
def test_spam_and_tests_are_told_from_leads(bundle, now, message, is_spam):
    batch = Batch.from_payloads([{"message": message}], bundle.context, {"message": "text"}, now)

    assert find_spam(batch).tolist() == [is_spam]


def test_the_answer_has_the_lane_and_the_tag(engine, payload, now):
    emergency, soon, spam = engine.score(
        [
            payload | {"message": message}
            for message in ("I can't feel my legs", "as soon as possible please", "seo services and backlinks")
        ],
        now,
    )

    assert (emergency.lane, spam.lane) == ("urgent", "spam")
    assert soon.lane != "urgent" and soon.wants_soon and not spam.wants_soon


def test_the_message_is_read_even_when_the_model_has_no_such_column(make_bundle, payload, now):
    whole = make_bundle()
    engine = Engine.of(
        make_bundle(columns={name: kind for name, kind in whole.columns.items() if name != "message"}), "1"
    )

    answer = engine.score([payload | {"message": "I can't feel my legs"}], now)[0]

    assert answer.lane == "urgent"
    assert answer.ignored == []
