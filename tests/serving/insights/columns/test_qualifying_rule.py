"""Does each line of a rule match the leads that it describes, by what was known when they came in?"""

from dataclasses import replace

import numpy as np
import pytest

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.practice.practice import QualifyingRule
from serving.insights.columns import qualifying_rule
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


def test_only_messages_of_leads_that_a_line_may_take_are_read(demo_tables, demo_practice, monkeypatch):
    read = []
    compute = qualifying_rule.compute_matrix
    monkeypatch.setattr(
        qualifying_rule, "compute_matrix", lambda batch, signals: read.append(batch.leads) or compute(batch, signals)
    )
    line, alone = "channel = chat and asks_for_appointment", "asks_for_appointment"
    matches = match(demo_tables, demo_practice, line)
    is_chat = (demo_tables.leads["channel"] == "chat").to_numpy()

    assert read == [is_chat.sum()] and 0 < read[0] < len(demo_tables.leads) / 2
    np.testing.assert_array_equal(matches[line], is_chat & match(demo_tables, demo_practice, alone)[alone])


def test_lines_that_read_columns_alone_read_no_message(demo_tables, demo_practice, monkeypatch):
    monkeypatch.setattr(Batch, "readings", property(lambda batch: pytest.fail("a message was read")))

    assert match(demo_tables, demo_practice, "channel = chat")["channel = chat"].any()
