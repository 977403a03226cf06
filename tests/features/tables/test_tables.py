"""Is every row either trusted or rejected with its reason, and is all of it in one report?"""

import json

import numpy as np
import pandas as pd
import pytest

from features.errors import DataError
from features.practice.practice import Practice
from features.tables.tables import Tables, read_tables, write_rejected
from tests.support.lead_files import LEADS, faults_of, folder_of, good_leads, leads_file, mapping_of


def test_a_clean_file_gives_typed_columns_and_no_fault(tmp_path):
    tables = read_tables(leads_file(tmp_path, "a,2026-03-01T10:00:00Z,Google,hello,3", "b,2026-03-02 10:00,,,"))

    assert tables.leads["lead_id"].tolist() == ["a", "b"]
    assert str(tables.leads["created_at"].dtype) == "datetime64[us, UTC]"
    assert tables.leads["created_at"][1] == pd.Timestamp("2026-03-02T15:00", tz="UTC")
    assert tables.leads["source"].tolist() == ["Google", None]
    assert tables.leads["source"].dtype == object
    np.testing.assert_array_equal(tables.leads["custom:Visits"], [3, np.nan])
    assert tables.custom == {"custom:Visits": "number"}
    assert tables.faults == ()
    assert tables.rows_read == {"leads": 2}
    assert any("leads.created_at: 1 times had no time zone; assumed America/New_York" in note for note in tables.notes)


def test_tables_that_were_not_given_have_their_columns_and_no_rows(tmp_path):
    tables = read_tables(leads_file(tmp_path, *good_leads(2)))

    assert list(tables.events.columns[:3]) == ["lead_id", "occurred_at", "kind"]
    assert len(tables.events) == len(tables.outcomes) == len(tables.spend) == len(tables.rejected) == 0
    assert str(tables.outcomes["occurred_at"].dtype) == "datetime64[us, UTC]"


def test_ids_that_are_missing_or_taken_are_rejected_with_the_reason(tmp_path):
    path = leads_file(
        tmp_path,
        *good_leads(4),
        ",2026-03-01,Google,x,1",
        "g0,2026-03-01 10:00,Google,hello,0",
        "g1,2026-03-09,Bing,other,1",
    )

    tables = read_tables(path)

    assert tables.leads["lead_id"].tolist() == ["g0", "g1", "g2", "g3"]
    assert tables.rejected["row"].tolist() == [5, 6, 7]
    assert tables.rejected["fault"].tolist() == [
        "is empty",
        "is on an exact copy of an earlier row",
        "is on an earlier row with other values",
    ]
    assert tables.rejected["lead_id"].tolist() == [None, "g0", "g1"]
    assert json.loads(tables.rejected["raw"][2])["source"] == "Bing"


def test_a_date_that_cannot_be_read_or_is_missing_rejects_the_lead(tmp_path):
    tables = read_tables(leads_file(tmp_path, *good_leads(4), "x,soon,Google,hello,1", "z,,Google,hello,1"))

    assert faults_of(tables) == [("leads", "created_at", 1, True), ("leads", "created_at", 1, True)]
    assert tables.rejected["row"].tolist() == [5, 6]
    assert tables.as_of == np.datetime64("2026-03-04T15:00:00", "us")


def test_a_value_that_cannot_be_read_in_an_optional_column_is_taken_as_not_given(tmp_path):
    mapping = mapping_of(custom={"Visits": "number"}, leads={"relation": "Who", "latitude": "Lat"})
    path = leads_file(tmp_path, "a,many,Self,95", "b,2,neighbour,45", header="lead_id,Visits,Who,Lat\n")

    tables = read_tables(path, mapping)

    assert faults_of(tables) == [
        ("leads", "latitude", 1, False),
        ("leads", "relation", 1, False),
        ("leads", "custom:Visits", 1, False),
    ]
    assert tables.leads["relation"].tolist() == ["self", None]
    np.testing.assert_array_equal(tables.leads["latitude"], [np.nan, 45])
    np.testing.assert_array_equal(tables.leads["custom:Visits"], [np.nan, 2])
    assert len(tables.rejected) == 0


def test_ragged_lines_are_rejected_with_their_text(tmp_path):
    tables = read_tables(leads_file(tmp_path, *good_leads(3), "x,2026-03-01,Google,hello,1,too,many"))

    assert tables.rejected[["row", "column"]].to_numpy().tolist() == [[4, ""]]
    assert json.loads(tables.rejected["raw"][0]) == {"line": "x,2026-03-01,Google,hello,1,too,many"}
    assert tables.rows_read["leads"] == 4


def test_ids_are_made_when_the_export_has_none_and_it_is_said(tmp_path):
    tables = read_tables(leads_file(tmp_path, "Google", "Bing", header="source\n"))

    assert tables.leads["lead_id"].tolist() == ["row-1", "row-2"]
    assert any("no column is mapped to lead_id" in note for note in tables.notes)


@pytest.mark.parametrize("newest_first, order", [(False, [7, 5]), (True, [-7, -5])])
def test_a_serial_number_gives_the_order(tmp_path, newest_first, order):
    path = leads_file(tmp_path, "7,Google", "5,Bing", header="Nr,source\n")

    tables = read_tables(path, mapping_of(leads={"order_by": "Nr", "order_newest_first": newest_first}))

    assert tables.order.tolist() == order
    assert tables.custom == {}


def test_row_numbers_give_the_order_of_the_rows_that_are_left(tmp_path):
    path = leads_file(tmp_path, "a,Google", "a,Bing", "b,Bing", "c,Bing", header="lead_id,source\n")

    tables = read_tables(path, mapping_of(leads={"order_by": "row number"}))

    assert tables.order.tolist() == [1, 3, 4]


def test_unmapped_columns_become_custom_and_are_reported(tmp_path):
    path = leads_file(tmp_path, "a,Boston,2026-05-01", "b,Salem,2026-05-02", header="lead_id,City,Seen On\n")

    tables = read_tables(path)

    assert tables.custom == {"custom:City": "category", "custom:Seen On": "date"}
    assert str(tables.leads["custom:Seen On"].dtype) == "datetime64[us, UTC]"
    assert any("'City' is not in the mapping; treated as a custom category" in note for note in tables.notes)
    assert tables.mapping.custom == {"City": "category", "Seen On": "date"}


def test_barred_and_personal_columns_are_left_out_unless_kept_on_purpose(tmp_path):
    path = leads_file(
        tmp_path, "a,44,Ann Example,3", "b,51,Ben Example,4", header="lead_id,Patient Age,Full Name,Age Score\n"
    )

    strict = read_tables(path, mapping_of(custom={"Age Score": "number"}))
    lenient = read_tables(
        path, mapping_of(custom={"Age Score": "number"}, keep_on_purpose=["Patient Age", "Age Score"])
    )

    assert strict.custom == {}
    assert "barred: age" in strict.mapping.leave_out["Patient Age"]
    assert "personal data" in strict.mapping.leave_out["Full Name"]
    assert set(lenient.custom) == {"custom:Patient Age", "custom:Age Score"}


def test_a_mapping_that_names_a_personal_column_does_not_let_it_in_but_keep_on_purpose_does(tmp_path):
    path = leads_file(tmp_path, "a,Ann Lee", "b,Ben Ruiz", "c,Carla Diaz", header="lead_id,Mascot\n")

    strict = read_tables(path, mapping_of(custom={"Mascot": "category"}))
    kept = read_tables(path, mapping_of(custom={"Mascot": "category"}, keep_on_purpose=["Mascot"]))
    scoring = read_tables(path, mapping_of(custom={"Mascot": "category"}), scoring=True)

    assert "names of persons" in strict.mapping.leave_out["Mascot"]
    assert any("'Mascot' was left out" in note and "keep_on_purpose" in note for note in strict.notes)
    assert set(kept.custom) == set(scoring.custom) == {"custom:Mascot"}


def test_a_column_that_bears_our_name_and_counts_something_is_theirs(tmp_path):
    path = leads_file(tmp_path, "a,1,02134", "b,2,10001", header="lead_id,campaign,postal_code\n")

    tables = read_tables(path)

    assert tables.custom == {"custom:campaign": "number"}
    assert tables.leads["postal_code"].tolist() == ["02134", "10001"]


def test_the_mapping_that_was_used_reads_other_files_the_same(tmp_path):
    trained = read_tables(leads_file(tmp_path, "a,Boston,3", "b,Salem,4", header="lead_id,City,Visits\n"))

    scored = read_tables(leads_file(tmp_path, "z,7", header="lead_id,City\n"), trained.mapping, scoring=True)

    assert scored.custom == trained.custom
    assert scored.leads["custom:City"].tolist() == ["7"]
    assert scored.leads["custom:Visits"].isna().all()
    assert ("leads", "custom:Visits", 1, False) in faults_of(scored)


def test_a_column_of_a_new_type_is_counted_as_not_given(tmp_path):
    mapping = mapping_of(custom={"Visits": "number"})

    tables = read_tables(leads_file(tmp_path, "a,many", header="lead_id,Visits\n"), mapping, scoring=True)

    assert faults_of(tables) == [("leads", "custom:Visits", 1, False)]
    assert tables.leads["custom:Visits"].isna().all()


def test_a_folder_gives_all_tables_sorted_by_lead_and_time(tmp_path):
    folder = folder_of(
        tmp_path,
        leads=LEADS + "b,2026-03-01T10:00Z,Google,x,1\na,2026-03-02T10:00Z,Bing,y,2\n",
        events="lead_id,occurred_at,kind,reached,duration_s\na,2026-03-03T10:00Z,Outbound Call,yes,60\n"
        "b,2026-03-05T10:00Z,page-view,,\nb,2026-03-04T10:00Z,chat,,\n",
        outcomes="lead_id,occurred_at,stage\na,2026-03-06T10:00Z,Booked\n",
        spend='campaign,day,amount\nspring,2026-03-01,"1,200.50"\n',
    )

    tables = read_tables(folder)

    assert tables.events["lead_id"].tolist() == ["b", "b", "a"]
    assert tables.events["kind"].tolist() == ["chat", "page_view", "outbound_call"]
    np.testing.assert_array_equal(tables.events["reached"], [np.nan, np.nan, 1])
    assert tables.outcomes["stage"].tolist() == ["booked"]
    assert tables.outcomes["recorded_at"].equals(tables.outcomes["occurred_at"])
    assert tables.spend["amount"].tolist() == [1200.5]
    assert tables.as_of == np.datetime64("2026-03-06T10:00:00", "us")


def test_a_folder_without_leads_or_with_two_is_refused(tmp_path):
    folder_of(tmp_path, events="lead_id\n")
    with pytest.raises(DataError, match="has no leads file; it holds events.csv"):
        read_tables(tmp_path)

    folder_of(tmp_path, leads=LEADS)
    (tmp_path / "leads.tsv").write_text(LEADS)
    with pytest.raises(DataError, match=r"more than one source for leads \(leads.csv, leads.tsv\)"):
        read_tables(tmp_path)


def test_other_files_of_a_folder_are_named_and_practice_toml_is_not(tmp_path):
    folder_of(tmp_path, leads=LEADS + "g0,2026-03-01,Google,x,1\n", truth="lead_id\n")
    (tmp_path / "practice.toml").write_text("")

    tables = read_tables(tmp_path)

    assert any("these files were not read: truth.csv" in note for note in tables.notes)
    assert not any("practice.toml" in note for note in tables.notes)


def test_more_than_half_rejected_is_refused_and_half_is_not(tmp_path):
    half = leads_file(tmp_path, *good_leads(2), "x,soon,a,b,1", "y,soon,a,b,1")
    assert len(read_tables(half).leads) == 2

    more = leads_file(tmp_path, *good_leads(2), "x,soon,a,b,1", "y,soon,a,b,1", "z,soon,a,b,1")
    with pytest.raises(
        DataError, match="3 of 5 rows cannot be used(.|\n)*leads.created_at is not a time(.|\n)*first: row 3"
    ):
        read_tables(more)


def test_no_rows_at_all_are_read_as_no_leads(tmp_path):
    tables = read_tables(leads_file(tmp_path))

    assert len(tables.leads) == 0
    assert tables.as_of is None


def test_one_row_is_read(tmp_path):
    assert len(read_tables(leads_file(tmp_path, *good_leads(1))).leads) == 1


def test_the_practices_zone_is_used(tmp_path):
    tables = read_tables(
        leads_file(tmp_path, "a,2026-03-01 10:00,Google,x,1"), practice=Practice(timezone="Europe/Berlin")
    )

    assert tables.leads["created_at"][0] == pd.Timestamp("2026-03-01T09:00", tz="UTC")


def test_day_first_dates_are_noted(tmp_path):
    tables = read_tables(leads_file(tmp_path, "a,03/04/2026,Google,x,1", "b,25/04/2026,Google,x,1"))

    assert tables.leads["created_at"][0].date().isoformat() == "2026-04-03"
    assert any("the day comes first" in note for note in tables.notes)


def test_the_report_says_everything_and_nothing_personal(tmp_path):
    header = "lead_id,created_at,phone,email,message,Full Name,relation\n"
    lines = [
        "a,2026-03-01,617-555-0123,ann@example.org,my knee hurts,Ann Example,cousin",
        "b,soon,617-555-0199,ben@example.org,my back,Ben Example,self",
        "c,2026-03-02,x,x,x,x,x",
    ]

    report = read_tables(leads_file(tmp_path, *lines, header=header)).report()

    assert "leads: 3 rows read, 2 kept, 1 rejected" in report
    assert "leads.created_at is not a time, such as 2026-03-14 15:05: 1 row rejected (first: row 2)." in report
    assert "leads.relation is not one of its allowed values: treated as missing in 2 rows (first: row 1)." in report
    for secret in ("555", "example.org", "knee", "Ann", "Ben", "cousin"):
        assert secret not in report


def test_the_rejected_rows_are_written(tmp_path):
    tables = read_tables(leads_file(tmp_path, *good_leads(2), "x,soon,a,b,1"))

    write_rejected(tables, tmp_path / "rejected.csv")

    assert pd.read_csv(tmp_path / "rejected.csv")["fault"].tolist() == ["is not a time, such as 2026-03-14 15:05"]


def test_parquet_tables_of_native_types_are_read(tmp_path):
    leads = pd.DataFrame(
        {
            "lead_id": ["a", "b"],
            "created_at": pd.to_datetime(["2026-03-01 09:00", "2026-03-02 00:00"], utc=True),
            "existing_patient": [True, False],
            "n": [1.5, None],
        }
    )
    leads.to_parquet(tmp_path / "leads.parquet")

    tables = read_tables(tmp_path)

    assert tables.leads["existing_patient"].tolist() == [1, 0]
    assert tables.custom == {"custom:n": "number"}
    assert tables.as_of == np.datetime64("2026-03-02", "us")


def test_progress_is_reported_from_none_to_all(tmp_path):
    reports = []

    read_tables(leads_file(tmp_path, *good_leads(1)), progress=lambda what, done, total: reports.append((done, total)))

    assert reports == [(0, 1), (1, 1)]


def test_tables_can_be_made_of_frames_alone():
    empty = pd.DataFrame({"lead_id": []})

    tables = Tables(leads=empty, events=empty, outcomes=empty, spend=empty)

    assert tables.as_of is None
    assert tables.report() == ""
