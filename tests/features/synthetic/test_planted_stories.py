"""Are the planted stories true of the tables, and nothing else of them?"""

import json

import pandas as pd
import pytest

from features.practice_file.practice_toml import read_practice
from features.synthetic import planted_stories
from features.synthetic.generator import PRACTICE_FILE, invent
from features.synthetic.planted_stories import plant_stories

ZONE = read_practice(PRACTICE_FILE).timezone


@pytest.fixture(scope="module")
def worlds():
    plain = invent(1_500, seed=3)
    return plain, plant_stories(plain, 3, ZONE)


def test_the_same_seed_plants_the_same(worlds):
    plain, planted = worlds
    again = plant_stories(plain, 3, ZONE)

    for name in ("leads", "events", "outcomes", "spend", "truth"):
        pd.testing.assert_frame_equal(getattr(planted, name), getattr(again, name))


def test_columns_and_their_types_stay(worlds):
    for name in ("leads", "events", "spend", "truth"):
        assert list(getattr(worlds[1], name).columns) == list(getattr(worlds[0], name).columns)
    assert list(worlds[1].outcomes.columns) == [*worlds[0].outcomes.columns, "staff_id"]
    assert worlds[1].events["occurred_at"].dtype == worlds[0].events["occurred_at"].dtype


def test_only_visitors_whom_the_field_kept_away_are_gone(worlds):
    plain, planted = worlds
    gone = plain.leads[~plain.leads["lead_id"].isin(planted.leads["lead_id"])]

    assert 0 < len(gone) < 0.1 * len(plain.leads) and set(gone["landing_page"]) == {planted_stories.COSTLY_FORM}
    assert set(planted.events["lead_id"]) <= set(planted.leads["lead_id"])
    assert planted.truth["lead_id"].tolist() == planted.leads["lead_id"].tolist()


def test_the_form_is_silent_and_the_campaign_is_young(worlds):
    leads = worlds[1].leads
    ago = (leads["created_at"].max() - leads["created_at"]) / pd.Timedelta(days=1)

    assert ago[leads["landing_page"] == planted_stories.SILENT_FORM].min() >= planted_stories.SILENT_DAYS
    assert ago[leads["campaign"] == planted_stories.YOUNG_CAMPAIGN].max() < planted_stories.YOUNG_DAYS
    spent = worlds[1].spend[worlds[1].spend["campaign"] == planted_stories.YOUNG_CAMPAIGN]
    assert len(spent) == planted_stories.YOUNG_DAYS and (spent["clicks"] <= spent["impressions"]).all()


def test_each_lead_has_one_person(worlds):
    people = (
        pd.concat([worlds[1].events, worlds[1].outcomes]).dropna(subset=["staff_id"]).groupby("lead_id")["staff_id"]
    )

    assert (people.nunique() == 1).all()


def test_the_search_for_the_own_name_is_the_last_touch_of_those_who_made_one(worlds):
    events = worlds[1].events
    visits = events[events["kind"] == "page_view"].merge(worlds[1].leads[["lead_id", "created_at"]], on="lead_id")
    last = visits[visits["occurred_at"] <= visits["created_at"]].groupby("lead_id").tail(1)
    searched = set(events.loc[events["campaign"] == planted_stories.OWN_NAME_SEARCH, "lead_id"])

    assert searched and set(last.loc[last["campaign"] == planted_stories.OWN_NAME_SEARCH, "lead_id"]) == searched


def test_the_truth_is_written_beside_that_of_the_leads(worlds, tmp_path):
    assert "truth/stories.json" not in [str(path.relative_to(tmp_path)) for path in worlds[0].write(tmp_path)]

    worlds[1].write(tmp_path)

    told = json.loads((tmp_path / "truth" / "stories.json").read_text())
    assert [story["name"] for story in told][:2] == ["own_name_search", "hard_leads"] and len(told) == 6
