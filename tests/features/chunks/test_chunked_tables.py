"""Do many chunks report what the whole tables report: every row, every fault, every note?"""

import numpy as np
import pandas as pd
import pytest

from features.chunks.chunked_tables import read_in_chunks
from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.point_in_time.chunked_context import ContextScan
from features.point_in_time.context import Context
from features.point_in_time.outcomes import add_practice_records, build_history
from features.practice.practice import Practice
from features.tables.tables import read_tables

LEADS = 2_300


def messy_practice(seed: int = 3) -> dict[str, pd.DataFrame]:
    """Make leads, events, outcomes and spend with every fault that needs several rows to be seen.

    Repeated ids, unknown leads, wrong words, times without a time zone, dates as text.
    """
    draw = np.random.default_rng(seed)
    ids = np.array([f"L{i:05d}" for i in range(LEADS)], object)
    created = pd.Timestamp("2026-01-01") + pd.to_timedelta(draw.integers(0, 9_000_000, LEADS), unit="s")
    leads = pd.DataFrame(
        {
            "lead_id": ids,
            "created_at": created,
            "channel": draw.choice(["web", "Call ", "n/a", None], LEADS),
            "phone": [f"617555{i:04d}" for i in draw.integers(0, 900, LEADS)],
            "message": draw.choice(["knee  hurts", "urgent\nplease", None, "ok"], LEADS),
            "visits": draw.integers(0, 9, LEADS),
            "first seen": "03/04/2026",
            "relation": draw.choice(["self", "Parent", "neighbour"], LEADS),
            "latitude": draw.choice([42.3, 99.0, np.nan], LEADS),
        }
    )
    leads["visits"] = leads["visits"].astype("Int64").mask(draw.random(LEADS) < 0.1)
    leads.loc[2_200, "first seen"] = "25/03/2026"  # the only proof of which comes first, in the last piece
    leads.loc[5, "created_at"] = pd.NaT
    leads.loc[[9, 1_900], "lead_id"] = None
    twice = leads.iloc[[3, 700]].assign(channel=["web", "other"])
    leads = pd.concat(
        [leads.iloc[:1_100], leads.iloc[[20]], leads.iloc[1_100:], leads.iloc[[1_500]], twice], ignore_index=True
    )
    of = draw.choice(np.append(ids, ["stranger", "another", None]), 9_000)
    events = pd.DataFrame(
        {
            "lead_id": of,
            "occurred_at": pd.Timestamp("2026-02-01") + pd.to_timedelta(draw.integers(0, 9_000_000, 9_000), unit="s"),
            "kind": draw.choice(
                ["chat", "Page View", "hologram", "smoke signal", "smoke signal "], 9_000, p=[0.5, 0.3, 0.1, 0.05, 0.05]
            ),
            "reached": draw.choice([True, False, None], 9_000),
            "weather": "fine",
        }
    )
    booked = pd.DataFrame(
        {
            "lead_id": draw.choice(np.append(ids, "stranger"), 1_500),
            "occurred_at": pd.Timestamp("2026-03-01", tz="UTC")
            + pd.to_timedelta(draw.integers(0, 9_000_000, 1_500), unit="s"),
            "stage": draw.choice(["booked", "lost", "reached"], 1_500),
            "reason": draw.choice(["Price", "whim", None], 1_500),
        }
    )
    booked["recorded_at"] = booked["occurred_at"] + pd.to_timedelta(draw.integers(-3_000, 90_000, 1_500), unit="s")
    spend = pd.DataFrame(
        {"day": pd.date_range("2026-01-01", periods=40, tz="UTC"), "amount": [*range(-1, 39)], "channel": "web"}
    )
    return {"leads": leads, "events": events, "outcomes": booked, "spend": spend}


def write_parquet(folder, tables: dict[str, pd.DataFrame], parts: int = 1):
    """Write the tables as Parquet, each in one file or in several that overlap by some rows."""
    folder.mkdir()
    (folder / "notes.txt").write_text("not a table")
    for name, frame in tables.items():
        if parts == 1:
            frame.to_parquet(folder / f"{name}.parquet", index=False, row_group_size=400)
            continue
        (folder / name).mkdir()
        bounds = np.linspace(0, len(frame), parts + 1).astype(int)
        for number, (low, high) in enumerate(zip(bounds[:-1], bounds[1:], strict=True)):
            part = frame.iloc[max(low - 30, 0) : high]
            (part.drop(columns="channel") if name == "leads" and number == 1 else part).to_parquet(
                folder / name / f"p{number}.parquet", index=False
            )
    return folder


MAPPING = Mapping.from_dict(
    {"version": 1, "custom": {"visits": "number", "first seen": "date"}, "leads": {"source": "not in the file"}}
)


@pytest.fixture(scope="module", params=[1, 3], ids=["one file", "three parts that overlap"])
def folder(request, tmp_path_factory):
    return write_parquet(tmp_path_factory.mktemp("messy") / "data", messy_practice(), request.param)


@pytest.mark.parametrize("at_once", [500, 777])
def test_chunks_together_are_the_whole_tables_reports_included(folder, at_once):
    expected = read_tables(folder, MAPPING, scoring=True)

    with read_in_chunks(folder, MAPPING, leads_at_once=at_once) as chunks:
        chunk_tables = list(chunks)
        report, again = chunks.report(), list(chunks)

    assert len(chunk_tables) >= 3
    assert report == expected.report()
    pd.testing.assert_frame_equal(chunk_tables[0].spend, expected.spend)
    for name in ("leads", "events", "outcomes"):
        together = pd.concat([getattr(chunk, name) for chunk in chunk_tables], ignore_index=True)
        pd.testing.assert_frame_equal(together, getattr(expected, name), check_exact=True)
    for first, second in zip(chunk_tables, again, strict=True):
        pd.testing.assert_frame_equal(first.leads, second.leads, check_exact=True)


def test_the_scan_of_many_chunks_builds_the_context_of_the_whole_tables(folder):
    whole_tables = read_tables(folder, MAPPING, scoring=True)
    early = build_history(whole_tables, Practice(), "booked", np.datetime64("2026-04-01", "us"))
    earlier = Context(history=early)

    with read_in_chunks(folder, MAPPING, leads_at_once=500) as chunks:
        scan = ContextScan(earlier, "booked")
        for tables in chunks:
            scan.add(tables)
        context = scan.build_context()

    expected = add_practice_records(earlier, whole_tables, "booked")
    assert scan.as_of == whole_tables.as_of
    for name, array in expected.history.to_arrays().items():
        np.testing.assert_array_equal(context.history.to_arrays()[name], array)
    columns = {
        "phone": whole_tables.leads["phone"].to_numpy(object),
        "created_at": whole_tables.leads["created_at"].dt.tz_localize(None).to_numpy("datetime64[us]"),
    }
    counted = [side.contacts.count_earlier_enquiries(columns, len(whole_tables.leads)) for side in (context, expected)]
    assert counted[0].max() > 1
    np.testing.assert_array_equal(*counted)


def test_columns_that_nothing_is_said_about_are_decided_alike(folder):
    expected = read_tables(folder, scoring=True)

    with read_in_chunks(folder, leads_at_once=500) as chunks:
        kinds = [chunk.custom for chunk in chunks]
        report = chunks.report()

    assert kinds == [expected.custom] * len(kinds) and report == expected.report()


def test_a_table_of_which_most_rows_are_lost_is_refused_as_the_whole_is(tmp_path):
    tables = messy_practice()
    tables["events"].loc[:7_000, "kind"] = "noise"
    folder = write_parquet(tmp_path / "data", tables)
    with pytest.raises(DataError, match="cannot be used, expected at least half") as expected:
        read_tables(folder, MAPPING, scoring=True)

    with (
        pytest.raises(DataError, match="cannot be used, expected at least half") as cut,
        read_in_chunks(folder, MAPPING, leads_at_once=500) as chunks,
    ):
        list(chunks)

    assert str(cut.value) == str(expected.value)


def test_a_few_leads_beside_the_events_of_all_are_cut_as_well(tmp_path):
    tables = messy_practice()
    tables["leads"] = tables["leads"].iloc[:200]
    folder = write_parquet(tmp_path / "data", tables)

    with read_in_chunks(folder, MAPPING, leads_at_once=300) as chunks:
        chunk_tables = list(chunks)
        report = chunks.report()

    assert len(chunk_tables) > 1 and report == read_tables(folder, MAPPING, scoring=True).report()


@pytest.mark.parametrize("ends", ["well", "in an error"])
def test_temporary_files_are_private_and_removed(folder, tmp_path, monkeypatch, ends):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    modes = []
    try:
        with read_in_chunks(folder, MAPPING, leads_at_once=500) as chunks:
            next(iter(chunks))
            modes = [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()]
            if ends == "in an error":
                raise InterruptedError
    except InterruptedError:
        pass

    assert modes == [0o700] and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["csv", "types"])
def test_what_cannot_be_cut_is_read_whole(tmp_path, change):
    tables = messy_practice()
    folder = write_parquet(tmp_path / "data", tables, parts=2)
    if change == "csv":
        tables["events"].to_csv(folder / "events" / "p3.csv", index=False)
    else:
        tables["events"].assign(reached="yes").to_parquet(folder / "events" / "p3.parquet", index=False)

    with read_in_chunks(folder, MAPPING, leads_at_once=500) as chunks:
        assert len(list(chunks)) == 1
        assert chunks.report() == read_tables(folder, MAPPING, scoring=True).report()


def test_events_find_their_leads_where_ids_with_and_without_a_zero_are_two(tmp_path):
    ids = [f"{1000 + i}" for i in range(300)] + [f"{1000 + i}.0" for i in range(300)]
    created = pd.Timestamp("2026-01-05", tz="UTC") + pd.to_timedelta(range(600), unit="h")
    leads = pd.DataFrame({"lead_id": ids, "created_at": created})
    events = pd.DataFrame({"lead_id": ids, "occurred_at": created + pd.Timedelta("1h"), "kind": "chat"})
    write_parquet(tmp_path / "data", {"leads": leads, "events": events}, 1)

    with read_in_chunks(tmp_path / "data", leads_at_once=100) as chunks:
        found = [(chunk.leads["lead_id"].tolist(), chunk.events["lead_id"].tolist()) for chunk in chunks]
        report = chunks.report()

    # The two forms of an id are in two chunks.
    assert "300 ids" in report and report == read_tables(tmp_path / "data", scoring=True).report()
    assert [lead for leads, _ in found for lead in leads] == ids and all(of == leads for leads, of in found)
