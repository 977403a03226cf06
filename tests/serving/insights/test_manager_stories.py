"""Are five stories of a practice told to its manager, and is none told of practices without them?"""

import pytest

from features.practice.practice import Practice
from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.comparisons.segments import tabulate_segments
from serving.insights.follow_up.tries import GAINS_MORE, tabulate_further_tries, tabulate_tries
from serving.insights.funnel import select_recent
from serving.insights.insight_report import select_segmented
from serving.insights.practice_checks.who_waits import ALSO_ALIKE, tabulate_who_waits
from serving.insights.sentences.action_sentences import (
    write_segments,
    write_staffing,
    write_tries,
    write_waiting_groups,
)
from serving.insights.staffing.missed_by_half_hour import MISSED_MORE, tabulate_missed_by_half_hour
from tests.support.simulated.manager_stories import STORIES, invent_practice

MONTHS = 12
PRACTICE = Practice(name="Prairie Oak", timezone="UTC")


def tabulate(seed, stories=()):
    columns = read_lead_columns(invent_practice(seed, stories), PRACTICE)
    recent = select_recent(columns, MONTHS)
    ripe = select_segmented(columns, recent[columns.is_ripe(31.0)[recent]], MONTHS)
    tables = [
        *tabulate_who_waits(columns, recent),
        tabulate_missed_by_half_hour(columns, MONTHS, PRACTICE.formats),
        tabulate_tries(columns, ripe),
        tabulate_further_tries(columns, ripe, "channel"),
        tabulate_segments(columns, ripe, lambda value, name: f"{name}: {value}"),
    ]
    return {table.name: table for table in tables}


def find_stories(tables):
    """What the tables name, each without knowing what was planted."""
    waits = {
        row[0] for row in tables["waits_by_language"].rows if str(row[-1]).startswith("Waits") and ALSO_ALIKE in row[-1]
    }
    missed = {row[0] for row in tables["missed_by_half_hour"].rows if row[-1] == MISSED_MORE}
    again = {row[0] for row in tables["further_tries_by_channel"].rows if row[-1] == GAINS_MORE}
    return {
        "language": waits,
        "given up": {sentence.claim.split(";")[0].split(" ", 1)[1] for sentence in write_tries(tables)},
        "lunch": missed,
        "referrals": again,
        "newsletter": {
            row[0] for row in tables["segments"].rows if "newsletter" in row[0] and row[-1] == "Book more often."
        },
    }


EXPECTED = {
    "language": {"Spanish"},
    "given up": {"inquiries were given up after the first try"},
    "lunch": {"12 PM to 12:30 PM"},
    "referrals": {"referral"},
    "newsletter": {"custom:newsletter: yes"},
}


@pytest.fixture(scope="module")
def told():
    return tabulate(1, STORIES)


@pytest.mark.parametrize("story", STORIES)
def test_a_planted_story_is_told_and_no_other_of_its_kind(told, story):
    assert find_stories(told)[story] == EXPECTED[story]


def test_each_story_has_its_sentence(told):
    claims = [
        sentence.claim
        for write in (write_waiting_groups, write_staffing, write_tries, write_segments)
        for sentence in write(told)
    ]

    assert len(claims) == 4 and claims[0] == "Spanish: waits longer for us than all others."
    assert claims[1] == "More calls are missed from 12 PM to 12:30 PM than at other times."
    assert claims[3] == "custom:newsletter: yes: more of them book than of the others."


def test_five_practices_without_a_story_are_told_none():
    told = [name for seed in range(20, 25) for name, found in find_stories(tabulate(seed)).items() if found]

    # Lines are named at 3.5 standard errors, one in twenty practices by chance; groups in two halves.
    assert told == []
