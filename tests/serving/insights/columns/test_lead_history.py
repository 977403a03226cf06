"""Is a lead of whom it belongs to, and answered when somebody answered it?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from serving.insights.columns.column_reading import read_lead_columns
from serving.insights.columns.lead_history import cut_history, find_first_booked, find_heard
from serving.insights.insight_report import compute_insights


def name_staff(tables, staff):
    return replace(tables, outcomes=tables.outcomes.assign(staff_id=staff))


def test_a_lead_is_of_whom_its_booking_names_and_else_of_who_worked_on_it_first(export):
    tables, practice = export
    stage = tables.outcomes["stage"].to_numpy(object)
    named = name_staff(tables, np.where(stage == "booked", "Booker", np.where(stage == "reached", "Reacher", None)))

    by_events, columns = read_lead_columns(tables, practice), read_lead_columns(named, practice)

    names = np.array(columns.staff.names, object)[columns.staff.codes]
    first = np.array(by_events.staff.names, object)[by_events.staff.codes]
    booked = np.isin(columns.lead_ids, tables.outcomes["lead_id"][stage == "booked"])
    reached = np.isin(columns.lead_ids, tables.outcomes["lead_id"][stage == "reached"])
    assert booked.sum() > 100 and (names[booked] == "Booker").all()
    others = ~booked & (first != "Not given")
    np.testing.assert_array_equal(names[others], first[others])
    assert set(names[~booked & (first == "Not given")]) <= {"Reacher", "Not given"}
    assert reached.any()


def test_who_closed_a_lead_counts_unless_another_one_booked_it(export):
    tables, practice = export
    stage = tables.outcomes["stage"].to_numpy(object)
    named = name_staff(tables, np.where(stage == "booked", "Booker", np.where(stage == "lost", "Closer", None)))

    columns = read_lead_columns(named, practice)

    names = np.array(columns.staff.names, object)[columns.staff.codes]
    booked, lost = (np.isin(columns.lead_ids, tables.outcomes["lead_id"][stage == name]) for name in ("booked", "lost"))
    assert (names[booked] == "Booker").all() and (lost & ~booked).any() and (names[lost & ~booked] == "Closer").all()


def test_who_booked_changes_no_expectation_and_no_figure_but_those_of_people(export):
    tables, practice = export
    staff = np.random.default_rng(4).choice(np.array(["S-1", "S-2", "S-3", None], object), len(tables.outcomes))

    reports = [
        compute_insights(read_lead_columns(changed, practice), practice)
        for changed in (tables, name_staff(tables, staff))
    ]

    changed = [name for name, table in reports[0].tables.items() if repr(table) != repr(reports[1].tables[name])]
    assert changed == ["lost_by_person", "people"]


def test_what_came_after_a_loss_is_found_and_what_came_before_is_not(export):
    tables, practice = export
    columns = read_lead_columns(tables, practice)
    lost = np.flatnonzero(~np.isnan(columns.lost_days) & ~columns.has("booked") & (columns.age_days > 90))[:2]
    ids, when = columns.lead_ids[lost], columns.arrived_at[lost] + (columns.lost_days[lost] * 86_400e6).astype(int)
    after = pd.to_datetime(when + np.array([10, 20]) * np.timedelta64(86_400_000_000, "us"), utc=True)
    booked = pd.DataFrame({"lead_id": ids, "occurred_at": after, "stage": "booked"})
    call = pd.DataFrame({"lead_id": ids[:1], "occurred_at": after[:1], "kind": "outbound_call"})

    added = read_lead_columns(
        replace(
            tables,
            outcomes=pd.concat([tables.outcomes, booked], ignore_index=True),
            events=pd.concat([tables.events, call], ignore_index=True),
        ),
        practice,
    )

    np.testing.assert_allclose(added.won_back_days[lost] - added.lost_days[lost], [10, 20], atol=1e-3)
    assert np.isnan(columns.won_back_days[lost]).all()
    first = added.again_days[lost[0]] - added.lost_days[lost[0]]
    assert 0 < first <= 10.001 and not (added.again_days <= added.lost_days).any()


def read_rows(times, **columns):
    """One lead that came on March 2 at 10 AM in UTC, which is 4 AM in Chicago."""
    arrived = np.array(["2026-03-02T10:00"], "datetime64[us]")
    frame = pd.DataFrame({"lead_id": "L0", "occurred_at": pd.to_datetime(pd.Series(times), utc=True)} | columns)
    return cut_history(frame, pd.DataFrame({"lead_id": ["L0"]}), arrived, np.datetime64("2026-06-01", "us"))


@pytest.mark.parametrize(
    ("times", "stages", "days"),
    [
        (["2026-04-20T10:00"], ["booked"], 49.0),
        # Midnight in Chicago is no time: the end of that day stands for it, even of the day of the inquiry.
        (["2026-03-04T06:00"], ["attended"], 2 + 20 / 24),
        (["2026-03-02T06:00"], ["booked"], 20 / 24),
        (["2026-03-04T00:00"], ["booked"], 1 + 14 / 24),
        (["2026-03-04T06:00"], ["lost"], np.nan),
    ],
)
def test_the_first_booking_counts_however_late_and_by_the_end_of_its_day(times, stages, days):
    booked = find_first_booked(read_rows(times, stage=stages), "America/Chicago", 1)

    np.testing.assert_allclose(booked, [days])


@pytest.mark.parametrize(
    ("kind", "reached", "day", "heard"),
    [
        ("outbound_call", 1.0, "2026-05-02", True),
        ("outbound_call", 0.0, "2026-05-02", False),
        ("sms_in", np.nan, "2026-05-02", True),
        ("missed_call", np.nan, "2026-05-02", True),
        ("missed_call", np.nan, "2026-03-03", False),
    ],
)
def test_who_calls_or_writes_after_our_first_try_was_heard(kind, reached, day, heard):
    events = read_rows([f"{day}T10:00"], kind=[kind], reached=[reached])

    days = find_heard(events, np.array([np.nan]), np.array([3.0]))

    assert np.isfinite(days).tolist() == [heard]
