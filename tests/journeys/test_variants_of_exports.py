"""Are exports read right that differ from the known ones in product, language or header?"""

from datetime import datetime, timedelta

import pandas as pd
import pytest

from features.errors import DataError
from features.profiling.export_profile import profile_export
from features.tables.tables import read_tables

TIMES = [datetime(2025, 1, 6, 8, 5) + timedelta(hours=17 * i, minutes=i * 37 % 60) for i in range(120)]
BOOKED = [i % 3 == 0 for i in range(120)]


def write_leads(folder, created="Created Date", pattern="%Y-%m-%d %H:%M", more=(), above=()):
    """Write leads with a date under ``created``, more columns and lines above the data."""
    header = ["Lead ID", created, "Source", "Converted", *(name for name, _ in more)]
    rows = [
        [
            f"L{1000 + i}",
            time.strftime(pattern),
            "ABC"[i % 3],
            "Yes" if BOOKED[i] else "No",
            *(cell(i) for _, cell in more),
        ]
        for i, time in enumerate(TIMES)
    ]
    lines = [header, *above, *rows]
    (folder / "leads.csv").write_text("\n".join(",".join(line) for line in lines), encoding="utf-8")
    return folder / "leads.csv"


def read(path):
    """Read an export with the mapping that is proposed for it."""
    return read_tables(path, profile_export(path).mapping)


@pytest.mark.parametrize(
    ("header", "zone"),
    [
        ("Created (Pacific Time (US & Canada))", "America/Los_Angeles"),
        ("Submitted at GMT-5", "Etc/GMT+5"),
        ("Created Date CST", "America/Chicago"),
        ("Created At - Mountain Time", "America/Denver"),
    ],
)
def test_a_header_says_the_zone_of_its_times(tmp_path, header, zone):
    created = read(write_leads(tmp_path, header)).leads["created_at"]

    assert created.tolist() == list(pd.DatetimeIndex(TIMES).tz_localize(zone).tz_convert("UTC"))


@pytest.mark.parametrize(("pattern", "zone"), [("%Y-%m-%d %H:%M:%S +0000 UTC", "UTC"), ("%Y%m%d.0", None)])
def test_dates_of_other_programs_are_read(tmp_path, pattern, zone):
    created = read(write_leads(tmp_path, "lead_date", pattern)).leads["created_at"]

    times = pd.DatetimeIndex(TIMES)
    assert created.tolist() == (
        list(times.tz_localize("UTC"))
        if zone
        else list(times.normalize().tz_localize("America/New_York").tz_convert("UTC"))
    )


def test_a_header_with_columns_without_a_name_is_no_title(tmp_path):
    tables = read(write_leads(tmp_path, more=[("", lambda i: "x"), ("", lambda i: str(i % 7))]))

    assert tables.leads["lead_id"].tolist() == [f"L{1000 + i}" for i in range(120)]
    assert tables.label.tolist() == [float(booked) for booked in BOOKED]


def test_the_second_line_of_a_survey_is_no_lead(tmp_path):
    tables = read(write_leads(tmp_path, above=[["", "", "Response", "Response"]]))

    assert len(tables.leads) == 120 and tables.label.tolist() == [float(booked) for booked in BOOKED]


@pytest.mark.parametrize("header", ["MRN", "PLZ", "Account Number"])
def test_a_file_sorted_by_a_persons_number_has_no_order(tmp_path, header):
    lines = [f"{40_000 + 7 * i},{'ABC'[i % 3]},{'Yes' if BOOKED[i] else 'No'}" for i in range(120)]
    (tmp_path / "leads.csv").write_text("\n".join([f"{header},Source,Converted", *lines]), encoding="utf-8")

    assert profile_export(tmp_path / "leads.csv").order is None


@pytest.mark.parametrize(
    "header",
    ["Mailing Zip/Postal Code", "PLZ", "Código postal", "What is your zip code?", "Postal", "address.postal_code"],
)
def test_a_postal_code_is_found_under_its_headers(tmp_path, header):
    path = write_leads(tmp_path, more=[(header, lambda i: ("02134", "10115", "28013")[i % 3])])

    assert profile_export(path).mapping.leads["postal_code"] == header


def test_bookings_of_which_only_the_visit_is_known_are_said(tmp_path):
    write_leads(tmp_path, "created_at")
    leads = pd.read_csv(tmp_path / "leads.csv", dtype=str).rename(columns={"Lead ID": "lead_id"})
    leads[["lead_id", "created_at", "Source"]].to_csv(tmp_path / "leads.csv", index=False)
    booked = [(f"L{1000 + i}", time) for i, time in enumerate(TIMES) if BOOKED[i]]
    rows = [
        (lead, "booked", time + timedelta(days=40), "" if i % 10 == 0 else time + timedelta(hours=3))
        for i, (lead, time) in enumerate(booked)
    ]
    frame = pd.DataFrame(rows, columns=["lead_id", "stage", "occurred_at", "recorded_at"])
    frame.to_csv(tmp_path / "outcomes.csv", index=False)

    assert any("PLEASE CHECK: 4 bookings have none" in note for note in read_tables(tmp_path).notes)


@pytest.mark.parametrize(
    ("booked", "visit"),
    [("Booked At", "Start At"), ("appt schdlng date", "appt date"), ("Buchung am", "Beginn")],
)
def test_an_appointment_lists_inquiry_is_when_the_visit_was_booked(tmp_path, booked, visit):
    birth = [f"{1950 + i % 40}-05-{1 + i % 28:02}" for i in range(120)]
    more = [(visit, lambda i: (TIMES[i] + timedelta(days=9)).strftime("%Y-%m-%d %H:%M")), ("dob", lambda i: birth[i])]

    assert profile_export(write_leads(tmp_path, booked, more=more)).mapping.leads["created_at"] == booked


def test_a_booking_that_only_some_leads_have_is_no_inquiry(tmp_path):
    more = [("Booked At", lambda i: (TIMES[i] + timedelta(hours=5)).strftime("%Y-%m-%d %H:%M") if BOOKED[i] else "")]
    mapping = profile_export(write_leads(tmp_path, "Some day", more=more)).mapping

    assert mapping.leads["created_at"] == "Some day" and "Booked At" not in mapping.custom


@pytest.mark.parametrize("header", ["Did they book? (internal)", "Was the visit scheduled in the end?"])
def test_a_question_answered_with_a_status_is_the_label(tmp_path, header):
    write_leads(tmp_path)
    frame = pd.read_csv(tmp_path / "leads.csv").drop(columns="Converted")
    frame[header] = ["booked" if booked else "not booked" for booked in BOOKED]
    frame.to_csv(tmp_path / "leads.csv", index=False)

    assert read(tmp_path / "leads.csv").label.tolist() == [float(booked) for booked in BOOKED]


def test_a_phone_number_is_found_by_its_values_where_there_is_one_column_of_them(tmp_path):
    numbers = [("Reach me here", lambda i: f"(617) 555-{1000 + i}")]
    assert profile_export(write_leads(tmp_path, more=numbers)).mapping.leads["phone"] == "Reach me here"

    numbers = [("Emergency contact", lambda i: f"(617) 555-{1000 + i}")]
    mapping = profile_export(write_leads(tmp_path, more=numbers)).mapping
    assert "phone" not in mapping.leads and "Emergency contact" in mapping.leave_out


def test_a_stray_opening_quote_between_quoted_fields_swallows_no_lead(tmp_path):
    texts = {17: '"6 inch scar', 90: '"old scar', 20: '"My knee, please"', 95: '"hip, please"', 96: 'he said ""now""'}
    path = write_leads(tmp_path, more=[("Message", lambda i: texts.get(i, "My knee hurts")), ("Note", lambda i: "a")])

    tables = read(path)

    assert tables.leads["lead_id"].tolist() == [f"L{1000 + i}" for i in range(120)]
    assert tables.label.tolist() == [float(booked) for booked in BOOKED]


def test_remarks_among_numbers_are_numbers_not_given(tmp_path):
    remarks = ["\u2014", "n/v", "not recorded", "tbd"]
    path = write_leads(tmp_path, more=[("Distance", lambda i: remarks[i % 4] if i % 9 == 0 else str(i / 4))])

    distance = read(path).leads["custom:Distance"]

    assert distance.isna().tolist() == [i % 9 == 0 for i in range(120)] and distance[5] == 1.25


@pytest.mark.parametrize("header", ["Krankenkasse", "Aseguradora", "Mutuelle", "Insurance Plan", "Verzekering"])
def test_who_insures_a_person_is_found_under_its_headers(tmp_path, header):
    path = write_leads(tmp_path, more=[(header, lambda i: ("AOK", "Sanitas", "Axa")[i % 3])])

    assert profile_export(path).mapping.leads["payer"] == header


def test_ids_written_as_floats_find_their_leads(tmp_path):
    times = [time.isoformat() for time in TIMES]
    pd.DataFrame({"lead_id": range(1000, 1120), "created_at": times}).to_csv(tmp_path / "leads.csv", index=False)
    rows = [(f"{1000 + i}.0", "booked", (TIMES[i] + timedelta(hours=3)).isoformat()) for i in range(120) if BOOKED[i]]
    outcomes = pd.DataFrame(rows, columns=["lead_id", "stage", "occurred_at"])
    outcomes.to_csv(tmp_path / "outcomes.csv", index=False)

    assert set(read_tables(tmp_path).outcomes["lead_id"]) == {f"{1000 + i}" for i in range(120) if BOOKED[i]}


def test_ids_that_lost_their_zeros_are_refused_with_the_reason(tmp_path):
    leads = pd.DataFrame({"lead_id": [f"{i:05}" for i in range(120)], "created_at": [t.isoformat() for t in TIMES]})
    leads.to_csv(tmp_path / "leads.csv", index=False)
    rows = [(i, "booked", (TIMES[i] + timedelta(hours=3)).isoformat()) for i in range(120) if BOOKED[i]]
    outcomes = pd.DataFrame(rows, columns=["lead_id", "stage", "occurred_at"])
    outcomes.to_csv(tmp_path / "outcomes.csv", index=False)

    with pytest.raises(DataError, match="lost their leading zeros"):
        read_tables(tmp_path)
