"""Is a value that comes alone read as its column was, and is nothing decided that no value shows?"""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from features.parsing.dates.date_format_decision import DateFormat
from features.tables.json_payload import convert_payload
from features.tables.tables import read_tables
from tests.support.lead_files import mapping_of

TIMES = ("2026-03-14T00:00:00Z", "2026-03-14T06:00:00Z", "2026-03-15T00:00:00Z")
NEW_YORK = "America/New_York"


def write_folder(folder, leads, events):
    """Write leads that arrived at these times, and an event of the first at each of those."""
    folder.mkdir()
    pd.DataFrame({"lead_id": range(len(leads)), "created_at": leads}).to_csv(folder / "leads.csv", index=False)
    rows = pd.DataFrame({"lead_id": 0, "occurred_at": events, "kind": "chat"})
    rows.to_csv(folder / "events.csv", index=False)
    return folder


def write_midnights(times):
    """Write the midnights among these times alone, as the next file has them."""
    return [time for time in times if "T00:00" in time]


def test_a_file_of_midnights_alone_is_read_as_the_file_with_times_was(tmp_path):
    all_times = read_tables(write_folder(tmp_path / "all", TIMES, TIMES))
    midnights = write_folder(tmp_path / "midnights", write_midnights(TIMES), write_midnights(TIMES))

    again, of_themselves = read_tables(midnights, all_times.mapping), read_tables(midnights)

    for table, column in (("leads", "created_at"), ("events", "occurred_at")):
        assert getattr(again, table)[column].tolist() == getattr(all_times, table)[column].tolist()[::2]
        assert (getattr(of_themselves, table)[column].dt.tz_convert(NEW_YORK).dt.hour != 20).all()
    assert not any("no value has a time of day" in note for note in again.notes)
    assert any("leads.created_at: no value has a time of day" in note for note in of_themselves.notes)
    payload = {"created_at": TIMES[0], "events": [{"occurred_at": TIMES[0], "kind": "chat"}]}
    converted = convert_payload(payload, {"created_at": "time"}, ZoneInfo(NEW_YORK), all_times.mapping)[0]
    assert converted["created_at"] == converted["events"][0][0] == np.datetime64("2026-03-14T00:00", "us")


def test_what_was_decided_survives_the_mapping_file(tmp_path):
    mapping = read_tables(write_folder(tmp_path / "all", TIMES, TIMES)).mapping

    assert mapping.dates == {
        "created_at": DateFormat(time_of_day=True),
        "events.occurred_at": DateFormat(time_of_day=True),
    }
    assert type(mapping).from_dict(mapping.to_dict()).dates == mapping.dates


@pytest.mark.parametrize("written", ["", "soon"])
def test_a_column_without_a_date_decides_nothing_for_the_next_file(tmp_path, written):
    mapping = mapping_of(custom={"Visit": "date"})
    leads = pd.DataFrame({"lead_id": range(3), "created_at": TIMES, "Visit": written})
    leads.to_csv(tmp_path / "leads.csv", index=False)

    tables = read_tables(tmp_path / "leads.csv", mapping)

    assert "Visit" not in tables.mapping.dates
    assert not any("custom:Visit: no value has a time of day" in note for note in tables.notes)


def test_days_in_a_column_of_times_are_said_to_have_no_hour(tmp_path):
    mapping = read_tables(write_folder(tmp_path / "all", TIMES, TIMES)).mapping

    days = read_tables(write_folder(tmp_path / "days", ["2026-03-14", "2026-03-15"], TIMES), mapping)

    assert days.leads["created_at"].dt.tz_convert(NEW_YORK).dt.hour.tolist() == [0, 0]
    assert any("leads.created_at: no value has a time of day" in note for note in days.notes)
