"""Does the table add up, list the callers that it counts, and say what is missing?"""

from dataclasses import fields, replace

import numpy as np
import pytest

from features.practice.display_formats import LocalFormats
from serving.insights.columns.phone_calls import PhoneCalls
from serving.insights.figure_tables import Column, FigureTable, Hidden
from serving.insights.sharing.small_cells import hide_small_cells
from serving.insights.staffing.missed_by_half_hour import tabulate_missed_by_half_hour
from serving.insights.staffing.staffing_table import ALL_HALF_HOURS, select_callers, tabulate_staffing


@pytest.fixture(scope="module")
def called(columns):
    """A practice whose leads all call between 9 and 11; one person answers, and one caller in eight is missed."""
    rng, n = np.random.default_rng(5), len(columns)
    day, slot = columns.day, rng.integers(18, 22, n)
    missed = rng.random(n) < np.where(slot == 19, 0.25, 0.08)
    person = np.where(missed, -1, 0)
    minutes = np.where(missed, np.nan, rng.exponential(6, n))
    calls = PhoneCalls(np.arange(n), day, slot, np.ones(n, bool), ~missed, minutes, person)
    return replace(columns, calls=calls)


@pytest.fixture(scope="module")
def table(called):
    return tabulate_staffing(called, 12, 35.0, LocalFormats(), np.random.default_rng(0))


def test_the_callers_of_all_half_hours_stand_in_one_table_only(table, called):
    """In two, over different half hours, one sum less the other would tell the few callers of a rare half hour."""
    counted = tabulate_missed_by_half_hour(called, 12, LocalFormats())

    assert table.rows[0][1:3] == (None, None) and table.has_total
    for position, column in ((1, "leads"), (2, "missed")):
        assert counted.rows[0][position] >= sum(row[position] for row in table.rows[1:]) > 0
        assert all(counted.get(row[0], column) == row[position] for row in table.rows[1:])
    assert len(table.rows) == 5 and table.rows[1][0] == "9 AM to 9:30 AM"


def test_as_many_callers_are_listed_as_counted(table, called):
    for row in table.rows[1:]:
        for position, column in ((1, "leads"), (2, "missed")):
            assert len(select_callers(called, 12, LocalFormats(), row[0], column)) == row[position]
    with pytest.raises(KeyError):
        select_callers(called, 12, LocalFormats(), "midnight", "leads")


def test_it_is_called_a_model_with_its_assumptions(table):
    assert table.notes[0].startswith("A model, not a count") and "Patience that explains" in table.notes[-1]
    assert table.rows[0][0] == ALL_HALF_HOURS and table.rows[0][5].is_known


def test_calls_of_those_who_had_booked_before_bring_no_booking(called):
    days = {**called.stage_days, "booked": np.where(called.stage_days["booked"] < 30, 0.0, np.nan)}
    later = replace(called.calls, day=called.calls.day + 2)

    table = tabulate_staffing(
        replace(called, stage_days=days, calls=later), 12, 35.0, LocalFormats(), np.random.default_rng(0)
    )

    # All bookings are of the day of the inquiry, two days before the call: answering brings none.
    assert table.get(ALL_HALF_HOURS, "bookings").value == 0 and table.get(ALL_HALF_HOURS, "fewer_missed").value > 0


def test_weeks_before_calls_were_recorded_do_not_count(called, table):
    recent = called.calls.day >= called.as_of_day - 70
    late = PhoneCalls(*(getattr(called.calls, name.name)[recent] for name in fields(PhoneCalls)))

    again = tabulate_staffing(replace(called, calls=late), 12, 35.0, LocalFormats(), np.random.default_rng(0))

    # As many calls a week, and as many people on duty, as in the months before.
    for name in ("calls", "people"):
        assert again.get(ALL_HALF_HOURS, name) == pytest.approx(table.get(ALL_HALF_HOURS, name), rel=0.4)


def test_calls_of_no_length_are_said_and_do_not_fail(called):
    silent = replace(called.calls, minutes=np.zeros(len(called.calls.day)))

    empty = tabulate_staffing(replace(called, calls=silent), 12, 35.0, LocalFormats(), np.random.default_rng(0))

    assert empty.rows == () and "events.duration_s" in empty.notes[0]


def test_few_callers_hide_nothing_of_all_leads(called, table):
    few = replace(
        table, rows=(table.rows[0][:1] + (9, 4) + table.rows[0][3:], table.rows[1][:1] + (9, 4) + table.rows[1][3:])
    )
    counts = (Column("channel", "C", "text", "d"), Column("leads", "L", "count", "d", counts_people=True))
    others = FigureTable(
        "funnel_by_channel", "T", counts, (("All leads", 900), ("web", 500), ("call", 400)), has_total=True
    )

    hidden, shown = hide_small_cells([few, others])

    assert shown.rows == others.rows and all(isinstance(row[1], Hidden) for row in hidden.rows)


def test_without_calls_the_reason_is_said(columns):
    empty = tabulate_staffing(columns, 12, 35.0, LocalFormats(), np.random.default_rng(0))

    assert empty.rows == () and empty.notes == ("The data cannot tell: no call from Monday to Friday is on record.",)
