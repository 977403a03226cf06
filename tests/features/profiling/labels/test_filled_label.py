"""Is a column that is filled for those who booked found, and are young leads open, by the delays of the data?"""

import numpy as np
import pandas as pd
import pytest

from features.profiling.export_profile import profile_export
from features.profiling.labels.label_guess import describe_label
from features.tables.tables import read_tables


def write_export(folder, header, rows=400, delay=4.0, write="%Y-%m-%d %H:%M", empty=("",), visits=False):
    """Write an export with one label: a date under ``header``. Return the file and who has it."""
    draw = np.random.default_rng(5)
    created = pd.Timestamp("2026-01-05 08:00") + pd.to_timedelta(np.sort(draw.uniform(0, 200, rows)), unit="D")
    dates = created + pd.to_timedelta(draw.exponential(delay, rows), unit="D")
    booked = (draw.random(rows) < 0.4) & (dates <= created.max())
    if visits:
        dates = dates.normalize() + pd.to_timedelta(draw.integers(3, 30, rows), unit="D") + pd.Timedelta(hours=9)
    cells = [
        date.strftime(write) if is_booked else draw.choice(empty) for date, is_booked in zip(dates, booked, strict=True)
    ]
    frame = pd.DataFrame(
        {"Created": created.strftime("%Y-%m-%d %H:%M:%S"), "Source": draw.choice(["A", "B"], rows), header: cells}
    )
    frame.to_csv(folder / "export.csv", index=False)
    return folder / "export.csv", booked, created


@pytest.mark.parametrize(
    "header", ["Date booked", "Converted Date", "closedate", "Became a Customer Date", "Booked On"]
)
def test_filled_means_booked_and_the_date_is_the_time(tmp_path, header):
    path, booked, created = write_export(tmp_path, header, empty=("", "n/a", "-"))

    profile = profile_export(path)
    label, tables = profile.label, read_tables(path, profile.mapping)

    assert (label.column, label.booked, label.not_booked, label.known_at) == (header, ("(date)",), ("",), header)
    assert 8 <= label.open_days <= 16 and not label.questions
    assert header not in profile.mapping.custom and header not in profile.mapping.leads.values()
    young = ~booked & (created + pd.Timedelta(days=label.open_days) > created.max())
    np.testing.assert_array_equal(tables.label, np.where(booked, 1.0, np.where(young, np.nan, 0.0)))


def test_the_evidence_is_printed(tmp_path):
    path, booked, _ = write_export(tmp_path, "Date booked")

    label = profile_export(path).label
    lines = describe_label(label)

    assert any(line.split() == ["(date)", "->", "booked", str(booked.sum()), "rows"] for line in lines)
    assert any(f"lead younger than {label.open_days} days -> open" in line for line in lines)
    assert "95 in 100 within" in label.reason and "at any minute" in label.known_at_reason
    assert "encoded" not in profile_export(path).to_plain()["label"]


def test_a_planned_visit_is_no_time_of_the_outcome_and_asked_about(tmp_path):
    path, booked, _ = write_export(tmp_path, "appointment_date", write="%m/%d/%Y %I:%M %p", visits=True)

    profile = profile_export(path)

    assert profile.mapping.label_known_at is None and profile.mapping.booked == ("(date)",)
    assert any("is the day of the visit and not of the booking" in question for question in profile.label.questions)
    assert (read_tables(path, profile.mapping).label == 1).sum() == booked.sum()


def test_words_among_the_dates_are_read_or_asked_about(tmp_path):
    path, _, _ = write_export(tmp_path, "Termin gebucht am", write="%d.%m.%Y", empty=("", "", "declined", "siehe Akte"))

    label = profile_export(path).label

    assert label.not_booked == ("", "declined") and label.unknown == ("siehe Akte",)
    assert any("'siehe Akte'" in question for question in label.questions)


def test_slow_bookings_make_the_young_age_long(tmp_path):
    path, _, _ = write_export(tmp_path, "Date booked", delay=20.0)

    assert profile_export(path).label.open_days > 40


@pytest.mark.parametrize("header", ["Preferred appointment date", "Date lost", "Last visit", "Canceled on", "Updated"])
def test_a_date_that_is_no_booking_is_no_label(tmp_path, header):
    path, _, _ = write_export(tmp_path, header)

    assert profile_export(path).label is None


def test_a_date_of_an_unknown_kind_is_asked_about_with_the_lines_that_make_it_the_label(tmp_path):
    path, booked, _ = write_export(tmp_path, "Second call")

    doubts = profile_export(path).label_doubts

    assert f"has a date for {booked.sum()} of 400 leads" in doubts[0] and 'booked = ["(date)"]' in doubts[0]


def test_dates_before_the_lead_are_no_booking(tmp_path):
    path, _, _ = write_export(tmp_path, "Booked on")
    frame = pd.read_csv(path, dtype=str)
    frame["Created"] = pd.to_datetime(frame["Created"]) + pd.Timedelta(days=90)
    frame.to_csv(path, index=False)

    assert profile_export(path).label is None


def test_a_date_among_many_a_no_is_the_label(tmp_path):
    arrivals = pd.date_range("2025-01-06 08:05", periods=200, freq="31h")
    booked = np.where(np.arange(200) % 4 == 0, (arrivals + pd.to_timedelta(2, unit="D")).strftime("%m/%d/%Y"), "no")
    frame = pd.DataFrame(
        {"ID": np.arange(200) + 300, "Created": arrivals.strftime("%m/%d/%Y %H:%M"), "Booked?": booked}
    )
    frame.loc[195:, "Booked?"] = ""
    frame.to_csv(tmp_path / "leads.csv", index=False)

    mapping = profile_export(tmp_path / "leads.csv").mapping

    assert (mapping.label_column, mapping.booked, mapping.not_booked) == ("Booked?", ("(date)",), ("", "no"))
