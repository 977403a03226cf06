"""Is time told honestly in events and outcomes that come late, out of order, from several zones, and around a change of
the clocks?
"""

import numpy as np
import pandas as pd
import pytest

import features.signals  # noqa: F401  (fills the catalogue)
from features.batch import Batch
from features.blocks import Blocks
from features.point_in_time.context import Context
from features.point_in_time.outcomes import build_history, read_outcomes
from features.practice.practice import Practice
from features.registry import CATALOGUE
from features.tables.tables import Tables, read_tables
from training.dataset.labels import build_learning_set


def read(
    folder,
    events: str = "",
    outcomes: str = "",
    zone: str = "America/New_York",
    leads: str = "a,2026-03-01T10:00Z\nb,2026-03-02T10:00Z\n",
) -> Tables:
    """Two leads with these lines of events and outcomes."""
    (folder / "leads.csv").write_text("lead_id,created_at\n" + leads)
    if events:
        (folder / "events.csv").write_text("lead_id,occurred_at,kind\n" + events)
    if outcomes:
        (folder / "outcomes.csv").write_text("lead_id,occurred_at,stage,recorded_at\n" + outcomes)
    return read_tables(folder, practice=Practice(timezone=zone))


def times(column: pd.Series) -> list[str]:
    """Times of a table as UTC texts."""
    return column.dt.strftime("%m-%dT%H:%M:%S").tolist()


def test_events_out_of_order_are_sorted_inside_their_lead_and_say_the_same(tmp_path):
    lines = [
        "a,2026-03-01T12:00Z,outbound_call\n",
        "b,2026-03-03T12:00Z,chat\n",
        "a,2026-03-01T11:00Z,inbound_call\n",
        "a,2026-03-04T09:00Z,sms_in\n",
    ]
    (tmp_path / "one").mkdir(), (tmp_path / "other").mkdir()

    in_order, backwards = read(tmp_path / "one", "".join(lines)), read(tmp_path / "other", "".join(lines[::-1]))

    pd.testing.assert_frame_equal(in_order.events, backwards.events)
    assert times(in_order.events["occurred_at"]) == [
        "03-01T11:00:00",
        "03-01T12:00:00",
        "03-04T09:00:00",
        "03-03T12:00:00",
    ]
    cutoff = np.array(["2026-03-02", "2026-03-04"], "datetime64[us]")
    for name in ("attempts_made", "hours_open"):
        values = [
            CATALOGUE[name].compute(batch, Blocks(batch))
            for batch in (
                Batch.from_tables(tables, np.arange(2), cutoff, Context()) for tables in (in_order, backwards)
            )
        ]
        np.testing.assert_array_equal(*values)


@pytest.mark.parametrize(
    ("zone", "written", "utc"),
    [
        (
            "America/New_York",
            "2026-11-01 01:30",
            "11-01T05:30:00",
        ),  # twice on that clock: the first of the two is meant
        ("America/New_York", "2026-11-01 01:30-05:00", "11-01T06:30:00"),  # an offset says which
        ("America/New_York", "2026-03-08 02:30", "03-08T07:30:00"),  # never on that clock: the gap moves it forward
        ("America/New_York", "2026-03-08 03:00", "03-08T07:00:00"),
        ("Europe/Madrid", "2026-10-25 02:30", "10-25T00:30:00"),
        ("Europe/Madrid", "2026-10-25 02:30+01:00", "10-25T01:30:00"),
        ("Europe/Madrid", "2026-03-29 02:30", "03-29T01:30:00"),
        ("Europe/Madrid", "2026-03-29 03:00", "03-29T01:00:00"),
    ],
)
def test_an_event_in_the_fold_or_the_gap_of_a_change_of_clocks(tmp_path, zone, written, utc):
    tables = read(tmp_path, f"a,{written},chat\n", zone=zone)

    assert times(tables.events["occurred_at"]) == [utc]


def test_an_hour_across_the_change_of_clocks_is_an_hour(tmp_path):
    tables = read(
        tmp_path, "a,2026-03-08 01:30,chat\na,2026-03-08 03:30,chat\na,2026-11-01 00:30,chat\na,2026-11-01 02:30,chat\n"
    )

    assert (tables.events["occurred_at"].diff().dropna().dt.total_seconds() / 3600).iloc[[0, 2]].tolist() == [1, 3]


def test_rows_with_an_offset_each_and_rows_without_stand_side_by_side(tmp_path):
    lines = [
        "2026-03-05T12:00:00+02:00",
        "2026-03-05T05:00:00-05:30",
        "2026-03-05 06:45",
        "2026-03-05T13:00Z",
        "03/05/2026 9:30 AM",
    ]

    tables = read(tmp_path, "".join(f"a,{line},chat\n" for line in lines))

    assert times(tables.events["occurred_at"]) == [
        f"03-05T{clock}:00" for clock in ("10:00", "10:30", "11:45", "13:00", "14:30")
    ]
    assert any(
        "events.occurred_at: 2 times had no time zone; assumed America/New_York" in note for note in tables.notes
    )


def test_an_outcome_recorded_late_is_known_late_and_one_recorded_too_early_when_it_happened(tmp_path):
    outcomes = "a,2026-03-05T10:00Z,booked,2026-03-20T10:00Z\nb,2026-03-06T10:00Z,booked,2026-03-04T10:00Z\n"

    tables = read(tmp_path, outcomes=outcomes)

    assert times(tables.outcomes["recorded_at"]) == ["03-20T10:00:00", "03-06T10:00:00"]
    assert [(fault.column, fault.problem_with_values, fault.rows, fault.rejects) for fault in tables.faults] == [
        ("recorded_at", "is earlier than occurred_at", 1, False)
    ]
    assert read_outcomes(tables, "booked").known_at.astype("datetime64[D]").astype(str).tolist() == [
        "2026-03-20",
        "2026-03-06",
    ]
    history = build_history(tables, Practice(), "booked")
    assert sorted(history.known_at.astype("datetime64[m]").astype(str)) == ["2026-03-06T10:00", "2026-03-20T10:00"]


def test_outcomes_of_a_lead_in_any_order_give_its_first_conversion(tmp_path):
    outcomes = (
        "a,2026-03-09T10:00Z,attended,2026-03-09T10:00Z\n"
        "a,2026-03-05T10:00Z,booked,2026-03-05T11:00Z\n"
        "b,2026-03-04T10:00Z,lost,\n"
    )

    first_outcomes = read_outcomes(read(tmp_path, outcomes=outcomes), "booked")

    assert first_outcomes.converted_at.astype("datetime64[D]").astype(str).tolist() == ["2026-03-05", "NaT"]
    assert first_outcomes.lost_known_at.astype("datetime64[D]").astype(str).tolist() == ["NaT", "2026-03-04"]


def test_a_conversion_recorded_after_the_horizon_may_not_teach_before_it_was_known(tmp_path):
    leads = "a,2026-03-01T10:00Z\nb,2026-03-02T10:00Z\nc,2026-07-01T10:00Z\n"
    outcomes = "a,2026-03-05T10:00Z,booked,2026-06-01T10:00Z\nc,2026-08-20T10:00Z,lost,2026-08-20T10:00Z\n"

    learning = build_learning_set(read(tmp_path, outcomes=outcomes, leads=leads), Practice(), "booked")

    known_days = learning.known_at[learning.arrival].astype("datetime64[D]").astype(str).tolist()
    assert known_days == ["2026-06-01", "2026-04-01", "2026-07-31"]
