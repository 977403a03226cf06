"""Does a payload with a row's own cells say what the row says, in the writings of other offices?"""

import json
from datetime import UTC

import pandas as pd
import pytest

from features.mapping.column_mapping import Mapping
from features.parsing.dates.date_format_decision import DateFormat
from features.tables.json_payload import PayloadReader
from features.tables.tables import read_tables

COUNT = 60
MESSAGE = "My left knee hurts since May"
CELLS = {
    "Datum": [f"{1 + i % 28:02}{1 + i % 9:02}2025".lstrip("0") for i in range(COUNT)],
    "Uhrzeit": [f"{7 + i % 12}{i * 7 % 60:02}" for i in range(COUNT)],
    "Nachricht": [json.dumps({"daten": {"freitext": f"{MESSAGE} {i}"}}) for i in range(COUNT)],
    "Kasse": ["AOK", "noch unklar", "[not set]"] * 20,
    "Leistung": ['["MRT", "Röntgen"]', "['MRT']", "MRT"] * 20,
    "Dauer": [f"{i % 9}m {i * 7 % 60}s" for i in range(COUNT)],
}
MAPPING = Mapping(
    leads={"created_at": "Datum", "message": "Nachricht", "payer": "Kasse", "service_requested": "Leistung"},
    custom={"Dauer": "number"},
    dates={"Datum": DateFormat("day_first", time_column="Uhrzeit")},
)
KINDS = {
    "created_at": "time",
    "message": "text",
    "payer": "category",
    "service_requested": "category",
    "custom:Dauer": "number",
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """The cells as a file, read."""
    path = tmp_path_factory.mktemp("office") / "leads.csv"
    pd.DataFrame(CELLS).to_csv(path, index=False)
    return read_tables(path, MAPPING, scoring=True)


def test_each_row_is_read_alike_in_a_file_and_as_a_payload(tables):
    reader = PayloadReader(KINDS, tables.leads["created_at"].dt.tz or UTC, tables.mapping)

    for row in range(COUNT):
        converted, faults, _ = reader.read({header: cells[row] for header, cells in CELLS.items()})
        lead = tables.leads.iloc[row]
        assert converted["message"] == lead["message"] == f"{MESSAGE} {row}"
        assert converted["service_requested"] == lead["service_requested"] == ("MRT; Röntgen", "MRT", "MRT")[row % 3]
        assert converted.get("payer") == lead["payer"] and converted["custom:Dauer"] == lead["custom:Dauer"]
        assert not [fault for fault in faults if fault.field != "payer"]


def test_the_day_and_the_clock_are_joined_in_both(tables):
    reader = PayloadReader(KINDS, tables.leads["created_at"].dt.tz, tables.mapping)
    payload = {"Datum": 4032025, "Uhrzeit": 815}

    times = tables.leads["created_at"].dt.tz_convert("America/New_York")

    assert times.dt.strftime("%d%m%Y").tolist() == [cell.zfill(8) for cell in CELLS["Datum"]]
    assert [f"{time:%H%M}".lstrip("0") for time in times] == CELLS["Uhrzeit"]
    assert str(reader.read(payload)[0]["created_at"]) == "2025-03-04T08:15:00.000000"
