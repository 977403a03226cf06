"""Is a label read as the mapping says, and one that it does not know rejected?"""

import numpy as np
import pandas as pd
import pytest

from features.chunks.chunked_tables import read_in_chunks
from features.errors import MappingError
from features.tables.tables import read_tables
from tests.support.lead_files import leads_file, mapping_of

LABEL = {"column": "y", "booked": ["Yes"], "not_booked": ["No"]}


def test_the_label_is_read_and_unknown_values_are_rejected(tmp_path):
    path = leads_file(tmp_path, "a,Yes", "b,no", "c,", "d,perhaps", "e,No", header="lead_id,y\n")

    tables = read_tables(path, mapping_of(label=LABEL))

    np.testing.assert_array_equal(tables.label, [1, 0, np.nan, 0])
    assert tables.rejected["fault"].tolist() == ["has a label that is not in the mapping (1 different texts)"]
    assert "perhaps" not in tables.report()
    assert "y" not in tables.mapping.custom
    assert any("is empty for 1 leads" in note for note in tables.notes)


def test_a_label_of_several_rows_is_named_and_a_remark_about_one_person_is_not(tmp_path):
    rows = [f"{i},{text}" for i, text in enumerate(["Yes", "No"] * 10 + ["Left VM"] * 6 + ["Ann Lee thinks"])]

    tables = read_tables(leads_file(tmp_path, *rows, header="lead_id,y\n"), mapping_of(label=LABEL))

    assert {*tables.rejected["fault"]} == {"has a label that is not in the mapping ('Left VM' and 1 others)"}
    assert "Ann Lee" not in tables.report()


def test_label_values_that_never_occur_are_named(tmp_path):
    path = leads_file(tmp_path, "a,Yess", "b,No", header="lead_id,y\n")

    with pytest.raises(MappingError, match="lists 'Yes', which never occurs. Did you mean 'Yess'"):
        read_tables(path, mapping_of(label=LABEL))


def test_scoring_rejects_nothing_for_its_label(tmp_path):
    path = leads_file(tmp_path, "a,open", "b,", header="lead_id,y\n")

    tables = read_tables(path, mapping_of(label=LABEL), scoring=True)

    assert tables.label.isna().all()
    assert len(tables.leads) == 2


DATED_LABEL = {
    "column": "Booked on",
    "booked": ["(date)"],
    "not_booked": ["(blank)", "declined"],
    "known_at": "Booked on",
    "open_days": 10,
}
DATED_LINES = (
    "a,2026-03-01 10:00,2026-03-04",
    "b,2026-03-02 10:00,",
    "c,2026-03-03 10:00,n/a",
    "d,2026-03-05 10:00,Declined",
    "e,2026-03-06 10:00,see chart",
    "f,2026-03-25 10:00,",
    "g,2026-03-28 10:00,03/29/2026",
)


def dated_leads(folder):
    """Write leads whose label is a date."""
    return leads_file(folder, *DATED_LINES, header="lead_id,created_at,Booked on\n")


def test_a_date_is_booked_and_an_empty_cell_is_open_while_the_lead_is_young(tmp_path):
    tables = read_tables(dated_leads(tmp_path), mapping_of(label=DATED_LABEL))

    assert tables.leads["lead_id"].tolist() == ["a", "b", "c", "d", "f", "g"]
    np.testing.assert_array_equal(tables.label, [1, 0, 0, 0, np.nan, 1])
    assert "Booked on" not in tables.mapping.custom and not tables.custom
    assert tables.rejected["fault"].tolist() == [
        "has a label that is neither a date nor a label of the mapping (1 different texts)"
    ]
    assert "see chart" not in tables.report()
    assert any("empty for 1 leads younger than 10 days" in note for note in tables.notes)


def test_the_age_counts_to_the_end_of_the_data_and_not_to_the_clock(tmp_path):
    tables = read_tables(
        leads_file(tmp_path, *DATED_LINES[:3], DATED_LINES[3], header="lead_id,created_at,Booked on\n"),
        mapping_of(label=DATED_LABEL),
    )

    np.testing.assert_array_equal(tables.label, [1, np.nan, np.nan, 0])


def test_any_value_can_mean_booked(tmp_path):
    path = leads_file(tmp_path, "a,AP-771", "b,", "c,none given", header="lead_id,visit no\n")
    label = {"column": "visit no", "booked": ["(filled)"], "not_booked": ["(blank)"], "open": ["none given"]}

    np.testing.assert_array_equal(read_tables(path, mapping_of(label=label)).label, [1, 0, np.nan])


def test_not_available_in_a_label_is_an_empty_cell_unless_it_is_listed(tmp_path):
    path = leads_file(tmp_path, "a,TRUE", "b,n/a", "c,", header="lead_id,y\n")
    label = {"column": "y", "booked": ["TRUE"], "not_booked": [""]}

    np.testing.assert_array_equal(read_tables(path, mapping_of(label=label)).label, [1, 0, 0])
    listed = label | {"open": ["n/a"]}
    np.testing.assert_array_equal(read_tables(path, mapping_of(label=listed)).label, [1, np.nan, 0])


def test_chunks_know_the_end_of_the_whole_table(tmp_path):
    days = pd.date_range("2026-01-01", periods=400, freq="6h")
    booked = [str(day.date() + pd.Timedelta(days=2)) if i % 3 else None for i, day in enumerate(days)]
    frame = pd.DataFrame({"lead_id": [f"L{i}" for i in range(400)], "created_at": days, "Booked on": booked})
    frame.to_parquet(tmp_path / "leads.parquet")
    mapping = mapping_of(label=DATED_LABEL | {"not_booked": ["(blank)"]})

    whole = read_tables(tmp_path / "leads.parquet", mapping, scoring=True)
    with read_in_chunks(tmp_path / "leads.parquet", mapping, leads_at_once=100) as chunks:
        parts = [part.label for part in chunks]

    assert len(parts) == 4
    np.testing.assert_array_equal(np.concatenate(parts), whole.label)
    # The last booking is of April 12, so the youngest are the 31 leads from April 3 on; every third has no date.
    assert np.isnan(whole.label).sum() == 11


def test_a_lead_that_did_not_book_is_open_until_the_other_flag_ends_it(tmp_path):
    path = leads_file(tmp_path, "a,Yes,no", "b,No,Yes", "c,No,no", "d,No,", "e,Yes,Yes", header="lead_id,y,closed\n")
    mapping = mapping_of(label=LABEL | {"decided_by": "closed"})

    tables = read_tables(path, mapping)

    np.testing.assert_array_equal(tables.label, [1, 0, np.nan, np.nan, 1])
    assert any("is open for 2 leads" in note for note in tables.notes)
    assert "closed" not in tables.mapping.custom
    assert type(mapping).from_dict(mapping.to_dict()) == mapping


def test_the_flag_that_ends_leads_is_no_input(tmp_path):
    with pytest.raises(MappingError, match="decided_by is 'closed', which is the label itself or an input"):
        mapping_of(label=LABEL | {"decided_by": "closed"}, custom={"closed": "yes_no"})
    with pytest.raises(MappingError, match="'closed'"):
        read_tables(
            leads_file(tmp_path, "a,Yes", header="lead_id,y\n"), mapping_of(label=LABEL | {"decided_by": "closed"})
        )


@pytest.mark.parametrize("yes, no", [("Evet", "Hayır"), ("Ano", "Ne"), ("はい", "いいえ"), ("✅", ""), ("1.0", "0.0")])
def test_the_flag_that_ends_leads_is_read_in_every_language_that_inspect_reads(tmp_path, yes, no):
    path = leads_file(tmp_path, f"a,Yes,{yes}", f"b,No,{yes}", f"c,No,{no}", header="lead_id,y,closed\n")

    tables = read_tables(path, mapping_of(label=LABEL | {"decided_by": "closed"}))

    np.testing.assert_array_equal(tables.label, [1, 0, np.nan])


def test_numbers_with_empty_cells_end_leads_as_well(tmp_path):
    frame = pd.DataFrame({"lead_id": ["a", "b", "c"], "y": ["Yes", "No", "No"], "closed": [1.0, 1.0, np.nan]})
    frame.to_parquet(tmp_path / "leads.parquet")

    tables = read_tables(tmp_path / "leads.parquet", mapping_of(label=LABEL | {"decided_by": "closed"}))

    np.testing.assert_array_equal(tables.label, [1, 0, np.nan])


def test_a_date_that_is_to_end_leads_is_refused_since_it_would_leave_all_open(tmp_path):
    path = leads_file(tmp_path, "a,Yes,2026-03-01", "b,No,2026-03-02", "c,No,", header="lead_id,y,closed\n")
    mapping = mapping_of(label=LABEL | {"decided_by": "closed"})

    with pytest.raises(MappingError, match="2 of 3 rows have neither yes nor no in 'closed'"):
        read_tables(path, mapping)
    np.testing.assert_array_equal(read_tables(path, mapping, scoring=True).label, [1, np.nan, np.nan])


def test_without_the_flag_no_lead_to_score_passes_for_lost(tmp_path):
    path = leads_file(tmp_path, "a,Yes", "b,No", header="lead_id,y\n")

    tables = read_tables(path, mapping_of(label=LABEL | {"decided_by": "closed"}), scoring=True)

    np.testing.assert_array_equal(tables.label, [1, np.nan])


INITIAL = {"column": "status", "booked": ["Active"], "not_booked": ["Canceled"], "initial": ["Active"]}


def read_initial(tmp_path, **label):
    """Return the tables of four leads of 20 days, two of them canceled, as the mapping reads them."""
    rows = ["1,2026-03-01,2026-03-05,Active", "2,2026-03-10,2026-03-25,Canceled"]
    rows += ["3,2026-03-15,2026-03-20,Canceled", "4,2026-03-21,2026-03-29,Active"]
    path = leads_file(tmp_path, *rows, header="lead_id,created_at,visit,status\n")
    return read_tables(path, mapping_of(label=INITIAL | label), scoring=True)


def test_a_visit_ahead_of_the_newest_lead_leaves_it_open_whatever_its_status(tmp_path):
    tables = read_initial(tmp_path, known_at="visit")

    np.testing.assert_array_equal(tables.label, [1, np.nan, 0, np.nan])
    assert str(tables.as_of)[:10] == "2026-03-21"
    assert any("2 leads have a 'visit' after the newest lead" in note for note in tables.notes)


def test_a_young_lead_in_its_first_state_is_open(tmp_path):
    np.testing.assert_array_equal(read_initial(tmp_path, open_days=14).label, [1, 0, 0, np.nan])
