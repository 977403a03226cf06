"""Is it written down of which leads the desk calls in order of arrival, whatever their score?"""

import pytest

from features.logs.prediction_log import PredictionLog, name_leads, read_predictions
from serving.errors import ServiceError
from serving.random_holdout import select_holdout
from serving.scoring.engine import Engine
from serving.service import serve
from serving.settings import Settings


def test_it_is_recorded_with_the_score_and_what_is_urgent_is_none_of_them(bundle, generate_leads, now, tmp_path):
    engine = Engine.of(bundle, "3", PredictionLog(tmp_path))
    leads = [engine.read({"lead_id": row["lead_id"], "message": row["message"]}) for row in generate_leads(120)]
    in_holdout = select_holdout([lead.converted["lead_id"] for lead in leads], 0.2, bundle.name)

    answers = engine.score_read(leads, now, arrival_share=0.2)

    lead_ids = [row.lead_id for row in answers]
    recorded = {row.lead_id: row.arrival for row in name_leads(read_predictions(tmp_path), lead_ids, tmp_path)}
    expected = {
        row.lead_id: bool(is_chosen) and row.lane not in ("urgent", "spam")
        for row, is_chosen in zip(answers, in_holdout, strict=True)
    }
    assert recorded == expected and 5 < sum(expected.values()) < int(in_holdout.sum())


def test_which_leads_does_not_depend_on_training_again(bundle, make_bundle):
    ids = [f"L{number}" for number in range(200)]

    again = select_holdout(ids, 0.2, make_bundle(seed=8).name)

    assert again.tolist() == select_holdout(ids, 0.2, bundle.name).tolist()


def test_the_share_is_taken_from_the_settings(monkeypatch):
    monkeypatch.setenv("LEADLIGHT_ARRIVAL_SHARE", "0.3")

    assert (Settings.from_environment().arrival_share, Settings().arrival_share) == (0.3, 0.05)
    assert Settings.from_environment().to_environment()["LEADLIGHT_ARRIVAL_SHARE"] == "0.3"


@pytest.mark.parametrize("written", ["0.6", "-0.1", "five", "nan", "0,05"])
def test_what_is_no_share_is_one_sentence_before_the_service_starts(written, bundle_folder, monkeypatch):
    monkeypatch.setenv("LEADLIGHT_ARRIVAL_SHARE", written)

    with pytest.raises(ServiceError, match=f"LEADLIGHT_ARRIVAL_SHARE is '{written}', expected a number from 0 to 0.5"):
        serve(port=3999, model=bundle_folder)
