"""Does a folder of exports become the leads, events and outcomes that it is about?"""

from dataclasses import replace

import pandas as pd
import pytest

from features.errors import DataError, MappingError
from features.joins.folder_tables import join_folder, read_lead_contacts
from features.mapping.column_mapping import Mapping, read_mapping
from features.practice.practice import Practice
from features.profiling.folder_profile import profile_folder
from features.profiling.mapping_document import render_document
from features.readers.raw_files import read_frame
from features.tables.tables import read_tables
from tests.features.joins.invented_folder import write_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder of exports, its truth, and the mapping that inspect proposes, read back from its TOML."""
    path = tmp_path_factory.mktemp("practice")
    truth = write_folder(path)
    proposed = path / "mapping.toml"
    proposed.write_text(render_document(profile_folder(path).leads), encoding="utf-8")
    return path, truth, read_mapping(proposed)


def list_times(frame, ids, column="occurred_at"):
    """Return the sorted times of each lead."""
    grouped = {lead_id: sorted(times) for lead_id, times in frame.groupby("lead_id")[column]}
    return [[time.tz_convert("America/New_York").tz_localize(None) for time in grouped.get(lead, [])] for lead in ids]


def test_every_call_goes_to_the_lead_that_it_is_about(folder):
    path, truth, mapping = folder

    tables = read_tables(path, mapping)

    found = list_times(tables.events, tables.leads["lead_id"])
    assert found == [sorted(times) for times in truth["calls"]]
    assert {*tables.events["kind"]} == {"inbound_call", "outbound_call"}
    assert {*tables.events["duration_s"]} == {125.0}


def test_every_booking_goes_to_the_lead_that_it_is_about(folder):
    path, truth, mapping = folder

    tables = read_tables(path, mapping)

    booked = tables.outcomes[tables.outcomes["stage"] == "booked"]
    found = list_times(booked, tables.leads["lead_id"])
    assert found == [[] if time is None else [time] for time in truth["booked"]]
    attended = tables.outcomes[tables.outcomes["stage"] == "attended"]
    assert 0 < len(attended) < len(booked)


def test_rows_without_a_lead_are_kept_with_their_reason_and_without_their_number(folder):
    path, _, mapping = folder

    tables = read_tables(path, mapping)

    lost = tables.rejected[tables.rejected["table"] == "events"]
    assert lost["fault"].tolist() == ["has a withheld number or a placeholder where its contact should be"] * 2
    assert not lost["raw"].str.contains("Anonymous|6175559000").any()
    assert (lost["file"] == "phone-log.csv").all()
    written = tables.rejected.to_csv() + tables.report() + str(mapping.to_dict())
    assert "post1.org" not in written and "+1617" not in written and "617200" not in written


def test_scoring_goes_on_without_an_export_that_is_not_there(folder, tmp_path):
    path, _, mapping = folder
    (tmp_path / "enquiries.csv").write_bytes((path / "enquiries.csv").read_bytes())

    tables = read_tables(tmp_path, mapping, scoring=True)

    assert len(tables.leads) == 160 and not len(tables.events)
    with pytest.raises(MappingError, match="the mapping joins phone-log.csv, visits.csv, which are not there"):
        read_tables(tmp_path, mapping)


def test_an_export_of_which_few_rows_find_their_lead_is_refused_with_the_reason(folder, tmp_path):
    path, _, mapping = folder
    leads = pd.read_csv(path / "enquiries.csv", dtype=str)
    leads.iloc[60:].to_csv(tmp_path / "enquiries.csv", index=False)
    for name in ("phone-log.csv", "visits.csv"):
        (tmp_path / name).write_bytes((path / name).read_bytes())

    with pytest.raises(DataError, match="It begins before the leads do"):
        read_tables(tmp_path, mapping)

    allowed = {file: replace(export, allow_unmatched=True) for file, export in mapping.joined.items()}
    tables = read_tables(tmp_path, replace(mapping, joined=allowed))
    assert len(tables.leads) == 100 and "begins before the leads do" in tables.report()


def test_own_events_and_joined_calls_become_one_table(folder, tmp_path):
    path, _, mapping = folder
    for name in ("enquiries.csv", "phone-log.csv", "visits.csv"):
        (tmp_path / name).write_bytes((path / name).read_bytes())
    own = "lead_id,occurred_at,kind\nE-5000,02.05.2026 10:00,email open\nE-5001,13.05.2026 10:00,chat\n"
    (tmp_path / "events.csv").write_text(own)

    tables = read_tables(tmp_path, mapping)

    kinds = tables.events["kind"].value_counts()
    assert kinds["chat"] == 1 and kinds["email_open"] == 1 and kinds["inbound_call"] > 50
    opened = tables.events.loc[tables.events["kind"] == "email_open", "occurred_at"].iloc[0]
    assert opened.tz_convert("America/New_York").strftime("%Y-%m-%d %H:%M") == "2026-05-02 10:00"


def test_a_mapping_with_joined_exports_survives_its_own_plain_values(folder):
    mapping = folder[2]

    assert Mapping.from_dict(mapping.to_dict()) == mapping


def test_what_was_read_is_not_read_again(folder):
    path, _, mapping = folder
    leads = read_frame(path / "enquiries.csv")

    raws, _ = join_folder(path, {"leads": leads}, mapping, Practice(), read_frame, scoring=False)

    times = [
        raws["events"].frame["occurred_at"],
        *(raws["outcomes"].frame[name] for name in ("occurred_at", "recorded_at")),
    ]
    assert all(isinstance(column.dtype, pd.DatetimeTZDtype) for column in times)
    assert raws["events"].frame["campaign"].tolist() == [None] * len(raws["events"].frame)


def test_a_column_that_joins_nothing_is_not_looked_at(folder):
    path, _, mapping = folder
    leads = read_frame(path / "enquiries.csv")
    frame = leads.frame.assign(Signed=["25/03/2026", "03/25/2026"] * (len(leads.frame) // 2))
    asking = replace(mapping, custom={"Signed": "date"})

    contacts = read_lead_contacts(replace(leads, frame=frame), "enquiries.csv", asking, Practice())

    assert len(contacts.lead_ids) == len(frame)
