"""Does the data end where its records end, whatever is planned or mistyped?"""

import numpy as np
import pandas as pd
import pytest

from features.chunks.chunked_tables import read_in_chunks
from features.mapping.column_mapping import Mapping
from features.tables import data_end
from features.tables.tables import read_tables
from training.dataset.labels import build_learning_set

LAST = "2026-06-29T19:12"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Set the clock to July 1, 2026."""
    monkeypatch.setattr(data_end, "read_clock", lambda: np.datetime64("2026-07-01T12:00", "us"))


def write(folder, **tables):
    """Write tables of CSV, given as lists of lines."""
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def leads(count=900):
    """Return leads from January to June 2026, one every 4.8 hours."""
    times = pd.date_range("2026-01-01", periods=count, freq="288min")
    return ["lead_id,created_at,channel", *(f"L{i},{time:%Y-%m-%d %H:%M},web" for i, time in enumerate(times))]


def bookings(visit_days=0):
    """Return a booking of every third lead, recorded five days after its arrival."""
    times = pd.date_range("2026-01-06", periods=800, freq="288min")
    return ["lead_id,occurred_at,stage,recorded_at"] + [
        f"L{i},{time + pd.Timedelta(days=visit_days):%Y-%m-%d %H:%M},booked,{time:%Y-%m-%d %H:%M}"
        for i, time in enumerate(times)
        if i % 3 == 0
    ]


def find_end(tables):
    """Return the end of the data on the practice's clock, to the minute."""
    return str(pd.Timestamp(tables.as_of, tz="UTC").tz_convert("America/New_York"))[:16].replace(" ", "T")


def count_learning(tables, practice):
    """Count the leads that teach."""
    return len(build_learning_set(tables, practice, "booked", (0,)))


def test_a_planned_visit_does_not_move_the_end(tmp_path, demo_practice):
    plain = read_tables(write(tmp_path, leads=leads(), outcomes=bookings()))
    planned = read_tables(write(tmp_path, outcomes=[*bookings(), "L10,2027-03-01 09:00,booked,2026-06-04 10:00"]))

    assert find_end(planned) == find_end(plain) == LAST
    assert count_learning(planned, demo_practice) == count_learning(plain, demo_practice) < 800
    assert "is the date of a planned visit: treated as missing in 1 row (first: row 268)" in planned.report()
    booked = planned.outcomes[planned.outcomes["lead_id"] == "L10"]
    assert booked["occurred_at"].dt.strftime("%Y-%m-%d").tolist() == ["2026-06-04"]


def test_a_planned_visit_that_nobody_recorded_is_rejected_and_named(tmp_path):
    tables = read_tables(
        write(
            tmp_path, leads=leads(), outcomes=[*bookings(), "L10,2026-09-01 09:00,attended,", "L11,2026-09-01,booked,"]
        )
    )

    assert find_end(tables) == LAST
    assert (
        "outcomes.occurred_at is in the future (after 2026-07-01): 2 rows rejected (first: row 268)" in tables.report()
    )


@pytest.mark.parametrize("year", [2052, 2062, 2027])
def test_a_lead_whose_year_is_in_the_future_is_rejected(tmp_path, year):
    tables = read_tables(write(tmp_path, leads=[*leads(), f"X,{year}-03-01 10:00,web"], outcomes=bookings()))

    assert find_end(tables) == LAST
    assert len(tables.leads) == 900
    assert "leads.created_at is in the future (after 2026-07-01): 1 row rejected (first: row 901)" in tables.report()


def test_a_stray_year_of_the_past_does_not_move_the_end(tmp_path, monkeypatch):
    monkeypatch.setattr(data_end, "read_clock", lambda: np.datetime64("2030-01-01", "us"))

    tables = read_tables(
        write(
            tmp_path,
            leads=[*leads(), "X,2029-03-01 10:00,web"],
            outcomes=bookings(),
            events=[
                "lead_id,occurred_at,kind",
                *(f"L{i},2026-02-01 10:00,chat" for i in range(200)),
                "L1,2028-02-01,chat",
            ],
        )
    )

    assert find_end(tables) == LAST
    for where in ("leads.created_at", "events.occurred_at"):
        assert f"{where} is more than 180 days after all other data: 1 row rejected" in tables.report()


def test_leads_that_come_again_after_a_pause_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(data_end, "read_clock", lambda: np.datetime64("2030-01-01", "us"))
    later = [f"N{i},2027-0{1 + i % 9}-03 10:00,web" for i in range(9)]

    tables = read_tables(write(tmp_path, leads=[*leads(), *later]))

    assert len(tables.leads) == 909


def test_a_plan_of_spending_moves_nothing_and_refuses_nothing(tmp_path):
    spend = ["day,amount,channel", *(f"2026-{month:02d}-01,100,web" for month in range(1, 13))]

    tables = read_tables(
        write(tmp_path, leads=leads(), spend=[*spend, *(f"2027-{m:02d}-01,100,web" for m in range(1, 13))])
    )

    assert find_end(tables) == LAST
    assert len(tables.spend) == 7
    assert "spend.day is in the future (after 2026-07-01): 17 rows rejected" in tables.report()


def test_bookings_dated_by_their_visit_count_when_they_were_recorded(tmp_path, demo_practice):
    plain = read_tables(write(tmp_path, leads=leads(), outcomes=bookings()))
    visits = read_tables(write(tmp_path, outcomes=bookings(visit_days=45)))

    pd.testing.assert_frame_equal(visits.outcomes, plain.outcomes)
    assert find_end(visits) == LAST
    assert (
        "outcomes.occurred_at: 267 bookings were recorded before occurred_at, which is the date of the visit"
        in visits.report()
    )


def test_chunks_know_of_visits_and_the_order_of_dates_what_the_whole_tables_show(tmp_path):
    """The first chunk has no date that proves the order, and too few bookings to show that they are dated by visits."""
    times = pd.date_range("2026-01-01 09:00", periods=170, freq="D")
    frame = pd.DataFrame({"lead_id": [f"L{i}" for i in range(170)], "created_at": times.strftime("%d/%m/%Y %H:%M")})
    frame.to_parquet(tmp_path / "leads.parquet")
    booked = pd.DataFrame({"lead_id": frame["lead_id"], "stage": "booked", "recorded_at": times + pd.Timedelta(days=2)})
    booked["occurred_at"] = booked["recorded_at"] + pd.Timedelta(days=40)
    booked.to_parquet(tmp_path / "outcomes.parquet")

    with read_in_chunks(tmp_path, leads_at_once=9) as chunks:
        parts = list(chunks)
    whole = read_tables(tmp_path, scoring=True)

    assert len(parts) > 10
    for name in ("leads", "outcomes"):
        read = pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        pd.testing.assert_frame_equal(read, getattr(whole, name))
    assert whole.leads["created_at"].is_monotonic_increasing
    assert (whole.outcomes["occurred_at"] == whole.outcomes["recorded_at"]).all()


def test_a_day_of_an_outcome_is_known_at_its_end_and_never_before_the_arrival(tmp_path):
    tables = read_tables(
        write(
            tmp_path,
            leads=["lead_id,created_at", "a,2026-03-05 10:00", "b,2026-03-01 10:00"],
            outcomes=["lead_id,occurred_at,stage", "a,2026-03-05,booked", "b,2026-03-05,booked"],
        )
    )

    assert tables.outcomes["occurred_at"].dt.strftime("%d %H:%M:%S").tolist() == ["05 15:00:01", "05 05:00:00"]
    assert tables.outcomes["recorded_at"].dt.strftime("%d %H:%M").tolist() == ["06 05:00", "06 05:00"]


def test_a_label_that_becomes_known_in_the_future_is_not_known(tmp_path):
    mapping = Mapping.from_dict(
        {
            "version": 1,
            "leads": {"created_at": "Made"},
            "label": {"column": "Came", "booked": ["Yes"], "not_booked": ["No"], "known_at": "Visit"},
        }
    )
    rows = [
        "Made,Visit,Came",
        "2026-05-01 09:00,2026-06-01,Yes",
        "2026-06-01 09:00,2026-06-20,No",
        "2026-06-20 10:00,2026-08-01,No",
    ]

    tables = read_tables(write(tmp_path, leads=rows), mapping)

    assert tables.label.tolist()[:2] == [1.0, 0.0]
    assert np.isnan(tables.label[2])
    assert "1 leads have a 'Visit' in the future, so their outcome is not known yet" in tables.report()
    assert find_end(tables) == "2026-06-21T00:00"
