"""Does each line of a rule match the leads that it describes, by what was known when they came in?"""

from dataclasses import replace

import numpy as np

from features.calendar.timezones import to_utc_times
from features.practice.practice import QualifyingRule
from serving.insights.columns.qualifying_rule import match_rule


def match(tables, practice, *lines):
    asked = replace(practice, qualified=tuple(map(QualifyingRule, lines)))
    return match_rule(tables, asked, tables.leads, to_utc_times(tables.leads["created_at"]))


def test_a_column_and_a_signal_match(demo_tables, demo_practice):
    matches = match(demo_tables, demo_practice, "channel = referral", "asks_for_appointment and payer is known")
    leads = demo_tables.leads

    np.testing.assert_array_equal(matches["channel = referral"], (leads["channel"] == "referral").to_numpy())
    both = matches["asks_for_appointment and payer is known"]
    assert 0 < both.sum() < len(leads) and leads["payer"].notna().to_numpy()[both].all()


def test_a_line_that_reads_what_is_not_there_is_left_out(demo_tables, demo_practice):
    tables = replace(demo_tables, leads=demo_tables.leads.drop(columns="payer"))

    assert list(match(tables, demo_practice, "payer is known", "channel = chat")) == ["channel = chat"]


def test_without_a_rule_nothing_is_computed(demo_tables, demo_practice):
    assert match(demo_tables, demo_practice) == {}


def test_what_came_later_does_not_count(demo_tables, demo_practice):
    # At arrival nobody has answered yet.
    assert not match(demo_tables, demo_practice, "links_followed >= 1")["links_followed >= 1"].any()
