"""Does an export that says who booked by a label alone get figures, and does it claim nothing that it cannot know?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.practice.practice import Practice
from features.tables.tables import Tables
from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.columns.labeled_outcomes import date_labels, find_decided, has_labels_alone
from serving.insights.data_quality import find_bookings_begin
from serving.insights.insight_report import compute_insights

LEADS = 600
PRACTICE = Practice(name="Prairie Oak")


def invent(known_after=None, first_label_day=0):
    """An inquiry an hour; every third one books. Labels are known after some days, where the export says so."""
    created_at = pd.Series(pd.date_range("2026-01-01", periods=LEADS, freq="6h", tz="UTC"))
    leads = pd.DataFrame(
        {
            "lead_id": [f"L{i}" for i in range(LEADS)],
            "created_at": created_at,
            "channel": np.where(np.arange(LEADS) % 2, "call", "form").astype(object),
        }
    )
    label = pd.Series((np.arange(LEADS) % 3 == 0).astype(float))
    known_at = None
    if known_after is not None:
        known_at = created_at + pd.Timedelta(days=known_after)
        kept = known_at >= created_at[0] + pd.Timedelta(days=first_label_day)
        kept &= known_at <= created_at.iloc[-1]
        label, known_at = label.where(kept), known_at.where(kept)
    nothing = pd.DataFrame({"lead_id": [], "kind": [], "occurred_at": [], "recorded_at": []})
    outcomes = nothing.rename(columns={"kind": "stage"})
    return Tables(leads, nothing, outcomes, pd.DataFrame(), label=label, label_known_at=known_at)


def test_without_a_date_a_label_counts_at_the_end_of_the_horizon():
    tables = invent()

    rows = date_labels(tables, 30.0)

    assert has_labels_alone(tables) and len(rows) == LEADS // 3 and set(rows["stage"]) == {"booked"}
    assert rows["recorded_at"][0] == tables.leads["created_at"][0] + pd.Timedelta(days=30)
    decided = find_decided(tables, np.arange(LEADS), 30.0, np.datetime64("2026-03-01T00:00"))
    assert decided.sum() == 4 * 29 + 1


def test_a_label_counts_when_it_was_known_and_a_booking_whenever_that_was():
    tables = invent(known_after=45)

    rows = date_labels(tables, 30.0)
    columns = read_lead_columns(tables, PRACTICE)

    assert (rows["recorded_at"] - rows["occurred_at"] == pd.Timedelta(days=15)).all()
    assert columns.has("booked").sum() == len(rows)
    assert (columns.label_decided == (columns.age_days >= 45)).all()


def test_the_report_says_what_the_labels_say_and_no_more():
    report = compute_insights(read_lead_columns(invent(), PRACTICE), PRACTICE)
    funnel = report.tables["funnel_by_channel"]

    assert funnel.get("All leads", "booked") == sum(i % 3 == 0 for i in range(LEADS - 4 * 30))
    assert funnel.get("All leads", "reached") is None and np.isnan(funnel.get("All leads", "days_to_booked"))
    rate = funnel.get("All leads", "booked_rate")
    assert rate.value == pytest.approx(1 / 3, abs=0.01) and rate.low < 1 / 3 < rate.high
    final = funnel.get("All leads", "booked_final")
    assert final.low < LEADS / 3 < final.high
    assert "no outcome says that anybody was treated" in funnel.get("All leads", "treated_final").reason
    assert {"outlook", "response"} <= set(report.left_out) and "outlook" not in report.tables
    assert "labels_alone" in {doubt.code for doubt in report.doubts}


def test_months_before_the_first_booking_on_record_are_not_compared():
    whole = compute_insights(read_lead_columns(invent(known_after=2), PRACTICE), PRACTICE)
    cut = compute_insights(read_lead_columns(invent(known_after=2, first_label_day=80), PRACTICE), PRACTICE)

    assert "bookings_begin_late" not in {doubt.code for doubt in whole.doubts} and whole.changes["month"] is not None
    (doubt,) = (doubt for doubt in cut.doubts if doubt.code == "bookings_begin_late")
    assert doubt.is_serious and "bookings since 2026-03-2" in doubt.text and cut.changes["month"] is None
    assert not any("brought" in sentence.claim for sentence in cut.sentences)


@pytest.mark.parametrize("known_at", [None, pd.Timestamp("2026-03-31", tz="UTC")])
def test_labels_of_many_inquiries_are_on_record_from_the_first_one_on(known_at):
    """At the end of the horizon, or all on the day of the export."""
    tables = invent()
    created_at = pd.Series(pd.date_range("2026-01-01", "2026-03-31", periods=LEADS, tz="UTC"))
    tables = replace(tables, leads=tables.leads.assign(created_at=created_at))
    if known_at is not None:
        tables = replace(tables, label_known_at=pd.Series([known_at] * LEADS))
    columns = read_lead_columns(tables, PRACTICE, as_of=np.datetime64("2026-04-01T00:00", "us"))

    assert columns.has("booked").sum() > 100 and find_bookings_begin(columns, 30.0) is None
