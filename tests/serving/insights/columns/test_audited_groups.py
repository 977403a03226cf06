"""Are people put into groups by what their inquiry says, and by nothing else?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.practice.practice import Practice
from serving.insights.columns.audited_groups import CLOSED, NO_MESSAGE, OPEN, read_audited
from serving.insights.columns.categories import NOT_GIVEN, RARE


def name_value(value, dimension):
    return value


def read(tables, practice):
    rows = np.arange(len(tables.leads))
    return read_audited(tables, practice, rows, tables.created_at, name_value)


def names_of(group):
    return [group.names[code] for code in group.codes]


@pytest.fixture(scope="module")
def groups(demo_tables, demo_practice):
    return read(demo_tables, demo_practice)


def test_all_groups_of_the_invented_practice_are_there(groups, demo_tables):
    assert set(groups) == {"payer", "age", "language", "distance", "opening"}
    assert all(len(group.codes) == len(demo_tables.leads) for group in groups.values())


def test_a_message_without_words_has_no_language(groups, demo_tables):
    empty = demo_tables.leads["message"].isna().to_numpy()

    assert [name == NO_MESSAGE for name in names_of(groups["language"])] == empty.tolist()
    assert "Spanish" in names_of(groups["language"])


def test_a_distance_is_known_where_a_place_is(groups, demo_tables):
    known = [name != NOT_GIVEN for name in names_of(groups["distance"])]
    has_place = demo_tables.leads["postal_code"].notna().to_numpy()

    assert not np.any(np.array(known) & ~has_place) and np.mean(known) > 0.5
    assert groups["distance"].names[0] == "Up to 5 miles"


def test_opening_hours_are_those_of_the_practice(demo_tables):
    times = pd.to_datetime(["2026-03-02T14:30Z", "2026-03-02T23:30Z", "2026-03-07T15:00Z"])
    leads = demo_tables.leads.iloc[:3].reset_index(drop=True).assign(created_at=times)
    practice = Practice(timezone="America/New_York")

    group = read(replace(demo_tables, leads=leads), practice)["opening"]

    # Monday 9:30 AM and 6:30 PM, Saturday 10 AM.
    assert names_of(group) == [OPEN, CLOSED, CLOSED]


def test_a_group_that_the_data_does_not_tell_is_absent(demo_tables, demo_practice):
    leads = demo_tables.leads[["lead_id", "created_at"]]

    assert set(read(replace(demo_tables, leads=leads), demo_practice)) == {"opening"}


def test_spellings_of_a_payer_are_one_and_rare_ones_are_together(demo_tables, demo_practice):
    payer = ["Aetna"] * 40 + ["AETNA"] * 5 + ["Lone Star"] * 5
    leads = demo_tables.leads.iloc[: len(payer)].reset_index(drop=True).assign(payer=payer)

    group = read(replace(demo_tables, leads=leads), demo_practice)["payer"]

    assert names_of(group) == ["Aetna"] * 45 + [RARE] * 5
