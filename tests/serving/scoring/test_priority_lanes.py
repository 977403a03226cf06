"""Does urgent wording come before any score?"""

import pytest

from features.batch import Batch
from serving.scoring.engine import Engine
from serving.scoring.priority_lanes import LANES, lane_of, sounds_urgent


@pytest.mark.parametrize("grade", ["A", "B", "C", "D"])
def test_a_low_score_never_hides_an_urgent_lead(grade):
    lane = lane_of(grade, urgent=True)

    assert lane == "urgent"
    assert LANES.index(lane) == 0


@pytest.mark.parametrize(
    ("message", "lane"),
    [
        ("it is urgent, an emergency", "urgent"),
        ("this is NOT urgent", None),
        ("", None),
        ("I can't feel my legs", "urgent"),
        ("no chest pain", None),
    ],
)
def test_the_lane_follows_the_message(engine, payload, now, message, lane):
    answer = engine.score([payload | {"message": message}], now)[0]

    assert (answer.lane == "urgent") == (lane == "urgent")


def test_a_model_that_does_not_read_urgency_still_sees_it(bundle, now):
    leads = [{"message": "urgent, please"}, {"message": "not urgent"}, {"message": None}]
    batch = Batch.from_payloads(leads, bundle.context, {"message": "text"}, now)

    urgent = sounds_urgent(batch, bundle.score(batch, explain=False), names=())

    assert urgent.tolist() == [True, False, False]


def test_the_message_is_read_even_when_the_model_has_no_such_column(make_bundle, payload, now):
    whole = make_bundle()
    engine = Engine.of(
        make_bundle(columns={name: kind for name, kind in whole.columns.items() if name != "message"}), "1"
    )

    answer = engine.score([payload | {"message": "urgent, please"}], now)[0]

    assert answer.lane == "urgent"
    assert answer.ignored == []
