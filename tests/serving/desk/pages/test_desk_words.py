"""Does every lane, stage and list of the desk have its words?"""

import pytest

from features.practice.practice import Practice
from features.schema import LEADS
from serving.desk.pages.desk_words import FACTS, LANE_WORDS, STAGE_WORDS, is_our_word
from serving.desk.queue.filters import LANES_SHOWN
from serving.scoring.lead_stage import STAGES
from serving.scoring.priority_lanes import LANES


def test_every_lane_and_stage_has_words():
    assert set(LANE_WORDS) == {*LANES, *LANES_SHOWN} and set(STAGE_WORDS) == set(STAGES)


def test_every_fact_is_a_column_of_leads():
    assert set(FACTS) <= set(LEADS.by_name)


@pytest.mark.parametrize(
    ("column", "value", "is_ours"),
    [
        ("channel", "web_form", True),
        ("channel", "New", False),
        ("relation", "parent", True),
        ("payer", "New", False),
        ("timeframe", "Dec 4", False),
        ("relation", "friend_of_ours", False),
        ("channel", None, False),
    ],
)
def test_only_values_that_are_words_of_ours_are_translated(column, value, is_ours):
    assert is_our_word(column, value, Practice(words={"friend_of_ours": "April"})) is is_ours
