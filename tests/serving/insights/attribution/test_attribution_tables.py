"""Is credit given where the data can carry it, refused where it cannot, and hidden where it tells of few people?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.practice.practice import Practice
from features.tables.tables import read_tables
from serving.insights.attribution.attribution_tables import compute_credit, tabulate_credits
from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.figure_tables import Hidden
from serving.insights.silence import Silence
from serving.insights.small_cells import hide_small_cells
from tests.support.simulated_journeys import CHANNELS, simulate_journeys

START = pd.Timestamp("2026-01-05T15:00Z")


@pytest.fixture(scope="module")
def world():
    return simulate_journeys(3, 12_000)


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    """The journeys as a practice exports them: the last touch is the enquiry, the earlier ones are page views."""
    folder = tmp_path_factory.mktemp("journeys")
    is_last = np.append(world.journey[1:] != world.journey[:-1], True)
    arrived = START + pd.to_timedelta(np.arange(len(world.booked)) * 20, unit="min")
    ids = np.array([f"L{number}" for number in range(len(world.booked))])
    leads = {"lead_id": ids, "created_at": arrived, "channel": "web_form", "source": world.channel[is_last]}
    pd.DataFrame(leads).to_csv(folder / "leads.csv", index=False)
    touched = world.journey[~is_last]
    ago = pd.to_timedelta(world.days_before[~is_last] + 0.01, unit="D")
    events = {"lead_id": ids[touched], "occurred_at": arrived[touched] - ago, "kind": "page_view"}
    pd.DataFrame(events | {"source": world.channel[~is_last]}).to_csv(folder / "events.csv", index=False)
    booked = np.flatnonzero(world.booked)
    outcomes = {"lead_id": ids[booked], "occurred_at": arrived[booked] + pd.Timedelta(days=2), "stage": "booked"}
    pd.DataFrame(outcomes).to_csv(folder / "outcomes.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def columns(folder):
    practice = Practice()
    return read_lead_columns(read_tables(folder, practice=practice), practice)


@pytest.fixture(scope="module")
def tables(columns):
    return {table.name: table for table in tabulate_credits(columns, 30.0, 12, [])}


def test_credit_is_that_of_the_journeys_that_are_old_enough(columns, tables, world):
    table = tables["credit_by_source"]
    old = columns.age_days >= 30

    assert {row[0] for row in table.rows} == set(CHANNELS)
    for name in CHANNELS:
        had = np.isin(np.arange(len(old)), world.journey[world.channel == name]) & old
        assert table.get(name, "journeys") == had.sum()
        assert table.get(name, "journeys_booked") == (had & world.booked).sum()
    assert sum(row[-1] for row in table.rows) == pytest.approx((world.booked & old).sum())


def test_the_range_of_the_rules_stands_before_the_interval(tables):
    table = tables["credit_by_source"]
    names = [column.name for column in table.columns]
    for row in table.rows:
        cells = dict(zip(names, row, strict=True))
        credits = [cells[rule] for rule in ("first", "last", "position", "time", "markov", "shapley")]
        assert cells["least"] == min(credits) and cells["most"] == max(credits)


def test_brand_search_collects_and_search_goes_with_more_bookings(tables):
    table = tables["credit_by_source"]

    assert table.get("search", "verdict") == "Goes with more bookings."
    assert "Goes with more" not in table.get("brand search", "verdict")
    assert table.get("brand search", "most") > 100
    assert any("not cause" in note for note in table.notes)


def test_one_channel_for_everybody_gets_no_credit_and_the_reason(tables):
    refused = tables["credit_by_channel"]

    assert refused.rows == () and refused.notes[0].startswith("Only 0% of journeys have touches of different names")
    assert tables["touch_data"].get("Source", "verdict") == "Credit can be given."
    assert tables["touch_data"].get("Channel", "verdict") == refused.notes[0]


def test_enquiries_without_a_source_stop_the_credit(columns):
    unnamed = replace(columns.categories["source"], names=("Not given",) * len(columns.categories["source"].names))
    without = replace(columns, categories={"source": unnamed})

    credit = compute_credit(without, "source", 30.0, 12)

    assert credit.data.without == 1.0 and "100% of enquiries do not say where they came from" in credit.data.refusal


def test_a_source_that_went_silent_is_said_before_its_credit(columns):
    silence = Silence("source", "radio", 21, 12.0, 0.01, is_alarm=True)

    verdict = tabulate_credits(columns, 30.0, 12, [silence])[0].get("Source", "verdict")

    assert verdict == "With care: went silent: radio."


def test_touches_that_contradict_the_enquiry_are_said(columns):
    touches = columns.touches
    just_before = replace(touches, days=np.full(len(touches.days), -0.001))

    verdict = tabulate_credits(replace(columns, touches=just_before), 30.0, 12, [])[0].get("Source", "verdict")

    assert verdict == "With care: many enquiries and their last touch name different things."


def test_without_such_a_column_there_is_no_credit(columns):
    assert compute_credit(columns, "campaign", 30.0, 12) is None


def test_outside_of_the_house_the_credit_of_few_people_is_hidden(tables):
    table = tables["credit_by_source"]
    few = replace(table, rows=(("radio", 9, 3, *table.rows[0][3:]), *table.rows[1:]))

    shared = hide_small_cells([few])[0]

    assert all(isinstance(cell, Hidden) for cell in (*shared.rows[0][1:6], *shared.rows[0][7:]))
    assert not any(isinstance(cell, Hidden) for cell in shared.rows[1])
