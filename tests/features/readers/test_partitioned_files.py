"""Is a table in parts the same table, with every row still traceable to its file?"""

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.tables.tables import read_tables

EVENTS = "lead_id,occurred_at,kind\n"


def parts(folder, table, **files):
    """Write a folder of CSV parts for one table."""
    (folder / table).mkdir()
    for name, text in files.items():
        (folder / table / f"{name}.csv").write_text(text, encoding="utf-8")


@pytest.fixture
def practice(tmp_path):
    """Write a folder with three leads in one file."""
    (tmp_path / "leads.csv").write_text("lead_id,created_at\na,2026-03-01\nb,2026-03-02\nc,2026-03-03\n")
    return tmp_path


def test_parts_are_one_table(practice):
    parts(practice, "events", p2=EVENTS + "a,2026-03-04,chat\n", p1=EVENTS + "b,2026-03-05,chat\nb,2026-03-03,chat\n")

    tables = read_tables(practice)

    assert tables.events["lead_id"].tolist() == ["a", "b", "b"]
    assert tables.events["occurred_at"].is_monotonic_increasing is False and tables.rows_read["events"] == 3
    assert any(
        "events/: 2 files were read in the order of their names, p1.csv to p2.csv" in note for note in tables.notes
    )


def test_csv_and_parquet_parts_of_other_columns_are_joined(practice):
    parts(practice, "events", a=EVENTS + "a,2026-03-04 10:00,chat\n")
    frame = pd.DataFrame(
        {"lead_id": ["b"], "occurred_at": pd.to_datetime(["2026-03-05T10:00Z"]), "kind": ["chat"], "reached": [True]}
    )
    frame.to_parquet(practice / "events" / "b.parquet")

    tables = read_tables(practice)

    assert tables.events["occurred_at"].tolist() == [
        pd.Timestamp("2026-03-04T15:00Z"),
        pd.Timestamp("2026-03-05T10:00Z"),
    ]
    np.testing.assert_array_equal(tables.events["reached"], [np.nan, 1])
    assert "events/: column 'reached' is missing in a.csv." in tables.notes


def test_a_row_in_two_parts_is_counted_once_and_two_equal_events_of_one_part_both_count(practice):
    twice = "a,2026-03-04,page_view\na,2026-03-04,page_view\n"
    parts(
        practice,
        "events",
        p1=EVENTS + twice,
        p2=EVENTS + twice + "b,2026-03-05,chat\n",
        p3=EVENTS + "b,2026-03-05,chat\n",
    )

    tables = read_tables(practice)

    assert tables.events["kind"].tolist() == ["page_view", "page_view", "chat"]
    assert tables.faults == ()
    assert any(
        "events/: 3 rows are in more than one file with the same values in every column" in note
        for note in tables.notes
    )


def test_a_lead_exported_again_is_kept_as_it_was_first_and_conflicts_are_told_apart(tmp_path):
    head = "lead_id,created_at,source\n"
    parts(
        tmp_path,
        "leads",
        week1=head + "a,2026-03-01,Google\nb,2026-03-02,Bing\n",
        week2=head + "a,2026-03-01,Google\nb,2026-03-02,Other\nc,2026-03-09,Bing\n",
    )

    tables = read_tables(tmp_path)

    assert tables.leads["source"].tolist() == ["Google", "Bing", "Bing"]
    assert tables.rejected[["file", "row", "fault"]].to_numpy().tolist() == [
        ["leads/week2.csv", 2, "is on an earlier row with other values"]
    ]
    assert "(first: row 2 of leads/week2.csv)" in tables.report()


def test_a_ragged_line_is_traced_to_its_file(practice):
    parts(
        practice,
        "events",
        p1=EVENTS + "a,2026-03-04,chat\n",
        p2=EVENTS + "b,2026-03-05,chat\nb,2026-03-05,chat,too,many\n",
    )

    tables = read_tables(practice)

    assert tables.rejected[["file", "row"]].to_numpy().tolist() == [["events/p2.csv", 2]]


def test_row_numbers_go_on_through_the_parts(tmp_path):
    parts(tmp_path, "leads", p1="source\nx\ny\n", p2="source\nz\n")

    tables = read_tables(tmp_path, Mapping.from_dict({"version": 1, "leads": {"order_by": "row number"}}))

    assert tables.leads["lead_id"].tolist() == ["row-1", "row-2", "row-3"]
    assert tables.order.tolist() == [1, 2, 3]


def test_a_table_in_a_file_and_in_a_folder_is_refused(practice):
    parts(practice, "leads", p1="lead_id\na\n")

    with pytest.raises(DataError, match=r"more than one source for leads \(leads/, leads.csv\)"):
        read_tables(practice)


def test_an_empty_folder_gives_no_table_and_other_files_in_it_are_named(practice):
    parts(practice, "outcomes")
    parts(practice, "events", p1=EVENTS + "a,2026-03-04,chat\n", _half="")
    (practice / "events" / "notes.pdf").write_text("x")
    (practice / "events" / "older").mkdir()

    tables = read_tables(practice)

    assert len(tables.outcomes) == 0 and "outcomes" not in tables.rows_read
    assert any(
        "these files were not read: events/_half.csv, events/notes.pdf, events/older/" in note for note in tables.notes
    )


def test_cells_that_are_lists_do_not_stop_the_comparison(practice):
    for name in ("a", "b"):
        frame = pd.DataFrame(
            {
                "lead_id": ["a"],
                "occurred_at": pd.to_datetime(["2026-03-05T10:00Z"]),
                "kind": ["chat"],
                "tags": [["x", "y"]],
            }
        )
        (practice / "events").mkdir(exist_ok=True)
        frame.to_parquet(practice / "events" / f"{name}.parquet")

    assert len(read_tables(practice).events) == 1


def test_a_copy_is_a_copy_whether_it_stands_in_csv_or_in_parquet(practice):
    frame = pd.DataFrame(
        {
            "lead_id": ["a", "b", "c"],
            "occurred_at": pd.to_datetime(["2026-03-05T10:00Z"] * 3),
            "kind": ["chat", "chat", "outbound_call"],
            "duration_s": [30, np.nan, 5.5],
            "reached": [True, False, True],
            "campaign": ["x", None, None],
        }
    )
    (practice / "events").mkdir()
    frame.to_parquet(practice / "events" / "1.parquet")
    pd.concat([frame, frame.iloc[:1].assign(lead_id="c")]).to_csv(practice / "events" / "2.csv", index=False)

    tables = read_tables(practice)

    assert tables.events["lead_id"].tolist() == ["a", "b", "c", "c"] and tables.faults == ()
    np.testing.assert_array_equal(tables.events["duration_s"], [30, np.nan, 5.5, 30])
