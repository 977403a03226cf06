"""Is money divided by what it brought?"""

import pytest

from serving.insights.columns.categories import ALL_LEADS
from serving.insights.estimates import CANNOT_TELL, Estimate
from serving.insights.money import describe_order, sum_spend


def test_money_of_the_months_counted_is_all_of_it(columns):
    names = columns.categories["channel"].names
    since = columns.spend.month > columns.current_month - 12

    assert sum_spend(columns, "channel", names).sum() == pytest.approx(columns.spend.amount[since].sum())


def test_the_costs_hold_together(report):
    table = report.tables["money_by_channel"]

    for row in table.rows:
        per_lead, per_booking, per_treated = row[3:6]
        assert (
            per_lead.value == pytest.approx(row[1] / row[2]) and per_lead.value < per_booking.value < per_treated.value
        )
        assert per_lead.high - per_lead.low < per_treated.high - per_treated.low


def test_the_total_is_the_sum(report):
    table = report.tables["money_by_channel"]

    assert table.rows[0][0] == ALL_LEADS and table.rows[0][1] == pytest.approx(sum(row[1] for row in table.rows[1:]))


def test_money_without_leads_says_nothing_about_costs():
    assert describe_order({"a": CANNOT_TELL, "b": Estimate(1.0, 0.5, 2.0)}, "a patient") == []
