"""Do the costs of a week add up from its days, with open inquiries as an interval and ripe ones as a fact?"""

from dataclasses import replace

import numpy as np
import pytest

from features.practice.display_formats import LocalFormats
from features.practice.practice import Practice
from serving.insights.cohorts import build_ripening
from serving.insights.estimates import Estimate
from serving.insights.evidence.figure_rows import find_figure_rows
from serving.insights.scope.report_scope import ReportScope
from serving.insights.sharing.shared_report import make_shareable
from serving.insights.weekly_costs import WEEKS_SHOWN, list_weeks, name_week, number_weeks, tabulate_weeks


@pytest.fixture(scope="module")
def daily(columns):
    """The practice with 10 dollars spent on each day."""
    days = np.arange(columns.as_of_day - 200, columns.as_of_day)
    names = {"channel": np.full(len(days), "call", object)}
    spend = replace(columns.spend, month=days // 30, day=days, amount=np.full(len(days), 10.0), names=names, counts={})
    return replace(columns, spend=spend)


@pytest.fixture(scope="module")
def table(daily):
    return tabulate_weeks(
        daily, build_ripening(daily, np.random.default_rng(1))["booked"], LocalFormats(), np.random.default_rng(1)
    )


def test_a_week_begins_on_monday():
    monday = np.datetime64("2026-11-30").astype(int)

    assert number_weeks(np.array([monday - 1, monday, monday + 6, monday + 7])).tolist() == [2968, 2969, 2969, 2970]
    assert name_week(2969, LocalFormats()) == "Nov 30 to Dec 6"


def test_each_week_counts_its_own_money_and_inquiries(daily, table):
    weeks = list_weeks(daily)

    assert len(table.rows) == WEEKS_SHOWN and all(row[1] == 70.0 for row in table.rows)
    assert [row[2] for row in table.rows] == [(number_weeks(daily.day) == week).sum() for week in weeks]


def test_a_week_that_is_over_is_a_fact_and_a_young_one_an_interval(table):
    young, old = table.rows[0], table.rows[-1]

    assert isinstance(young[4], Estimate) and young[4].low < young[4].high and young[4].value >= young[3]
    assert tuple(old[4]) == (old[3],) * 3 and old[6].value == pytest.approx(70 / old[3])


def test_its_inquiries_are_found_and_no_file_holds_it(daily, table, report):
    week = table.rows[-1]
    rows = find_figure_rows(daily, Practice(), ReportScope(12), ("money_by_week", week[0], "booked"))

    assert len(rows.lead_ids) == week[3]
    assert "money_by_week" in report.tables and "money_by_week" not in make_shareable(report).tables


def test_without_money_nothing_is_said(columns):
    nothing = np.empty(0, np.int64)
    poor = replace(columns, spend=replace(columns.spend, month=nothing, day=nothing, amount=np.empty(0)))
    table = tabulate_weeks(
        poor, build_ripening(poor, np.random.default_rng(1))["booked"], LocalFormats(), np.random.default_rng(1)
    )

    assert table.rows == () and table.notes == ("No money was spent in the last weeks.",)
