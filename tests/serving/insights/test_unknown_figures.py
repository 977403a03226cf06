"""Does every figure that the data cannot tell say what is missing, and no number of people outside of the house?"""

import pickle
import re
from dataclasses import replace

import numpy as np
import pytest

from features.practice.practice import Practice
from serving.insights.estimates import Estimate, Unknown
from serving.insights.figure_tables import CANNOT_TELL_WORDS, format_cell, to_csv, to_plain
from serving.insights.insight_report import compute_insights
from serving.insights.scope.lead_selection import _select
from serving.insights.sharing.shared_report import make_shareable
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate


def take(columns, rows):
    """The columns of a practice that has these leads only."""
    names = [name for name in vars(columns) if name not in ("spend", "touches", "calls")]
    return replace(columns, **{name: _select(getattr(columns, name), rows) for name in names})


@pytest.fixture(scope="module")
def young():
    """A practice in its second month: nothing is ripe, and spending is that of two months."""
    columns = to_columns(simulate(3, leads_a_month=120))
    recent = columns.spend.month >= columns.current_month - 1
    spend = replace(
        columns.spend,
        month=columns.spend.month[recent],
        day=columns.spend.day[recent],
        amount=columns.spend.amount[recent],
        names={name: values[recent] for name, values in columns.spend.names.items()},
        counts={name: values[recent] for name, values in columns.spend.counts.items()},
    )
    kept = columns.month >= columns.current_month - 1
    return replace(take(columns, kept), spend=spend)


def list_unknown(report):
    for table in report.tables.values():
        for row in table.rows:
            for cell in row[1:]:
                if isinstance(cell, Estimate) and not cell.is_known:
                    yield table.name, cell


def test_no_figure_is_unknown_without_a_reason(young, report):
    for of in (compute_insights(young, Practice()), report):
        unknown = list(list_unknown(of))

        assert all(isinstance(cell, Unknown) and len(cell.reason) > 10 for _, cell in unknown)
    assert {"money_by_channel", "clicks_by_channel", "funnel_by_month"} <= {
        name for name, _ in list_unknown(compute_insights(young, Practice()))
    }


def test_costs_say_how_many_months_are_missing_and_from_when_they_are_there(young):
    tables = compute_insights(young, Practice()).tables
    reasons = {cell.reason for name, cell in list_unknown(compute_insights(young, Practice())) if "money" in name}

    assert any(reason.startswith("2 of the 3 months with spending that it takes; from ") for reason in reasons)
    assert "30 bookings" in tables["change_month"].notes[0] or tables["change_month"].notes[0].startswith("The data")


def test_what_leaves_the_house_names_no_number_of_people(young):
    inside = compute_insights(young, Practice())
    outside = [cell.reason for _, cell in list_unknown(make_shareable(inside))]

    assert any(re.search(r"\d+ more are needed", cell.reason) for _, cell in list_unknown(inside))
    assert outside and not any("more are needed" in reason for reason in outside)


def test_the_page_the_file_and_programs_read_the_same_reason(young):
    table = compute_insights(young, Practice()).tables["money_by_channel"]
    reason = table.rows[0][4].reason

    assert format_cell(table.rows[0][4], "money") == f"{CANNOT_TELL_WORDS}: {reason}"
    assert to_plain(table)["rows"][0]["per_booking"]["reason"] == reason
    assert '"per_booking_reason"' in to_csv(table).decode() and reason in to_csv(table).decode()


def test_a_reason_travels_between_processes(young):
    cell = compute_insights(young, Practice()).tables["money_by_channel"].rows[0][4]

    again = pickle.loads(pickle.dumps(cell))

    assert again.reason == cell.reason and again.for_outside().reason and np.isnan(again.value)
