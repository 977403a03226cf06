"""Does inspect find the time of the inquiry among several dates, and say how each column of dates is written?"""

import tomllib
from datetime import time
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.cli import inspect_file
from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.mapping.type_inference import infer_kind
from features.parsing.parsed_columns import ParsedColumns
from features.profiling.date_columns import find_unreadable_dates
from features.profiling.export_profile import profile_export
from features.profiling.mapping_document import render_document
from features.tables.json_payload import convert_payload
from features.tables.tables import read_tables

ROWS = 120
ARRIVALS = pd.date_range("2025-01-06 08:05", periods=ROWS, freq="37h")
LATER = ARRIVALS + pd.to_timedelta(np.random.default_rng(1).integers(1, 90, ROWS), unit="D")
NEW_YORK = ZoneInfo("America/New_York")


def export(folder, columns):
    """Write an export with an id, a label and these columns."""
    frame = pd.DataFrame({"Lead ID": [f"L{row}" for row in range(ROWS)], **columns, "Converted": ["Yes", "No"] * 60})
    frame.to_csv(folder / "export.csv", index=False)
    return folder / "export.csv"


def day(times):
    """Write days the American way."""
    return times.strftime("%m/%d/%Y")


def find_finding(profile, column):
    """Return what one column becomes, and why."""
    return next((finding.role, finding.reason) for finding in profile.findings if finding.column == column)


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ({"Camp_Start_Date": day(LATER), "Camp_End_Date": day(LATER), "Registration_Date": day(ARRIVALS)}, 2),
        ({"First_Camp_Date": day(LATER), "Sign date": day(ARRIVALS)}, 1),
        ({"arrival_date": day(LATER), "reservation_made": day(ARRIVALS)}, 1),
        ({"Last Modified Date": LATER.strftime("%Y-%m-%d %H:%M"), "Create Date": day(ARRIVALS)}, 1),
        ({"Geändert am": LATER.strftime("%d.%m.%Y %H:%M"), "Angelegt am": ARRIVALS.strftime("%d.%m.%Y")}, 1),
        ({"Date du RDV": day(LATER), "Date de création": ARRIVALS.strftime("%d/%m/%Y %Hh%M")}, 1),
        (
            {
                "Start Date & Time": LATER.strftime("%Y-%m-%d %I:%M %p"),
                "Event Created Date & Time": ARRIVALS.strftime("%Y-%m-%d %I:%M %p"),
            },
            1,
        ),
        ({"Appt Date": LATER.strftime("%m/%d/%Y %I:%M %p"), "Date Scheduled": day(ARRIVALS)}, 1),
        ({"Date": day(ARRIVALS), "Closed": [x if i % 3 else "" for i, x in enumerate(day(LATER))]}, 0),
        ({"Date of Birth": ["1960-03-02", "1999-03-02"] * 60, "Fecha de alta": day(ARRIVALS)}, 1),
    ],
    ids=lambda value: " / ".join(value) if isinstance(value, dict) else "",
)
def test_the_time_of_the_inquiry_is_found_among_several_dates(tmp_path, columns, chosen):
    profile = profile_export(export(tmp_path, columns))

    assert profile.mapping.leads["created_at"] == list(columns)[chosen]
    assert "next: " in find_finding(profile, list(columns)[chosen])[1] or len(profile.dates) == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"Appointment Date": day(LATER)},
        {"arrival_date": day(LATER), "reservation_status_date": day(LATER)},
        {"Last Modified": day(ARRIVALS)},
        {"Event Date": day(LATER)},
    ],
    ids=lambda value: " / ".join(value),
)
def test_a_later_date_is_not_taken_for_the_time_of_the_inquiry(tmp_path, columns):
    profile = profile_export(export(tmp_path, columns))

    assert "created_at" not in profile.mapping.leads
    assert profile.date_doubts[0].startswith("No created_at: none of the dates")


def test_two_dates_that_may_both_be_it_are_a_question(tmp_path):
    profile = profile_export(export(tmp_path, {"Date A": day(ARRIVALS), "Date B": day(ARRIVALS[::-1])}))

    assert profile.date_doubts == (
        "No created_at: QUESTION: 'Date A' and 'Date B' may both be it; name one as created_at under [leads].",
    )


def test_inspect_prints_how_each_column_of_dates_was_read(tmp_path):
    path = export(tmp_path, {"Created": day(ARRIVALS), "Visit (UTC)": LATER.strftime("%Y-%m-%d %H:%M")})

    said = CliRunner().invoke(inspect_file, [str(path), "--out", str(tmp_path / "m.toml")], catch_exceptions=False)

    text = " ".join(said.output.split())
    first, last = day(ARRIVALS[:1])[0], f"{ARRIVALS[-1]:%Y-%m-%d}"
    assert first == "01/06/2025"
    assert f"'Created': 2025-01-06 to {last}; 0 of 120 unread; month first: " in text
    assert "no time of day, so the hour is unknown" in text
    assert "times in UTC, as the header says" in text


def test_a_mixture_is_asked_by_inspect_refused_by_tables_and_answered_in_the_mapping(tmp_path):
    mixed = [f"{t:%d/%m/%Y %H:%M}" if row % 2 else f"{t:%m/%d/%Y %H:%M}" for row, t in enumerate(ARRIVALS)]
    path = export(tmp_path, {"Created Date": mixed})
    profile = profile_export(path)
    by_hand = {"version": 1, "leads": {"lead_id": "Lead ID", "created_at": "Created Date"}}

    assert "created_at" not in profile.mapping.leads
    assert find_finding(profile, "Created Date")[1].startswith("QUESTION: day and month are mixed: ")
    assert profile.date_doubts[0].startswith("QUESTION about 'Created Date': day and month are mixed: ")
    with pytest.raises(MappingError, match=r"'Created Date'\): day and month are mixed.*\[dates\.\"Created Date\"\]"):
        read_tables(path, Mapping.from_dict(by_hand))
    answered = Mapping.from_dict(by_hand | {"dates": {"Created Date": {"order": "month_first"}}})
    tables = read_tables(path, answered)
    assert 60 < len(tables.leads) < ROWS
    assert "leads.created_at is not a time" in tables.report()


def test_columns_that_prove_nothing_follow_the_other_dates_of_the_file(tmp_path):
    few = [f"0{1 + row % 9}/0{1 + row % 7}/2025" for row in range(ROWS)]
    profile = profile_export(export(tmp_path, {"Angelegt am": ARRIVALS.strftime("%d/%m/%Y"), "Termin": few}))
    alone = profile_export(export(tmp_path, {"Termin": few}))

    assert profile.dates[1].date_format.order == "day_first"
    assert "PLEASE CHECK: month first assumed, none of 106 dates proves it" in alone.dates[0].describe()


def test_a_date_and_its_time_of_day_in_two_columns_are_joined_everywhere(tmp_path):
    path = export(tmp_path, {"Call Date": day(ARRIVALS), "Call Time": ARRIVALS.strftime("%I:%M %p")})
    profile = profile_export(path)
    mapping = Mapping.from_dict(tomllib.loads(render_document(profile)))

    tables = read_tables(path, mapping)
    payload = {"Call Date": "01/06/2025", "Call Time": "8:05 AM"}
    converted, faults, ignored = convert_payload(payload, {"created_at": "time"}, NEW_YORK, tables.mapping)

    assert find_finding(profile, "Call Time") == ("time of day", "joined with 'Call Date'")
    assert str(tables.leads["created_at"][0]) == "2025-01-06 13:05:00+00:00"
    assert converted["created_at"] == np.datetime64("2025-01-06T13:05", "us")
    assert (faults, ignored, tables.custom) == ([], [], {})


def test_cells_of_excel_are_joined_as_well(tmp_path):
    frame = pd.DataFrame({"Id": range(60), "Date": ARRIVALS[:60].date, "Time": [time(8, 5)] * 60})
    frame.to_excel(tmp_path / "export.xlsx", index=False)

    tables = read_tables(tmp_path / "export.xlsx", profile_export(tmp_path / "export.xlsx").mapping)

    assert str(tables.leads["created_at"][0]) == "2025-01-06 13:05:00+00:00"


@pytest.mark.parametrize(
    ("values", "shape"),
    [
        ([f"{t:%H%M}h, {t:%Y}.{t:%j}" for t in ARRIVALS], "'9999a, 9999.999'"),
        ([f"{t:%m/%d/%Y}" if row % 3 else "12-99-2025 or so" for row, t in enumerate(ARRIVALS)], "'99-99-9999 a a'"),
    ],
)
def test_a_column_of_dates_that_cannot_be_read_is_named_and_left_out(tmp_path, values, shape):
    profile = profile_export(export(tmp_path, {"Created": values}))

    assert find_finding(profile, "Created")[0] == "left out"
    assert profile.date_doubts[0].startswith("'Created' looks like dates, but ")
    assert shape in profile.date_doubts[0]
    assert not any("No date was found" in note for note in profile.notes)


@pytest.mark.parametrize(
    ("header", "values", "is_date"),
    [
        ("Created", [str(int(t.timestamp())) for t in ARRIVALS], True),
        ("Reference", [str(int(t.timestamp())) for t in ARRIVALS], False),
        ("Created Date", [str(45_000 + row) for row in range(ROWS)], True),
        ("ZIP", [str(45_000 + row) for row in range(ROWS)], False),
        ("Day", [f"{t:%Y%m%d}" for t in ARRIVALS], True),
        ("Order Number", [f"{t:%Y%m%d}" for t in ARRIVALS], False),
        ("Invoice", [str(20_250_000 + 7 * row) for row in range(ROWS)], False),
        ("Total Time Spent", [str(row * 13) for row in range(ROWS)], False),
    ],
)
def test_digits_are_dates_only_where_everything_speaks_for_it(tmp_path, header, values, is_date):
    profile = profile_export(export(tmp_path, {header: values}))

    assert [column.header for column in profile.dates] == [header] * is_date


def test_a_file_sorted_by_phone_number_has_no_order(tmp_path):
    for header in ("Phone", "Contact"):
        profile = profile_export(export(tmp_path, {header: [str(6_175_550_000 + 13 * row) for row in range(ROWS)]}))

        assert profile.order is None, header


def test_a_twelve_hour_clock_whose_half_stands_in_a_third_column_gives_no_hour(tmp_path):
    clocks = ARRIVALS + pd.to_timedelta(np.random.default_rng(3).integers(0, 1440, ROWS), unit="min")
    path = export(
        tmp_path,
        {"Lead Date": day(ARRIVALS), "Lead Time": clocks.strftime("%I:%M"), "AM/PM": clocks.strftime("%p")},
    )

    profile = profile_export(path)

    assert profile.mapping.leads["created_at"] == "Lead Date"
    assert profile.mapping.dates["Lead Date"].time_of_day is False
    assert find_finding(profile, "Lead Time")[0] == "left out"
    assert any("join the two columns" in doubt for doubt in profile.date_doubts)


def test_a_twelve_hour_clock_in_the_date_itself_is_a_question(tmp_path):
    path = export(tmp_path, {"Created": ARRIVALS.strftime("%m/%d/%Y %I:%M"), "AM/PM": ARRIVALS.strftime("%p")})

    profile = profile_export(path)

    assert "created_at" not in profile.mapping.leads
    assert any("AM or PM stands in 'AM/PM'" in doubt for doubt in profile.date_doubts)


def test_phone_numbers_that_look_like_dates_are_no_question(tmp_path):
    path = export(tmp_path, {"Created": day(ARRIVALS), "Call me on": [f"(617) 555-{row:04}" for row in range(ROWS)]})

    assert profile_export(path).date_doubts == ()


@pytest.mark.parametrize(
    "values",
    [
        [f"{number} days ago" for number in range(40)],
        [f"{number % 28 + 1}-Jan" for number in range(40)],
        [str(2_025_001 + number) for number in range(40)],
    ],
    ids=["told from today", "without a year", "day of the year"],
)
def test_what_stands_below_the_header_of_a_date_and_is_none_is_said(values):
    frame = pd.DataFrame({"Created Date": values, "Days open": [str(number % 9) for number in range(40)]})

    unreadable = find_unreadable_dates(
        ParsedColumns(frame, frozenset()), {name: infer_kind(frame[name], header=name) for name in frame}
    )

    assert list(unreadable) == ["Created Date"]


@pytest.mark.parametrize(
    "header, write",
    [("Heure", "%Hh%M"), ("Saat", "%H:%M"), ("Godzina", "%H.%M"), ("Kl.", "%H.%M"), ("Time", "%I:%M %p")],
)
def test_a_bare_column_of_times_right_behind_a_date_is_its_time_of_day(tmp_path, header, write):
    arrivals = ARRIVALS + pd.to_timedelta(7 * np.arange(ROWS) % 50, unit="min")
    path = export(tmp_path, {"Date de création": arrivals.strftime("%d/%m/%Y"), header: arrivals.strftime(write)})

    profile = profile_export(path)
    tables = read_tables(path, profile.mapping)

    assert profile.mapping.dates["Date de création"].time_column == header
    np.testing.assert_array_equal(
        tables.leads["created_at"].dt.tz_convert(NEW_YORK).dt.tz_localize(None).dt.floor("min"), arrivals.floor("min")
    )


@pytest.mark.parametrize(
    "texts",
    [
        ["3 days ago", "yesterday", "2 weeks ago"],
        ["hace 3 días", "ayer", "hace 2 meses"],
        ["vor 3 Tagen", "gestern", "heute"],
        ["il y a 3 jours", "hier", "aujourd'hui"],
        ["3日前", "昨日", "2時間前"],
        ["3d ago", "5h ago", "2mo ago"],
    ],
)
def test_dates_told_from_the_day_of_the_export_are_left_out_whatever_the_header(tmp_path, texts):
    path = export(tmp_path, {"Created": ARRIVALS.strftime("%Y-%m-%d %H:%M"), "When": np.resize(texts, ROWS)})

    profile = profile_export(path)

    assert "When" in profile.mapping.leave_out and "timeframe" not in profile.mapping.leads
    assert any("'When' tells dates from the day of the export on" in doubt for doubt in profile.date_doubts)


def test_two_dates_of_a_form_that_was_begun_and_sent_are_no_question(tmp_path):
    sent = ARRIVALS + pd.to_timedelta(95, unit="s")
    path = export(tmp_path, {"Start time": ARRIVALS.astype(str), "Completion time": sent.astype(str)})

    assert profile_export(path).mapping.leads["created_at"] == "Start time"
