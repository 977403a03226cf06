"""Does a flat export say when its label became known, and is nothing learned from it before?"""

import numpy as np
import pandas as pd
import pytest

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.parsing.dates.timestamps import to_known_time
from features.point_in_time.outcomes import build_history
from features.practice.practice import Practice
from features.profiling.export_profile import profile_export
from features.profiling.mapping_document import render_document
from features.tables.tables import Tables, read_tables
from training.dataset.labels import build_learning_set
from training.dataset.time_splits import make_splits

LABEL = {"column": "No-show", "booked": ["No"], "not_booked": ["Yes"], "known_at": "AppointmentDay"}
LEADS = {"lead_id": "AppointmentID", "created_at": "ScheduledDay", "person_id": "PatientId"}


def appointments(count: int = 400, days: int = 120) -> pd.DataFrame:
    """Invented appointments: two dates a row, people who return; who comes depends on how long the wait is."""
    generator = np.random.default_rng(3)
    scheduled = pd.Timestamp("2026-01-01T08:00Z") + pd.to_timedelta(
        np.sort(generator.uniform(0, days, count)), unit="D"
    ).round("s")
    wait = generator.integers(0, 40, count)
    missed = generator.random(count) < 0.05 + 0.015 * wait
    return pd.DataFrame(
        {
            "PatientId": generator.integers(10_000, 10_000 + count // 2, count).astype(str),
            "AppointmentID": np.arange(count).astype(str),
            "ScheduledDay": scheduled.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "AppointmentDay": (scheduled.normalize() + pd.to_timedelta(wait, unit="D")).strftime("%Y-%m-%dT00:00:00Z"),
            "Age": np.where(np.arange(count) == 7, -1, 40),
            "No-show": np.where(missed, "Yes", "No"),
        }
    )


def read(folder, frame: pd.DataFrame, label: dict = LABEL, **sections) -> Tables:
    """These appointments as read with a mapping."""
    frame.to_csv(folder / "visits.csv", index=False)
    return read_tables(
        folder / "visits.csv", Mapping.from_dict({"version": 1, "leads": LEADS, "label": label, **sections})
    )


def rows(*lines: tuple) -> pd.DataFrame:
    """Appointments (scheduled, due) of the first of January and after, that were kept and missed in turn."""
    ids = [str(i) for i in range(len(lines))]
    scheduled, due = zip(*lines, strict=True)
    return pd.DataFrame(
        {
            "PatientId": ids,
            "AppointmentID": ids,
            "ScheduledDay": scheduled,
            "AppointmentDay": due,
            "No-show": (["No", "Yes"] * len(ids))[: len(ids)],
        }
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-01-05", "2026-01-06T05:00"),  # a day is over at the practice's midnight
        ("2026-01-05T00:00:00Z", "2026-01-06T05:00"),  # midnight on the clock it is written with is a day too
        ("2026-01-05T00:00:00+09:00", "2026-01-06T05:00"),
        ("2026-03-08", "2026-03-09T04:00"),  # the day of 23 hours
        ("2026-01-05 14:30", "2026-01-05T19:30"),
        ("2026-01-05T14:30:00Z", "2026-01-05T14:30"),
        ("1/5/2026", "2026-01-06T05:00"),
        (46027, "2026-01-06T05:00"),  # Excel's number of that day
        (None, "NaT"),
        ("soon", "NaT"),
    ],
)
def test_a_date_counts_as_known_when_its_day_is_over_at_the_practice(written, expected):
    zone = Practice().zone

    assert str(to_known_time(np.array([written], object), zone)[0][0].astype("datetime64[m]")) == expected
    long = to_known_time(pd.Series([written] * 150, dtype=object), zone)[0]
    assert set(long.astype("datetime64[m]").astype(str)) == {expected}


def test_native_dates_count_the_same():
    naive = pd.Series(pd.to_datetime(["2026-01-05 00:00", "2026-01-05 14:30", None]))

    assert to_known_time(naive, Practice().zone)[0].astype("datetime64[m]").astype(str).tolist() == [
        "2026-01-06T05:00",
        "2026-01-05T19:30",
        "NaT",
    ]
    assert (
        str(to_known_time(naive.dt.tz_localize("Asia/Tokyo"), Practice().zone)[0][0].astype("datetime64[m]"))
        == "2026-01-06T05:00"
    )


def test_known_by_is_never_earlier_than_the_time_itself():
    hours = pd.Series(pd.date_range("2026-03-07", "2026-03-10", freq="h", tz="Pacific/Auckland"))

    known_at = to_known_time(hours, Practice(timezone="Pacific/Kiritimati").zone)[0]

    assert (known_at >= hours.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]")).all()


def test_the_record_knows_a_label_when_the_appointment_was_over_and_silence_after_the_horizon(tmp_path):
    tables = read(
        tmp_path,
        rows(("2026-01-01T10:00Z", "2026-01-05"), ("2026-01-01T10:00Z", None), ("2026-06-01T10:00Z", "2026-06-02")),
    )

    history = build_history(tables, Practice(), "booked")

    known_at = sorted(history.known_at.astype("datetime64[m]").astype(str))
    assert known_at[:2] == ["2026-01-06T05:00", "2026-01-31T10:00"]
    assert str(tables.as_of.astype("datetime64[m]")) == "2026-06-03T04:00"


def test_an_appointment_before_it_was_made_is_reported_and_kept(tmp_path):
    tables = read(
        tmp_path,
        rows(("2026-01-05T20:00Z", "2026-01-05"), ("2026-01-05T10:00Z", "2026-01-03"), ("2026-01-05T10:00Z", "never")),
    )

    assert len(tables.leads) == 3
    assert tables.label_known_at.isna().tolist() == [False, True, True]
    report = tables.report()
    assert "label known at 'AppointmentDay' is earlier than created_at: treated as missing in 1 row" in report
    assert "label known at 'AppointmentDay' is not a time" in report


def test_the_date_can_be_an_input_too_and_is_none_unless_it_is_named(tmp_path):
    frame = appointments()

    both, only = read(tmp_path, frame, custom={"AppointmentDay": "date"}), read(tmp_path, frame)

    assert both.custom == {"custom:AppointmentDay": "date"} and both.label_known_at is not None
    assert only.custom == {} and only.label_known_at is not None
    assert both.mapping.rename_payload({"AppointmentDay": "2026-01-05"}) == {"custom:AppointmentDay": "2026-01-05"}
    assert only.mapping.rename_payload({"AppointmentDay": "2026-01-05"}) == {}
    assert Mapping.from_dict(both.mapping.to_dict()) == both.mapping


def test_a_mapping_that_names_no_such_column_or_the_label_itself_is_refused(tmp_path):
    with pytest.raises(
        MappingError,
        match="label.known_at names the column 'Appointment Day', which is not in the file. "
        "Did you mean 'AppointmentDay'",
    ):
        read(tmp_path, appointments(20), LABEL | {"known_at": "Appointment Day"})
    with pytest.raises(MappingError, match="known_at is the label itself"):
        read(tmp_path, appointments(20), LABEL | {"known_at": "No-show"})


def test_leads_to_be_scored_need_no_such_column(tmp_path):
    appointments(20).drop(columns=["AppointmentDay", "No-show"]).to_csv(tmp_path / "new.csv", index=False)

    tables = read_tables(
        tmp_path / "new.csv", Mapping.from_dict({"version": 1, "leads": LEADS, "label": LABEL}), scoring=True
    )

    assert len(tables.leads) == 20 and tables.label_known_at is None


def test_a_row_teaches_a_fold_only_when_its_label_was_known_by_then(tmp_path):
    tables = read(tmp_path, appointments())
    learning = build_learning_set(tables, Practice(), "booked")

    splits = make_splits(learning, 5, 30, seed=1)

    assert splits.forward and len(splits.folds) == 4
    for fold in splits.folds:
        begin = learning.known_at[fold.test].min()
        np.testing.assert_array_equal(np.flatnonzero(learning.known_at < begin), fold.train)


def test_held_out_leads_wait_as_long_as_all_leads_and_not_only_as_long_as_is_known_of_the_newest(tmp_path):
    made = appointments(2000)
    # An export of a day in April holds the outcomes until then; arrivals before February have no full past.
    known = made[(made["AppointmentDay"] < "2026-04-15") & (made["AppointmentDay"] > "2026-02-12")]
    learning = build_learning_set(read(tmp_path, known), Practice(), "booked")
    waits = (learning.known_at - learning.moments.cutoff) / np.timedelta64(1, "D")

    held_out = make_splits(learning, 5, 30, seed=1).folds[-1].test

    newest = np.argsort(learning.position)[-len(held_out) :]
    assert abs(waits[held_out].mean() - waits.mean()) < 2.0
    assert waits[newest].mean() < waits.mean() - 4.0


def test_inspect_proposes_it_and_says_why(tmp_path):
    appointments().to_csv(tmp_path / "visits.csv", index=False)

    profile = profile_export(tmp_path / "visits.csv")

    roles = {finding.column: finding.role for finding in profile.findings}
    assert roles == {
        "PatientId": "our person_id",
        "AppointmentID": "our lead_id",
        "ScheduledDay": "our created_at",
        "AppointmentDay": "custom date",
        "Age": "left out",
        "No-show": "label",
    }
    assert profile.mapping.label_known_at == "AppointmentDay" and profile.mapping.booked == ("No",)
    toml = render_document(profile)
    assert "all 400 dates are on or after 'ScheduledDay'; a date counts as known at the end of that day" in toml
    assert "PLEASE CHECK: 1 of its numbers is below zero" in profile.mapping.leave_out["Age"]


def test_inspect_proposes_none_where_the_label_does_not_happen_at_a_date(tmp_path):
    frame = appointments().rename(columns={"AppointmentDay": "First wish", "No-show": "Converted"})
    frame.to_csv(tmp_path / "leads.csv", index=False)

    assert profile_export(tmp_path / "leads.csv").mapping.label_known_at is None


@pytest.mark.parametrize(("filled_while_open", "expected"), [(0.0, "Noted"), (0.4, None)])
def test_inspect_proposes_a_date_that_is_blank_as_long_as_the_label_is(tmp_path, filled_while_open, expected):
    frame = appointments().rename(columns={"AppointmentDay": "Noted", "No-show": "Converted"})
    is_open = np.arange(400) % 8 == 0
    stays = np.random.default_rng(1).random(400) < filled_while_open
    frame["Converted"] = frame["Converted"].mask(is_open)
    frame["Noted"] = frame["Noted"].mask(is_open & ~stays)
    frame.to_csv(tmp_path / "leads.csv", index=False)

    assert profile_export(tmp_path / "leads.csv").mapping.label_known_at == expected
