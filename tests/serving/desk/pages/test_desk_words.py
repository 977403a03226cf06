"""Does every lane, stage and list of the desk have its words?"""

from features.schema import LEADS
from serving.desk.pages.desk_words import FACTS, LANE_WORDS, STAGE_WORDS
from serving.desk.queue.filters import LANES_SHOWN
from serving.scoring.lead_stage import STAGES
from serving.scoring.priority_lanes import LANES


def test_every_lane_and_stage_has_words():
    assert set(LANE_WORDS) == {*LANES, *LANES_SHOWN} and set(STAGE_WORDS) == set(STAGES)


def test_every_fact_is_a_column_of_leads():
    assert set(FACTS) <= set(LEADS.by_name)
