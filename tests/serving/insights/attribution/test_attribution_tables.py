"""Is credit given where the data can carry it, refused where it cannot, and hidden where it tells of few people?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.practice.practice import Practice
from features.tables.tables import read_tables
from serving.insights.attribution.attribution_tables import (
    Credit,
    _tabulate_credit,
    compute_credit,
    tabulate_credits,
)
from serving.insights.attribution.journeys import Journeys
from serving.insights.attribution.touch_removal import Removal
from serving.insights.attribution.touch_rows import TouchData
from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.estimates import CANNOT_TELL
from serving.insights.figure_tables import Hidden
from serving.insights.sharing.small_cells import hide_small_cells
from serving.insights.stopped_sources import Silence
from tests.support.simulated.simulated_journeys import CHANNELS, simulate_journeys

START = pd.Timestamp("2026-01-05T15:00Z")


@pytest.fixture(scope="module")
def world():
    return simulate_journeys(3, 12_000)


@pytest.fixture(scope="module")
def folder(world, tmp_path_factory):
    """The journeys as a practice exports them: the last touch is the inquiry, the earlier ones are page views."""
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

    assert refused.rows == () and refused.notes[0].startswith("Hardly any journey has touches of different names")
    assert tables["touch_data"].get("Source", "verdict") == "Credit can be given."
    assert tables["touch_data"].get("Channel", "verdict") == refused.notes[0]


def test_inquiries_without_a_source_stop_the_credit(columns):
    unnamed = replace(columns.categories["source"], names=("Not given",) * len(columns.categories["source"].names))
    without = replace(columns, categories={"source": unnamed})

    credit = compute_credit(without, "source", 30.0, 12)

    assert credit.data.unnamed == credit.data.leads
    assert credit.data.refusal.startswith("More than half of the inquiries do not say where they came from")


def test_a_source_that_went_silent_is_said_before_its_credit(columns):
    silence = Silence("source", "radio", 21, 12.0, 0.01, is_alarm=True)

    verdict = tabulate_credits(columns, 30.0, 12, [silence])[0].get("Source", "verdict")

    assert verdict == "With care: went silent: radio."


def test_touches_that_contradict_the_inquiry_are_said(columns):
    touches = columns.touches
    just_before = replace(touches, days=np.full(len(touches.days), -0.001))

    verdict = tabulate_credits(replace(columns, touches=just_before), 30.0, 12, [])[0].get("Source", "verdict")

    assert verdict == "With care: many inquiries and their last touch name different things."


def test_without_such_a_column_there_is_no_credit(columns):
    assert compute_credit(columns, "campaign", 30.0, 12) is None


def test_outside_of_the_house_the_credit_of_few_people_is_hidden(tables):
    table = tables["credit_by_source"]
    few = replace(table, rows=(("radio", 9, 3, *table.rows[0][3:]), *table.rows[1:]))

    shared = hide_small_cells([few])[0]

    assert all(isinstance(cell, Hidden) for cell in (*shared.rows[0][1:6], *shared.rows[0][7:]))
    assert not any(isinstance(cell, Hidden) for cell in shared.rows[1])


def tabulate_few(few_booked, few_journeys):
    """Credit tables of two dimensions of the same 400 journeys; in one, a name has few of them."""
    n, few = 400, few_journeys
    journey = np.arange(n)
    booked = np.zeros(n, bool)
    booked[:few_booked], booked[few : few + 100] = True, True
    names = {"channel": np.where(journey % 2, 0, 1), "source": np.where(journey < few, 0, 1 + journey % 3)}
    labels = {"channel": ("phone", "web"), "source": ("fax", "ads", "maps", "news")}
    data = TouchData(n, 0, n, n // 2, 0, 0)
    return [
        _tabulate_credit(
            Credit(
                dimension,
                Journeys(labels[dimension], journey, codes, np.zeros(n), booked, journey, journey),
                data,
                [Removal(CANNOT_TELL)] * len(labels[dimension]),
            )
        )
        for dimension, codes in names.items()
    ]


def test_the_credit_of_few_cannot_be_subtracted_from_what_another_table_adds_up_to():
    shared = hide_small_cells(tabulate_few(few_booked=3, few_journeys=8))

    channel, source = ([dict(zip((c.name for c in t.columns), row, strict=True)) for row in t.rows] for t in shared)
    assert sum(row["last"] for row in channel) == 103
    for name in ("journeys", "journeys_booked", "last", "shapley"):
        unseen = [row["source"] for row in source if isinstance(row[name], Hidden)]
        assert "fax" in unseen and len(unseen) >= 2


def test_a_last_touch_of_few_people_goes_with_what_it_could_be_turned_back_from():
    table = tabulate_few(few_booked=40, few_journeys=60)[1]
    names = [column.name for column in table.columns]
    rows = [list(row) for row in table.rows]
    fax = next(row for row in rows if row[0] == "fax")
    fax[names.index("first")], fax[names.index("last")] = 37, 3

    (shared,) = hide_small_cells([replace(table, rows=tuple(map(tuple, rows)))])

    cells = dict(zip(names, next(row for row in shared.rows if row[0] == "fax"), strict=True))
    assert cells["journeys"] == 60 and cells["journeys_booked"] == 40
    # 3 had it last, and 3 had it not first.
    assert all(isinstance(cells[name], Hidden) for name in ("first", "last", "least", "most", "position", "markov"))


def test_the_verdict_tells_no_number_that_the_funnel_hides(tables):
    touched = tables["touch_data"]
    assert ("source", "Not given", "inquiries") in touched.hidden_with
    few = replace(touched, rows=(("Source", "Credit can be given.", 900, 3, 800, 400, 0, 0),))

    (shared,) = hide_small_cells([few])

    assert isinstance(shared.rows[0][3], Hidden) and shared.rows[0][2] == 900
    assert not any(character.isdigit() for character in tables["credit_by_channel"].notes[0])
